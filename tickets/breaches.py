"""Breaches of the reaction term: written once by whoever sees it first, never deleted. A request has at most one of the
promised term, and one of the term that worked inside before there was a promise. One that should not count is annulled
by another row, with a reason."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.roles import Act, require
from tickets.models import Breach, BreachAnnulment, Ticket, TicketEvent


def record(ticket: Ticket, at: datetime) -> bool:
    """Write down that the term has run out without a reaction, if at that moment it has; whether this was news.

    For a request whose reaction is still awaited, or comes at this very moment, or never comes because the customer
    withdraws: that after the term nobody had begun is true all the same. Called with the request locked, in the
    transaction of what happens to it.
    """
    if ticket.due_at is None or at <= ticket.due_at:
        return False
    told = {"due_at": ticket.due_at, "noticed_at": at}
    _breach, is_new = Breach.objects.get_or_create(ticket=ticket, is_promised=ticket.is_term_promised, defaults=told)
    if is_new:
        TicketEvent.objects.create(
            ticket=ticket, code="deadline.overdue", at=at, data={"due_at": ticket.due_at.isoformat()}
        )
    return is_new


def breach_of(ticket: Ticket) -> Breach | None:
    """The breach of the term that the request has, annulled or not."""
    return next((breach for breach in ticket.breaches.all() if breach.is_promised == ticket.is_term_promised), None)


def annulment_of(breach: Breach) -> BreachAnnulment | None:
    """Why the breach does not count, if it does not."""
    try:
        return breach.annulment
    except BreachAnnulment.DoesNotExist:
        return None


@transaction.atomic
def annul(breach: Breach, *, reason: str, by: User, at: datetime) -> BreachAnnulment:
    """Say that the breach does not count, and why. The first annulment stays; the breach does anyway."""
    require(by, Act.OVERRULE)
    annulment, is_new = BreachAnnulment.objects.get_or_create(
        breach=breach, defaults={"reason": reason, "by": by, "at": at}
    )
    if is_new:
        TicketEvent.objects.create(
            ticket_id=breach.ticket_id, code="breach.annulled", by=by, at=at, data={"reason": reason}
        )
    return annulment
