"""A calendar version comes into force: what it would move is shown first, then open requests are counted anew (3.6.2).

A term that a customer was told never moves later without a reason, which his letter tells him.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Act, require
from content.text import one_line
from notifications.bell import ring_on_commit
from sla.calendars import working_time, working_time_of
from sla.editing import fingerprint
from sla.models import CalendarVersion
from sla.wall_clock import CalendarNotValid
from sla.working_time import NoWorkingTime, WorkingTime
from tickets import jobs
from tickets.models import Recalculation, Ticket
from tickets.querysets import in_pieces
from tickets.recounting import stays_as_told

MOST = 10
_MINUTE = timedelta(minutes=1)
_READ = (
    "pk", "received_at", "reacted_at", "limit_minutes", "due_at", "is_term_promised", "unanswered_since",
    "reply_due_at", "calendar_version",
)  # fmt: skip


class PublishRefused(Exception):
    """The draft cannot come into force as it stands. The text is safe to show."""


class DraftGone(PublishRefused):
    """Somebody has discarded the draft."""

    def __init__(self) -> None:
        super().__init__(_("The draft has been discarded meanwhile. Open the calendar and look at it again."))


class AlreadyPublished(PublishRefused):
    """Somebody else was first."""


class DraftChanged(PublishRefused):
    """The draft is not what the person saw who publishes it."""


class ReasonMissing(PublishRefused):
    """A promised term moves later, and nobody says why."""


@dataclass(frozen=True, slots=True)
class Moving:
    """A request whose reaction would be due at another moment, later by so many minutes of the working time that it
    was promised by; earlier where they are negative."""

    ticket: Ticket
    before: datetime
    after: datetime
    by_minutes: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a draft would do: open requests of the calendar, those whose reaction is pending and moves, later or
    earlier, promised ones that move later, those that keep their term because the new one would be over already, and
    the ten that move most."""

    open_count: int
    moving: int
    later: int
    earlier: int
    promised_later: int
    kept: int
    most: list[Moving]


@dataclass(frozen=True, slots=True)
class _Move:
    pk: int
    before: datetime
    after: datetime
    is_promised: bool
    is_kept: bool
    by: timedelta

    @property
    def is_later(self) -> bool:
        return self.after > self.before


def preview(draft: CalendarVersion, *, at: datetime) -> Preview:
    """What publishing would move. Writes nothing; thousands of requests pass through, they are never all in memory.

    Raises PublishRefused for a draft that cannot be published.
    """
    hours = _hours(draft, at)
    later = earlier = promised_later = kept = 0
    most: list[tuple[timedelta, timedelta, int, _Move]] = []
    for move in _moves(draft, hours, at):
        if move.is_kept:
            kept += 1
            continue
        later += move.is_later
        earlier += not move.is_later
        promised_later += move.is_later and move.is_promised
        entry = (abs(move.by), abs(move.after - move.before), -move.pk, move)
        if len(most) < MOST:
            heapq.heappush(most, entry)
        else:
            heapq.heappushpop(most, entry)
    return Preview(
        open_count=_open_count(draft),
        moving=later + earlier,
        later=later,
        earlier=earlier,
        promised_later=promised_later,
        kept=kept,
        most=_with_tickets([move for *_by, move in sorted(most, reverse=True)]),
    )


@transaction.atomic
def publish(draft: CalendarVersion, *, reason: str, by: User, at: datetime, seen: str = "") -> Recalculation:
    """Bring the draft into force and begin to count its open requests anew; a worker is called after the commit.

    `seen` is the `fingerprint` of what `by` was shown. Who publishes twice gets the recalculation that he began. Raises
    PublishRefused, of two who publish at once for the second.
    """
    require(by, Act.MANAGE_SERVICE)
    row = CalendarVersion.objects.select_for_update(of=("self",)).select_related("calendar").filter(pk=draft.pk).first()
    if row is None:
        raise DraftGone
    if row.published_at is not None:
        return _begun(row, by)
    if seen and seen != fingerprint(row):
        raise DraftChanged(_("The draft has been changed meanwhile. Look at its changes again, then publish."))
    told = preview(row, at=at)
    row.reason = one_line(reason)[: CalendarVersion._meta.get_field("reason").max_length]
    if told.promised_later and not row.reason:
        raise ReasonMissing(_("Write the reason: terms that customers were told move later, and the letter names it."))
    row.published_at = at
    row.save(update_fields=["published_at", "reason"])
    recalculation = Recalculation.objects.create(
        calendar_version=row,
        by=by,
        started_at=at,
        total=told.open_count,
        finished_at=None if told.open_count else at,
    )
    if told.open_count:
        ring_on_commit(jobs.recalculate, str(recalculation.pk), is_urgent=True)
    return recalculation


def _begun(version: CalendarVersion, by: User) -> Recalculation:
    """What publishing this version has begun, for him who published it."""
    recalculation = Recalculation.objects.select_related("by").filter(calendar_version=version).first()
    if recalculation and recalculation.by == by:
        return recalculation
    if recalculation:
        words = _("This version has been published already: %(name)s.") % {"name": recalculation.by.short_name}
    else:
        words = _("This version has been published already.")
    raise AlreadyPublished(words)


def _hours(draft: CalendarVersion, at: datetime) -> WorkingTime:
    """The draft's working time, of which there must be some."""
    try:
        hours = working_time(draft)
        hours.next_opening(at)
    except CalendarNotValid as error:
        raise PublishRefused(
            _("The time zone of the draft is not known: %(zone)s. Correct it, then publish.") % {"zone": draft.zone}
        ) from error
    except NoWorkingTime as error:
        raise _no_time() from error
    return hours


def _no_time() -> PublishRefused:
    return PublishRefused(
        _("The draft has too little working time, or none, within ten years. Give it working hours, then publish.")
    )


def _open_count(draft: CalendarVersion) -> int:
    return Ticket.objects.open().filter(calendar_version__calendar=draft.calendar_id).count()


def _moves(draft: CalendarVersion, hours: WorkingTime, at: datetime) -> Iterator[_Move]:
    """The open requests whose pending reaction would be due at another moment, kept ones too."""
    rows = Ticket.objects.open().filter(calendar_version__calendar=draft.calendar_id).values_list(*_READ)
    for pk, received_at, reacted_at, limit, due_at, is_promised, since, reply_due_at, version in in_pieces(rows, 2000):
        if not limit or not due_at:
            continue
        try:
            if since and reply_due_at:
                hours.add(since, limit)
            after = due_at if reacted_at else hours.add(received_at, limit)
            if not reacted_at:
                hours.add(after, limit)
        except NoWorkingTime as error:
            raise _no_time() from error
        if after != due_at:
            is_kept = stays_as_told(due_at, after, at)
            yield _Move(pk, due_at, after, is_promised, is_kept, working_time_of(version).between(due_at, after))


def _with_tickets(moves: list[_Move]) -> list[Moving]:
    tickets = Ticket.objects.select_related("customer").only("number", "subject", "customer__name")
    found = tickets.in_bulk([move.pk for move in moves])
    return [Moving(found[move.pk], move.before, move.after, move.by // _MINUTE) for move in moves]
