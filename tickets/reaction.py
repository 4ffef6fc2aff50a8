"""The reaction tag: how a request stands against its term, in words, icon and colour (ux.md 3.0); pages print it.

The arithmetic is working time by the request's own calendar version, which a process builds once: no query per row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from content.moments import minutes_words, near_words
from sla.calendars import working_time_of
from sla.working_time import NoWorkingTime, WorkingTime
from tickets.models import Ticket

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Reaction:
    """`state`: pending, at_risk, breaching, paused, met, met_late or cancelled; the rest is ready for the page."""

    state: str
    words: str
    due_words: str | None
    icon: str
    tone: str


def reaction_tag(ticket: Ticket, at: datetime, *, for_customer: bool) -> Reaction | None:
    """How the reaction of the request stands at that moment (3.5b.2, 3.6.2).

    None for a customer to whom no term was promised; staff always see the term that works inside.
    """
    if for_customer and not ticket.is_term_promised:
        return None
    if ticket.due_at is None or ticket.calendar_version_id is None:
        return _cancelled()
    calendar = working_time_of(ticket.calendar_version_id)
    if ticket.reacted_at is not None:
        return _reacted(calendar, ticket.received_at, ticket.due_at, ticket.reacted_at)
    if not ticket.is_open:  # the customer took it back before anybody began
        return _cancelled()
    if at > ticket.due_at:
        return _breaching(calendar.between(ticket.due_at, at))
    if not calendar.is_open(at):
        return _paused(calendar, ticket.due_at, at)
    is_at_risk = ticket.at_risk_at is not None and at >= ticket.at_risk_at
    return _running(calendar.between(at, ticket.due_at), ticket.due_at, at, is_at_risk=is_at_risk)


def _cancelled() -> Reaction:
    return Reaction("cancelled", _("The term is not tracked"), None, "circle-minus", "mute")


def _reacted(calendar: WorkingTime, received_at: datetime, due_at: datetime, reacted_at: datetime) -> Reaction:
    if reacted_at > due_at:
        words = _late_words(calendar.between(due_at, reacted_at))
        return Reaction("met_late", words, None, "triangle-alert", "bad-outline")
    taken = calendar.between(received_at, reacted_at)
    words = _("Reacted in %(time)s") % {"time": _words(taken)} if taken >= MINUTE else _("Reacted at once")
    return Reaction("met", words, None, "circle-check", "ok")


def _late_words(late: timedelta) -> str:
    if not late:  # the term ended with the working day
        return _("Reacted late, outside working hours")
    return (
        _("Reacted late by %(time)s") % {"time": _words(late)}
        if late >= MINUTE
        else _("Reacted late by under a minute")
    )


def _breaching(late: timedelta) -> Reaction:
    if not late:
        words = _("Overdue, outside working hours now")
    else:
        words = _("Overdue by %(time)s") % {"time": _words(late)} if late >= MINUTE else _("Overdue by under a minute")
    return Reaction("breaching", words, None, "flame", "bad")


def _paused(calendar: WorkingTime, due_at: datetime, at: datetime) -> Reaction:
    try:
        opens_at = calendar.next_opening(at)
    except NoWorkingTime:  # a deadline stands, so there was time once; only an edited calendar can get here
        return _cancelled()
    return Reaction(
        "paused",
        _("Paused until %(moment)s") % {"moment": near_words(opens_at, now=at)},
        _("due by %(moment)s") % {"moment": near_words(due_at, now=at)},
        "circle-pause",
        "mute",
    )


def _running(left: timedelta, due_at: datetime, at: datetime, *, is_at_risk: bool) -> Reaction:
    words = _("%(time)s left") % {"time": _words(left)} if left >= MINUTE else _("Under a minute left")
    due_words = _("by %(moment)s") % {"moment": near_words(due_at, now=at)}
    if is_at_risk:
        return Reaction("at_risk", words, due_words, "clock", "warn")
    return Reaction("pending", words, due_words, "clock", "ok")


def _words(length: timedelta) -> str:
    return minutes_words(length // MINUTE)
