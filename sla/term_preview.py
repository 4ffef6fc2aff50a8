"""What a term would mean: «Заявка, поданная в пт в 17:30, получит срок: пн, до 12:30», by the real engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from content.moments import due_words, weekday_words
from sla.deadlines import deadline
from sla.working_time import WorkingTime

_FRIDAY: Final = 4
RECEIVED: Final = time(17, 30)


@dataclass(frozen=True, slots=True)
class Promise:
    """One term as it would be promised: of which criticality, "" for all others, and the words of its deadline."""

    criticality: str
    due: str


def promises(
    calendar: WorkingTime, base_minutes: int, by_criticality: Mapping[str, int], *, at: datetime
) -> list[Promise]:
    """When a request of the next working Friday at 17:30 would be due, by the general term first: it crosses the
    weekend where a day ends at 18:00. In the calendar's zone. Raises NoWorkingTime.
    """
    zone = ZoneInfo(calendar.zone)
    received_at = _next_friday(calendar, at.astimezone(zone).date(), zone)
    own = {code: minutes for code, minutes in by_criticality.items() if minutes != base_minutes}
    with timezone.override(zone):
        return [
            Promise(code, _due(deadline(calendar, received_at, minutes).due_at, received_at))
            for code, minutes in {"": base_minutes, **own}.items()
        ]


def sentence(due: str) -> str:
    """«Заявка, поданная в пт в 17:30, получит срок: пн, до 12:30»"""
    return _("A ticket filed on Fri at %(time)s gets the term: %(due)s") % {"time": f"{RECEIVED:%H:%M}", "due": due}


def _next_friday(calendar: WorkingTime, today: date, zone: ZoneInfo) -> datetime:
    """The first Friday after today that is worked, of the next eight; else the first of all."""
    first = today + timedelta(days=(_FRIDAY - today.weekday() - 1) % 7 + 1)
    fridays = [first + timedelta(weeks=number) for number in range(8)]
    worked = (day for day in fridays if calendar.hours_on(day))
    return datetime.combine(next(worked, first), RECEIVED, zone)


def _due(due_at: datetime, received_at: datetime) -> str:
    """«пн, до 12:30» within the week, with the date beyond."""
    local = timezone.localtime(due_at)
    if due_at - received_at < timedelta(days=6):
        told = {"weekday": weekday_words(local), "time": f"{local.hour}:{local.minute:02}"}
        return _("%(weekday)s, by %(time)s") % told
    return due_words(due_at, now=received_at)
