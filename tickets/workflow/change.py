"""What every verb does the same way: lock, check, save, tell the history."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Act, may
from tickets import attachments, breaches, clock
from tickets.attachments import StoredFile
from tickets.models import Message, Ticket, TicketEvent
from tickets.statuses import MOVES, Channel, Status


class MoveNotAllowed(Exception):
    """The request cannot go there from where it stands. The text is safe to show."""


class AlreadyTaken(MoveNotAllowed):
    """Somebody else has the request; `engineer` is who."""

    def __init__(self, engineer: User) -> None:
        super().__init__(_("Already in progress: %(name)s") % {"name": engineer.short_name})
        self.engineer = engineer


def _impossible(ticket: Ticket) -> MoveNotAllowed:
    return MoveNotAllowed(
        _("Ticket No. %(number)s is “%(status)s” now, so this is not possible. Reload the page.")
        % {"number": ticket.number, "status": ticket.get_status_display()}
    )


def locked(ticket: Ticket) -> Ticket:
    """The request as it stands now, held until the transaction ends.

    Without joins: after waiting for the lock PostgreSQL reads the request's row anew but keeps the joined rows of
    before, so an engineer who has just taken it would be missing.
    """
    return Ticket.objects.select_for_update().get(pk=ticket.pk)


def move(ticket: Ticket, to: str, *, at: datetime) -> None:
    """Set the status if the table of moves allows it. Does not save. Raises MoveNotAllowed."""
    if to not in MOVES[ticket.status]:
        raise _impossible(ticket)
    ticket.status, ticket.status_changed_at = to, at
    if to == Status.IN_PROGRESS:
        ticket.review_date = ticket.deferred_until_date = ticket.resolved_at = ticket.closed_at = None
        ticket.ground = ticket.outcome = ""


def require_open(ticket: Ticket) -> None:
    """Raises MoveNotAllowed for a request that has ended."""
    if not ticket.is_open:
        raise _impossible(ticket)


def release(ticket: Ticket) -> None:
    """To nobody, if its engineer has left or does not work on requests any more. Does not save."""
    if ticket.engineer and not may(ticket.engineer, Act.WORK):
        ticket.engineer = None


def react(ticket: Ticket, *, by: User, at: datetime) -> bool:
    """End the reaction clock and give the request to `by`, if nobody has reacted yet (3.4.1). Whether it did."""
    if ticket.engineer is None:
        ticket.engineer = by
    if ticket.reacted_at is not None:
        return False
    breaches.record(ticket, at)
    ticket.reacted_at = at
    return True


_MOVED_FIELDS = [
    "status", "status_changed_at", "engineer", "reacted_at", "updated_at", "last_message_at", "last_message_by_staff",
    "development_task", "review_date", "deferred_until_date", "ground", "kind", "component", "outcome", "resolved_at",
    "closed_at", "criticality_confirmed_at", *clock.REPLY_FIELDS, *clock.RANK_FIELDS,
]  # fmt: skip


def save(
    ticket: Ticket,
    code: str,
    *,
    by: User | None,
    at: datetime,
    is_internal: bool = False,
    also: Sequence[str] = (),
    **data: Any,
) -> TicketEvent:
    """Write the request with its rank, its breach if the term has run out meanwhile, and one line of history. What is
    internal does not touch the moment of the last change, which customers see; `also` names fields that few verbs
    set."""
    if not is_internal:
        ticket.updated_at = at
    if not ticket.is_open:
        clock.await_reply(ticket, None)
    if ticket.is_reaction_pending:
        breaches.record(ticket, at)
    clock.rank(ticket, at)
    ticket.save(update_fields=[*_MOVED_FIELDS, *also])
    return TicketEvent.objects.create(ticket=ticket, code=code, by=by, at=at, data=data)


def is_written(ticket: Ticket, key: uuid.UUID | None, *, by: User) -> bool:
    """Whether this very submission was written before: a double click, a repeated POST. Ask with the request locked."""
    return key is not None and Message.objects.filter(ticket=ticket, submission_key=key, author=by).exists()


def say(
    ticket: Ticket,
    kind: Message.Kind,
    body: str,
    *,
    by: User,
    at: datetime,
    key: uuid.UUID | None = None,
    files: list[StoredFile] | None = None,
    channel: str = Channel.CABINET,
) -> Message:
    """Add a message with its files to the request. A customer's starts the reply clock, if it does not run already; one
    of support stops it. Notes leave the clock and the correspondence's own marks alone."""
    message = Message.objects.create(
        ticket=ticket,
        kind=kind,
        author=by,
        body=body,
        created_at=at,
        channel=channel,
        submission_key=key or uuid.uuid4(),
    )
    attachments.record(files or [], ticket=ticket, message=message, at=at)
    if kind != Message.Kind.NOTE:
        ticket.last_message_at, ticket.last_message_by_staff = at, kind == Message.Kind.STAFF
        clock.await_reply(ticket, None if kind == Message.Kind.STAFF else ticket.unanswered_since or at)
    return message
