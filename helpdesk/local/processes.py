"""Processes that an earlier run left behind: found by what is theirs alone, ended without ever hitting a stranger."""

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

import psutil

RUN_VARIABLE = "HELPDESK_RUN"
"""Every part gets the random id of its run in this variable, and its children inherit it."""


def marked(run_id: str) -> dict[str, str]:
    """What is added to the environment of every part, so that `of_run` finds it.

    gunicorn and rq name their processes by setproctitle where that is installed, and it writes the name over the
    environment that the system shows, unless it is told not to.
    """
    return {RUN_VARIABLE: run_id, "SPT_NOENV": "1"}


def of_run(run_id: str) -> list[psutil.Process]:
    """All processes that the run with this id started, at any depth.

    The id is random and written down before the first process starts, so it is an identity that no other process can
    have, a reused process number included.
    """
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.environ().get(RUN_VARIABLE) == run_id:
                found.append(process)
    return found


def with_argument(name: str, argument: str) -> Iterator[psutil.Process]:
    """Living processes of program `name` that have `argument` on their command line."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.name() == name and argument in process.cmdline() and is_alive(process):
                yield process


def working_in(name: str, folder: str) -> Iterator[psutil.Process]:
    """Living processes of program `name` whose working folder is `folder`, as far as the system lets us look."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.name() == name and process.cwd() == folder and is_alive(process):
                yield process


def is_alive(process: psutil.Process) -> bool:
    """Whether this very process still runs. A zombie, which somebody has yet to reap, does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def end(processes: Sequence[psutil.Process], *, by: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn to those that still live, and wait as many seconds as stand beside it.

    psutil compares the moment of creation before it signals: a number that was given to another process is left alone.
    """
    living = list(processes)
    for signal_number, seconds in by:
        for process in living:
            with suppress(psutil.Error):
                process.send_signal(signal_number)
        deadline = time.monotonic() + seconds
        while (living := [process for process in living if is_alive(process)]) and time.monotonic() < deadline:
            time.sleep(0.02)
        if not living:
            return
