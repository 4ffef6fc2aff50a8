"""What processes cost, from /proc: CPU time and memory of a process with all below it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import psutil

_TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """The process and all its descendants."""
    with suppress(psutil.Error):
        root = psutil.Process(pid)
        return [pid, *(child.pid for child in root.children(recursive=True))]
    return []


def cpu_seconds(pid: int) -> float:
    """User and system time of the process and its descendants, those included that have ended and were waited for."""
    return sum(_ticks(one) for one in family(pid)) / _TICKS


def _ticks(pid: int) -> int:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime: proc(5)
    return 0


def memory_kib(pid: int) -> int:
    """The process's own share (PSS): shared pages count in parts, so a sum over processes counts each page once."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
