"""A server of the desk goes away under load: PostgreSQL ten times by kill -9, Valkey for two minutes. What works on it
comes back by itself, and the same ledger and judge as in the kill campaign say that nothing is lost."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.desk import wait_until
from tests.prove.aftermath import audit, held, newest_request, wait_for_the_rest
from tests.prove.conftest import Verdict
from tests.prove.judge import Judgement, judge
from tests.prove.ledger import Book, Kill, Ledger, Sink
from tests.prove.people import Crowd, stories
from tests.stand import Stand

pytestmark = pytest.mark.prove

SEED = int(os.environ.get("SEED", "20261125"))
RESTARTS = 10
BACK_WITHIN = 5.0
"""Seconds from PostgreSQL's readiness until web, worker and clock work again."""
OUTAGE = 126.0
"""Two minutes, and a little: a worker of rq that has lost Valkey tries again after 1, 3, 7, 15, 31, 63 and 123 seconds,
then every minute. So it has just gone to sleep for its longest when Valkey returns."""
LATE_BY = 90.0
"""Seconds after Valkey's return in which the last letter of the outage leaves."""
PARTS = ("web", "worker-1", "clock-1")


@dataclass
class Load:
    """A desk with people at it, and the ledger of what they do."""

    stand: Stand
    sink: Sink
    ledger: Ledger

    def judged(self) -> tuple[Book, Judgement, list[str]]:
        """When nothing is owed any more: the ledger, the verdict, and what the auditor found."""
        wait_for_the_rest(self.stand, self.sink, still=LATE_BY)
        book = Book.read(self.ledger.path)
        found = judge(book, held(self.stand, book.begins_after))
        return book, found, audit(self.stand, book.begins_after)

    def starts(self) -> dict[str, int]:
        """How often each part that works on the servers was started so far."""
        return {name: self.stand.parts[name].starts for name in PARTS}


@contextmanager
def under_load(load: Load, *, every: float, seconds: float) -> Iterator[None]:
    """One act begins in `every` seconds while the block runs, for which there are enough acts for `seconds`."""
    crowd = Crowd(load.stand.address, load.ledger, stories(random.Random(SEED), round(seconds / every)))
    with crowd.at_work(), crowd.paced(every):
        yield


@pytest.fixture
def load(scratch_folder: Path) -> Iterator[Load]:
    ledger = Ledger(scratch_folder.with_name(f"{scratch_folder.name}.ledger"))
    with Sink(ledger) as sink, Stand(scratch_folder, mail_port=sink.port) as stand:
        ledger.begin(after=newest_request(stand))
        yield Load(stand, sink, ledger)


def _back_after_a_kill(load: Load) -> dict[str, float]:
    """Kill PostgreSQL; how many seconds after its return each part worked again."""
    stand, back = load.stand, dict[str, float]()
    load.ledger.kill(Kill(time.monotonic(), "postgres", load.ledger.in_flight()))
    stand.kill("postgres")
    wait_until(lambda: stand.is_back("postgres"), 60, stand.output)
    ready, ((ready_there,),) = time.monotonic(), stand.query("select clock_timestamp()")
    checks = {
        "web": stand.answers,
        "worker-1": lambda: load.sink.last_at > ready,  # the clock only rings: Valkey is there
        "clock-1": lambda: bool(
            stand.query(
                "select 1 from helpdesk_periodicjob where name = 'send_letters' and last_run_at > %s", ready_there
            )
        ),
    }
    while checks and time.monotonic() - ready < 60:
        for name in [name for name, works in checks.items() if works()]:
            back[name] = time.monotonic() - ready
            del checks[name]
        time.sleep(0.05)
    return back | dict.fromkeys(checks, float("inf"))


@pytest.mark.clause("3.5b.1")
@pytest.mark.clause("card.1")
def test_all_parts_work_again_within_five_seconds_of_postgresql_and_nobody_starts_them(
    load: Load, verdict: Verdict
) -> None:
    chance, back = random.Random(SEED), list[dict[str, float]]()
    starts = load.starts()
    with under_load(load, every=0.2, seconds=200):
        for _ in range(RESTARTS):
            time.sleep(chance.uniform(2, 4))
            back.append(_back_after_a_kill(load))
    started = {name: load.starts()[name] - before for name, before in starts.items()}
    book, found, troubles = load.judged()
    slowest = [max(seconds.values()) for seconds in back]
    verdict(
        "postgres restarted",
        f"seed={SEED} times={RESTARTS} acts={len(book.intents)} back_after={','.join(f'{s:.1f}' for s in slowest)}"
        f" max={max(slowest):.1f}s started_again={','.join(f'{n}:{c}' for n, c in started.items())} {found}",
    )
    assert max(slowest) <= BACK_WITHIN, back
    assert set(started.values()) == {0}, load.stand.output()
    assert found.is_clean, found
    assert troubles == []


def _last_letter(book: Book, *, acknowledged_before: float) -> float:
    """When the last of the letters arrived that were owed by acts acknowledged before that moment."""
    acts = {book.intents[key].obligation for key, (_, at) in book.acknowledged.items() if at < acknowledged_before}
    return max(letter.at for letter in book.letters if letter.tells and letter.tells[1] in acts)


@pytest.mark.clause("3.2.1")
@pytest.mark.clause("3.5b.1")
def test_without_valkey_for_two_minutes_every_act_is_acknowledged_and_every_letter_leaves(
    load: Load, verdict: Verdict
) -> None:
    with under_load(load, every=0.5, seconds=OUTAGE + 60):
        time.sleep(3)
        with load.stand.without("valkey"):
            gone = time.monotonic()
            time.sleep(OUTAGE)
            returned = time.monotonic()
        wait_until(lambda: load.stand.is_back("valkey"), 30, load.stand.output)
        time.sleep(10)
    book, found, troubles = load.judged()
    answers = [at - book.begun[key] for key, (_, at) in book.acknowledged.items()]
    meanwhile = [letter for letter in book.letters if gone < letter.at < returned]
    after = _last_letter(book, acknowledged_before=returned) - returned
    verdict(
        "valkey gone",
        f"seed={SEED} seconds={OUTAGE:.0f} acts={len(book.intents)} longest_answer={max(answers):.1f}s"
        f" letters_meanwhile={len(meanwhile)} last_letter_of_the_outage={after:+.0f}s_after_return {found}",
    )
    assert found.is_clean, found
    assert troubles == []
    assert len(meanwhile) > OUTAGE / 2, "the clock sends while nobody can be called"
    assert after <= LATE_BY
