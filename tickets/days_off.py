"""Whether a run of days off is near enough to be named: on the cabinet's pages, at intake, and in the confirmation.

From five working days before until it is over. The hours of support are told to everybody, with a promised term or not.
"""

from __future__ import annotations

from datetime import datetime

from sla.calendars import working_time_of
from sla.closure_words import closure_title, resumption_words
from sla.closures import Closure, closure_ahead
from sla.working_time import NoWorkingTime, WorkingTime
from tickets.models import Ticket
from tickets.shapes import Notice


def days_off_near(calendar: WorkingTime | None, at: datetime) -> Closure | None:
    """The days off that are on or begin soon; none of a desk without a calendar, or of a calendar without hours."""
    if calendar is None:
        return None
    try:
        return closure_ahead(calendar, at)
    except NoWorkingTime:
        return None


def days_off_of(ticket: Ticket, at: datetime) -> Closure | None:
    """The same for a request, by the hours that it lives by."""
    return days_off_near(working_time_of(ticket.hours_id) if ticket.hours_id else None, at)


def days_off_notice(closure: Closure | None, at: datetime) -> Notice | None:
    """The banner that names the days off, and says when work resumes."""
    if closure is None:
        return None
    return Notice("info", closure_title(closure, now=at), resumption_words(closure, now=at))
