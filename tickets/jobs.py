"""What workers and the clock do for requests: ids in, one call each, safe to run twice."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from notifications.bell import ring
from tickets import attachments, coverage, recalculation, recounting, workflow
from tickets.models import Ticket
from tickets.workflow import passing

log = logging.getLogger(__name__)

CLOCK_SECONDS = 2.0  # of one tick, in which the clock itself counts requests anew

Row = TypeVar("Row", int, Ticket)


class RowsFailed(Exception):
    """Some requests of a periodic job could not be worked; the others were. The message holds ids only."""


def settle_deadline(ticket_id: str) -> None:
    """Recompute and explain the deadline of a request that was just filed."""
    recalculation.settle(int(ticket_id), at=timezone.now())


def settle_deadlines(at: datetime) -> None:
    """The requests whose settling was lost with Redis or a killed worker."""
    _each(recalculation.unsettled(at), lambda ticket_id: recalculation.settle(ticket_id, at=at))


def recalculate(recalculation_id: str) -> None:
    """Count the open requests of a published calendar anew; what does not fit into one job is the next one's."""
    if recounting.recount(int(recalculation_id), at=timezone.now()):
        ring(recalculate, recalculation_id, is_urgent=True)


def go_on_recalculating(at: datetime) -> None:
    """What killed workers left, and what came late: a worker is called, and some of it is done here, for he may have a
    job in hand, or none may come."""
    for recalculation_id in recounting.unfinished():
        ring(recalculate, str(recalculation_id), is_urgent=True)
        recounting.recount(recalculation_id, at=at, seconds=CLOCK_SECONDS)


def flip_rungs(at: datetime) -> None:
    """Requests that came near their deadline, or past it."""
    while passing.flip(at=at) >= 200:
        pass


def wake_deferred(at: datetime) -> None:
    """Deferred requests whose day has come."""
    _each(passing.due_to_wake(at), lambda ticket: passing.wake(ticket, at=at))


def close_resolved(at: datetime) -> None:
    """Resolved requests after five working days."""
    _each(passing.due_to_close(at), lambda ticket: passing.close_resolved(ticket, at=at))


def remind_customers(at: datetime) -> None:
    """Customers whose answer we have waited for three working days."""
    _each(passing.due_to_remind(at), lambda ticket: passing.remind(ticket, at=at))


def warn_staff(at: datetime) -> None:
    """Whoever should react to a request that is near its term or past it; in working hours."""
    _each(workflow.due_to_warn(at), lambda ticket_id: workflow.warn(ticket_id, at=at))


def cover_requests(at: datetime) -> None:
    """Requests whose customer has a contract for the day of receipt by now."""
    _each(coverage.uncovered(), lambda ticket_id: coverage.cover(ticket_id, at=at))


def sweep_files(at: datetime) -> None:
    """Files that a killed upload left half way, or without a row. Raises FilesOfAnother."""
    attachments.sweep_uploads(at=at)
    attachments.sweep(at=at)


def _each(rows: Sequence[Row], work: Callable[[Row], object]) -> None:
    """Work every row, each in its own transaction: one that cannot be worked must not hold those behind it.

    Raises RowsFailed at the end. A database that is away ends the round at once: it is no fault of a row.
    """
    failed = []
    for row in rows:
        try:
            work(row)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            ticket_id = row if isinstance(row, int) else row.pk
            log.exception("a request could not be worked", extra={"ticket": ticket_id})
            failed.append(ticket_id)
    if failed:
        first = ", ".join(map(str, failed[:10])) + (", …" if len(failed) > 10 else "")
        raise RowsFailed(f"{len(failed)} of {len(rows)} requests failed, by id: {first}")
