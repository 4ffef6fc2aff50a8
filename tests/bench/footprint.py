"""How much memory the whole desk takes: `python -m helpdesk.run` with demo data, after its pages were used."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tests.bench.machine import family, memory_kib
from tests.desk import PARTS, Desk
from tests.visitor import Visitor

PASSWORD = "step-i-veter"
_ROUNDS = 15


def measure(folder: Path) -> dict[str, Any]:
    """MiB of every part, and of all together. Raises AssertionError where the desk does not come up."""
    desk = Desk(folder, demo=True).start(seconds=180)
    try:
        _use(desk)
        time.sleep(3)  # the letters are away and the worker's children have ended
        parts = {name: _mib(desk.pid(name)) for name in PARTS}
        every = round(sum(map(memory_kib, family(desk.pid("supervisor")))) / 1024, 1)
    finally:
        desk.stop()
    return {"mib": every, "parts": parts}


def _mib(pid: int) -> float:
    return round(sum(map(memory_kib, family(pid))) / 1024, 1)


def _use(desk: Desk) -> None:
    """Every page that is measured, by both sides, often enough that each process of the web server has its share."""
    staff = Visitor(desk.address).sign_in("elena@desk.example", PASSWORD)
    client = Visitor(desk.address).sign_in("anna@reis.example", PASSWORD)
    number = client.file_request("Замер памяти")
    for _ in range(_ROUNDS):
        for path in ("", "?tab=open", "?tab=closed", f"{number}/change/"):
            assert staff.get(f"/admin/tickets/ticket/{path}").status == 200
        for path in ("", "tickets/?tab=all", f"tickets/{number}/", "tickets/new/"):
            assert client.get(f"/cabinet/{path}").status == 200
        client.file_request("Замер памяти")
