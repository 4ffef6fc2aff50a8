"""From the stored calendar to the arithmetic: rows in, WorkingTime out. And which calendars lack their next year."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from functools import lru_cache

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from sla.models import BusinessCalendar, CalendarDay, CalendarVersion, LevelVersion
from sla.working_time import WorkingTime

_NOVEMBER = 11
"""By then the government has published its decree for the next year."""


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


def calendars_in_use(on: date) -> QuerySet[BusinessCalendar]:
    """Calendars by which deadlines of requests received on that day or later are counted, by name.

    Those of the version that each level has then, and of versions that follow it.
    """
    published = LevelVersion.objects.filter(published_at__isnull=False)
    replaced_by = published.filter(
        Q(valid_from_date=None) | Q(valid_from_date__lte=on), level=OuterRef("level"), number__gt=OuterRef("number")
    )
    in_use = published.filter(~Exists(replaced_by)).values("calendar")
    return BusinessCalendar.objects.filter(pk__in=in_use).order_by("name")


def missing_next_year(at: datetime) -> list[BusinessCalendar]:
    """From 1 November on: calendars in use, by name, whose current version has no day of the next year.

    A deadline that reaches into it would be counted by the ordinary week. One query; none before November. Round the
    clock there is nothing to enter.
    """
    today = timezone.localdate(at)
    if today.month < _NOVEMBER:
        return []
    published = CalendarVersion.objects.filter(published_at__isnull=False, calendar=OuterRef("pk"))
    newer = CalendarVersion.objects.filter(
        published_at__isnull=False, calendar=OuterRef("calendar"), number__gt=OuterRef("number")
    )
    next_year = CalendarDay.objects.filter(version=OuterRef("pk"), date__year=today.year + 1)
    lacking = published.filter(~Exists(newer), ~Exists(next_year), is_always_open=False)
    return list(calendars_in_use(today).filter(Exists(lacking)))
