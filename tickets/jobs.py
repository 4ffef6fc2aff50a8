"""What workers and the clock do for requests: ids in, one call each, safe to run twice."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from tickets import attachments, recalculation
from tickets.workflow import passing


def settle_deadline(ticket_id: str) -> None:
    """Recompute and explain the deadline of a request that was just filed."""
    recalculation.settle(int(ticket_id), at=timezone.now())


def settle_deadlines(at: datetime) -> None:
    """The requests whose settling was lost with Redis or a killed worker."""
    for ticket_id in recalculation.unsettled(at):
        recalculation.settle(ticket_id, at=at)


def flip_rungs(at: datetime) -> None:
    """Requests that came near their deadline, or past it."""
    while passing.flip(at=at) >= 200:
        pass


def wake_deferred(at: datetime) -> None:
    """Deferred requests whose day has come."""
    for ticket in passing.due_to_wake(at):
        passing.wake(ticket, at=at)


def close_resolved(at: datetime) -> None:
    """Resolved requests after five working days."""
    for ticket in passing.due_to_close(at):
        passing.close_resolved(ticket, at=at)


def remind_customers(at: datetime) -> None:
    """Customers whose answer we have waited for three working days."""
    for ticket in passing.due_to_remind(at):
        passing.remind(ticket, at=at)


def sweep_files(at: datetime) -> None:
    """Files that a killed upload left without a row."""
    attachments.sweep(at=at)
