"""The kill campaign: people act, parts of the desk die at seeded moments, and in the end the ledger is compared."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg2

from helpdesk.local.environment import PROJECT
from helpdesk.local.processes import is_alive
from tests.desk import wait_until
from tests.prove.aftermath import audit, held, newest_request, wait_for_the_rest
from tests.prove.judge import Judgement, judge
from tests.prove.ledger import Book, Kill, Ledger, Sink
from tests.prove.people import PATIENCE, Crowd, stories
from tests.stand import Stand

HORSE = " horse"
"""Behind a worker's name: its child that does one job dies alone, and the worker lives."""
BACKENDS = " with backends"
"""Behind PostgreSQL's name: all its processes die at once, as with their machine; else those at work end by themselves,
and may still commit."""
WORKERS = 2
PAUSE = 0.4
"""Seconds that the mail server thinks about each letter, as real ones do: kills fall into the sending as well. The few
milliseconds between its 250 and the mark, where a kill must cause a repeat, stay as they are."""
LONGEST_DELAY = 0.5
"""Seconds from the beginning of new acts to the kill, at most: about as long as an act and its letter take."""
SPARE = 12
"""Acts that are kept back, for kills that find nothing in flight."""
MOST_DELAY = 240.0
"""Seconds from an acknowledgement to its letter: each end of a sender costs the lease, a minute, and three in a row
happen to one letter in some campaigns."""
NOT_BEGUN = 6
"""Acts that may wait for their turn when a part dies: else the kills would run ahead of the acts, into a standstill."""


@dataclass(frozen=True)
class Blow:
    part: str
    delay: float


@dataclass(frozen=True)
class Outcome:
    judgement: Judgement
    troubles: list[str]
    """What the desk's own database holds against the rules, found by the auditor's queries."""
    kills: Counter[str]
    fewest_in_flight: int
    ended_by_themselves: Counter[str]
    """Parts that were started more often than they were killed."""
    seconds: float

    @property
    def crashes(self) -> Counter[str]:
        """Ends by themselves without a cause: a worker may end where Valkey is killed, once for each time."""
        caused = {name: self.kills["valkey"] for name in self.ended_by_themselves if name.startswith("worker")}
        return self.ended_by_themselves - Counter(caused)

    @property
    def is_clean(self) -> bool:
        return (
            self.judgement.is_clean
            and not self.troubles
            and not self.crashes
            and self.judgement.max_delay <= MOST_DELAY
        )

    def __str__(self) -> str:
        kinds = ("web", "worker", "clock", "postgres", "valkey")
        shares = " ".join(
            f"{kind}={sum(count for part, count in self.kills.items() if part.startswith(kind))}" for kind in kinds
        )
        horses, backends = (
            sum(count for part, count in self.kills.items() if part.endswith(alone)) for alone in (HORSE, BACKENDS)
        )
        ends = ",".join(f"{name}:{count}" for name, count in self.ended_by_themselves.items())
        return (
            f"kills={self.kills.total()} ({shares} of_workers_horse_alone={horses}"
            f" of_postgres_with_backends={backends}) {self.judgement}"
            f" in_flight_at_kills>={self.fewest_in_flight} ended_by_themselves={ends or 0} seconds={self.seconds:.0f}"
        )


def blows(chance: random.Random, shares: Mapping[str, int]) -> list[Blow]:
    """Which part dies when, in a seeded order; `shares` says how often each."""
    parts = [part for part, count in shares.items() for _ in range(count)]
    chance.shuffle(parts)
    return [Blow(part, chance.uniform(0, LONGEST_DELAY)) for part in parts]


def campaign(folder: Path, *, seed: int, shares: Mapping[str, int], letters: int, project: Path = PROJECT) -> Outcome:
    """Kill parts of the desk of `project` as often as `shares` says while acts are done that owe so many `letters`."""
    begun, chance = time.monotonic(), random.Random(seed)
    plan, told = blows(chance, shares), stories(chance, letters)
    ledger = Ledger(folder.with_name(f"{folder.name}.ledger"))
    with Sink(ledger) as sink, Stand(folder, mail_port=sink.port, project=project, workers=WORKERS) as stand:
        ledger.begin(after=newest_request(stand))
        sink.pause = PAUSE
        with Crowd(stand.address, ledger, told).at_work() as crowd:
            for number, blow in enumerate(plan, start=1):
                crowd.keep_up((crowd.acts - SPARE) * number // len(plan), but=NOT_BEGUN)
                _strike(stand, crowd, ledger, blow)
            crowd.finish(2 * PATIENCE)
        wait_until(lambda: all(stand.is_back(name) for name in stand.parts), 60, stand.output)
        wait_for_the_rest(stand, sink)
        book = Book.read(ledger.path)
        kills = Counter(kill.part for kill in book.kills)
        return Outcome(
            judge(book, held(stand, book.begins_after)),
            audit(stand, book.begins_after),
            kills,
            min(kill.in_flight for kill in book.kills),
            Counter({name: part.starts - 1 for name, part in stand.parts.items()})
            - Counter(kill.part.removesuffix(BACKENDS) for kill in book.kills),
            time.monotonic() - begun,
        )


def _strike(stand: Stand, crowd: Crowd, ledger: Ledger, blow: Blow) -> None:
    """Kill the part once it works again, at the drawn moment, with something in flight."""
    name = blow.part.removesuffix(HORSE).removesuffix(BACKENDS)
    _calmly(lambda: stand.is_back(name), 5)  # one that lives but does not work yet may die as well
    if name.startswith("worker"):  # while PostgreSQL comes up a sent letter waits for its mark: that would be aiming
        _calmly(lambda: _marks_are_written(stand), 15)
    time.sleep(blow.delay)
    while True:
        if not ledger.in_flight():
            crowd.allow_one_more()
            assert _calmly(lambda: bool(ledger.in_flight()), 30), "nothing is left to be in flight"
        at, in_flight = time.monotonic(), ledger.in_flight()
        if in_flight and _kill(stand, blow.part, name):
            ledger.kill(Kill(at, blow.part, in_flight))
            return
        time.sleep(0.01)


def _marks_are_written(stand: Stand) -> bool:
    """PostgreSQL has been up for a second, in which the marks that had waited for it were written."""
    with suppress(psycopg2.Error):
        return bool(stand.query("select 1 where pg_postmaster_start_time() < now() - interval '1 second'"))
    return False


def _kill(stand: Stand, part: str, name: str) -> bool:
    """False where there was nothing to kill."""
    if part.endswith(HORSE):
        return _kill_horse(stand, name)
    return bool(stand.kill(name, with_backends=part.endswith(BACKENDS)))


def _kill_horse(stand: Stand, worker: str) -> bool:
    """False where the worker is down or has no job in hand."""
    with suppress(psutil.Error):
        if pid := stand.parts[worker].pid:
            for horse in filter(is_alive, psutil.Process(pid).children()):
                horse.kill()
                return True
    return False


def _calmly(is_so: Callable[[], bool], seconds: float) -> bool:
    """Look again and again without taking the machine from those who work; whether it came to pass."""
    ends = time.monotonic() + seconds
    while not (so := is_so()) and time.monotonic() < ends:
        time.sleep(0.05)
    return so
