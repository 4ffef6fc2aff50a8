"""A calendar is published over twenty thousand open requests, while people file: how long one worker takes, what it
takes of memory, and that workers and clocks killed in the middle leave nothing out and do nothing twice."""

from __future__ import annotations

import json
import os
import random
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from helpdesk.demo.people import PASSWORD
from tests.desk import free_port, wait_until
from tests.prove.conftest import Verdict
from tests.stand import Stand
from tests.visitor import NoAnswer, Visitor

pytestmark = pytest.mark.prove

REQUESTS = 20_000
KILLS = 5
SEED = int(os.environ.get("SEED") or 20261128)
MOST_SECONDS, MOST_MEGABYTES = 30, 300


@dataclass
class Crowd:
    """Two people who file one request after another until they are told to stop."""

    address: str
    numbers: list[int] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    took: list[tuple[float, float]] = field(default_factory=list)
    """When each filing began, by the clock of the wall, and its seconds."""
    _is_over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def filing(self) -> Iterator[None]:
        people = [threading.Thread(target=self._work, args=(name,)) for name in ("anna", "boris")]
        for person in people:
            person.start()
        try:
            yield
        finally:
            self._is_over.set()
            for person in people:
                person.join(60)

    def _work(self, name: str) -> None:
        visitor = Visitor(self.address, keeps_connection=True).sign_in(f"{name}@reis.example", PASSWORD)
        while not self._is_over.is_set():
            wall, begun = time.time(), time.monotonic()
            try:
                self.numbers.append(visitor.file_request(f"Тем временем {name} {len(self.took)}"))
            except (NoAnswer, AssertionError) as error:
                self.refused.append(str(error))
            self.took.append((wall, time.monotonic() - begun))
            time.sleep(0.5)
        visitor.close()

    def p95(self, begin: float, end: float) -> float:
        """Of the filings that began between these moments, in milliseconds."""
        took = [seconds for wall, seconds in self.took if begin <= wall <= end]
        return round(1000 * statistics.quantiles(took, n=20)[-1]) if len(took) > 1 else 0


class Memory:
    """The most that a worker with its children has held, in megabytes; looked at twenty times a second."""

    def __init__(self, pid: int) -> None:
        self.peak = 0.0
        self._first, self._is_over = psutil.Process(pid), threading.Event()

    @contextmanager
    def watched(self) -> Iterator[None]:
        watcher = threading.Thread(target=self._watch)
        watcher.start()
        try:
            yield
        finally:
            self._is_over.set()
            watcher.join()

    def _watch(self) -> None:
        while not self._is_over.wait(0.05):
            with suppress(psutil.Error):
                for process in [self._first, *self._first.children(recursive=True)]:
                    self.peak = max(self.peak, process.memory_info().rss / 1e6)


def inside(stand: Stand, code: str) -> Any:
    """Run a function of open_requests inside the desk; what it printed, or returned."""
    said = stand.manage("shell", "-v", "0", "-c", f"from tests.prove.open_requests import *; {code}")
    return json.loads(said) if said.strip() else None


def finished(stand: Stand, recalculation: int) -> bool:
    found = stand.query("select finished_at from tickets_recalculation where id = %s", recalculation)
    return found[0][0] is not None


def settled(stand: Stand) -> None:
    """Until the clock has settled what was filed before, and found what was filed by the old hours."""
    left = (
        "select 1 from tickets_ticket where registered_at < %s and (settled_at is null or flip_at <= now() or"
        " status not in ('closed', 'resolved') and coalesce(newer_hours_id, calendar_version_id)"
        " < (select max(calendar_version_id) from tickets_recalculation))"
    )
    (now,) = stand.query("select now()")[0]
    wait_until(lambda: not stand.query(left, now), 180, stand.output)


@pytest.mark.clause("3.6.2")
@pytest.mark.clause("3.5b.1")
def test_a_calendar_is_published_over_twenty_thousand_requests(scratch_folder: Path, verdict: Verdict) -> None:
    # Nobody takes letters at that port: they wait in the outbox, where they are counted.
    with Stand(scratch_folder, mail_port=free_port()) as stand:
        inside(stand, f"fill({REQUESTS})")
        crowd = Crowd(stand.address)
        with crowd.filing():
            time.sleep(15)
            swift, peak, began, ended = _undisturbed(stand)
            killed, kills = _killed(stand)
        verdict(
            "recalculation",
            f"requests={swift['total']} moved={swift['moved']} letters={swift['letters']} seconds={swift['seconds']}"
            f" rss={peak:.0f}MB filings={len(crowd.numbers)} refused={len(crowd.refused)}"
            f" p95_before={crowd.p95(0, began):.0f}ms p95_during={crowd.p95(began, ended):.0f}ms"
            f" faults={swift['faults']}; killed: seed={SEED} kills={kills} requests={killed['total']}"
            f" moved={killed['moved']} letters={killed['letters']} late={killed['late']}"
            f" seconds={killed['seconds']} faults={killed['faults']}",
        )
        assert crowd.refused == []
        assert (swift["faults"], killed["faults"]) == ({}, {})
        assert min(swift["total"], swift["done"], killed["done"]) >= REQUESTS
        assert swift["seconds"] <= MOST_SECONDS
        assert peak <= MOST_MEGABYTES
        assert kills >= KILLS


def _undisturbed(stand: Stand) -> tuple[dict[str, Any], float, float, float]:
    """One worker alone: what was judged, its megabytes, and from when to when it ran."""
    inside(stand, "draft()")
    before = scratch(stand, "snapshot()")
    memory = Memory(stand.parts["worker-1"].pid or 0)
    with stand.without("clock-1"), memory.watched():
        began = time.time()
        (recalculation,) = inside(stand, "print([publish()])")
        wait_until(lambda: finished(stand, recalculation), 180, stand.output)
        ended = time.time()
    settled(stand)
    return inside(stand, f"judge(json.load(open('{before}')), {recalculation})"), memory.peak, began, ended


def _killed(stand: Stand) -> tuple[dict[str, Any], int]:
    """The worker and the clock, killed in turn at moments drawn by chance, until all is counted."""
    chance, kills = random.Random(SEED), 0
    inside(stand, "draft()")
    before = scratch(stand, "snapshot()")
    (recalculation,) = inside(stand, "print([publish()])")
    while not finished(stand, recalculation) and kills < 100:
        time.sleep(chance.uniform(0.3, 2))
        victim = chance.choice(["worker-1", "worker-1", "clock-1"])
        kills += bool(stand.kill(victim))
    wait_until(lambda: finished(stand, recalculation), 180, stand.output)
    settled(stand)
    return inside(stand, f"judge(json.load(open('{before}')), {recalculation})"), kills


def scratch(stand: Stand, code: str) -> Path:
    """What the function printed, kept in a file for the judge."""
    path = stand.folder / f"before-{time.monotonic_ns()}.json"
    path.write_text(json.dumps(inside(stand, code)))
    return path
