"""How the tests of recounting publish a calendar and read what became of the requests."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from notifications.models import OutgoingEmail
from tests.cast import Cast, moment, new_calendar_version
from tickets import publishing, recounting, replay
from tickets.models import Recalculation, Ticket

AT = moment("2026-11-23 10:30")
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
OFF: list[tuple[int, int]] = []
WHOLE = [(540, 780), (840, 1080)]
LONG = [(480, 1200)]
REASON = "Выходной по указу губернатора"
LETTER = "ticket.deadline_moved"


Calls = list[tuple[Any, ...]]


def publish(cast: Cast, days: dict[date, Any], *, at: datetime = AT, reason: str = REASON) -> Recalculation:
    draft = new_calendar_version(cast.calendar, days, published_at=None)
    return publishing.publish(draft, reason=reason, by=cast.maria, at=at)


def republish(cast: Cast, days: dict[date, Any], *, at: datetime = AT, reason: str = REASON) -> Recalculation:
    """Published, and all of it counted anew."""
    recalculation = publish(cast, days, at=at, reason=reason)
    assert recounting.recount(recalculation.pk, at=at) is False
    recalculation.refresh_from_db()
    return recalculation


def moved_events(ticket: Ticket) -> list[dict[str, Any]]:
    return [event.data for event in ticket.events.filter(code="deadline.moved").order_by("pk")]


def letters(ticket: Ticket) -> list[OutgoingEmail]:
    return list(OutgoingEmail.objects.filter(thread=f"ticket:{ticket.pk}", obligation=LETTER))


def facts(ticket: Ticket) -> dict[str, Any]:
    return dict(Ticket.objects.values().get(pk=ticket.pk))


def differ(at: datetime) -> list[str]:
    return [str(each) for each in replay.differences(lambda: at) if each]
