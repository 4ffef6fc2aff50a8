"""Every periodic job on one screen, and how a clock runs the ones that are due."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers import jobs as customers
from helpdesk.logs import kind
from helpdesk.models import PeriodicJob
from notifications import delivery
from notifications import jobs as letters
from notifications.bell import ring
from notifications.models import OutgoingEmail
from tickets import jobs as tickets
from tickets.attachments import FilesOfAnother

log = logging.getLogger(__name__)

SEND_SECONDS = 5.0  # of one tick, where the clock itself has to send
APART = timedelta(seconds=5)
"""How far the clocks of machines may be apart (W052 warns at two seconds): a next run that lies further ahead than its
period and this was written before the time stepped back."""


@dataclass(frozen=True)
class Job:
    run: Callable[[datetime], None]
    every: timedelta
    title: Any
    """What the list of the jobs calls it."""


def send_letters(at: datetime) -> None:
    """Call a worker for letters that are due; where Redis cannot be reached, send them here."""
    is_due = OutgoingEmail.objects.filter(state__in=["queued", "deferred", "sending"], due_at__lte=at).exists()
    if is_due and not ring(letters.deliver_due, queue="mail"):
        # The other jobs wait meanwhile: for these seconds, and at most for one letter that the server does not answer.
        delivery.deliver_due(limit=20, seconds=SEND_SECONDS)


def clear_sessions(at: datetime) -> None:
    """Remove sessions that have ended."""
    call_command("clearsessions")


def clear_cache(at: datetime) -> None:
    """Remove what the cache has outlived: it does so by itself only when it is full."""
    table = connection.ops.quote_name(str(settings.CACHES["default"]["LOCATION"]))
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE expires < %s", [at])  # noqa: S608 - a name of ours


SCHEDULE: dict[str, Job] = {
    "send_letters": Job(send_letters, timedelta(seconds=1), _("Sending letters")),
    "settle_deadlines": Job(tickets.settle_deadlines, timedelta(seconds=5), _("Deadlines of new tickets")),
    "go_on_recalculating": Job(tickets.go_on_recalculating, timedelta(seconds=5), _("Recounting after a publication")),
    "flip_rungs": Job(tickets.flip_rungs, timedelta(seconds=5), _("Places in the queue")),
    "warn_staff": Job(tickets.warn_staff, timedelta(minutes=1), _("Warnings to the staff")),
    "wake_deferred": Job(tickets.wake_deferred, timedelta(minutes=1), _("Return of deferred tickets")),
    "close_resolved": Job(tickets.close_resolved, timedelta(minutes=10), _("Closing of resolved tickets")),
    "remind_customers": Job(tickets.remind_customers, timedelta(minutes=10), _("Reminders to customers")),
    "cover_requests": Job(tickets.cover_requests, timedelta(minutes=1), _("Terms by contracts entered later")),
    "tell_of_endings": Job(customers.tell_of_endings, timedelta(hours=24), _("Letters about contracts that end")),
    "sweep_files": Job(tickets.sweep_files, timedelta(hours=6), _("Removal of abandoned files")),
    "clear_cache": Job(clear_cache, timedelta(hours=1), _("Clearing the cache")),
    "clear_sessions": Job(clear_sessions, timedelta(hours=24), _("Clearing ended sessions")),
}


def register() -> None:
    """Give every job of the schedule its row. Running it again changes nothing.

    Rows of other jobs are left alone: while a new release rolls out they are those of the clocks beside this one.
    """
    now = timezone.now()
    PeriodicJob.objects.bulk_create(
        [PeriodicJob(name=name, next_run_at=now) for name in SCHEDULE], ignore_conflicts=True
    )


def run_due(at: datetime) -> int:
    """Run the jobs that are due and not claimed by another clock; how many ran."""
    ran = 0
    while name := _claim(at):
        error = ""
        try:
            SCHEDULE[name].run(at)
        except Exception as failure:
            log.exception("periodic job failed", extra={"job": name})
            # Words of an error may quote a row; these two say ids and numbers only.
            error = str(failure) if isinstance(failure, tickets.RowsFailed | FilesOfAnother) else kind(failure)
        PeriodicJob.objects.filter(name=name).update(last_run_at=timezone.now(), last_error=error)
        ran += 1
    return ran


@transaction.atomic
def _claim(at: datetime) -> str | None:
    """Move the most overdue job's next run ahead and return its name. A clock killed in the middle costs one period."""
    is_due = Q(name__in=SCHEDULE, next_run_at__lte=at)
    is_due |= reduce(or_, (Q(name=name, next_run_at__gt=at + job.every + APART) for name, job in SCHEDULE.items()))
    row = PeriodicJob.objects.select_for_update(skip_locked=True).filter(is_due).order_by("next_run_at", "name").first()
    if row is None:
        return None
    row.next_run_at = at + SCHEDULE[row.name].every
    row.save(update_fields=["next_run_at"])
    return row.name
