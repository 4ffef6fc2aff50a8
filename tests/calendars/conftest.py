"""The day on which the pages of calendars are looked at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.calendars.pages import NOW


@pytest.fixture(autouse=True)
def in_october() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield
