"""The letters about a request, one function each, in the order of ux.md 3.21. They are owed to the request's contact,
but for the warnings to the staff.

Access data never stands in a letter. Where a request has no address, nothing is owed here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from accounts.models import User
from content.moments import due_words, minutes_words
from content.text import address_from
from notifications import outbox
from notifications.outbox import Owed
from notifications.rendering import Circular, render
from sla.calendars import working_time_of
from sla.closure_words import closure_words
from tickets.days_off import days_off_of
from tickets.models import Message, Ticket
from tickets.rank import Rung
from tickets.statuses import GROUND_WORDS


def confirmation(ticket: Ticket, *, at: datetime) -> None:
    """E1: we have your request, its number, the expected reaction, days off that are near, what is missing (3.2)."""
    closure = days_off_of(ticket, at)
    # Lazy: the words are the letter's, not those of whoever causes it.
    days_off = lazy(closure_words, str)(closure, now=at) if closure else ""
    _owe("confirmation", ticket, at=at, missing=_missing(ticket), days_off=days_off)


def taken(ticket: Ticket, *, at: datetime) -> None:
    """E2: processing has begun; owed once in a request's life (3.4.1)."""
    _owe("taken", ticket, at=at)


def answer(ticket: Ticket, message: Message, *, takes: bool, at: datetime) -> None:
    """E3, or E4 where the request now waits for the customer. Opens with E2's sentence if it takes the request."""
    name = "question" if ticket.status == "waiting" else "answer"
    _owe(name, ticket, message, at=at, is_automatic=False, takes=takes)


def passed_to_development(ticket: Ticket, message: Message, *, at: datetime) -> None:
    """E5"""
    _owe("development", ticket, message, at=at, is_automatic=False)


def deferred(ticket: Ticket, message: Message, *, at: datetime) -> None:
    """E6: the ground in the regulation's words, and the day we come back to it. No promise of a solution (3.7)."""
    _owe("deferred", ticket, message, at=at, is_automatic=False)


def resolved(ticket: Ticket, message: Message, *, takes: bool, at: datetime) -> None:
    """E7: what was done."""
    _owe("resolved", ticket, message, at=at, is_automatic=False, takes=takes)


def closed(ticket: Ticket, message: Message, *, takes: bool, at: datetime) -> None:
    """E7: why it is closed."""
    _owe("closed", ticket, message, at=at, is_automatic=False, takes=takes)


def withdrawn(ticket: Ticket, *, at: datetime) -> None:
    """E7 for a request that the customer took back; one for each time he does."""
    _owe("withdrawn", ticket, at=at, about=f"ticket:{ticket.pk}:{at.isoformat()}")


def reminder(ticket: Ticket, *, since: datetime, at: datetime) -> None:
    """We still wait for your answer, with our question; once for each time that we wait."""
    asked = ticket.messages.filter(kind=Message.Kind.STAFF).select_related("author")
    question = asked.order_by("created_at", "pk").last()
    _owe("reminder", ticket, question, at=at, about=f"ticket:{ticket.pk}:{since.isoformat()}")


@dataclass(frozen=True, slots=True)
class MovedTerm:
    """The reaction to a request was due at one moment and is due at another; why is blank where nobody said it."""

    ticket: Ticket
    before: datetime
    after: datetime
    reason: str


def terms_moved(terms: Sequence[MovedTerm], *, calendar_version: int, at: datetime) -> None:
    """The terms are later than they were promised, and why; once for each request and calendar version (3.6.2).

    Wants each request's author loaded. Thousands may move at once, so their letters are drawn and owed together.
    """
    alike: dict[tuple[str, bool], list[tuple[MovedTerm, str]]] = defaultdict(list)
    for term in terms:
        if term.ticket.contact_email:
            name = _greeting_name(term.ticket)
            alike[term.ticket.language, bool(name)].append((term, name))
    owed: list[Owed] = []
    for (language, has_name), some in alike.items():
        gaps = ["number", "topic", "url", "before", "after", "reason", *(["greeting_name"] if has_name else [])]
        letter = Circular("ticket_deadline_moved", {"at": at}, gaps=gaps, language=language)
        with translation.override(language), timezone.override(timezone.get_default_timezone()):
            owed += [_moved(term, name, letter, calendar_version, at) for term, name in some]
    outbox.put_many(owed, obligation="ticket.deadline_moved", at=at)


def _moved(term: MovedTerm, name: str, letter: Circular, calendar_version: int, at: datetime) -> Owed:
    ticket, language = term.ticket, term.ticket.language
    today = timezone.localtime(at).replace(hour=12, minute=0, second=0, microsecond=0)
    words = {
        "number": str(ticket.number),
        "topic": ticket.subject,
        "url": _url(ticket),
        "before": _due_words(language, term.before.replace(second=0, microsecond=0), today),
        "after": _due_words(language, term.after.replace(second=0, microsecond=0), today),
        "reason": term.reason or _("The working hours of support have changed."),
        "greeting_name": name,
    }
    about = f"{thread_of(ticket)}:calendar:{calendar_version}"
    return Owed(letter.to(words), about, ticket.contact_email, thread_of(ticket))


@lru_cache(maxsize=4096)
def _due_words(language: str, minute: datetime, now: datetime) -> str:
    """Of thousands of deadlines many fall on the same minute. The language is the active one."""
    return due_words(minute, now=now)


def criticality_changed(ticket: Ticket, reason: str, *, event: int, at: datetime) -> None:
    """The criticality is another one: why, and when to expect the reaction now."""
    _owe("criticality", ticket, at=at, about=f"event:{event}", reason=reason)


def term(ticket: Ticket, *, at: datetime) -> None:
    """The contract was checked: when to expect the reaction. Owed once, for a promise is made once."""
    _owe("term", ticket, at=at)


def warning(ticket: Ticket, reader: User, rung: Rung, *, at: datetime) -> None:
    """E8, to one of the staff: the reaction is due soon, overdue or gravely late; once for each of a deadline."""
    if ticket.due_at is None or ticket.calendar_version_id is None:
        return
    hours = working_time_of(ticket.calendar_version_id)
    minutes = max(1, abs(hours.between(at, ticket.due_at)) // timedelta(minutes=1))
    with translation.override(reader.language):
        time = minutes_words(minutes)
    letter = render(
        "ticket_warning",
        {
            "ticket": ticket,
            "number": str(ticket.number),
            "state": rung.name.lower(),
            "time": time,
            "greeting_name": reader.greeting_name,
            "url": settings.SITE_URL + reverse("admin:tickets_ticket_change", args=[ticket.number]),
            "at": at,
        },
        language=reader.language,
    )
    about = f"{thread_of(ticket)}:{rung.name.lower()}:{ticket.due_at.isoformat()}"
    outbox.put(letter, obligation="ticket.warning", about=about, to=reader.email, at=at)


def thread_of(ticket: Ticket) -> str:
    """The outbox's name for all letters of one request."""
    return f"ticket:{ticket.pk}"


def _owe(
    name: str,
    ticket: Ticket,
    message: Message | None = None,
    *,
    at: datetime,
    about: str = "",
    is_automatic: bool = True,
    **context: Any,
) -> None:
    if not ticket.contact_email:
        return
    letter = render(
        f"ticket_{name}",
        {
            "ticket": ticket,
            "number": str(ticket.number),
            "message": message,
            "files": _file_names(message) if message else [],
            "ground_words": GROUND_WORDS.get(ticket.ground, ""),
            "greeting_name": _greeting_name(ticket),
            "url": _url(ticket),
            "at": at,
            **context,
        },
        language=ticket.language,
    )
    outbox.put(
        letter,
        obligation=f"ticket.{name}",
        about=about or (f"message:{message.pk}" if message else thread_of(ticket)),
        to=ticket.contact_email,
        thread=thread_of(ticket),
        at=at,
        is_automatic=is_automatic,
    )


def _url(ticket: Ticket) -> str:
    return settings.SITE_URL + reverse("cabinet:ticket_detail", args=[ticket.number])


def _greeting_name(ticket: Ticket) -> str:
    if ticket.author and ticket.author.email.lower() == ticket.contact_email.lower():
        return ticket.author.greeting_name
    return address_from(ticket.contact_name)


def _file_names(message: Message) -> list[str]:
    return list(message.attachments.order_by("name", "pk").values_list("name", flat=True))


def _missing(ticket: Ticket) -> list[str]:
    """Which of the items of 3.5a the request lacks, as codes for the letter's list."""
    version = ticket.version or (ticket.server.version if ticket.server else "")
    wanted = {"steps": ticket.steps, "version": version, "phone": ticket.contact_phone}
    return [code for code, value in wanted.items() if not value]
