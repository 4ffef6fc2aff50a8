"""The box on top of a request: why it is put off or closed, in the regulation's words, and what the customer can do."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from content.moments import date_words, full_date_words
from customers.models import Membership
from tickets.models import REOPEN_WITHIN, Ticket
from tickets.shapes import Notice
from tickets.statuses import GROUND_WORDS, Status
from tickets.thread_lines import day_of, outcome_words


def notice(ticket: Ticket, reader: Membership, at: datetime) -> Notice | None:
    """What the page says first about where the request stands; nothing where its status says it all."""
    if ticket.status == Status.DEFERRED and ticket.deferred_until_date:
        day = day_of(ticket.deferred_until_date, seen=at)
        title = pgettext("to customer", "Deferred, back on %(date)s") % {"date": day}
        return Notice("mute", title, _reason(ticket, _next_if_deferred(reader)))
    if ticket.status == Status.RESOLVED:
        return Notice("ok", _("The ticket is resolved."), _reason(ticket, _next_if_resolved(reader)))
    if ticket.status == Status.CLOSED and ticket.closed_at:
        title = _("The ticket was closed on %(date)s.") % {"date": date_words(ticket.closed_at, now=at)}
        return Notice("mute", title, _reason(ticket, _next_if_closed(ticket, reader, at)))
    if not reader.may_write:
        return Notice("mute", _("You may read this organisation's tickets but not write in them."))
    return None


def _reason(ticket: Ticket, next_step: str) -> str:
    """Ground or outcome, then the next step, a line each."""
    why = ""
    if ticket.ground in GROUND_WORDS:
        why = _("Reason: %(reason)s.") % {"reason": str(GROUND_WORDS[ticket.ground])}
    elif outcome := outcome_words(ticket.outcome):
        why = _("Outcome: %(outcome)s.") % {"outcome": outcome}
    return "\n".join(filter(None, [why, next_step]))


def _next_if_deferred(reader: Membership) -> str:
    return _("If there is something new, reply, and we will continue at once.") if reader.may_write else ""


def _next_if_resolved(reader: Membership) -> str:
    if not reader.may_write:
        return ""
    return _("If the problem remains, reopen the ticket. Otherwise it will close by itself in five working days.")


def _next_if_closed(ticket: Ticket, reader: Membership, at: datetime) -> str:
    if not reader.may_write or ticket.closed_at is None:
        return ""
    if not ticket.may_be_reopened(at):
        return _("More than 30 days have passed. If the problem is back, create a similar ticket.")
    last = timezone.localdate(ticket.closed_at + REOPEN_WITHIN)
    return _("If the problem remains, you can reopen the ticket until %(date)s.") % {"date": full_date_words(last)}
