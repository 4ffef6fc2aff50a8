"""One request of the report: what was promised, when the reaction came, and what follows from the two."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from django.db.models import FilteredRelation, Q, QuerySet

from sla.calendars import working_time_of
from tickets.models import Ticket
from tickets.statuses import OPEN

NOTHING: Final = timedelta()


class Result(StrEnum):
    """How a request counts. Every request of the report is exactly one of these."""

    IN_TIME = "in_time"
    LATE = "late"  # the reaction came after the term, or has not come and the term is over
    ANNULLED = "annulled"  # late by the clock, and a senior has said in writing why it does not count
    RUNNING = "running"  # no reaction yet, and the term is not over
    WITHDRAWN = "withdrawn"  # taken back by the customer within the term, before anybody reacted


class Facts(NamedTuple):
    """What the database knows of one request's reaction; the order is that of FACTS."""

    received_at: datetime
    due_at: datetime
    reacted_at: datetime | None
    closed_at: datetime | None
    status: str
    calendar_version_id: int
    breach_due_at: datetime | None
    annulment_reason: str | None


FACTS: Final = (
    "received_at",
    "due_at",
    "reacted_at",
    "closed_at",
    "status",
    "calendar_version_id",
    "promised_breach__due_at",
    "promised_breach__annulment__reason",
)


def with_facts(rows: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """The requests with what FACTS names: of their breaches the one of the promise."""
    is_promised = Q(breaches__is_promised=True)
    return rows.alias(promised_breach=FilteredRelation("breaches", condition=is_promised))


class Judged(NamedTuple):
    """`due_at` is the term that counts, `reaction` the working time until the reaction if there was one, `late` the
    working time by which the term was missed; an annulled one keeps its amount."""

    result: Result
    due_at: datetime
    reaction: timedelta | None
    late: timedelta


def judge(facts: Facts, at: datetime) -> Judged:
    """How the request stands at that moment, counted in working time by the calendar that it keeps (3.5b.2).

    A recorded breach of the promise keeps the term as it was when it ran out; where none is recorded the moments speak
    for themselves. A breach of the term that only worked inside, and its annulment, say nothing here.
    """
    calendar = working_time_of(facts.calendar_version_id)
    due_at = facts.breach_due_at or facts.due_at
    reaction = calendar.between(facts.received_at, facts.reacted_at) if facts.reacted_at else None
    is_open = facts.status in OPEN
    ended_at = facts.reacted_at or (at if is_open else facts.closed_at) or at
    late = max(calendar.between(due_at, ended_at), NOTHING)
    if facts.annulment_reason is not None:
        result = Result.ANNULLED
    elif ended_at > due_at:
        result = Result.LATE
    elif reaction is not None:
        result = Result.IN_TIME
    else:
        result = Result.RUNNING if is_open else Result.WITHDRAWN
    return Judged(result, due_at, reaction, late)
