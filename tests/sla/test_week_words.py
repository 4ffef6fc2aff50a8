"""A normal week in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from sla.week_words import week_words
from sla.working_time import WorkingTime


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


DAY = [(540, 1080)]
SPLIT = [(540, 780), (840, 1080)]


@pytest.mark.parametrize(
    ("week", "words"),
    [
        (dict.fromkeys(range(5), DAY), "Mon–Fri 9:00–18:00"),
        (dict.fromkeys(range(5), SPLIT), "Mon–Fri 9:00–18:00, break 13:00–14:00"),
        ({**dict.fromkeys(range(4), DAY), 4: [(540, 1005)]}, "Mon–Thu 9:00–18:00; Fri 9:00–16:45"),
        ({0: DAY, 2: DAY, 3: DAY}, "Mon 9:00–18:00; Wed–Thu 9:00–18:00"),
        ({5: [(600, 900)]}, "Sat 10:00–15:00"),
        ({6: [(0, 60), (120, 180), (240, 300)]}, "Sun 0:00–1:00, 2:00–3:00, 4:00–5:00"),
        ({weekday: [(0, 1440)] for weekday in range(7)}, "round the clock"),
        ({0: [(1200, 1800)]}, "Mon 20:00–6:00"),
        ({0: [(540, 780), (780, 1080)]}, "Mon 9:00–18:00"),
        ({0: [(540, 660), (660, 780), (840, 1080)], 1: SPLIT}, "Mon–Tue 9:00–18:00, break 13:00–14:00"),
        ({weekday: [(0, 720), (720, 1440)] for weekday in range(7)}, "round the clock"),
        ({0: [(0, 360), (1320, 1440)]}, "Mon 0:00–6:00, 22:00–24:00"),
        ({0: [(540, 720), (900, 1080)]}, "Mon 9:00–18:00, break 12:00–15:00"),
        ({0: [(540, 720), (901, 1080)]}, "Mon 9:00–12:00, 15:01–18:00"),
        ({0: [(0, 1440)]}, "Mon 0:00–24:00"),
        ({}, ""),
    ],
)
def test_days_with_the_same_hours_stand_together(week: dict[int, Any], words: str) -> None:
    assert week_words(WorkingTime("Asia/Yekaterinburg", week)) == words


def test_a_calendar_that_never_closes_says_so() -> None:
    assert week_words(WorkingTime("Asia/Yekaterinburg", always_open=True)) == "round the clock"
