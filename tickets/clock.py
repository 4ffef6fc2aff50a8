"""A request's clocks: the reaction clock with its deadline by the contract's level and the calendar, and the rank that
follows; and the reply clock, which runs while a message of the customer's has no answer."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ObjectDoesNotExist
from django.utils import timezone

from customers.models import Contract, Customer
from sla import deadlines
from sla.calendars import working_time_of
from sla.models import CalendarVersion, LevelVersion, SupportLevel
from sla.working_time import NoWorkingTime, WorkingTime
from tickets.models import Ticket
from tickets.rank import INSTANT, place

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Term:
    """What applies to a request: the level's version, the calendar's version, and whether the customer may be told."""

    level: LevelVersion
    calendar: CalendarVersion
    is_promised: bool

    @property
    def working_time(self) -> WorkingTime:
        return working_time_of(self.calendar.pk)

    def limit(self, criticality: str) -> int:
        """Working minutes until the reaction is due."""
        return deadlines.limit_for(self.level.base_minutes, self.level.by_criticality, criticality)

    def deadline(self, received_at: datetime, criticality: str) -> deadlines.Deadline:
        """When the reaction is due, and the windows that explain it (3.5b.2, 3.6.2)."""
        return deadlines.deadline(self.working_time, received_at, self.limit(criticality))


def term_for(customer: Customer | None, received_at: datetime) -> Term | None:
    """The term of the contract that is valid on the day of receipt; without one the internal term, never shown."""
    day = timezone.localdate(received_at)
    return term_under(customer.contract_on(day) if customer else None, received_at)


def term_under(contract: Contract | None, received_at: datetime) -> Term | None:
    """The term of a contract's level for what came in at that moment. Without a contract, or where its level promises
    nothing then, the internal one."""
    promised = _term_by(contract.level, received_at, is_promised=True) if contract else None
    if promised:
        return promised
    internal = SupportLevel.objects.filter(is_internal_default=True).first()
    return _term_by(internal, received_at, is_promised=False) if internal else None


def _term_by(level: SupportLevel, received_at: datetime, *, is_promised: bool) -> Term | None:
    try:
        version = level.version_at(received_at)
        return Term(version, version.calendar.current(), is_promised)
    except ObjectDoesNotExist:  # nothing published: that costs the term, never the request (3.5b.1)
        log.error("a level or its calendar has nothing published for that moment", extra={"level": level.pk})
        return None


def desk_hours(at: datetime) -> WorkingTime | None:
    """When the desk itself works: the calendar behind the internal term."""
    term = term_under(None, at)
    return term.working_time if term else None


def term_of(ticket: Ticket) -> Term | None:
    """The term that the request keeps, by the versions that were stored with it."""
    if ticket.level_version is None or ticket.calendar_version is None:
        return None
    return Term(ticket.level_version, ticket.calendar_version, ticket.is_term_promised)


def start(ticket: Ticket, term: Term | None) -> deadlines.Deadline | None:
    """Set the promise and the deadline on a request that is being filed or covered after all. Does not
    save. None, and nothing is set, without a term or where its calendar has no working time."""
    if term is None:
        return None
    try:
        deadline = term.deadline(ticket.received_at, ticket.criticality)
    except NoWorkingTime:
        log.error("a calendar has no working time", extra={"calendar_version": term.calendar.pk})
        return None
    ticket.level_version, ticket.calendar_version, ticket.newer_hours = term.level, term.calendar, None
    ticket.is_term_promised = term.is_promised
    set_deadline(ticket, deadline)
    return deadline


def promise(ticket: Ticket) -> dict[str, Any]:
    """The term of the request as an event keeps it: by which versions it was counted, and what came of it."""
    return {
        "level_version": ticket.level_version_id,
        "calendar_version": ticket.calendar_version_id,
        "is_term_promised": ticket.is_term_promised,
        "limit_minutes": ticket.limit_minutes,
        "due_at": ticket.due_at and ticket.due_at.isoformat(),
    }


DEADLINE_FIELDS = ("limit_minutes", "due_at", "at_risk_at", "grave_at")


def set_deadline(ticket: Ticket, deadline: deadlines.Deadline) -> None:
    """Set when the reaction is due. Does not save."""
    ticket.limit_minutes = deadline.limit_minutes
    ticket.due_at, ticket.at_risk_at, ticket.grave_at = deadline.due_at, deadline.at_risk_at, deadline.grave_at


REPLY_FIELDS = ("unanswered_since", "reply_due_at")


def await_reply(ticket: Ticket, since: datetime | None) -> None:
    """Start the reply clock at the oldest message that nobody has answered; None stops it. Does not save."""
    ticket.unanswered_since = since
    ticket.reply_due_at = reply_due(ticket.hours_id, ticket.limit_minutes, since)


def reply_due(calendar_version: int | None, limit_minutes: int | None, since: datetime | None) -> datetime | None:
    """By when a message of that moment should be answered: within the limit of the reaction. None without a term."""
    if calendar_version is None or limit_minutes is None or since is None:
        return None
    try:
        return working_time_of(calendar_version).add(since, limit_minutes)
    except NoWorkingTime:  # that costs the moment, never the message
        log.error("a calendar has no working time", extra={"calendar_version": calendar_version})
        return None


RANK_FIELDS = ("rung", "queue_at", "flip_at")


def rank(ticket: Ticket, at: datetime) -> None:
    """Set the stored rank from the request's state at that moment. Does not save."""
    now = place(ticket, at)
    ticket.rung, ticket.queue_at, ticket.flip_at = now.rung, now.queue_at, now.flip_at


def working_days_since(ticket: Ticket, start: datetime, at: datetime) -> int:
    """How many whole working days of the request's calendar lie between the days of `start` and `at`."""
    if ticket.hours_id is None:
        return (timezone.localdate(at) - timezone.localdate(start)).days - 1
    hours = working_time_of(ticket.hours_id)
    zone = ZoneInfo(hours.zone)
    worked: set[date] = set()
    for opens, closes in hours.windows(start, at):
        first, last = opens.astimezone(zone).date(), (closes - INSTANT).astimezone(zone).date()
        worked.update(first + timedelta(days=n) for n in range((last - first).days + 1))
    return len(worked - {start.astimezone(zone).date(), at.astimezone(zone).date()})
