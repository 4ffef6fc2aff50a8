"""The letters about a request, one function each, in the order of ux.md 3.21. They are owed to the request's contact,
but for the warnings to the staff.

Access data never stands in a letter. Where a request has no address, nothing is owed here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from content.moments import minutes_words
from content.text import address_from
from notifications import outbox
from notifications.rendering import render
from sla.calendars import working_time_of
from tickets.models import Message, Ticket
from tickets.rank import Rung
from tickets.statuses import GROUND_WORDS


def confirmation(ticket: Ticket, *, at: datetime) -> None:
    """E1: we have your request, its number, the expected reaction, and what is missing (3.2)."""
    _owe("confirmation", ticket, at=at, missing=_missing(ticket))


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
            "url": settings.SITE_URL + reverse("cabinet:ticket_detail", args=[ticket.number]),
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
