"""What is wrong with the desk now: alarms by name, each with a number and one plain sentence, content of nobody.

Every probe is one cheap question with an end of its own, and fails alone: what cannot be asked is an alarm too.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django_rq
from django.conf import settings
from django.db import Error, connection
from redis.exceptions import RedisError
from rq.worker_registration import get_keys

from helpdesk.logs import kind
from helpdesk.schedule import APART, SCHEDULE

log = logging.getLogger(__name__)

ANSWER_WITHIN_MS = 1000  # for each question to PostgreSQL
MOST = 10_000  # rows that are counted: past that the number means "at least"
LEAST_FREE_SHARE, LEAST_FREE_BYTES = 0.05, 10**9


@dataclass(frozen=True)
class Alarm:
    """`count` is what `says` speaks of: letters, jobs, seconds, MB."""

    name: str
    count: int
    says: str


def ringing() -> list[Alarm]:
    """Every alarm that rings now, in a fixed order."""
    found: list[Alarm] = []
    for probe in PROBES:
        try:
            found += probe()
        except Exception as error:
            log.exception("a probe failed", extra={"probe": probe.__name__})
            found.append(Alarm(f"{probe.__name__}_unknown", 1, f"This could not be asked: {kind(error)}."))
    return found


def record() -> Iterator[Alarm]:
    """All that PostgreSQL knows. When it is away there is one alarm, and what it would have told is unknown."""
    try:
        _ask("SELECT 1")
    except Error:
        yield Alarm("database_silent", 1, "PostgreSQL does not answer: no page works.")
        return
    for question in (letters_late, letters_deferred, letters_failed, deadlines_unsettled, clock):
        try:
            yield from question()
        except Error:
            yield Alarm(
                f"{question.__name__}_unknown", 1, f"PostgreSQL did not answer this in {ANSWER_WITHIN_MS / 1000:g} s."
            )


def letters_late() -> Iterator[Alarm]:
    """Letters that nobody takes: no worker and no clock gets to them."""
    ((count, seconds),) = _ask(
        "SELECT count(*), coalesce(extract(epoch FROM now() - min(due_at)), 0)::bigint FROM"
        " (SELECT due_at FROM notifications_outgoingemail WHERE state IN ('queued', 'deferred', 'sending')"
        "  AND due_at < now() - interval '5 minutes' ORDER BY due_at, id LIMIT %s) AS late",
        MOST,
    )
    if count:
        yield Alarm("letters_late", count, f"Letters wait for a worker, the oldest for {seconds // 60} min.")


def letters_deferred() -> Iterator[Alarm]:
    """Letters that are tried again and again: their next moment lies ahead, so they are never late.

    A letter that waits while others leave is its reader's matter, and rings after half an hour; where none leaves, it
    is the mail server's.
    """
    ((count, long),) = _ask(
        "SELECT count(*), count(*) FILTER (WHERE owed_at < now() - interval '30 minutes') FROM"
        " (SELECT owed_at FROM notifications_outgoingemail WHERE state = 'deferred'"
        "  AND due_at >= now() - interval '5 minutes' AND owed_at < now() - interval '3 minutes' LIMIT %s) AS again",
        MOST,
    )
    if count and not _any_sent():
        yield Alarm("letters_deferred", count, "No letter has left for 3 min: see the mail server.")
    elif long:
        yield Alarm("letters_deferred", long, "Letters have been tried for more than 30 min: see the mail server.")


def _any_sent() -> bool:
    """Whether one of the newest letters left within three minutes. No index knows when letters were sent."""
    ((is_so,),) = _ask(
        "SELECT coalesce(max(sent_at) > now() - interval '3 minutes', false) FROM"
        " (SELECT sent_at FROM notifications_outgoingemail ORDER BY id DESC LIMIT %s) AS newest",
        MOST,
    )
    return bool(is_so)


def letters_failed() -> Iterator[Alarm]:
    """A failed letter keeps the end of its last lease: the moment of its failing, within a minute."""
    ((count,),) = _ask(
        "SELECT count(*) FROM (SELECT 1 FROM notifications_outgoingemail WHERE state = 'failed'"
        " AND due_at > now() - interval '24 hours' LIMIT %s) AS failed",
        MOST,
    )
    if count:
        yield Alarm("letters_failed", count, "Letters were given up within 24 hours: the list of letters says why.")


def deadlines_unsettled() -> Iterator[Alarm]:
    ((count,),) = _ask(
        "SELECT count(*) FROM (SELECT 1 FROM tickets_ticket WHERE settled_at IS NULL"
        " AND registered_at < now() - interval '5 minutes' LIMIT %s) AS unsettled",
        MOST,
    )
    if count:
        yield Alarm("deadlines_unsettled", count, "Requests wait more than 5 min for their deadline to be confirmed.")


def clock() -> Iterator[Alarm]:
    """Whether a clock runs, and what it could not do."""
    rows = _ask(
        "SELECT name, last_error <> '', extract(epoch FROM now() - last_run_at)::bigint FROM helpdesk_periodicjob"
    )
    ages = [age for _, _, age in rows if age is not None]
    past = [age for age in ages if age >= -APART.total_seconds()]
    if not ages:
        yield Alarm("clock_stopped", 0, "No periodic job has ever run: start a clock.")
    elif not past:
        ahead = -max(ages)
        yield Alarm(
            "clock_stopped", ahead, f"Every periodic job ran {ahead} s ahead of now or more: set the time right."
        )
    elif min(past) > 60:
        yield Alarm("clock_stopped", min(past), f"No periodic job has run for {min(past)} s: start a clock.")
    failing = sorted(name for name, is_failing, _ in rows if is_failing and name in SCHEDULE)
    if failing:
        yield Alarm("job_failing", len(failing), f"Periodic jobs fail: {', '.join(failing)}.")


def _ask(question: str, *values: int) -> list[tuple[Any, ...]]:
    """Rows of one SELECT. Raises django.db.Error.

    Both statements go as one message, which PostgreSQL runs as one transaction: the limit ends with it, also behind a
    pooler that hands the connection to somebody else after each transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = %s; {question}", [ANSWER_WITHIN_MS, *values])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def queue() -> Iterator[Alarm]:
    mail = django_rq.get_queue("mail")
    try:
        keys = get_keys(queue=mail)
        living = mail.connection.exists(*keys) if keys else 0  # a killed worker stays listed, its own key runs out
    except (RedisError, OSError):
        yield Alarm("redis_away", 1, "Redis does not answer: the clock sends the letters itself, more slowly.")
        return
    if not living:
        yield Alarm("workers_missing", 1, "No worker listens to the queue «mail»: letters wait for one.")


def files() -> Iterator[Alarm]:
    root = Path(settings.MEDIA_ROOT)
    try:
        with tempfile.TemporaryFile(dir=root) as file:
            file.write(b"health")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        yield Alarm("files_unwritable", 1, f"MEDIA_ROOT cannot be written ({error.strerror}): files are refused.")
        if not root.is_dir():
            return
    disk = shutil.disk_usage(root)
    if disk.free < LEAST_FREE_BYTES or disk.free < disk.total * LEAST_FREE_SHARE:
        yield Alarm("disk_low", disk.free // 10**6, f"MEDIA_ROOT has {disk.free // 10**6} MB left.")


PROBES: list[Callable[[], Iterator[Alarm]]] = [record, queue, files]
