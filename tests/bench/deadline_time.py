"""What a deadline costs, and what others ask for it, in this very process.

`python -m tests.bench.deadline_time` prints one line of JSON.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import django

HOURS = (4, 27, 2000)
_ROUNDS, _MOMENTS = 9, 1000


def main() -> None:
    django.setup()
    from django.utils import timezone

    from sla import deadlines
    from sla.calendars import working_time_of
    from sla.models import BusinessCalendar
    from tests.bench.working_time_beside import beside, calendar, hourly, year_bytes

    hours = working_time_of(BusinessCalendar.objects.get(name="Пятидневка").current().pk)
    now = timezone.now()
    moments = [now - timedelta(hours=8.76 * number) for number in range(_MOMENTS)]

    def deadline(minutes: int) -> Callable[[datetime], object]:
        return lambda at: deadlines.deadline(hours, at, minutes)

    def add(minutes: int) -> Callable[[datetime], object]:
        return lambda at: hours.add(at, minutes)

    told = {
        "explained_us": {str(each): _microseconds(deadline(each * 60), moments) for each in HOURS},
        "us": {str(each): _microseconds(add(each * 60), moments) for each in HOURS},
        "beside": beside(HOURS),
        "year_bytes": {"usual": year_bytes(calendar()), "hourly": year_bytes(hourly())},
    }
    print(json.dumps(told))


def _microseconds(work: Callable[[datetime], object], moments: list[datetime]) -> float:
    """The median of the rounds, after a warm one; each goes once through all moments."""
    rounds = []
    for _ in range(_ROUNDS + 1):
        began = time.perf_counter()
        for at in moments:
            work(at)
        rounds.append((time.perf_counter() - began) / len(moments) * 1e6)
    return round(statistics.median(rounds[1:]), 2)


if __name__ == "__main__":
    main()
