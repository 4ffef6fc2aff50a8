"""What `make prove` prints at its end: one line for each proof, with its figures."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Verdict = Callable[[str, str], None]
_LINES = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_LINES] = []


@pytest.fixture
def verdict(request: pytest.FixtureRequest) -> Verdict:
    """verdict("kills", "seed=7 obligations=600 lost=0 …"): call it before what it tells is asserted."""

    def tell(proof: str, figures: str) -> None:
        request.config.stash[_LINES].append(f"{proof}: {figures}")

    return tell


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if lines := config.stash[_LINES]:
        terminalreporter.section("what was proven")
        for line in lines:
            terminalreporter.write_line(line)
