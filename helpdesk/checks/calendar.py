"""Calendars by which deadlines are counted: whether they know this year and the next, and whether they work at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import Error, connection
from django.utils import timezone

from sla.calendars import calendars_in_use, missing_years, working_time
from sla.models import BusinessCalendar, CalendarVersion
from sla.wall_clock import CalendarNotValid
from sla.working_time import NoWorkingTime


@register(Tags.database, deploy=True)
def calendars(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    if "default" not in (databases or ()):
        return []
    try:
        at = timezone.now()
        return [*unknown_years(at), *working(at)]
    except Error:  # no server or no tables: said by database.py and record.py
        connection.close_if_unusable_or_obsolete()
        return []


def unknown_years(at: datetime) -> list[CheckMessage]:
    this_year = timezone.localdate(at).year
    return [
        Warning(
            f"The calendar “{calendar}” has no days of {year} after January: "
            f"{'terms' if year == this_year else 'terms that reach into it'} are counted by the ordinary week, "
            "holidays included.",
            hint=f"In the staff pages: fill {year} by the official days or from a file, and publish.",
            id="helpdesk.W090",
        )
        for year, calendars in missing_years(at).items()
        for calendar in calendars
    ]


def working(at: datetime) -> list[CheckMessage]:
    return [
        Warning(
            f"The calendar “{calendar}” has no working time within ten years: nothing that it promises has a term.",
            hint="In the staff pages: give it weekly hours and publish it, or give its level another calendar.",
            id="helpdesk.W091",
        )
        for calendar in calendars_in_use(timezone.localdate(at))
        if not _works(calendar, at)
    ]


def _works(calendar: BusinessCalendar, at: datetime) -> bool:
    try:
        working_time(calendar.current()).next_opening(at)
    except (CalendarVersion.DoesNotExist, CalendarNotValid, NoWorkingTime):
        return False
    return True
