"""What every page shows around its content: the desk's name, contacts and hours, the reader's organisation."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject, cached_property
from django.utils.translation import gettext as _

from billing_cabinet.access import memberships_of
from content.moments import start_words, zone_words
from sla.working_time import NoWorkingTime, WorkingTime
from tickets import clock


@dataclass(frozen=True)
class Desk:
    """The desk as the frame of a page names it. Words are made when a template asks for them."""

    name: str
    support_phone: str
    support_email: str

    @cached_property
    def zone_line(self) -> str:
        """«Время — Оренбург (UTC+5)»"""
        return zone_words(timezone.now())

    @cached_property
    def hours_line(self) -> str:
        """Until when support works today, or when it opens next."""
        calendar = _desk_hours(int(time.time()) // 60)
        return hours_words(calendar, timezone.now()) if calendar else ""


def hours_words(calendar: WorkingTime, now: datetime) -> str:
    """The sentence of the footer about working hours at that moment."""
    try:
        if calendar.is_open(now):
            midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
            closes = timezone.localtime(calendar.windows(now, midnight)[-1].closes_at)
            return _("Open today until %(time)s.") % {"time": f"{closes.hour}:{closes.minute:02}"}
        opens = calendar.next_opening(now)
    except NoWorkingTime:
        return ""
    return _(
        "It is outside working hours now. Tickets are accepted round the clock, "
        "the reaction clock will start: %(moment)s."
    ) % {"moment": start_words(opens, now=now)}


@lru_cache(maxsize=2)
def _desk_hours(minute: int) -> WorkingTime | None:
    """The calendar behind the internal term, read once a minute in a process: a new version shows within that."""
    try:
        return clock.desk_hours(timezone.now())
    except DatabaseError:
        return None


def desk(request: HttpRequest) -> dict[str, Any]:
    """Context of every template."""
    return {
        "desk": Desk(str(_("AvtoSvyazServis support")), settings.SUPPORT_PHONE, settings.SUPPORT_EMAIL),
        "memberships": SimpleLazyObject(lambda: memberships_of(request)),
        "membership": getattr(request, "membership", None),
    }
