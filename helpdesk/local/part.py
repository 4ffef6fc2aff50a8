"""One process of the desk as its supervisor sees it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress

from helpdesk.local.console import Console
from helpdesk.local.environment import PROJECT


class Part:
    """web, worker, clock or mail: a command that is to run as long as the desk does."""

    def __init__(
        self,
        name: str,
        command: Callable[[], list[str]],
        console: Console,
        environment: Mapping[str, str],
        *,
        is_ready: Callable[["Part"], bool],
        greeting: str = "",
        sockets: tuple[int, ...] = (),
        patience_seconds: float = 8.0,
    ) -> None:
        """`command` gives Python's arguments, anew for each start. `sockets` are inherited under their own numbers.

        `is_ready` is asked again and again; a part whose output tells it has a `greeting` to listen for.
        """
        self.name = name
        self.arguments: list[str] = []
        self.has_greeted = False
        self._is_ready = is_ready
        self._greeting = greeting
        self._command = command
        self._pipe = console.pipe(name, self._heard)
        self._environment = environment
        self._sockets = sockets
        self._patience_seconds = patience_seconds
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The number of the newest process; None before the first start."""
        return self._process.pid if self._process else None

    def exit_code(self) -> int | None:
        """None while the process runs; negative when a signal ended it."""
        return self._process.poll() if self._process else None

    def is_ready(self) -> bool:
        """Whether the newest process does its work already."""
        return self._is_ready(self)

    def start(self) -> None:
        """Start the process in a session of its own: Ctrl+C reaches the supervisor only, which then keeps the order."""
        self.has_greeted = False
        self.arguments = self._command()
        self._process = subprocess.Popen(
            [sys.executable, *self.arguments],
            cwd=PROJECT,
            env=dict(self._environment),
            stdin=subprocess.DEVNULL,
            stdout=self._pipe.write_end,
            stderr=self._pipe.write_end,
            pass_fds=self._sockets,
            start_new_session=True,
        )

    def stop(self) -> None:
        """Ask it to finish what it does; after its patience end it and its children."""
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(self._patience_seconds)
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()

    def close(self) -> None:
        """Print its last lines."""
        self._pipe.close()

    def _heard(self, line: str) -> None:
        if self._greeting and self._greeting in line:
            self.has_greeted = True
