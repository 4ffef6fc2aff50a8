"""How critical a request is: an engineer agrees with what the customer claims, or changes it, and the term follows.
Only a senior makes a request critical that did not claim to be: that puts it out of turn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Act, require
from sla.deadlines import Deadline, windows_to_json
from sla.working_time import NoWorkingTime
from tickets import breaches, clock, emails
from tickets.models import Ticket
from tickets.statuses import Criticality
from tickets.workflow.change import MoveNotAllowed, locked, require_open, save

_FROM_THE_TOP = list(Criticality)
_FIELDS = ("criticality", *clock.DEADLINE_FIELDS, "reaction_windows", "warned_rung")


class ReasonNeeded(MoveNotAllowed):
    """The change must not happen without a word why."""


@transaction.atomic
def confirm_criticality(ticket: Ticket, *, by: User, at: datetime) -> Ticket:
    """Agree with the customer's claim that the request is critical (3.6.4)."""
    require(by, Act.WORK)
    ticket = locked(ticket)
    if ticket.criticality != Criticality.CRITICAL or ticket.criticality_confirmed_at:
        return ticket
    ticket.criticality_confirmed_at = at
    save(ticket, "ticket.criticality_confirmed", by=by, at=at, is_internal=True)
    return ticket


@transaction.atomic
def change_criticality(ticket: Ticket, criticality: str, *, reason: str, by: User, at: datetime) -> Ticket:
    """Correct the criticality of an open request (3.6.4). While the reaction is awaited its term is counted anew from
    receipt, by the limit of the new criticality under the versions that the request keeps; the reply clock follows.

    Lowering it, or moving a promised term later, needs a reason, which the customer gets by letter. Raising it to
    critical takes the request out of turn: that is a senior's, with a reason for the staff, and confirms it. Raises
    NotAllowed, ReasonNeeded, and MoveNotAllowed where the request has ended.
    """
    require(by, Act.OVERRULE if criticality == Criticality.CRITICAL else Act.WORK)
    ticket = locked(ticket)
    require_open(ticket)
    if criticality == ticket.criticality:
        return ticket
    tells = tells_customer(ticket, criticality)
    if not reason and needs_reason(ticket, criticality):
        if tells:
            raise ReasonNeeded(_("Write to the customer why the criticality is lowered or the term moves later."))
        raise ReasonNeeded(_("Write why the ticket goes out of turn."))
    if ticket.is_reaction_pending:
        breaches.record(ticket, at)  # by the term that has run out, not by the new one
    before, due_before = ticket.criticality, ticket.due_at
    deadline = _deadline(ticket, criticality)
    ticket.criticality = criticality
    ticket.criticality_confirmed_at = at if criticality == Criticality.CRITICAL else None
    if deadline:
        clock.set_deadline(ticket, deadline)
        ticket.reaction_windows, ticket.warned_rung = windows_to_json(deadline.windows), None
        clock.await_reply(ticket, ticket.unanswered_since)
    told: dict[str, Any] = {"from": before, "to": criticality, "reason": reason, "is_told": tells}
    told |= _moved(due_before, ticket.due_at)
    event = save(ticket, "ticket.criticality_changed", by=by, at=at, also=_FIELDS, **told)
    if tells:
        emails.criticality_changed(ticket, reason, event=event.pk, at=at)
    return ticket


def needs_reason(ticket: Ticket, criticality: str) -> bool:
    """Whether the change needs a word why: for the customer, or for the staff where the request goes out of turn."""
    return criticality == Criticality.CRITICAL or tells_customer(ticket, criticality)


def tells_customer(ticket: Ticket, criticality: str) -> bool:
    """Whether the customer must be told why: it is lowered, or a promised term moves later."""
    if _FROM_THE_TOP.index(Criticality(criticality)) > _FROM_THE_TOP.index(Criticality(ticket.criticality)):
        return True
    deadline = _deadline(ticket, criticality)
    return bool(ticket.is_term_promised and deadline and ticket.due_at and deadline.due_at > ticket.due_at)


def _deadline(ticket: Ticket, criticality: str) -> Deadline | None:
    """What the term would be; None where nothing is counted any more, or never was."""
    term = clock.term_of(ticket)
    if term is None or not ticket.is_reaction_pending:
        return None
    try:
        return term.deadline(ticket.received_at, criticality)
    except NoWorkingTime:  # the calendar has less than the other limit wants: the term stays as it was told
        return None


def _moved(before: datetime | None, after: datetime | None) -> dict[str, str | None]:
    if before == after:
        return {}
    return {
        "due_from": before.isoformat() if before else None,
        "due_to": after.isoformat() if after else None,
    }
