"""Runs of days off that customers are told about before they begin: when does work resume?

A run is a stretch of whole days off, by the calendar's own dates, that is longer than the longest one of its ordinary
week: with a week of five days, three days or more. A single holiday in the middle of that week is none, nor is a
weekend. In a week that works every day one day off is a run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sla.wall_clock import zone_named
from sla.working_time import WorkingTime

_DAY = timedelta(days=1)
_LONGEST = 366
"""Days. A calendar that is closed for longer has ended, and nobody can say when it resumes."""


@dataclass(frozen=True, slots=True)
class Closure:
    """First and last day off of a run, and the instant, in UTC, at which work begins again."""

    first_date: date
    last_date: date
    resumes_at: datetime


def closure_ahead(calendar: WorkingTime, at: datetime, *, working_days: int = 5) -> Closure | None:
    """The run of days off that `at` lies in, or that begins after at most so many working days, today among them.

    None where there is no such run, or no end of it within a year.
    """
    zone = zone_named(calendar.zone)
    usual = _longest_of_the_week(calendar)
    day = _first_of_its_run(calendar, at.astimezone(zone).date())
    worked = off = 0
    while worked <= working_days and off <= _LONGEST:
        if not calendar.hours_on(day):
            off += 1
        elif off > usual:
            resumes_at = calendar.next_opening(datetime(day.year, day.month, day.day, tzinfo=zone))
            return Closure(day - off * _DAY, day - _DAY, resumes_at)
        else:
            off, worked = 0, worked + 1
        day += _DAY
    return None


def _first_of_its_run(calendar: WorkingTime, day: date) -> date:
    """A working day is its own first one."""
    earliest = day - _LONGEST * _DAY
    while not calendar.hours_on(day) and earliest < day and not calendar.hours_on(day - _DAY):
        day -= _DAY
    return day


def _longest_of_the_week(calendar: WorkingTime) -> int:
    """Days off in a row, counted over two weeks: the weekend goes over the week's end."""
    fortnight = "".join("x" if calendar.week.get(number % 7) else "." for number in range(14))
    return min(7, max(map(len, fortnight.split("x"))))
