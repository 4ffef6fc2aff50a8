"""«Срок реакции» beside the thread: the tag, what is due when and why, and the breach of the term if there is one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from content.moments import due_words, minutes_words, moment_words, start_words
from sla.calendars import working_time_of
from tickets.breaches import annulment_of, breach_of
from tickets.explanation import Explanation, explain, level_words
from tickets.models import Ticket
from tickets.reaction import Reaction, reaction_tag

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Clock:
    """`lines` stand under the tag; `used_percent` is the bar of used working time; `breach`, `annulment` are words."""

    reaction: Reaction
    lines: list[str]
    used_percent: int
    explanation: Explanation | None
    breach: str = ""
    annulment: str = ""


def clock(ticket: Ticket, at: datetime) -> Clock | None:
    """How the clocks of the request stand, for the staff (3.5b.2, 3.6.2); None without a term."""
    reaction = reaction_tag(ticket, at, for_customer=False)
    if reaction is None or ticket.due_at is None or not ticket.limit_minutes or ticket.calendar_version_id is None:
        return None
    calendar = working_time_of(ticket.calendar_version_id)
    until = min(ticket.reacted_at or at, ticket.due_at)
    used = calendar.between(ticket.received_at, max(until, ticket.received_at)) / (ticket.limit_minutes * MINUTE)
    return Clock(
        reaction, _lines(ticket, at), min(100, round(used * 100)), explain(ticket, at), *_breach_words(ticket, at)
    )


def _lines(ticket: Ticket, at: datetime) -> list[str]:
    lines = [_("Received: %(moment)s") % {"moment": moment_words(ticket.received_at, now=at)}]
    if ticket.due_at:
        lines.append(_("Due: %(moment)s") % {"moment": due_words(ticket.due_at, now=at)})
    lines.append(level_words(ticket))
    if reply := _reply_words(ticket, at):
        lines.append(reply)
    return lines


def _reply_words(ticket: Ticket, at: datetime) -> str:
    """By when the oldest message without an answer should have one; silent while that is the reaction itself."""
    due_at = ticket.reply_due_at
    is_the_reaction = ticket.unanswered_since == ticket.received_at and not ticket.reacted_at
    if due_at is None or ticket.hours_id is None or is_the_reaction:
        return ""
    if at <= due_at:
        return _("Answer by: %(moment)s") % {"moment": start_words(due_at, now=at)}
    late = working_time_of(ticket.hours_id).between(due_at, at)
    if late < MINUTE:
        return _("The answer is overdue by under a minute")
    return _("The answer is overdue by %(time)s") % {"time": minutes_words(late // MINUTE)}


def _breach_words(ticket: Ticket, at: datetime) -> tuple[str, str]:
    """That the term ran out without a reaction, and who said why this does not count."""
    breach = breach_of(ticket)
    if breach is None:
        return "", ""
    words = _("The term ran out without a reaction: %(moment)s") % {"moment": moment_words(breach.due_at, now=at)}
    annulment = annulment_of(breach)
    if annulment is None:
        return words, ""
    told = {"name": annulment.by.short_name, "moment": moment_words(annulment.at, now=at), "reason": annulment.reason}
    return words, _("The breach does not count: %(name)s, %(moment)s. Reason: %(reason)s") % told
