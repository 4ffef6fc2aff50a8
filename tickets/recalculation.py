"""The worker's half of a deadline: recompute what filing computed, compare, and store the windows that explain it."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction

from sla.deadlines import windows_to_json
from tickets import breaches, clock
from tickets.models import Ticket, TicketEvent

log = logging.getLogger(__name__)

# The nudge settles a request at once; the clock looks only for those whose nudge was lost.
SWEEP_AFTER = timedelta(seconds=5)


@transaction.atomic
def settle(ticket_id: int, *, at: datetime) -> None:
    """Recompute the request's deadline from the versions it was promised with (card.2), store the explaining windows,
    and book its next change of rung. Running it again changes nothing."""
    ticket = (
        Ticket.objects.select_for_update(of=("self",))
        .select_related("level_version", "calendar_version")
        .filter(pk=ticket_id, settled_at=None)
        .first()
    )
    if ticket is None:
        return
    term = clock.term_of(ticket)
    if term is not None:
        deadline = term.deadline(ticket.received_at, ticket.criticality)
        if deadline.due_at != ticket.due_at:
            log.error("deadline differs from the one at filing", extra={"ticket": ticket.pk})
            told = ticket.due_at and ticket.due_at.isoformat()
            data = {"from": told, "to": deadline.due_at.isoformat()}
            TicketEvent.objects.create(ticket=ticket, code="deadline.corrected", at=at, data=data)
        if ticket.due_at is None or deadline.due_at <= ticket.due_at or not ticket.is_term_promised:
            # A promise that was told moves later only with a reason and a letter, and never here.
            clock.set_deadline(ticket, deadline)
            clock.await_reply(ticket, ticket.unanswered_since)
        ticket.reaction_windows = windows_to_json(deadline.windows)
    ticket.settled_at = at
    clock.rank(ticket, at)
    ticket.save(
        update_fields=[
            *clock.DEADLINE_FIELDS,
            *clock.REPLY_FIELDS,
            "reaction_windows",
            "settled_at",
            *clock.RANK_FIELDS,
        ]
    )
    if ticket.is_reaction_pending:
        breaches.record(ticket, at)


def unsettled(at: datetime, *, limit: int = 200) -> list[int]:
    """Ids of requests whose deadline nobody has settled yet, oldest first."""
    rows = Ticket.objects.filter(settled_at=None, registered_at__lte=at - SWEEP_AFTER).order_by("registered_at", "pk")
    return list(rows.values_list("pk", flat=True)[:limit])
