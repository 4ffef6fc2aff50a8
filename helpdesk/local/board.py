"""What runs, in a file of the data folder: for the next start, which ends what this one left, and for tests."""

import json
import os
import secrets
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import psutil

from helpdesk.local import processes

FILE_NAME = "processes.json"
_CLOCK_SLACK_SECONDS = 2.0  # the system counts from its boot, whose moment shifts when the clock is set
_END_ORPHANS = ((signal.SIGTERM, 3.0), (signal.SIGKILL, 5.0))


class Kept(Protocol):
    """Something that the supervisor keeps running."""

    @property
    def name(self) -> str: ...
    @property
    def pid(self) -> int | None: ...
    def is_ready(self) -> bool: ...
    def exit_code(self) -> int | None: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...


def end_orphans(data: Path) -> int:
    """End what a run on this folder that was killed left of itself; how many processes those were."""
    run_id = _read(data).get("run")
    orphans = processes.of_run(run_id) if isinstance(run_id, str) and run_id else []
    processes.end(orphans, by=_END_ORPHANS)
    return len(orphans)


def end_run(data: Path) -> None:
    """End a whole desk from outside: its supervisor if that lives, then whatever it leaves."""
    recorded = _read(data).get("supervisor", {})
    with suppress(psutil.Error, TypeError, KeyError):
        supervisor = psutil.Process(recorded["pid"])
        if abs(supervisor.create_time() - recorded["created"]) < _CLOCK_SLACK_SECONDS:
            processes.end([supervisor], by=((signal.SIGTERM, 30.0), (signal.SIGKILL, 5.0)))
    end_orphans(data)


class Board:
    """The file: {run, address, supervisor, ready, parts: {name: {pid, created, ready, starts}}}."""

    def __init__(self, data: Path, address: str) -> None:
        self.run_id = secrets.token_hex(16)
        self._path = data / FILE_NAME
        self._content: dict[str, Any] = {
            "run": self.run_id,
            "address": address,
            "supervisor": _identity(os.getpid()),
            "ready": False,
            "parts": {},
        }

    def write(self, parts: Iterable[tuple[Kept, bool, int]], *, ready: bool) -> None:
        """Replace the file as a whole. Each part comes with whether it is ready, and how often it was started."""
        self._content["ready"] = ready
        self._content["parts"] = {
            part.name: {**_identity(part.pid), "ready": is_ready, "starts": starts}
            for part, is_ready, starts in parts
            if part.pid is not None
        }
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps(self._content, indent=1))
        new.replace(self._path)

    def clear(self) -> None:
        """Nothing runs any more."""
        self._path.unlink(missing_ok=True)


def _read(data: Path) -> dict[str, Any]:
    try:
        content = json.loads((data / FILE_NAME).read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _identity(pid: int | None) -> dict[str, float | None]:
    """A process number alone is given again to others; with the moment of creation it is not."""
    try:
        created = psutil.Process(pid).create_time() if pid else None
    except psutil.Error:
        created = time.time()
    return {"pid": pid, "created": created}
