"""What a day is, working, short or off, and which windows a day of that kind has. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from sla.wall_clock import Hours
from sla.year_plan import full_day, minutes_of, shortened


class Kind(StrEnum):
    """What a day of a calendar is called."""

    WORKING = "working"
    SHORT = "short"
    OFF = "off"


def kind_of(week: Mapping[int, Hours], day: date, hours: Hours) -> Kind:
    """Short: worked for less time than the day would be in full. A weekday as the week has it is never short."""
    if not hours:
        return Kind.OFF
    return Kind.SHORT if minutes_of(hours) < minutes_of(full_day(day, week)) else Kind.WORKING


def cut(hours: Hours, until: int) -> Hours:
    """The part of the windows before minute `until`."""
    return tuple((opens, min(closes, until)) for opens, closes in hours if opens < until)


def windows_for(
    week: Mapping[int, Hours], day: date, kind: Kind, *, hours: Hours = (), until: int | None = None
) -> Hours:
    """The windows of a day of that kind: its own `hours` where told, else those of a full day; a short day ends at
    minute `until`, or has an hour of work less."""
    if kind is Kind.OFF:
        return ()
    full = hours or full_day(day, week)
    if kind is Kind.WORKING:
        return full
    return shortened(full) if until is None else cut(full, until)


def ordinary_or(week: Mapping[int, Hours], day: date, hours: Hours) -> Hours | None:
    """None where the day has the windows of its weekday: such a day needs no line of its own in a calendar."""
    return None if hours == week.get(day.weekday(), ()) else hours
