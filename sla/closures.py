"""Runs of days off that are near."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sla.working_time import WorkingTime

SHORTEST = 3
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Closure:
    first_date: date
    last_date: date
    resumes_at: datetime


def closure_ahead(calendar: WorkingTime, at: datetime, *, working_days: int = 5) -> Closure | None:
    """The run of days off that is on, or begins within so many working days."""
    zone = ZoneInfo(calendar.zone)

    def midnight(day: date) -> datetime:
        return datetime.combine(day, time(), zone)

    def is_off(day: date) -> bool:
        return not calendar.between(midnight(day), midnight(day + timedelta(days=1)))

    today = day = at.astimezone(zone).date()
    left = working_days
    while is_off(day - timedelta(days=1)) and is_off(day) and today - day < LONGEST:
        day -= timedelta(days=1)
    while left >= 0:
        first = day
        while is_off(day) and day - today < LONGEST:
            day += timedelta(days=1)
        if (day - first).days >= SHORTEST:
            return Closure(first, day - timedelta(days=1), calendar.next_opening(midnight(day)))
        day, left = day + timedelta(days=1), left - 1
    return None
