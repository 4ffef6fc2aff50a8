"""The queue's order as the regulation words it (3.6), stored with each request so that the queue is an index walk.

1 out of turn · 2 gravely late · 3 at risk · 4 overdue · 5 from the cabinet, by time · 6 other channels, by time.
Within a rung `queue_at` sorts: the deadline on rungs 2–4, the moment of receipt on the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.db.models import IntegerChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

# A reaction at the very moment of the deadline is in time; the next instant is not.
INSTANT = timedelta(microseconds=1)


class Rung(IntegerChoices):
    """Where in the queue, in the words of «Почему здесь»."""

    OUT_OF_TURN = 1, _("Out of turn: critical")
    GRAVE = 2, _("Overdue by more than the term")
    AT_RISK = 3, _("Reaction due soon")
    OVERDUE = 4, _("Reaction overdue")
    CABINET = 5, _("Cabinet, by time")
    OTHER = 6, _("By time")


class Ranked(Protocol):
    """What the rank looks at."""

    criticality: str
    channel: str
    received_at: datetime
    at_risk_at: datetime | None
    due_at: datetime | None
    grave_at: datetime | None

    @property
    def is_open(self) -> bool: ...

    @property
    def is_reaction_pending(self) -> bool: ...


@dataclass(frozen=True)
class Place:
    """A rung, the moment that sorts within it, and when the rung changes by the mere passing of time."""

    rung: Rung
    queue_at: datetime
    flip_at: datetime | None


@dataclass(frozen=True)
class Urgency:
    """AT_RISK, OVERDUE or GRAVE, None before these and where no reaction is awaited; and until when it stays so."""

    rung: Rung | None
    until: datetime | None


def place(ticket: Ranked, at: datetime) -> Place:
    """Where the request stands at that moment (3.6.1–3.6.4). One that is out of turn keeps its rung when its deadline
    comes near and passes, and has the moments of that all the same."""
    now = urgency(ticket, at)
    if ticket.criticality == "critical" and ticket.is_open:
        return Place(Rung.OUT_OF_TURN, ticket.received_at, now.until)
    if now.rung is not None and ticket.due_at is not None:
        return Place(now.rung, ticket.due_at, now.until)
    return Place(Rung.CABINET if ticket.channel == "cabinet" else Rung.OTHER, ticket.received_at, now.until)


def urgency(ticket: Ranked, at: datetime) -> Urgency:
    """How pressing the reaction is at that moment, wherever in the queue the request stands."""
    risk, due, grave = ticket.at_risk_at, ticket.due_at, ticket.grave_at
    if not ticket.is_reaction_pending or risk is None or due is None or grave is None:
        return Urgency(None, None)
    if at > grave:
        return Urgency(Rung.GRAVE, None)
    if at > due:
        return Urgency(Rung.OVERDUE, grave + INSTANT)
    if at >= risk:
        return Urgency(Rung.AT_RISK, due + INSTANT)
    return Urgency(None, risk)


def why(rung: int, *, is_confirmed: bool) -> str:
    """Why a request stands where it does, as the queue tells it; `is_confirmed` is about a claim to be critical."""
    if rung == Rung.OUT_OF_TURN and not is_confirmed:
        return gettext("Out of turn: critical, not confirmed")
    return str(Rung(rung).label)
