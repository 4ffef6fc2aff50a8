"""What engineers do with a request. Each verb asks the roles table first."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Act, require
from tickets import emails
from tickets.attachments import StoredFile
from tickets.models import Message, Ticket
from tickets.statuses import Ground, Status
from tickets.workflow.change import (
    AlreadyTaken,
    MoveNotAllowed,
    is_written,
    locked,
    move,
    react,
    release,
    require_open,
    save,
    say,
)


@transaction.atomic
def take(ticket: Ticket, *, by: User, at: datetime) -> Ticket:
    """Begin processing: the reaction clock stops, the customer is told once (3.4.1).

    Raises AlreadyTaken if somebody has it: of two who press at the same instant one wins and the other learns who.
    """
    require(by, Act.WORK)
    ticket = locked(ticket)
    require_open(ticket)
    if ticket.engineer == by:
        return ticket
    release(ticket)
    if ticket.engineer is not None:
        raise AlreadyTaken(ticket.engineer)
    if ticket.status == Status.NEW:
        move(ticket, Status.IN_PROGRESS, at=at)
    if react(ticket, by=by, at=at):
        emails.taken(ticket, at=at)
    save(ticket, "ticket.taken", by=by, at=at)
    return ticket


@transaction.atomic
def answer(
    ticket: Ticket,
    body: str,
    *,
    by: User,
    at: datetime,
    waits_for_customer: bool = False,
    files: list[StoredFile] | None = None,
    key: uuid.UUID | None = None,
) -> Ticket:
    """Write to the customer (E3), or ask him and wait (E4). An answer to a new request takes it first; one to a request
    that waits already asks again, and the waiting begins anew.

    Raises MoveNotAllowed for a request that has ended.
    """
    require(by, Act.WORK)
    ticket = locked(ticket)
    if is_written(ticket, key, by=by):
        return ticket
    require_open(ticket)
    takes = react(ticket, by=by, at=at)
    message = say(ticket, Message.Kind.STAFF, body, by=by, at=at, files=files, key=key)
    if ticket.status == Status.WAITING:
        ticket.status_changed_at = at
    elif waits_for_customer:
        move(ticket, Status.WAITING, at=at)
    elif ticket.status == Status.NEW:
        move(ticket, Status.IN_PROGRESS, at=at)
    waits = ticket.status == Status.WAITING
    save(ticket, "ticket.answered", by=by, at=at, message=message.pk, takes=takes, waits=waits)
    emails.answer(ticket, message, takes=takes, at=at)
    return ticket


@transaction.atomic
def note(
    ticket: Ticket,
    body: str,
    *,
    by: User,
    at: datetime,
    files: list[StoredFile] | None = None,
    key: uuid.UUID | None = None,
) -> Ticket:
    """Write for colleagues only: no letter, nothing on the customer's side, no clock stops."""
    require(by, Act.WORK)
    ticket = locked(ticket)
    if is_written(ticket, key, by=by):
        return ticket
    message = say(ticket, Message.Kind.NOTE, body, by=by, at=at, files=files, key=key)
    save(ticket, "ticket.noted", by=by, at=at, is_internal=True, message=message.pk)
    return ticket


@transaction.atomic
def pass_to_development(
    ticket: Ticket,
    *,
    review_date: date,
    task: str = "",
    text: str = "",
    by: User,
    at: datetime,
    key: uuid.UUID | None = None,
) -> Ticket:
    """Hand the question to developers until a day of review; the customer is told if there is a text (E5)."""
    require(by, Act.WORK)
    ticket = locked(ticket)
    if is_written(ticket, key, by=by):
        return ticket
    move(ticket, Status.DEVELOPMENT, at=at)
    ticket.development_task, ticket.review_date = task, review_date
    message = say(ticket, Message.Kind.STAFF, text, by=by, at=at, key=key) if text else None
    save(
        ticket, "ticket.passed_to_development", by=by, at=at,
        task=task, review_date=review_date.isoformat(), message=message.pk if message else None,
    )  # fmt: skip
    if message:
        emails.passed_to_development(ticket, message, at=at)
    return ticket


@transaction.atomic
def defer(
    ticket: Ticket, *, ground: str, until: date, text: str, by: User, at: datetime, key: uuid.UUID | None = None
) -> Ticket:
    """Put the request off to a day, for one of the reasons of 3.8, and tell the customer (E6). It wakes by itself."""
    _require_ground(by, ground)
    ticket = locked(ticket)
    if is_written(ticket, key, by=by):
        return ticket
    move(ticket, Status.DEFERRED, at=at)
    ticket.ground, ticket.deferred_until_date = ground, until
    message = say(ticket, Message.Kind.STAFF, text, by=by, at=at, key=key)
    save(ticket, "ticket.deferred", by=by, at=at, ground=ground, until=until.isoformat(), message=message.pk)
    emails.deferred(ticket, message, at=at)
    return ticket


@transaction.atomic
def resume(ticket: Ticket, *, by: User, at: datetime) -> Ticket:
    """Back to work from waiting, development or deferral. A new request is taken or answered, never resumed: those
    tell the customer."""
    require(by, Act.WORK)
    ticket = locked(ticket)
    require_open(ticket)
    if ticket.status == Status.NEW:
        raise MoveNotAllowed(_("Take the ticket first: the customer must be told that processing has begun."))
    move(ticket, Status.IN_PROGRESS, at=at)
    ticket.engineer = ticket.engineer or by
    save(ticket, "ticket.resumed", by=by, at=at)
    return ticket


@transaction.atomic
def resolve(
    ticket: Ticket,
    *,
    kind: str,
    component: str,
    outcome: str,
    text: str,
    by: User,
    at: datetime,
    key: uuid.UUID | None = None,
) -> Ticket:
    """End the work with its qualification and what was done (E7). On a new request this takes it first."""
    require(by, Act.WORK)
    ticket = locked(ticket)
    if is_written(ticket, key, by=by):
        return ticket
    takes = react(ticket, by=by, at=at)
    move(ticket, Status.RESOLVED, at=at)
    ticket.kind, ticket.component, ticket.outcome, ticket.resolved_at = kind, component, outcome, at
    ticket.ground = ""
    message = say(ticket, Message.Kind.STAFF, text, by=by, at=at, key=key)
    save(
        ticket, "ticket.resolved", by=by, at=at,
        kind=kind, component=component, outcome=outcome, message=message.pk, takes=takes,
    )  # fmt: skip
    emails.resolved(ticket, message, takes=takes, at=at)
    return ticket


@transaction.atomic
def close(
    ticket: Ticket,
    *,
    text: str,
    ground: str = "",
    outcome: str = "",
    by: User,
    at: datetime,
    key: uuid.UUID | None = None,
) -> Ticket:
    """End an open request for a reason of 3.8 or with an outcome, and tell the customer (E7)."""
    _require_ground(by, ground)
    if bool(ground) == bool(outcome):
        raise MoveNotAllowed(_("Choose either a ground or an outcome."))
    ticket = locked(ticket)
    if is_written(ticket, key, by=by):
        return ticket
    require_open(ticket)
    takes = react(ticket, by=by, at=at)
    move(ticket, Status.CLOSED, at=at)
    ticket.ground, ticket.outcome, ticket.closed_at = ground, outcome, at
    message = say(ticket, Message.Kind.STAFF, text, by=by, at=at, key=key)
    save(ticket, "ticket.closed", by=by, at=at, ground=ground, outcome=outcome, message=message.pk, takes=takes)
    emails.closed(ticket, message, takes=takes, at=at)
    return ticket


def _require_ground(by: User, ground: str) -> None:
    """«Иная причина» is for seniors only."""
    require(by, Act.WORK)
    if ground == Ground.OTHER:
        require(by, Act.OVERRULE)
