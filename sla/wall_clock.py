"""From windows on the wall clock to stretches of real time.

A calendar is written in the clock of its office: "Monday 9:00 to 13:00". Requests arrive at instants. This module
joins the two: it checks the windows, lays them along the wall clock day after day, and maps that line to UTC once for
each period in which the zone keeps one offset. An hour that the clock skips never comes out, an hour that it repeats
comes out twice, and nothing is rounded. The arithmetic on the result is in :mod:`sla.working_time`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY = 86_400
"""Seconds of a day in UTC and on the wall clock; a local day in real time may be shorter or longer."""

_DAY_MINUTES = 1_440
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Hours = tuple[tuple[int, int], ...]
"""The windows of one day in order: opening and closing minute from the local midnight that begins the day."""


class CalendarNotValid(ValueError):
    """The zone, a weekday or a window cannot be used; the message is a sentence that names it."""


class Stretches(NamedTuple):
    """Stretches of time in order, apart from each other: the first second of each, and the second after its last."""

    opens: list[int]
    closes: list[int]

    def append(self, opens: int, closes: int) -> None:
        """Add a stretch that begins no earlier than the last one; where they meet they become one."""
        if self.closes and opens <= self.closes[-1]:
            self.closes[-1] = max(self.closes[-1], closes)
        else:
            self.opens.append(opens)
            self.closes.append(closes)


def zone_named(name: str) -> ZoneInfo:
    """The IANA zone of that name. Raises CalendarNotValid."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; a path; a folder, where the zones come from a package
        raise CalendarNotValid(f"“{name}” is not a time zone. Give an IANA name such as Asia/Yekaterinburg.") from None


def week_hours(week: Mapping[int, Iterable[tuple[int, int]]]) -> dict[int, Hours]:
    """The weekly windows by weekday, 0 is Monday, checked. Raises CalendarNotValid."""
    for weekday in week:
        if weekday not in range(7):
            raise CalendarNotValid(f"{weekday!r} is not a weekday. Give a number from 0, Monday, to 6, Sunday.")
    return {weekday: _checked(_WEEKDAYS[weekday], windows) for weekday, windows in week.items()}


def dated_hours(days: Mapping[date, Iterable[tuple[int, int]]]) -> dict[date, Hours]:
    """The windows of dated days, which replace those of the weekday; none is a day off. Raises CalendarNotValid."""
    return {day: _checked(day.isoformat(), windows) for day, windows in days.items()}


def _checked(day: str, windows: Iterable[tuple[int, int]]) -> Hours:
    hours = tuple(sorted((opens, closes) for opens, closes in windows))
    for opens, closes in hours:
        if not 0 <= opens < _DAY_MINUTES:
            raise CalendarNotValid(
                f"{day}: a window cannot open at minute {opens}. Give a minute of the day from 0 to 1439."
            )
        if not opens < closes <= opens + _DAY_MINUTES:
            raise CalendarNotValid(
                f"{day}: the window from minute {opens} to minute {closes} does not close within 24 hours after it "
                "opens. Give a later closing minute; 1440 is midnight, 1800 is 6:00 of the next day."
            )
    for earlier, later in pairwise(hours):
        if later[0] < earlier[1]:
            raise CalendarNotValid(
                f"{day}: the windows {_words(earlier)} and {_words(later)} overlap. Join them or move one."
            )
    return hours


def _words(window: tuple[int, int]) -> str:
    return "–".join(f"{minute // 60}:{minute % 60:02}" for minute in window)


def working_stretches(
    zone: ZoneInfo, week: Mapping[int, Hours], dated: Mapping[date, Hours], begin: int, end: int
) -> Stretches:
    """All working time from second `begin` to second `end` since 1970.

    An instant is working time when its local clock reading lies in a window, whichever day that window began on.
    """
    wall = _wall_stretches(week, dated, begin, end)
    real = Stretches([], [])
    for first, last, offset in _offset_periods(zone, begin, end):
        i = bisect_right(wall.closes, first + offset)
        while i < len(wall.opens) and wall.opens[i] < last + offset:
            real.append(max(wall.opens[i] - offset, first), min(wall.closes[i] - offset, last))
            i += 1
    return real


def _wall_stretches(week: Mapping[int, Hours], dated: Mapping[date, Hours], begin: int, end: int) -> Stretches:
    """The windows along the wall clock: seconds as if the office stood at UTC, a little wider than asked."""
    wall = Stretches([], [])
    # Two days wider on each side: no offset reaches 24 hours, and a window may have begun on the day before.
    for day in range(begin // DAY - 2, end // DAY + 3):
        on = date.fromordinal(day + _EPOCH_ORDINAL)
        hours = dated.get(on)
        for opens, closes in week.get(on.weekday(), ()) if hours is None else hours:
            wall.append(day * DAY + opens * 60, day * DAY + closes * 60)
    return wall


def _offset_periods(zone: ZoneInfo, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The periods of one UTC offset: first second, second after the last, offset in seconds.

    zoneinfo does not tell its transitions, so each day is probed and a change is searched within its day. In the
    zone database the closest two transitions are 95 hours apart (Freetown 1939): none hides between two probes.
    """
    first, offset = begin, _offset(zone, begin)
    for probe in (*range(begin + DAY, end, DAY), end):
        ahead = _offset(zone, probe)
        if ahead != offset:
            change = _change(zone, probe - DAY, probe)
            yield first, change, offset
            first, offset = change, ahead
    yield first, end, offset


def _change(zone: ZoneInfo, before: int, after: int) -> int:
    """The first second, later than `before` and at the latest `after`, that has the offset of `after`."""
    new = _offset(zone, after)
    return before + bisect_left(range(before, after), x=True, key=lambda second: _offset(zone, second) == new)


def _offset(zone: ZoneInfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, zone).utcoffset()
    assert offset is not None  # noqa: S101 - a ZoneInfo always has one
    return offset.days * DAY + offset.seconds
