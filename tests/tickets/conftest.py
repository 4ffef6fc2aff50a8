from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from tests.tickets.recounted import Calls
from tests.tickets.workplace import NOW


@pytest.fixture
def at_half_past_ten() -> Iterator[None]:
    """On the Monday of the workplace's stories."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Who was called by the jobs. Nobody comes: the tests count anew themselves."""
    calls: Calls = []

    def ring(job: Any, *told: str, **more: Any) -> bool:
        calls.append((job, *told))
        return True

    monkeypatch.setattr("notifications.bell.ring", lambda *told, **more: True)
    monkeypatch.setattr("tickets.jobs.ring", ring)
    return calls
