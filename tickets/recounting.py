"""A calendar was published: its open requests are counted anew by its hours, in batches, by anybody, and never twice.

A batch is one transaction: the requests, one event for each whose deadline moved, the letters about promised terms that
moved later, and the progress. What tells the requests that are left from those that are done is the calendar version
that each of them lives by; so a worker may be killed at any moment, several may work side by side, and a request that
was filed by the old hours while the new ones were published is found as well. Ended requests stay as they are.

What was reacted to keeps the version that its reaction is judged by, and a term that would be over at once stays as it
was told: these take the new hours as `newer_hours`, for their reply clock alone.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, prefetch_related_objects

from sla.calendars import working_time_of
from sla.deadlines import deadline, windows_to_json
from sla.models import CalendarVersion
from sla.working_time import NoWorkingTime, WorkingTime
from tickets import clock, emails
from tickets.emails import MovedTerm
from tickets.models import Recalculation, Ticket, TicketEvent
from tickets.querysets import TicketQuerySet
from tickets.rank import INSTANT, Rung

log = logging.getLogger(__name__)

BATCH = 200
SECONDS = 90.0
"""How long one call works before it makes room for others; less than a job may take."""

_READ = (
    "number", "subject", "status", "channel", "criticality", "language", "received_at", "reacted_at", "limit_minutes",
    "due_at", "at_risk_at", "grave_at", "is_term_promised", "calendar_version", "newer_hours", "unanswered_since",
    "reply_due_at", "warned_rung", "rung", "queue_at", "flip_at", "contact_name", "contact_email", "author",
)  # fmt: skip


@dataclass(frozen=True)
class _Course:
    """What a recalculation does: to which version, by which hours, and why, for each version that requests stand on."""

    recalculation: Recalculation
    hours: WorkingTime
    reasons: dict[int, str]

    @property
    def version(self) -> int:
        return self.recalculation.calendar_version_id

    def left(self) -> TicketQuerySet:
        return Ticket.objects.open().living_by(list(self.reasons))


def recount(recalculation_id: int, *, at: datetime, seconds: float = SECONDS) -> bool:
    """Count anew what is left. Running it again, or twice at once, changes nothing.

    True where the time ran out and more is left: call again. What others hold at the moment stays for the clock.
    """
    recalculation = Recalculation.objects.select_related("calendar_version").get(pk=recalculation_id)
    course, began = _course(recalculation), time.monotonic()
    left = [] if _is_overtaken(recalculation) else list(course.left().order_by("pk").values_list("pk", flat=True))
    while left:
        for some in _parts(left):
            spent = time.monotonic() - began
            if spent > seconds:
                return True
            _recount_some(course, some, at=at + timedelta(seconds=spent))
        before, left = left, list(course.left().order_by("pk").values_list("pk", flat=True))
        if len(left) >= len(before):
            return False
    ended_at = at + timedelta(seconds=time.monotonic() - began)
    Recalculation.objects.filter(pk=recalculation.pk, finished_at=None).update(finished_at=ended_at)
    return False


def unfinished() -> list[int]:
    """Ids of the recalculations that somebody should go on with: those that were begun, and the newest of a calendar
    where a request still stands on older hours: it was filed in the very instant of publishing, or reopened since."""
    oldest: dict[int, int] = {}
    lived_by = CalendarVersion.objects.filter(pk__in=list(Ticket.objects.open().hours()))
    for calendar, number in lived_by.values_list("calendar", "number"):
        oldest[calendar] = min(number, oldest.get(calendar, number))
    newest: dict[int, Recalculation] = {}
    rows = Recalculation.objects.select_related("calendar_version").order_by("calendar_version__number", "pk")
    for row in rows:
        newest[row.calendar_version.calendar_id] = row
    late = {
        row.pk
        for calendar, row in newest.items()
        if oldest.get(calendar, row.calendar_version.number) < row.calendar_version.number
    }
    return [row.pk for row in rows if row.finished_at is None or row.pk in late]


def _course(recalculation: Recalculation) -> _Course:
    """A request that stands on a version before the last one moves for the reasons of all that came after it."""
    version = recalculation.calendar_version
    before = CalendarVersion.objects.filter(
        calendar=version.calendar_id, number__lt=version.number, published_at__isnull=False
    )
    reasons: dict[int, str] = {}
    told = [version.reason] if version.reason else []
    for older in before.order_by("-number"):
        reasons[older.pk] = "; ".join(reversed(told))
        if older.reason:
            told.append(older.reason)
    return _Course(recalculation, working_time_of(version.pk), reasons)


def _is_overtaken(recalculation: Recalculation) -> bool:
    """Whether a newer version of the calendar was published: its recalculation takes the requests straight there."""
    version = recalculation.calendar_version
    return Recalculation.objects.filter(
        calendar_version__calendar=version.calendar_id, calendar_version__number__gt=version.number
    ).exists()


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for begin in range(0, len(ids), BATCH):
        yield ids[begin : begin + BATCH]


@transaction.atomic
def _recount_some(course: _Course, ids: Sequence[int], *, at: datetime) -> None:
    """Those of the requests that are still left and that nobody holds. No joins: the row is read as it is locked."""
    locked = course.left().filter(pk__in=ids).select_for_update(skip_locked=True, no_key=True)
    counted: list[Ticket] = []
    moved: list[MovedTerm] = []
    for ticket in locked.only(*_READ).order_by("pk"):
        before, reason = ticket.due_at, course.reasons[ticket.hours_id or 0]
        try:
            _count(ticket, course, at)
        except NoWorkingTime:  # it keeps the hours that it has
            log.exception("the new hours are too few for a request", extra={"ticket": ticket.pk})
            continue
        counted.append(ticket)
        if before and ticket.due_at and ticket.due_at != before:
            moved.append(MovedTerm(ticket, before, ticket.due_at, reason))
    if not counted:
        return
    _write(counted)
    _tell(moved, course, at)
    Recalculation.objects.filter(pk=course.recalculation.pk).update(
        done=F("done") + len(counted), moved=F("moved") + len(moved)
    )


def stays_as_told(due_at: datetime, after: datetime, at: datetime) -> bool:
    """Whether a term stays where it is because by the new hours it would be over already: what was told as a moment to
    come is never found broken by a moment that was not told."""
    return after < due_at and after <= at


def _count(ticket: Ticket, course: _Course, at: datetime) -> None:
    """Set what follows from the new hours. A request that was reacted to keeps what it was judged by. Does not save."""
    ticket.reaction_windows = None  # as it stands
    ticket.newer_hours_id = course.version
    if ticket.limit_minutes and ticket.unanswered_since and ticket.reply_due_at:
        ticket.reply_due_at = course.hours.add(ticket.unanswered_since, ticket.limit_minutes)
    if not (ticket.limit_minutes and ticket.is_reaction_pending):
        return
    term = deadline(course.hours, ticket.received_at, ticket.limit_minutes)
    if ticket.due_at and stays_as_told(ticket.due_at, term.due_at, at):
        return
    ticket.calendar_version_id, ticket.newer_hours_id = course.version, None
    before = _flips(ticket)
    ticket.at_risk_at, ticket.due_at, ticket.grave_at = term.at_risk_at, term.due_at, term.grave_at
    ticket.reaction_windows = windows_to_json(term.windows)
    # Where a moment that lay ahead is past now, the request stands as just before it: what goes with it, an event or a
    # breach, is the clock's to do, which comes for it at once.
    passed = [new for new, old in zip(_flips(ticket), before, strict=False) if new <= at < old]
    clock.rank(ticket, passed[0] - INSTANT if passed else at)
    reached = {Rung.AT_RISK: at >= term.at_risk_at, Rung.OVERDUE: at > term.due_at, Rung.GRAVE: at > term.grave_at}
    if ticket.warned_rung and not reached[Rung(ticket.warned_rung)]:
        ticket.warned_rung = None


def _flips(ticket: Ticket) -> list[datetime]:
    """The moments at which the request becomes at risk, overdue and gravely late; none without a term."""
    if not (ticket.at_risk_at and ticket.due_at and ticket.grave_at):
        return []
    return [ticket.at_risk_at, ticket.due_at + INSTANT, ticket.grave_at + INSTANT]


_WRITTEN = {
    "calendar_version_id": "bigint", "newer_hours_id": "bigint",
    "due_at": "timestamptz", "at_risk_at": "timestamptz", "grave_at": "timestamptz", "reply_due_at": "timestamptz",
    "rung": "smallint", "queue_at": "timestamptz", "flip_at": "timestamptz", "warned_rung": "smallint",
}  # fmt: skip


def _write(tickets: Sequence[Ticket]) -> None:
    """All of them in one statement: bulk_update would spend longer on composing it than all the rest takes."""
    ids = [ticket.pk for ticket in tickets]
    windows = [json.dumps(found) if (found := ticket.reaction_windows) else None for ticket in tickets]
    columns = [[getattr(ticket, name) for ticket in tickets] for name in _WRITTEN]
    names, arrays = ", ".join(_WRITTEN), ", ".join(f"%s::{kind}[]" for kind in _WRITTEN.values())
    sets = ", ".join(f"{name} = new.{name}" for name in _WRITTEN)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE tickets_ticket AS ticket SET {sets},"  # noqa: S608 - names of ours
            " reaction_windows = coalesce(new.windows::jsonb, ticket.reaction_windows)"
            f" FROM unnest(%s::bigint[], %s::text[], {arrays}) AS new (id, windows, {names}) WHERE ticket.id = new.id",
            [ids, windows, *columns],
        )


def _tell(moved: Sequence[MovedTerm], course: _Course, at: datetime) -> None:
    """One line of history for each, and a letter where a promise is later than it was told."""
    TicketEvent.objects.bulk_create(
        TicketEvent(
            ticket=term.ticket,
            code="deadline.moved",
            by_id=course.recalculation.by_id,
            at=at,
            data={
                "from": term.before.isoformat(),
                "to": term.after.isoformat(),
                "calendar_version": course.version,
                "is_term_promised": term.ticket.is_term_promised,
                "reason": term.reason,
            },
        )
        for term in moved
    )
    later = [term for term in moved if term.ticket.is_term_promised and term.after > term.before]
    prefetch_related_objects([term.ticket for term in later], "author")
    emails.terms_moved(later, calendar_version=course.version, at=at)
