"""How much is worked in a year of a calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sla.wall_clock import Hours
from sla.working_time import WorkingTime


@dataclass(frozen=True, slots=True)
class YearTotals:
    """Short days are working days too."""

    working_days: int
    short_days: int
    days_off: int
    working_minutes: int


def totals(calendar: WorkingTime, year: int) -> YearTotals:
    """The days of a year by kind, and the minutes worked in it by the wall clock."""
    working = short = off = minutes = 0
    day = date(year, 1, 1)
    while day.year == year:
        ordinary = calendar.week.get(day.weekday(), ())
        hours = calendar.days.get(day, ordinary)
        working += bool(hours)
        short += 0 < _minutes(hours) < _minutes(ordinary)
        off += not hours
        minutes += _minutes(hours)
        day += timedelta(days=1)
    return YearTotals(working, short, off, minutes)


def _minutes(hours: Hours) -> int:
    return sum(closes - opens for opens, closes in hours)
