"""Warnings to the staff (E8): a reaction is due soon, overdue, gravely late. Once for each, in working hours."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.duty import duty_group
from sla.calendars import working_time_of
from tickets import clock, emails
from tickets.models import Ticket, TicketEvent
from tickets.rank import Rung, urgency

_ORDER = (Rung.AT_RISK, Rung.OVERDUE, Rung.GRAVE)


def due_to_warn(at: datetime) -> list[int]:
    """Ids of requests whose reaction has become more pressing than anybody was warned of; none while the desk rests."""
    hours = clock.desk_hours(at)
    if hours is not None and not hours.is_open(at):
        return []
    return list(Ticket.objects.to_warn(at).values_list("pk", flat=True))


@transaction.atomic
def warn(ticket_id: int, *, at: datetime) -> None:
    """Write to the duty group: a request that awaits its reaction is nobody's yet. Of states that came one after the
    other while nobody worked only the newest is told. A request that was taken meanwhile, or that another clock is just
    working, is left alone."""
    rows = Ticket.objects.select_for_update(of=("self",), skip_locked=True)
    ticket = rows.select_related("customer", "level_version__level").filter(pk=ticket_id).first()
    rung = urgency(ticket, at).rung if ticket else None
    if ticket is None or rung is None or _is_known(rung, ticket.warned_rung) or not _is_working_time(ticket, at):
        return
    ticket.warned_rung = rung
    ticket.save(update_fields=["warned_rung"])
    readers = duty_group()
    for reader in readers:
        emails.warning(ticket, reader, rung, at=at)
    data = {"rung": rung.value, "to": [reader.pk for reader in readers]}
    TicketEvent.objects.create(ticket=ticket, code="deadline.warned", at=at, data=data)


def _is_known(rung: Rung, warned: int | None) -> bool:
    return warned is not None and _ORDER.index(Rung(warned)) >= _ORDER.index(rung)


def _is_working_time(ticket: Ticket, at: datetime) -> bool:
    """By the desk's own hours; without them by those that the request is counted in."""
    hours = clock.desk_hours(at)
    if hours is None and ticket.calendar_version_id is not None:
        hours = working_time_of(ticket.calendar_version_id)
    return hours is None or hours.is_open(at)
