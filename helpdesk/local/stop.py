"""The wish that the desk should stop, as a signal tells it."""

import os
import select


class Stop:
    """Like threading.Event, but safe to set from a signal handler.

    An Event takes a lock: a second signal that arrives while the first is being handled, or while the main thread is
    just beginning to wait, would wait for that lock forever.
    """

    def __init__(self) -> None:
        self._is_set = False
        self._read_end, self._write_end = os.pipe()
        os.set_blocking(self._write_end, False)

    def set(self) -> None:
        """Ask everything to stop. Asking again changes nothing."""
        if not self._is_set:
            self._is_set = True
            os.write(self._write_end, b".")

    def is_set(self) -> bool:
        """Whether somebody asked."""
        return self._is_set

    def wait(self, seconds: float) -> bool:
        """Wait until somebody asks, at most so long; whether somebody has."""
        select.select([self._read_end], [], [], seconds)
        return self._is_set
