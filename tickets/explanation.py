"""«Почему этот срок»: how the reaction term of a request was counted, day by day, from the windows stored with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from content.moments import day_span_words, due_words, minutes_words, start_words, working_words
from sla.calendars import working_time_of
from sla.deadlines import windows_from_json
from sla.working_time import Window, WorkingTime
from tickets.models import Ticket
from tickets.rank import INSTANT

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
ALIKE = 3
"""So many days in a row with the same hours are told in one line."""


@dataclass(frozen=True)
class Explanation:
    """`lines` in order: the level's limit, receipt, each day with its hours and days off between, the deadline.
    `notes` say what the reader should know about the count."""

    lines: list[str]
    notes: list[str]


@dataclass(frozen=True)
class _Day:
    """The working time of one day in the reader's zone; `last` is another day only where work goes past midnight."""

    first: date
    last: date
    windows: tuple[Window, ...]

    @property
    def hours(self) -> list[tuple[str, str]]:
        """Openings and closings as they are printed."""
        return [(_clock(opens_at), _closing(opens_at, closes_at)) for opens_at, closes_at in self.windows]

    @property
    def length(self) -> timedelta:
        return sum((closes_at - opens_at for opens_at, closes_at in self.windows), timedelta())


def explain(ticket: Ticket, at: datetime) -> Explanation | None:
    """Why the reaction is due when it is (3.5b.2, 3.6.2), in the reader's language and zone; None without a term.

    Whether a customer may read it is for the caller to ask: a term that works inside is never shown to him.
    """
    if ticket.due_at is None or ticket.limit_minutes is None or ticket.calendar_version_id is None:
        return None
    calendar = working_time_of(ticket.calendar_version_id)
    windows = (
        windows_from_json(ticket.reaction_windows)
        if ticket.reaction_windows
        else calendar.windows(ticket.received_at, ticket.due_at)
    )
    lines = [
        level_words(ticket),
        _("Received: %(moment)s") % {"moment": start_words(ticket.received_at, now=at)},
        *_days(calendar, ticket.received_at, windows, at),
        _("Reaction: %(moment)s") % {"moment": due_words(ticket.due_at, now=at)},
    ]
    return Explanation(
        lines, [_ordinary_words(year) for year in calendar.ordinary_years(ticket.received_at, ticket.due_at)]
    )


def _ordinary_words(year: int) -> str:
    return _("The calendar for %(year)s is not filled. Terms are counted by a normal week.") % {"year": year}


def level_words(ticket: Ticket) -> str:
    """The level of the contract and its limit, or that the term only works inside."""
    term = working_words(ticket.limit_minutes or 0)
    if ticket.level_name is None or not ticket.is_term_promised:
        return _("No contract: an internal term of %(term)s, not shown to the customer") % {"term": term}
    return _("Level “%(level)s”, %(term)s") % {"level": ticket.level_name, "term": term}


def _days(calendar: WorkingTime, received_at: datetime, windows: Sequence[Window], at: datetime) -> Iterator[str]:
    """A line for each day of work, and one for each stretch of days off before or between them."""
    days = [
        _Day(first, _local(group[-1].closes_at - INSTANT).date(), group)
        for first, rows in groupby(windows, key=lambda window: _local(window.opens_at).date())
        for group in [tuple(rows)]
    ]
    if not days:
        return
    yield from _before(calendar, received_at, days[0].first, at)
    runs = list(_runs(days))
    for number, run in enumerate(runs):
        if number:
            yield from _days_off(runs[number - 1][-1].last + DAY, run[0].first, at)
        yield _run_words(run, at)


def _runs(days: Sequence[_Day]) -> Iterator[list[_Day]]:
    """The days one by one, but those in a row with the same hours together where they are many."""
    run: list[_Day] = [days[0]]
    for before, day in pairwise(days):
        if day.first == before.last + DAY and day.hours == before.hours and day.first == day.last:
            run.append(day)
            continue
        yield from [run] if len(run) >= ALIKE else [[each] for each in run]
        run = [day]
    yield from [run] if len(run) >= ALIKE else [[each] for each in run]


def _before(calendar: WorkingTime, received_at: datetime, first: date, at: datetime) -> Iterator[str]:
    """What lies between the receipt and the first day that counts."""
    day = _local(received_at).date()
    if day >= first:
        return
    midnight = _local(received_at).replace(hour=0, minute=0, second=0, microsecond=0)
    if calendar.between(midnight, received_at):
        yield _("%(day)s: working hours were over") % {"day": day_span_words(day, day, now=at)}
        day += DAY
    yield from _days_off(day, first, at)


def _days_off(first: date, until: date, at: datetime) -> Iterator[str]:
    """The days from `first` on, before `until`."""
    count = (until - first).days
    if count < 1:
        return
    words = (
        ngettext("%(days)s: %(n)d day off", "%(days)s: %(n)d days off", count) if count > 1 else _("%(days)s: day off")
    )
    yield words % {"days": day_span_words(first, until - DAY, now=at), "n": count}


def _run_words(run: Sequence[_Day], at: datetime) -> str:
    day = run[0]
    if day.last != day.first and len(day.windows) == 1:
        opens_at, closes_at = day.windows[0]
        told = {"start": start_words(opens_at, now=at), "end": start_words(closes_at, now=at)}
        return _("%(start)s – %(end)s: %(length)s") % {**told, "length": _length(day.length)}
    hours = day.hours
    told = {
        "days": day_span_words(day.first, run[-1].first, now=at),
        "hours": f"{hours[0][0]}–{hours[-1][1]}",
        "length": _length(day.length),
    }
    if len(run) > 1:
        words = ngettext("%(n)d day of %(length)s", "%(n)d days of %(length)s", len(run))
        told["length"] = words % {"n": len(run), "length": told["length"]}
    if len(hours) == 1:
        return _("%(days)s, %(hours)s: %(length)s") % told
    gaps = ", ".join(f"{closes}–{opens}" for (_opens, closes), (opens, _closes) in pairwise(hours))
    words = ngettext(
        "%(days)s, %(hours)s, break %(breaks)s: %(length)s",
        "%(days)s, %(hours)s, breaks %(breaks)s: %(length)s",
        len(hours) - 1,
    )
    return words % {**told, "breaks": gaps}


def _length(length: timedelta) -> str:
    """Seconds are kept in the count and left out here."""
    return minutes_words(length // MINUTE) if length >= MINUTE else _("under a minute")


def _local(at: datetime) -> datetime:
    return timezone.localtime(at)


def _clock(at: datetime) -> str:
    return date_format(_local(at), "G:i")


def _closing(opens_at: datetime, closes_at: datetime) -> str:
    """The end of a window; midnight is the end of its day."""
    closes = _local(closes_at)
    is_midnight = (closes.hour, closes.minute) == (0, 0) and closes.date() > _local(opens_at).date()
    return "24:00" if is_midnight else _clock(closes_at)
