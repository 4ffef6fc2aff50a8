"""One terminal for several processes: every line whole, at once, and labelled with who said it."""

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

_WIDTH = 7
_COLOURS = {"desk": "1", "setup": "1", "web": "36", "worker": "32", "clock": "35", "mail": "33"}


class Console:
    """Writes `label | text` lines. A terminal that has gone away never stops the desk."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._lock = threading.Lock()
        self._is_coloured = self._stream.isatty() and "NO_COLOR" not in os.environ

    def say(self, label: str, text: str) -> None:
        """Print each line of `text` behind the label."""
        head = f"{label:<{_WIDTH}}|"
        if self._is_coloured:
            head = f"\033[{_COLOURS.get(label, '0')}m{head}\033[0m"
        lines = "".join(f"{head} {line}\n" for line in text.splitlines() or [""])
        with self._lock, suppress(OSError, ValueError):
            self._stream.write(lines)
            self._stream.flush()

    def pipe(self, label: str, heard: Callable[[str], None] = lambda line: None) -> "LabelledPipe":
        """A pipe whose every line is printed behind the label, and told to `heard`."""
        return LabelledPipe(self, label, heard)


class LabelledPipe:
    """The output of a part. It outlives the part's processes, so that a restart loses no line."""

    def __init__(self, console: Console, label: str, heard: Callable[[str], None]) -> None:
        self._read_end, self.write_end = os.pipe()
        self._thread = threading.Thread(target=self._copy, args=(console, label, heard), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Print what is still in the pipe, then let it go."""
        os.close(self.write_end)
        self._thread.join(timeout=1)

    def _copy(self, console: Console, label: str, heard: Callable[[str], None]) -> None:
        with os.fdopen(self._read_end, "r", encoding="utf-8", errors="replace") as lines:
            for line in lines:
                console.say(label, line.rstrip("\n"))
                heard(line)
