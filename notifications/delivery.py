"""Letters leave here, and only here: claim with a lease, send outside any transaction, mark.

A worker may be killed at any moment. Before the claim's commit nothing happened; after it the lease runs out and the
letter is taken again with the same Message-ID. The one unavoidable repeat is an end of the process, or of its job's
time, between the server's 250 and the mark; a drain therefore ends by itself long before its job's time does. The end
of the database alone causes none: the mark waits for its return.
"""

from __future__ import annotations

import logging
import smtplib
import time
import uuid
from datetime import datetime, timedelta

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import InterfaceError, OperationalError, transaction
from django.db import connection as db_connection
from django.utils import timezone
from rq.timeouts import BaseTimeoutException

from content.text import one_line
from notifications.composing import compose
from notifications.models import OutgoingEmail

log = logging.getLogger(__name__)

ANSWER_WITHIN = 14  # seconds that a mail server has for each answer
LEASE = timedelta(seconds=60)  # longer than the four answers that one letter takes on an open connection
FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=15), timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=5)  # as long as mail servers keep trying (RFC 5321, 4.5.4.1)
MOST_CRASHES = 10
MARK_AGAIN = 0.2  # seconds

State = OutgoingEmail.State


class NothingSent(Exception):
    """The mail backend returned without an error and without having sent anything."""


def deliver_due(*, limit: int = 200, seconds: float = 30) -> int:
    """Send the letters that are due, oldest first; how many were tried. Any number of processes may run this.

    No letter is begun after `seconds`, nor once the server does not answer: the others would wait as long. Those that
    are left stay due, and the clock calls for them a second later.
    """
    connection = get_connection(timeout=ANSWER_WITHIN)
    tried, ends = 0, time.monotonic() + seconds
    try:
        while tried < limit and time.monotonic() < ends and (row := claim(timezone.now())):
            tried += 1
            if not deliver(row, connection):
                break
    finally:
        _hang_up(connection)
    return tried


def claim(at: datetime) -> OutgoingEmail | None:
    """Take the next due letter for LEASE. A letter that is found half sent has ended the process that sent it: that is
    counted before it is tried again, so that it cannot go round for ever."""
    with transaction.atomic():
        row = (
            OutgoingEmail.objects.select_for_update(skip_locked=True)
            .filter(state__in=[State.QUEUED, State.DEFERRED, State.SENDING], due_at__lte=at)
            .order_by("due_at", "pk")
            .first()
        )
        if row is None:
            return None
        row.crashes += row.state == State.SENDING
        row.state, row.lease, row.attempts, row.due_at = State.SENDING, uuid.uuid4(), row.attempts + 1, at + LEASE
        row.save(update_fields=["state", "lease", "attempts", "crashes", "due_at"])
        return row


def deliver(row: OutgoingEmail, connection: BaseEmailBackend) -> bool:
    """One try; whether another letter may be tried on this server now.

    Ends in sent, deferred with the next moment, or failed with its error; never in silence. The end of the job's time
    is no answer of the server: it goes up to the caller, and the letter is taken again when its lease is over.
    """
    if row.crashes >= MOST_CRASHES:
        _settle(row, State.FAILED, error="The sending process ended in the middle every time.")
        return True
    is_open = False
    try:
        # The connection stays open for the letters after this one. A slow opening must not eat the lease.
        if connection.open() and not _renew(row):
            return True
        is_open = True
        if not compose(row, connection).send():
            raise NothingSent("The mail backend sent nothing and gave no reason.")
    except BaseTimeoutException:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a mail backend raises, the letter stays owed
        if _is_final(error) or timezone.now() > row.owed_at + GIVE_UP_AFTER:
            _settle(row, State.FAILED, error=_words(error))
        else:
            wait = min(FIRST_RETRY * 2 ** min(row.attempts - 1, 16), LONGEST_RETRY)
            _settle(row, State.DEFERRED, error=_words(error), due_at=timezone.now() + wait)
        _hang_up(connection)
        return is_open and not _is_silence(error)
    _mark_sent(row)
    return True


def _mark_sent(row: OutgoingEmail) -> None:
    """The server has the letter, and only this process knows it: a database that is away for a moment is waited for."""
    ends = time.monotonic() + LEASE.total_seconds() / 2
    while True:
        try:
            return _settle(row, State.SENT)
        except (OperationalError, InterfaceError):
            if time.monotonic() > ends:
                raise
            log.warning("the database is away, a sent letter waits for its mark", extra={"letter": row.pk})
            db_connection.close()
            time.sleep(MARK_AGAIN)


def _hang_up(connection: BaseEmailBackend) -> None:
    """Close whatever is open. The letters are settled by now: a server that says goodbye badly changes nothing."""
    try:
        connection.close()
    except BaseTimeoutException:
        raise
    except Exception as error:  # noqa: BLE001
        log.warning("mail connection ended badly", extra={"error": type(error).__name__})


def _is_final(error: Exception) -> bool:
    """Whether trying again is pointless: the server refused this reader or this text for good (5xx).

    A refusal of our greeting, our password or our sender's address is a mistake in the settings: an administrator
    mends it, and meanwhile the letters wait.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500


def _is_silence(error: Exception) -> bool:
    """Whether the server is gone or does not answer, unlike one that answers with a refusal."""
    if isinstance(error, smtplib.SMTPException):  # an OSError too
        return isinstance(error, smtplib.SMTPServerDisconnected)
    return isinstance(error, OSError)


def _words(error: Exception) -> str:
    return one_line(f"{type(error).__name__}: {error}")[:500]


def _renew(row: OutgoingEmail) -> bool:
    """Start the lease anew; False when another worker has taken the letter meanwhile."""
    held = OutgoingEmail.objects.filter(pk=row.pk, lease=row.lease)
    return bool(held.update(due_at=timezone.now() + LEASE))


def _settle(row: OutgoingEmail, state: str, *, error: str = "", due_at: datetime | None = None) -> None:
    """Write how the try ended, unless the lease was lost to another worker meanwhile."""
    kept = OutgoingEmail.objects.filter(pk=row.pk, lease=row.lease).update(
        state=state,
        lease=None,
        last_error=error,
        sent_at=timezone.now() if state == State.SENT else None,
        due_at=due_at or row.due_at,
        crashes=row.crashes if state == State.FAILED else 0,
    )
    log.info("letter %s", state if kept else "lost its lease", extra={"letter": row.pk, "attempt": row.attempts})
