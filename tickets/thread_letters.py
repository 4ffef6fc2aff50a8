"""The letters of a request in its history: which, to whom, and whether it has left (3.2, 3.4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from notifications.models import OutgoingEmail
from tickets.emails import thread_of
from tickets.models import Ticket

State = OutgoingEmail.State

# Letters that go to the customer. Whatever else hangs on a request's thread is not his to read.
TITLES = {
    "ticket.taken": gettext_lazy("Processing has begun"),
    "ticket.answer": gettext_lazy("Answer"),
    "ticket.question": gettext_lazy("Your reply is needed"),
    "ticket.development": gettext_lazy("Passed to development"),
    "ticket.deferred": pgettext_lazy("status", "Deferred"),
    "ticket.resolved": pgettext_lazy("status", "Resolved"),
    "ticket.closed": pgettext_lazy("status", "Closed"),
    "ticket.withdrawn": gettext_lazy("Withdrawn"),
    "ticket.reminder": gettext_lazy("Reminder"),
    "ticket.deadline_moved": gettext_lazy("The reaction term has moved"),
    "ticket.criticality": gettext_lazy("Another criticality"),
    "ticket.term": gettext_lazy("Reaction term"),
}
CONFIRMATION = "ticket.confirmation"


@dataclass(frozen=True)
class LetterLine:
    """One letter as a line of history."""

    at: datetime
    words: str
    icon: str
    note: str | None


def letters(ticket: Ticket, *, for_customer: bool) -> list[LetterLine]:
    """The letters of the request, oldest first; one query, bodies left alone."""
    rows = OutgoingEmail.objects.filter(thread=thread_of(ticket)).order_by("pk")
    if for_customer:
        rows = rows.filter(obligation__in=[CONFIRMATION, *TITLES])
    rows = rows.only("obligation", "to_address", "state", "created_at", "sent_at", "last_error", "subject")
    return [_line(row, for_customer=for_customer) for row in rows]


def _line(row: OutgoingEmail, *, for_customer: bool) -> LetterLine:
    note = None
    if row.state == State.FAILED:
        note = _("The text of the letter stands in the correspondence.") if for_customer else row.last_error
    elif row.state == State.DEFERRED:
        note = _("The mail server did not take it yet, we keep trying.") if for_customer else row.last_error
    icon = {State.SENT: "mail", State.FAILED: "triangle-alert"}.get(State(row.state), "clock")
    return LetterLine(row.sent_at or row.created_at, _words(row), icon, note or None)


def _words(row: OutgoingEmail) -> str:
    is_confirmation = row.obligation == CONFIRMATION
    told = {"address": row.to_address, "title": str(TITLES.get(row.obligation, row.subject))}
    if row.state == State.SENT:
        words = (
            _("Confirmation sent to %(address)s")
            if is_confirmation
            else _("The letter “%(title)s” was sent to %(address)s")
        )
    elif row.state == State.FAILED:
        words = (
            _("Confirmation could not be sent to %(address)s")
            if is_confirmation
            else _("The letter “%(title)s” could not be sent to %(address)s")
        )
    else:
        words = (
            _("Confirmation waits to be sent to %(address)s")
            if is_confirmation
            else _("The letter “%(title)s” waits to be sent to %(address)s")
        )
    return words % told
