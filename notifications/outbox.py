"""Letters are owed in the same transaction as the fact that they tell (3.2.1), and leave afterwards."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from notifications import jobs
from notifications.bell import ring_on_commit
from notifications.models import OutgoingEmail
from notifications.rendering import Letter


def put(
    letter: Letter,
    *,
    obligation: str,
    about: str,
    to: str,
    at: datetime,
    thread: str = "",
    is_automatic: bool = True,
    is_sensitive: bool = False,
) -> None:
    """Owe the letter to one address, inside the caller's transaction; a worker is called after the commit.

    (obligation, about, to) is the idempotency key: asking twice owes once, the first letter.
    `thread` ties letters of one request together (References). A sensitive body (a reset link) is stored sealed.
    """
    owed = Owed(letter, about, to, thread)
    put_many([owed], obligation=obligation, at=at, is_automatic=is_automatic, is_sensitive=is_sensitive)


@dataclass(frozen=True, slots=True)
class Owed:
    """One of many letters that are owed together; the words of `put`."""

    letter: Letter
    about: str
    to: str
    thread: str


def put_many(
    owed: Sequence[Owed], *, obligation: str, at: datetime, is_automatic: bool = True, is_sensitive: bool = False
) -> None:
    """Owe letters in two statements however many they are, as `put` would one by one and with the same key."""
    if not owed:
        return
    firsts = _firsts_of({one.thread for one in owed} - {""})
    rows = [
        OutgoingEmail(
            obligation=obligation,
            about=one.about,
            to_address=one.to,
            thread=one.thread,
            in_reply_to=firsts.get((one.thread, one.to), ""),
            subject=one.letter.subject,
            text_body=one.letter.text,
            html_body=one.letter.html,
            is_automatic=is_automatic,
            language=one.letter.language,
            due_at=at,
            created_at=at,
            owed_at=at,
        )
        for one in owed
    ]
    if is_sensitive:
        for row in rows:
            row.seal(row.text_body, row.html_body)
    OutgoingEmail.objects.bulk_create(rows, ignore_conflicts=True)
    ring_on_commit(jobs.deliver_due, queue="mail")


def _firsts_of(threads: Set[str]) -> dict[tuple[str, str], str]:
    """By thread and address, the Message-ID of the first letter there, which the later ones answer."""
    if not threads:
        return {}
    rows = OutgoingEmail.objects.filter(thread__in=threads).order_by("-pk")
    found = rows.values_list("thread", "to_address", "message_id")
    return {(thread, to): message_id for thread, to, message_id in found}  # the last one to be set is the first


@transaction.atomic
def retry(row: OutgoingEmail, *, at: datetime) -> bool:
    """Owe a failed letter once more, as long as a new one and with the same Message-ID. In another state False, and
    nothing is done."""
    letter = OutgoingEmail.objects.select_for_update().get(pk=row.pk)
    if letter.state != OutgoingEmail.State.FAILED:
        return False
    letter.state, letter.attempts, letter.crashes = OutgoingEmail.State.QUEUED, 0, 0
    letter.due_at = letter.owed_at = at
    letter.save(update_fields=["state", "attempts", "crashes", "due_at", "owed_at"])
    ring_on_commit(jobs.deliver_due, queue="mail")
    return True
