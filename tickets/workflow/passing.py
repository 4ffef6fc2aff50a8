"""What happens to a request by the mere passing of time. The clock calls these; any number of clocks may."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from notifications.models import OutgoingEmail
from tickets import breaches, clock, emails
from tickets.models import Ticket, TicketEvent
from tickets.rank import INSTANT, Rung, urgency
from tickets.statuses import Status
from tickets.workflow.change import locked, move, release, save

REMIND_AFTER_DAYS = 3
CLOSE_AFTER_DAYS = 5

_FLIPPED = {Rung.AT_RISK: "deadline.at_risk", Rung.GRAVE: "deadline.grave"}


@transaction.atomic
def flip(*, at: datetime, limit: int = 200) -> int:
    """Move requests whose moment has come to their new rung (3.6), and write down the breach of those whose term ran
    out. Returns how many; call again while it is `limit`."""
    rows = list(Ticket.objects.to_flip(at).select_for_update(skip_locked=True, of=("self",))[:limit])
    for ticket in rows:
        before, now = urgency(ticket, (ticket.flip_at or at) - INSTANT).rung, urgency(ticket, at).rung
        clock.rank(ticket, at)
        ticket.save(update_fields=clock.RANK_FIELDS)
        if ticket.is_reaction_pending:
            breaches.record(ticket, at)
        if now in _FLIPPED and now != before:
            TicketEvent.objects.create(ticket=ticket, code=_FLIPPED[now], at=at)
    return len(rows)


@transaction.atomic
def wake(ticket: Ticket, *, at: datetime) -> Ticket:
    """A deferred request is back at work on its day."""
    ticket = locked(ticket)
    today = timezone.localdate(at)
    if ticket.status == Status.DEFERRED and ticket.deferred_until_date and ticket.deferred_until_date <= today:
        move(ticket, Status.IN_PROGRESS, at=at)
        release(ticket)
        save(ticket, "ticket.woken", by=None, at=at)
    return ticket


@transaction.atomic
def close_resolved(ticket: Ticket, *, at: datetime) -> Ticket:
    """A resolved request closes by itself after five working days without an objection."""
    ticket = locked(ticket)
    if (
        ticket.status == Status.RESOLVED
        and ticket.resolved_at
        and clock.working_days_since(ticket, ticket.resolved_at, at) >= CLOSE_AFTER_DAYS
    ):
        move(ticket, Status.CLOSED, at=at)
        ticket.closed_at = at
        save(ticket, "ticket.closed", by=None, at=at)
    return ticket


@transaction.atomic
def remind(ticket: Ticket, *, at: datetime) -> Ticket:
    """A customer whose answer we wait for is reminded once, after three working days."""
    ticket = locked(ticket)
    since = ticket.status_changed_at
    if ticket.status == Status.WAITING and clock.working_days_since(ticket, since, at) >= REMIND_AFTER_DAYS:
        emails.reminder(ticket, since=since, at=at)
    return ticket


def due_to_wake(at: datetime) -> list[Ticket]:
    """Deferred requests whose day has come."""
    return list(Ticket.objects.filter(status=Status.DEFERRED, deferred_until_date__lte=timezone.localdate(at)))


def due_to_close(at: datetime) -> list[Ticket]:
    """Resolved requests that may be old enough; close_resolved counts the working days."""
    return list(Ticket.objects.filter(status=Status.RESOLVED, resolved_at__lte=at - timedelta(days=CLOSE_AFTER_DAYS)))


def due_to_remind(at: datetime) -> list[Ticket]:
    """Requests that may wait for the customer long enough and have no reminder yet; remind counts the working days."""
    thread = Concat(Value("ticket:"), Cast(OuterRef("pk"), CharField()))
    reminders = OutgoingEmail.objects.filter(
        thread=thread, obligation="ticket.reminder", created_at__gte=OuterRef("status_changed_at")
    )
    waiting = Ticket.objects.filter(status=Status.WAITING).exclude(contact_email="")
    return list(
        waiting.filter(status_changed_at__lte=at - timedelta(days=REMIND_AFTER_DAYS)).exclude(Exists(reminders))
    )
