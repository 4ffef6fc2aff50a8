"""What a customer's person does with a request that he may see."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from customers.models import Membership
from tickets import breaches, emails
from tickets.attachments import StoredFile
from tickets.models import Message, Ticket
from tickets.statuses import Channel, Outcome, Status
from tickets.workflow.change import MoveNotAllowed, is_written, locked, move, release, save, say


class NotAWriter(MoveNotAllowed):
    """An observer reads; he does not write."""


_WAKES = {Status.WAITING, Status.DEVELOPMENT, Status.DEFERRED, Status.RESOLVED, Status.CLOSED}


@transaction.atomic
def reply(
    ticket: Ticket,
    body: str,
    *,
    by: Membership,
    at: datetime,
    files: list[StoredFile] | None = None,
    key: uuid.UUID | None = None,
    channel: str = Channel.CABINET,
) -> Ticket:
    """A customer's message (3.4.3). It brings the request back to work, to its engineer if he is still here.

    Raises MoveNotAllowed for a request that was closed more than thirty days ago: that needs a new one.
    """
    require_writer(by)
    ticket = locked(ticket)
    if is_written(ticket, key, by=by.user):
        return ticket
    has_ended = not ticket.is_open
    if has_ended and not ticket.may_be_reopened(at):
        raise MoveNotAllowed(_("The ticket was closed more than 30 days ago. Create a similar one."))
    message = say(ticket, Message.Kind.CUSTOMER, body, by=by.user, at=at, files=files, key=key, channel=channel)
    if ticket.status in _WAKES and ticket.reacted_at is None:
        # Withdrawn before anybody took it: it is new again.
        ticket.status, ticket.status_changed_at = Status.NEW, at
        ticket.outcome, ticket.closed_at = "", None
    elif ticket.status in _WAKES:
        move(ticket, Status.IN_PROGRESS, at=at)
    release(ticket)
    code = "ticket.reopened" if has_ended else "ticket.customer_replied"
    save(ticket, code, by=by.user, at=at, message=message.pk)
    return ticket


@transaction.atomic
def close_by_customer(ticket: Ticket, *, by: Membership, at: datetime) -> Ticket:
    """The customer says that it is done: a resolved request is closed, an open one is withdrawn (E7)."""
    require_writer(by)
    ticket = locked(ticket)
    if ticket.status == Status.CLOSED:
        return ticket
    was_resolved = ticket.status == Status.RESOLVED
    if ticket.is_reaction_pending:
        breaches.record(ticket, at)
    move(ticket, Status.CLOSED, at=at)
    ticket.closed_at = at
    if not was_resolved:
        ticket.ground, ticket.outcome = "", Outcome.WITHDRAWN
    save(ticket, "ticket.closed" if was_resolved else "ticket.withdrawn", by=by.user, at=at)
    if not was_resolved:
        emails.withdrawn(ticket, at=at)
    return ticket


def require_writer(by: Membership) -> None:
    """Raises NotAWriter for an observer."""
    if not by.may_write:
        raise NotAWriter(_("You may read this organisation's tickets but not write in them."))
