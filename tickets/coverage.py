"""Requests whose contract was renewed backwards: they get the term of the day on which they came in."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import TruncDate
from django.utils import timezone

from customers.models import Contract
from sla.deadlines import windows_to_json
from tickets import breaches, clock, emails
from tickets.models import Ticket
from tickets.workflow.change import save


def uncovered() -> list[int]:
    """Ids of untaken requests without a promise whose customer has a contract for the day of receipt by now."""
    received = TruncDate("received_at", tzinfo=timezone.get_default_timezone())
    rows = Ticket.objects.untaken().filter(is_term_promised=False, customer__isnull=False)
    valid = Contract.objects.valid_on(OuterRef("day")).filter(customer=OuterRef("customer"))
    return list(rows.annotate(day=received).filter(Exists(valid)).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def cover(ticket_id: int, *, at: datetime) -> None:
    """Promise the contract's term from receipt, and tell the customer. A request that was taken meanwhile, or has a
    promise already, keeps what it has: level and contract changes touch no other."""
    ticket = Ticket.objects.select_for_update(of=("self",)).select_related("customer").filter(pk=ticket_id).first()
    if ticket is None or ticket.is_term_promised or not ticket.is_reaction_pending:
        return
    term = clock.term_for(ticket.customer, ticket.received_at)
    if term is None or not term.is_promised:
        return
    breaches.record(ticket, at)  # by the term that worked inside
    deadline = clock.start(ticket, term)
    if deadline is None:
        return
    clock.await_reply(ticket, ticket.unanswered_since)
    ticket.reaction_windows, ticket.warned_rung = windows_to_json(deadline.windows), None
    save(ticket, "ticket.covered", by=None, at=at, also=_FIELDS, **clock.promise(ticket))
    emails.term(ticket, at=at)


_FIELDS = (
    "level_version", "calendar_version", "newer_hours", "is_term_promised", *clock.DEADLINE_FIELDS, "reaction_windows",
    "warned_rung",
)  # fmt: skip
