"""`make test`: the suite in two processes side by side, because half of it waits for servers and a browser.

Each has scratch servers of its own. With arguments it is one pytest with these, for a part of the suite.
"""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence

PYTEST = [sys.executable, "-m", "pytest"]
WAITING = ["tests/helpdesk", "tests/journeys"]
"""Folders whose tests start whole desks: about half of all the time. The browser's come last: its event loop stays."""


def main(arguments: Sequence[str]) -> int:
    """0 when both passed, else the first code of pytest that is another. The second is heard once the first is done."""
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl+C reaches pytest too, which removes its servers
    if arguments:
        return subprocess.Popen([*PYTEST, *arguments]).wait()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        beside = subprocess.Popen([*PYTEST, *WAITING], stdout=said, stderr=subprocess.STDOUT)
        rest = subprocess.Popen([*PYTEST, *(f"--ignore={folder}" for folder in WAITING)])
        codes = [rest.wait(), beside.wait()]
        said.seek(0)
        print(said.read())
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
