"""Two hundred ends by kill -9 while six hundred letters become owed: nothing acknowledged is lost, each letter is one
letter. And three desks with a defect each, which the same campaign must catch.

The seed decides who does what in which order, which part dies when, and how long after the acts of its turn began; the
machine decides the rest. `SEED=… make prove ARGS="-k kills"` plays a seed again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from helpdesk.local.environment import PROJECT
from tests.prove.campaign import BACKENDS, HORSE, MOST_DELAY, Outcome, campaign
from tests.prove.conftest import Verdict
from tests.prove.defects import DEFECTS, Defect

pytestmark = pytest.mark.prove

SEED = int(os.environ.get("SEED", "20261123"))
SHARES: Mapping[str, int] = {
    "web": 60,
    "worker-1": 15,
    "worker-2": 15,
    f"worker-1{HORSE}": 3,
    f"worker-2{HORSE}": 3,
    "clock-1": 44,
    "postgres": 30,
    f"postgres{BACKENDS}": 10,
    "valkey": 20,
}
OBLIGATIONS = 600
"""Letters that are owed: of 300 filings, 100 takings and 200 answers one each. 100 replies of customers owe none."""
FEW: Mapping[str, int] = {
    "web": 10,
    "worker-1": 4,
    "worker-2": 4,
    "clock-1": 2,
    "postgres": 1,
    f"postgres{BACKENDS}": 1,
    "valkey": 6,
}
"""The kills of a control."""


def _short(folder: Path, project: Path = PROJECT) -> Outcome:
    return campaign(folder, seed=SEED, shares=FEW, letters=84, project=project)


@pytest.mark.clause("3.2.1")
@pytest.mark.clause("3.4.1")
@pytest.mark.clause("3.5b.1")
@pytest.mark.clause("card.1")
def test_two_hundred_kills_lose_nothing_and_repeat_no_more_than_the_mail_protocol_must(
    scratch_folder: Path, verdict: Verdict
) -> None:
    outcome = campaign(scratch_folder, seed=SEED, shares=SHARES, letters=OBLIGATIONS)
    verdict("kills", f"seed={SEED} {outcome}")
    assert outcome.kills == SHARES
    assert outcome.judgement.obligations == OBLIGATIONS
    assert outcome.fewest_in_flight > 0
    assert outcome.troubles == []
    assert outcome.judgement.is_clean, outcome.judgement
    assert not outcome.crashes, "a part that ends by itself needs somebody who starts it"
    assert outcome.judgement.max_delay <= MOST_DELAY


def test_the_campaign_of_the_controls_finds_nothing_in_a_sound_desk(scratch_folder: Path, verdict: Verdict) -> None:
    outcome = _short(scratch_folder)
    verdict("control", f"no defect: {'clean' if outcome.is_clean else 'ACCUSED'} seed={SEED} {outcome}")
    assert outcome.is_clean, outcome


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name.replace(" ", "-"))
def test_a_desk_with_a_defect_is_caught(defect: Defect, scratch_folder: Path, verdict: Verdict) -> None:
    project = defect.planted(scratch_folder.with_name(f"{scratch_folder.name}-project"))
    outcome = _short(scratch_folder, project=project)
    caught = "caught" if outcome.judgement.lost else "NOT CAUGHT"
    verdict("control", f"{defect.name}: {caught} seed={SEED} {outcome}")
    assert outcome.judgement.lost
    assert not outcome.judgement.is_clean
