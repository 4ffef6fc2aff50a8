"""A whole desk for a test: `python -m helpdesk.run` on a folder and a port of its own, with real processes to kill."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psutil

from helpdesk.local.board import FILE_NAME
from helpdesk.local.environment import PROJECT
from tests.scratch_services import without_scratch

PARTS = ("web", "worker", "clock", "mail", "valkey", "postgres")


class Desk:
    """Started by `start`, ended by `stop` or `kill_everything`; may be started again on the same folder."""

    def __init__(
        self, data: Path, *, port: int | None = None, demo: bool = False, environment: Mapping[str, str] | None = None
    ) -> None:
        """`data` should come from the fixture `scratch_folder`; `environment` is added to the caller's."""
        self.data = data
        self.port = port or free_port()
        self.address = f"http://localhost:{self.port}"
        self._demo = demo
        self._environment = without_scratch(dict(os.environ)) | dict(environment or {})
        self._log = data.with_name(f"{data.name}.log")
        self._process: subprocess.Popen[bytes] | None = None

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the supervisor without waiting for anything."""
        command = [sys.executable, "-m", "helpdesk.run", "--data", str(self.data), "--port", str(self.port)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command if self._demo else [*command, "--no-demo"],
                cwd=PROJECT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self._process

    def start(self, *, seconds: float = 90) -> "Desk":
        """Start and wait for the ready line."""
        process = self.launch()
        wait_until(lambda: self.is_ready() or process.poll() is not None, seconds, self.output)
        if not self.is_ready():
            raise AssertionError(f"The desk ended with code {process.poll()}:\n{self.output()}")
        return self

    def stop(self, number: signal.Signals = signal.SIGTERM, *, seconds: float = 40) -> int:
        """Ask the supervisor to stop; its exit code."""
        assert self._process
        if self._process.poll() is None:
            self._process.send_signal(number)
        return self._process.wait(seconds)

    def is_ready(self) -> bool:
        """Whether it has been ready since its last start; it may have ended meanwhile."""
        return f"Ready: {self.address}" in self.output()

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def output(self) -> str:
        """All that the terminal would show since the last start."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def board(self) -> dict[str, Any]:
        """What the supervisor says runs; empty when nothing does."""
        with suppress(OSError, ValueError):
            content: dict[str, Any] = json.loads((self.data / FILE_NAME).read_text())
            return content
        return {}

    def pid(self, name: str) -> int:
        """The process of `web`, `worker`, `clock`, `mail`, `valkey`, `postgres` or `supervisor`."""
        board = self.board()
        entry = board["supervisor"] if name == "supervisor" else board["parts"][name]
        return int(entry["pid"])

    def kill(self, name: str) -> int:
        """kill -9 of one part; the number that the process had."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        if name == "supervisor" and self._process:
            self._process.wait(10)
        return pid

    def wait_for(self, name: str, *, other_than: int, seconds: float = 20) -> int:
        """Wait until the part is ready in another process than `other_than`; its new number."""

        def is_back() -> bool:
            part = self.board().get("parts", {}).get(name, {})
            return bool(part.get("ready") and part["pid"] != other_than)

        wait_until(is_back, seconds, self.output)
        return self.pid(name)

    def kill_everything(self) -> None:
        """kill -9 of the supervisor and all its parts, servers included, as a power cut would."""
        doomed = [psutil.Process(self.pid(name)) for name in ("supervisor", *PARTS)]
        doomed += [child for process in doomed[1:] for child in process.children(recursive=True)]
        for process in doomed:
            with suppress(psutil.Error):
                process.kill()
        assert self._process
        self._process.wait(10)

    def letters(self) -> list[EmailMessage]:
        """What the mail catcher holds, oldest first."""
        return [_parse(path) for path in sorted((self.data / "mail").glob("*.eml"))]

    def wait_for_letters(self, count: int, *, seconds: float = 20) -> list[EmailMessage]:
        """Wait until the catcher holds at least `count` letters."""
        wait_until(lambda: len(self.letters()) >= count, seconds, self.output)
        return self.letters()


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port


def wait_until(is_so: Callable[[], bool], seconds: float, explanation: Callable[[], str] = lambda: "") -> None:
    """Look again and again; after `seconds` fail with the explanation."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise AssertionError(f"It did not come to pass in {seconds} seconds.\n{explanation()}")
        time.sleep(0.02)


def _parse(path: Path) -> EmailMessage:
    letter = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(letter, EmailMessage)
    return letter
