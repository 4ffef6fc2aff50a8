from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.cast import MONDAY_TEN


@pytest.fixture(autouse=True)
def monday_morning() -> Iterator[None]:
    """Every story of the cabinet begins on Monday at ten, an hour after support has opened."""
    with time_machine.travel(MONDAY_TEN, tick=False):
        yield
