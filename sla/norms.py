"""How much a calendar works in a year, and how much the production calendar would."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Final

from sla.wall_clock import Hours, zone_named
from sla.working_time import WorkingTime
from sla.year_plan import full_day, minutes_of, official_plan

_FORTY_HOURS: Final[dict[int, Hours]] = dict.fromkeys(range(5), ((540, 780), (840, 1080)))


@dataclass(frozen=True, slots=True)
class YearTotals:
    """A year in days of the calendar's own dates, and in working minutes. Working days include the short ones."""

    working_days: int
    short_days: int
    days_off: int
    working_minutes: int


def totals(calendar: WorkingTime, year: int) -> YearTotals:
    """What a year has. A short day is a dated day with less work than its weekday, a weekend day than the first that
    works. Minutes are real ones: a clock change, and a night over New Year, count as the engine counts them."""
    dates = [date(year, 1, 1) + timedelta(days=number) for number in range(366)]
    hours = {day: calendar.hours_on(day) for day in dates if day.year == year}
    working = [day for day, windows in hours.items() if windows]
    zone = zone_named(calendar.zone)
    first, following = (datetime(each, 1, 1, tzinfo=zone) for each in (year, year + 1))
    return YearTotals(
        working_days=len(working),
        short_days=sum(minutes_of(hours[day]) < minutes_of(full_day(day, calendar.week)) for day in working),
        days_off=len(hours) - len(working),
        working_minutes=calendar.between(first, following) // timedelta(minutes=1),
    )


@cache
def official_norm(year: int) -> YearTotals:
    """The norm of a week of five days and 40 hours by the production calendar. Raises YearNotKnown."""
    days = {day: planned.windows for day, planned in official_plan(year, _FORTY_HOURS).items()}
    return totals(WorkingTime("UTC", _FORTY_HOURS, days), year)
