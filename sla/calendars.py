"""From the stored calendar to the arithmetic: rows in, WorkingTime out."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from functools import lru_cache

from sla.models import CalendarVersion
from sla.working_time import WorkingTime


def working_time(version: CalendarVersion) -> WorkingTime:
    """The working time that a calendar version describes. Raises CalendarNotValid for impossible windows."""
    if version.is_always_open:
        return WorkingTime(version.zone, always_open=True)
    week: dict[int, list[tuple[int, int]]] = defaultdict(list)
    dates = {day.pk: day.date for day in version.days.all()}
    days: dict[date, list[tuple[int, int]]] = {each: [] for each in dates.values()}
    for hours in version.hours.all():  # as it was loaded: a list of calendars brings the hours of all of them
        window = (hours.opens_minute, hours.closes_minute)
        if hours.day_id is None:
            week[hours.weekday or 0].append(window)
        else:
            days[dates[hours.day_id]].append(window)
    return WorkingTime(version.zone, week=week, days=days)


@lru_cache(maxsize=64)
def working_time_of(version_id: int) -> WorkingTime:
    """The working time of a published version. Published versions never change, so a process builds each once."""
    return working_time(CalendarVersion.objects.get(pk=version_id))
