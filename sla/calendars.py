"""From the stored calendar to the arithmetic: rows in, WorkingTime out. And which calendars lack a year."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from functools import lru_cache

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from sla.models import BusinessCalendar, CalendarDay, CalendarVersion, LevelVersion
from sla.working_time import WorkingTime, first_telling_day

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


def missing_years(at: datetime) -> dict[int, list[BusinessCalendar]]:
    """The calendars in use, by name, whose current version does not know this year or, from 1 November on, the next.

    Keys are the years that somebody lacks, in order. A deadline within them is counted by the ordinary week. One query.
    Round the clock there is nothing to enter.
    """
    today = timezone.localdate(at)
    years = [today.year, today.year + 1] if today.month >= _NOVEMBER else [today.year]
    current = versions_in_force().filter(calendar=OuterRef("pk"), is_always_open=False)
    lacks = {f"lacks_{year}": Exists(current.exclude(_knows(year))) for year in years}
    found = list(calendars_in_use(today).annotate(**lacks))
    missing = {year: [one for one in found if getattr(one, f"lacks_{year}")] for year in years}
    return {year: calendars for year, calendars in missing.items() if calendars}


def edited_or_in_force() -> QuerySet[CalendarVersion]:
    """Of each calendar the draft and the version in force."""
    return CalendarVersion.objects.filter(Q(published_at=None) | Q(pk__in=versions_in_force()))


def versions_in_force() -> QuerySet[CalendarVersion]:
    """Of each calendar the version in force."""
    published = CalendarVersion.objects.filter(published_at__isnull=False)
    newer = published.filter(calendar=OuterRef("calendar"), number__gt=OuterRef("number"))
    return published.filter(~Exists(newer))


def _knows(year: int) -> Exists:
    """Whether a version knows the year, as `years_known_by` its days."""
    return Exists(
        CalendarDay.objects.filter(version=OuterRef("pk"), date__year=year, date__gte=first_telling_day(year))
    )
