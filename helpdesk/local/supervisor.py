"""Keeps the parts of the desk running: says who died, starts it again, and stops all in order."""

import signal
import time
from collections.abc import Sequence
from contextlib import suppress

from helpdesk.local.board import Board, Kept
from helpdesk.local.console import Console
from helpdesk.local.errors import LocalServiceError
from helpdesk.local.stop import Stop

_TICK_SECONDS = 0.05
_READY_SECONDS = 120.0
_FIRST_DELAY_SECONDS = 0.1
_LONGEST_DELAY_SECONDS = 5.0
_STEADY_SECONDS = 10.0
_DEATHS_BEFORE_READY = 3


class _Watched:
    """A part, and what the supervisor remembers about it."""

    def __init__(self, part: Kept) -> None:
        self.part = part
        self.is_ready = False
        self.starts = 0
        self.started_at = 0.0
        self.delay = _FIRST_DELAY_SECONDS
        self.start_again_at: float | None = None

    def start(self) -> None:
        self.part.start()
        self.is_ready = False
        self.starts += 1
        self.started_at = time.monotonic()
        self.start_again_at = None

    def plan_restart(self) -> None:
        """At once after a steady life, ever later after short ones."""
        if time.monotonic() - self.started_at > _STEADY_SECONDS:
            self.delay = _FIRST_DELAY_SECONDS
        self.start_again_at = time.monotonic() + self.delay
        self.delay = min(self.delay * 3, _LONGEST_DELAY_SECONDS)
        self.is_ready = False


class Supervisor:
    """`start`, `wait_until_ready`, `watch` until the stop event, `stop`: in that order, in one thread."""

    def __init__(self, parts: Sequence[Kept], board: Board, console: Console, stop: Stop) -> None:
        """`parts` in the order in which they are to be stopped."""
        self._watched = [_Watched(part) for part in parts]
        self._board = board
        self._console = console
        self._stop = stop
        self._was_ready = False

    def start(self) -> None:
        """Start what does not run yet."""
        for watched in self._watched:
            watched.start()
        self._write_board()

    def wait_until_ready(self) -> bool:
        """True once every part is ready, False when told to stop. Raises LocalServiceError when one cannot start."""
        deadline = time.monotonic() + _READY_SECONDS
        while not self._stop.is_set():
            self._look()
            if all(watched.is_ready for watched in self._watched):
                self._was_ready = True
                self._write_board()
                return True
            late = [watched.part.name for watched in self._watched if not watched.is_ready]
            if time.monotonic() > deadline:
                raise LocalServiceError(
                    f"{', '.join(late)} not ready after {_READY_SECONDS:.0f} seconds: mend what the lines above say,"
                    " and start again."
                )
            self._stop.wait(_TICK_SECONDS)
        return False

    def watch(self) -> None:
        """Start again whatever dies, until told to stop."""
        while not self._stop.wait(_TICK_SECONDS):
            self._look()

    def stop(self) -> None:
        """Stop every part, each before the next."""
        for watched in self._watched:
            watched.part.stop()
        self._board.clear()

    def _look(self) -> None:
        for watched in self._watched:
            code = watched.part.exit_code()
            if watched.start_again_at is not None:
                if time.monotonic() >= watched.start_again_at:
                    self._start_again(watched)
            elif code is not None:
                self._console.say("desk", f"{watched.part.name} {_ending(code)}, starting it again")
                watched.plan_restart()
                self._refuse_endless_start(watched)
                self._write_board()
            elif not watched.is_ready and watched.part.is_ready():
                watched.is_ready = True
                self._write_board()

    def _start_again(self, watched: _Watched) -> None:
        try:
            watched.start()
        except LocalServiceError as error:
            self._console.say("desk", str(error))
            watched.plan_restart()
        self._write_board()

    def _refuse_endless_start(self, watched: _Watched) -> None:
        if not self._was_ready and watched.starts >= _DEATHS_BEFORE_READY:
            raise LocalServiceError(
                f"{watched.part.name} ended {watched.starts} times before the desk was ready: mend what its lines above"
                " say, and start again."
            )

    def _write_board(self) -> None:
        with suppress(OSError):  # a full disk must not end a desk that runs
            self._board.write(
                [(watched.part, watched.is_ready, watched.starts) for watched in self._watched], ready=self._was_ready
            )


def _ending(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
