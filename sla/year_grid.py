"""A year of a calendar as twelve months of weeks, ready to be drawn. Pure: «today» and the official days are told."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sla.day_kinds import kind_of
from sla.wall_clock import Hours
from sla.working_time import WorkingTime
from sla.year_plan import PlannedDay

_MONDAY_FIRST = Calendar(firstweekday=0)


@dataclass(frozen=True, slots=True)
class DayCell:
    """One day: "working", "short" or "off", its windows, and its name where it has one.

    Dated: the calendar says something of its own about it. By hand: its hours are others than the official plan's.
    """

    date: date
    kind: str
    hours: Hours
    name: str
    is_dated: bool
    is_today: bool
    is_by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Month:
    """The weeks from Monday to Sunday; a place of another month is None."""

    first_date: date
    weeks: list[list[DayCell | None]]


def year_grid(
    calendar: WorkingTime,
    year: int,
    *,
    names: Mapping[date, str],
    today: date,
    official: Mapping[date, PlannedDay] | None = None,
) -> list[Month]:
    """The twelve months. `official` is the official plan of the year for the calendar's week, where it is known:
    without it no day is marked as changed by hand."""

    def cell(day: date) -> DayCell:
        ordinary = calendar.week.get(day.weekday(), ())
        hours = calendar.days.get(day, ordinary)
        planned = official[day].windows if official and day in official else ordinary
        return DayCell(
            date=day,
            kind=kind_of(calendar.week, day, hours).value,
            hours=hours,
            name=names.get(day, ""),
            is_dated=day in calendar.days,
            is_today=day == today,
            is_by_hand=official is not None and hours != planned,
        )

    def weeks(month: int) -> list[list[DayCell | None]]:
        return [
            [cell(day) if day.month == month else None for day in week]
            for week in _MONDAY_FIRST.monthdatescalendar(year, month)
        ]

    return [Month(date(year, month, 1), weeks(month)) for month in range(1, 13)]
