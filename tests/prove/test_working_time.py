"""Working time on thousands of random calendars: equal to a walk minute by minute, additive, inverse, monotone."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import UnsatisfiedAssumption

from tests.prove.conftest import Verdict
from tests.sla.working_time_laws import LAWS, SLOW_BUT_SOUND, Drawn, calendars

pytestmark = pytest.mark.prove

SEED = 20261126
LEAST = 5_000
CALENDARS = 9_000
"""More than the least: a calendar that hardly ever works is skipped by all laws but the first."""


def test_working_time_keeps_its_laws_on_thousands_of_calendars(verdict: Verdict) -> None:
    kept: Counter[str] = Counter()

    @seed(SEED)
    @settings(
        max_examples=CALENDARS,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=SLOW_BUT_SOUND,
    )
    @given(calendars(), st.data())
    def try_all(drawn: Drawn, data: st.DataObject) -> None:
        kept["calendars"] += 1
        for law in LAWS:
            try:
                law(drawn, data)
            except UnsatisfiedAssumption:
                continue
            kept[law.__name__] += 1

    begun, failures = time.monotonic(), 1
    try:
        try_all()
        failures = 0
    finally:
        counts = " ".join(f"{law.__name__}={kept[law.__name__]}" for law in LAWS)
        seconds = time.monotonic() - begun
        verdict(
            "working time",
            f"seed={SEED} calendars={kept['calendars']} seconds={seconds:.0f} failures={failures}; kept: {counts}",
        )
    assert min(kept[law.__name__] for law in LAWS) >= LEAST
