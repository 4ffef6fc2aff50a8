"""How soon support usually reacts (3.8.1): half, and nine of ten, of the reactions of the last thirty working days.

It is no promise. The reactions to all promised requests of one level count, of every customer: one customer alone
seldom has enough of them to say anything. The values are nearest ranks, that is, reactions that took place: half of
them were no later than the median, nine of ten no later than the 90 %.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sla.calendars import working_time_of
from sla.working_time import WorkingTime
from tickets.models import Ticket

WORKING_DAYS = 30
FEWEST = 10
_MINUTE = timedelta(minutes=1)
_LONGEST_LOOK = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class UsualReaction:
    """Working minutes in which half, and nine of ten, of `count` requests got their reaction; begun ones are whole."""

    median_minutes: int
    ninety_minutes: int
    count: int


def nearest_rank(ordered: Sequence[timedelta], percent: int) -> timedelta:
    """The smallest of the values that `percent` of them do not exceed. Raises ValueError where there is none."""
    if not ordered:
        raise ValueError("There are no values to rank. Give at least one, in order.")
    return ordered[max(-(-len(ordered) * percent // 100), 1) - 1]


def usual_of(lengths: Iterable[timedelta]) -> UsualReaction | None:
    """What is usual among these reactions, in any order; none among fewer than ten."""
    ordered = sorted(lengths)
    if len(ordered) < FEWEST:
        return None
    return UsualReaction(_whole(nearest_rank(ordered, 50)), _whole(nearest_rank(ordered, 90)), len(ordered))


def since(calendar: WorkingTime, at: datetime) -> datetime:
    """The midnight before the thirtieth last working day of the calendar, today included where it is one.

    A calendar that has fewer in a year is looked at for a year.
    """
    zone = ZoneInfo(calendar.zone)
    day, left = at.astimezone(zone).date(), WORKING_DAYS
    earliest = (at - _LONGEST_LOOK).astimezone(zone).date()
    while day > earliest:
        begin, end = (datetime.combine(each, time(), zone) for each in (day, day + timedelta(days=1)))
        left -= bool(calendar.between(begin, end))
        if not left:
            break
        day -= timedelta(days=1)
    return datetime.combine(day, time(), zone)


def usual_reaction(level_id: int, calendar_version_id: int, at: datetime) -> UsualReaction | None:
    """What is usual at a level, whose calendar says what a working day is; counted once a minute in a process."""
    return _counted(level_id, calendar_version_id, at.replace(second=0, microsecond=0))


@lru_cache(maxsize=64)
def _counted(level_id: int, calendar_version_id: int, minute: datetime) -> UsualReaction | None:
    start = since(working_time_of(calendar_version_id), minute)
    reactions = Ticket.objects.reacted_since(start, level_id).values_list(
        "calendar_version_id", "received_at", "reacted_at"
    )
    # A promise rests on a calendar version, so both are there.
    return usual_of(
        working_time_of(version).between(received_at, reacted_at)
        for version, received_at, reacted_at in reactions
        if version and reacted_at
    )


def _whole(length: timedelta) -> int:
    return max(-(-length // _MINUTE), 1)
