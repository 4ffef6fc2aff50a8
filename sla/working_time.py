"""Working time: how much of it lies between two instants, and which instant comes after so much of it.

Lay all working windows of a year side by side along the real clock, in UTC. Beside each window note how much working
time went by before it opened. Reading this table one way answers "how much work was done until this instant": find
the window, take its note, add the part of the window that is over. Reading it the other way answers "when will so
much work be done". A deadline is one reading each way: work done until the request came, plus the limit, is the work
done at the deadline. Both readings are a binary search, so a deadline months away costs what one today costs.

All that is difficult about clocks (breaks, holidays, nights, hours skipped or repeated) is settled while the table is
built, in :mod:`sla.wall_clock`; the table grows by years when an instant outside of it is asked for. Times are whole
microseconds since 1970: nothing is rounded. A finished table never changes; a wider one takes its place in one
assignment. Threads may therefore share a WorkingTime without a lock; at worst two of them build the same table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

from sla.wall_clock import CalendarNotValid, Hours, dated_hours, week_hours, working_stretches, zone_named
from sla.window_table import SECOND, WindowTable

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2199
_YEARS: Final = range(FIRST_YEAR - 1, LAST_YEAR + 2)  # on the clock of any zone

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_MINUTE: Final = 60 * SECOND
_ROUND_THE_CLOCK: Final = {weekday: [(0, 1440)] for weekday in range(7)}
_TEN_YEARS: Final = 3_653 * 86_400 * SECOND


class NoWorkingTime(Exception):
    """The calendar has too little working time, or none, within ten years; the message is a sentence."""


def first_telling_day(year: int) -> date:
    """The first day of a year by which it counts as known. A run of days off over New Year ends before it."""
    return date(year, 2, 1)


def years_known_by(days: Iterable[date]) -> frozenset[int]:
    """The years that somebody has filled: those with a dated day later than January."""
    return frozenset(day.year for day in days if day >= first_telling_day(day.year))


class Window(NamedTuple):
    """A stretch of working time, in UTC. The opening instant belongs to it, the closing one does not."""

    opens_at: datetime
    closes_at: datetime


class WorkingTime:
    """The working time of one calendar. Immutable; built once, shared, and quick when warm.

    `zone` is an IANA name. `week` maps weekdays, 0 is Monday, to windows (opens, closes) in minutes from the day's
    local midnight; a window may close at 1440, which is 24:00, or later, which is on the next day. `days` are dates
    whose windows replace those of the weekday: none for a day off, shorter ones for a short day. `always_open` stands
    for a week without a closed minute. Raises CalendarNotValid.

    Instants are aware datetimes of the years 1900 to 2199 in any zone; results are in UTC. Amounts are working
    minutes (int) or a timedelta. A naive datetime, a negative amount and another year are ValueErrors; what is no
    datetime or no amount at all is a TypeError.
    """

    __slots__ = ("_days", "_table", "_week", "_years", "_zone")

    def __init__(
        self,
        zone: str,
        week: Mapping[int, Iterable[tuple[int, int]]] | None = None,
        days: Mapping[date, Iterable[tuple[int, int]]] | None = None,
        *,
        always_open: bool = False,
    ) -> None:
        if always_open and (week or days):
            raise CalendarNotValid("A calendar that works round the clock has no windows. Leave out week and days.")
        self._zone = zone_named(zone)
        self._week = week_hours(_ROUND_THE_CLOCK if always_open else week or {})
        self._days = dated_hours(days or {})
        self._years = frozenset(_YEARS) if always_open else years_known_by(self._days)
        self._table: WindowTable | None = None

    @property
    def zone(self) -> str:
        """The IANA name of the zone."""
        return self._zone.key

    @property
    def week(self) -> Mapping[int, Hours]:
        """The weekly windows in order of time, by weekday."""
        return MappingProxyType(self._week)

    @property
    def days(self) -> Mapping[date, Hours]:
        """The windows of the dated days, by date."""
        return MappingProxyType(self._days)

    @property
    def known_years(self) -> frozenset[int]:
        """The years that `years_known_by` the dated days. Round the clock there is nothing to know: every year."""
        return self._years

    def hours_on(self, day: date) -> Hours:
        """The windows that begin on a date: its own where it is dated, otherwise those of its weekday."""
        hours = self._days.get(day)
        return self._week.get(day.weekday(), ()) if hours is None else hours

    def __repr__(self) -> str:
        return f"<WorkingTime in {self.zone}, {len(self._days)} dated days>"

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time from `start` to `end`; negative when `end` is the earlier one."""
        first, last = _microseconds(start), _microseconds(end)
        table = self._table_of(min(first, last), max(first, last))
        return (table.worked_until(last) - table.worked_until(first)) * _MICROSECOND

    def add(self, start: datetime, amount: int | timedelta) -> datetime:
        """The earliest instant with `amount` of working time since `start`; no amount gives `start` itself.

        30 minutes after 17:30 are 18:00, also where work ends at 18:00. Raises NoWorkingTime.
        """
        at, length = _microseconds(start), _length(amount)
        if not length:
            return _instant(at)
        table, goal = self._reach(at, length)
        reached = table.earliest(goal)
        if reached - at > _TEN_YEARS:
            raise self._too_little(at, length)
        return _instant(reached)

    def subtract(self, end: datetime, amount: int | timedelta) -> datetime:
        """The latest instant with `amount` of working time until `end`; no amount gives `end` itself.

        30 minutes before 9:30 are 9:00, also where work begins at 9:00. Raises NoWorkingTime.
        """
        at, length = _microseconds(end), _length(amount)
        if not length:
            return _instant(at)
        table, goal = self._reach(at, -length)
        reached = table.latest(goal)
        if at - reached > _TEN_YEARS:
            raise self._too_little(at, -length)
        return _instant(reached)

    def is_open(self, at: datetime) -> bool:
        """Whether `at` is working time. A closing moment is not."""
        moment = _microseconds(at)
        return self._table_of(moment, moment).is_open(moment)

    def next_opening(self, at: datetime) -> datetime:
        """The first instant of working time from `at` on, which is `at` itself when open. Raises NoWorkingTime."""
        moment = _microseconds(at)
        table, goal = self._reach(moment, 1)
        reached = table.latest(goal - 1)
        if reached - moment > _TEN_YEARS:
            raise self._too_little(moment, 1)
        return _instant(reached)

    def windows(self, start: datetime, end: datetime) -> tuple[Window, ...]:
        """The working time from `start` to `end`, window by window, in order; windows that touch are one.

        Their lengths add up to `between(start, end)`: from a request to its deadline they explain the deadline.
        Raises ValueError when `end` is the earlier one.
        """
        first, last = _microseconds(start), _microseconds(end)
        if last < first:
            raise _backwards(start, end)
        found = self._table_of(first, last).windows(first, last)
        return tuple(Window(_instant(opens), _instant(closes)) for opens, closes in found)

    def ordinary_years(self, start: datetime, end: datetime) -> tuple[int, ...]:
        """The years from `start` to `end`, on the calendar's clock, that are not known: counted by the ordinary week.

        A span that ends with a year does not touch the next one. Raises ValueError when `end` is the earlier one.
        """
        first, last = _microseconds(start), _microseconds(end)
        if last < first:
            raise _backwards(start, end)
        begin, until = (_instant(each).astimezone(self._zone).year for each in (first, max(first, last - 1)))
        return tuple(year for year in range(begin, until + 1) if year not in self._years)

    def _reach(self, at: int, length: int) -> tuple[WindowTable, int]:
        """A table that holds `length` of working time after `at`, or before it when negative, and its reading there.

        Raises NoWorkingTime when a table of ten years does not hold it.
        """
        table = self._table_of(at, at)
        goal = table.worked_until(at) + length
        while not 0 <= goal <= table.total:
            years = table.end - table.begin
            if length > 0:
                wider = self._table_of(at, min(table.end + years, at + _TEN_YEARS))
            else:
                wider = self._table_of(max(table.begin - years, at - _TEN_YEARS), at)
            if wider is table:
                raise self._too_little(at, length)
            table, goal = wider, wider.worked_until(at) + length
        return table, goal

    def _table_of(self, first: int, last: int) -> WindowTable:
        """A table in which both instants lie, of whole years in UTC."""
        table = self._table
        if table is not None and table.begin <= first and last < table.end:
            return table
        if table is not None:
            first, last = min(first, table.begin), max(last, table.end - 1)
        begin, end = _new_year(_instant(first).year), _new_year(_instant(last).year + 1)
        stretches = working_stretches(self._zone, self._week, self._days, begin // SECOND, end // SECOND)
        self._table = table = WindowTable(begin, end, stretches)
        return table

    def _too_little(self, at: int, length: int) -> NoWorkingTime:
        if not any(self._week.values()) and not any(self._days.values()):
            return NoWorkingTime("This calendar has no working time at all. Give it at least one window.")
        amount = f"{abs(length) / _MINUTE:g} minutes of working time" if abs(length) > 1 else "any working time"
        side = "after" if length > 0 else "before"
        return NoWorkingTime(
            f"This calendar does not have {amount} within ten years {side} {_instant(at).isoformat()}. "
            "Check its weekly windows and its dated days."
        )


def _microseconds(at: datetime) -> int:
    """Microseconds since 1970 of an aware datetime of the years that a calendar knows."""
    try:
        since = at - _EPOCH
        moment = (since.days * 86_400 + since.seconds) * SECOND + since.microseconds
    except (TypeError, AttributeError):
        raise _not_an_instant(at) from None
    if _FIRST <= moment < _LAST:
        return moment
    raise ValueError(f"{at.isoformat()} is too far away. Give an instant of the years {FIRST_YEAR} to {LAST_YEAR}.")


def _not_an_instant(at: object) -> Exception:
    if isinstance(at, datetime):
        return ValueError(f"{at.isoformat()} has no time zone. Give an aware datetime.")
    return TypeError(f"{at!r} is not an instant. Give an aware datetime.")


def _backwards(start: datetime, end: datetime) -> ValueError:
    return ValueError(f"{end.isoformat()} is before {start.isoformat()}. Give the earlier instant first.")


def _length(amount: int | timedelta) -> int:
    """Microseconds of an amount of working time."""
    if isinstance(amount, timedelta):
        length = amount // _MICROSECOND
    elif isinstance(amount, int):
        length = amount * _MINUTE
    else:
        raise TypeError(f"{amount!r} is not an amount of working time. Give whole minutes, or a timedelta.")
    if length < 0:
        raise ValueError(f"{length / _MINUTE:g} minutes is less than nothing. Give an amount of zero or more.")
    return length


def _instant(moment: int) -> datetime:
    return _EPOCH + moment * _MICROSECOND


def _new_year(year: int) -> int:
    """The first microsecond of a year in UTC."""
    return (datetime(year, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND


_FIRST: Final = _new_year(FIRST_YEAR)
_LAST: Final = _new_year(LAST_YEAR + 1)
