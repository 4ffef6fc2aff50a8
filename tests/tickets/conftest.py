from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.tickets.workplace import NOW


@pytest.fixture
def at_half_past_ten() -> Iterator[None]:
    """On the Monday of the workplace's stories."""
    with time_machine.travel(NOW, tick=False):
        yield
