"""The dated days of one year as a plan: what differs from the ordinary week, before it becomes rows of a calendar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sla import production_calendar
from sla.production_calendar import DayKind, OfficialDay
from sla.wall_clock import Hours

SHORTER_BY = 60
"""Working minutes that a shortened day has less (Article 95 of the Labour Code)."""


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """A dated day: its windows, none on a day off, and its name."""

    windows: Hours
    name: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """What one date was and becomes; None is the ordinary weekday."""

    date: date
    before: PlannedDay | None
    after: PlannedDay | None


def official_plan(year: int, week: Mapping[int, Hours]) -> dict[date, PlannedDay]:
    """The official Russian days of a year in the hours of this week, in order. Raises YearNotKnown.

    A worked weekend day has the hours of the day that is off for it. Days on which this week does not work anyway are
    left out, unless they are holidays: those have a name.
    """
    found: dict[date, PlannedDay] = {}
    for day, official in production_calendar.days(year).items():
        hours = _official_hours(day, official, week)
        if hours or official.kind is DayKind.OFF:
            found[day] = PlannedDay(hours, official.name)
    return found


def _official_hours(day: date, official: OfficialDay, week: Mapping[int, Hours]) -> Hours:
    if official.kind is DayKind.OFF:
        return ()
    hours = week.get((official.worked_for or day).weekday(), ())
    return shortened(hours) if official.kind is DayKind.SHORT else hours


def full_day(day: date, week: Mapping[int, Hours]) -> Hours:
    """The hours of its weekday or, where that is off, of the first weekday that works. None in an empty week."""
    return week.get(day.weekday()) or next((week[weekday] for weekday in sorted(week) if week[weekday]), ())


def shortened(hours: Hours) -> Hours:
    """An hour of work less, taken from the end: a window that is used up goes, and so does its break."""
    left = minutes_of(hours) - SHORTER_BY
    kept: list[tuple[int, int]] = []
    for opens, closes in hours:
        if left <= 0:
            break
        kept.append((opens, min(closes, opens + left)))
        left -= closes - opens
    return tuple(kept)


def minutes_of(hours: Hours) -> int:
    """Working minutes of a day by its wall clock."""
    return sum(closes - opens for opens, closes in hours)


def differences(before: Mapping[date, PlannedDay], after: Mapping[date, PlannedDay]) -> list[Difference]:
    """Each date that changes its windows or its name, in order."""
    return [
        Difference(day, before.get(day), after.get(day))
        for day in sorted(before.keys() | after.keys())
        if before.get(day) != after.get(day)
    ]
