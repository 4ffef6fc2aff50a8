"""A year of a calendar as twelve months of weeks, ready to be drawn."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sla.wall_clock import Hours
from sla.working_time import WorkingTime


@dataclass(frozen=True, slots=True)
class DayCell:
    """One day: "working", "short" or "off"."""

    date: date
    kind: str
    hours: Hours
    name: str
    is_dated: bool
    is_today: bool


@dataclass(frozen=True, slots=True)
class Month:
    """The weeks from Monday to Sunday; a place of another month is None."""

    first_date: date
    weeks: list[list[DayCell | None]]


def year_grid(calendar: WorkingTime, year: int, *, names: Mapping[date, str], today: date) -> list[Month]:
    """The twelve months."""

    def cell(day: date) -> DayCell:
        ordinary = calendar.week.get(day.weekday(), ())
        hours = calendar.days.get(day, ordinary)
        short = 0 < _minutes(hours) < _minutes(ordinary)
        kind = "short" if short else "working" if hours else "off"
        return DayCell(day, kind, hours, names.get(day, ""), day in calendar.days, day == today)

    return [
        Month(
            date(year, month, 1),
            [
                [cell(day) if day.month == month else None for day in week]
                for week in Calendar().monthdatescalendar(year, month)
            ],
        )
        for month in range(1, 13)
    ]


def _minutes(hours: Hours) -> int:
    return sum(closes - opens for opens, closes in hours)
