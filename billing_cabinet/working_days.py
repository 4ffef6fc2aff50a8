"""«Рабочие дни»: the year of the calendar that the organisation is served by, to be read and printed (ux.md 3.19)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from billing_cabinet.service import Service
from content.moments import NBSP, day_and_month, place_words
from sla.day_kinds import Kind, kind_of
from sla.hours_text import clock_words
from sla.models import CalendarDay, CalendarVersion
from sla.norms import YearTotals, totals
from sla.week_words import week_words
from sla.working_time import WorkingTime
from sla.year_grid import Month, year_grid
from tickets.shapes import TabLink

ONE_DAY = timedelta(days=1)


class YearNotShown(Exception):
    """That year is not one of those that the page shows. The text is safe to show."""


@dataclass(frozen=True)
class NamedDays:
    """Days that follow one another and bear one name."""

    words: str
    name: str


@dataclass(frozen=True)
class WorkingDays:
    """One year: how many days of which kind, the months, and what its special days are called.

    A year that nobody has filled is counted by the ordinary week, and the page says so.
    """

    year: int
    is_filled: bool
    totals: YearTotals
    months: list[Month]
    named: list[NamedDays]
    hours: str
    short_days: str
    zone: str


def years_shown(calendar: WorkingTime | None, today: date) -> list[int]:
    """This year and the next one, and the last one where the calendar still knows its days."""
    years = [today.year, today.year + 1]
    return [today.year - 1, *years] if calendar and today.year - 1 in calendar.known_years else years


def asked_year(told: QueryDict, shown: list[int], today: date) -> int:
    """The year from the query string; this one where none is told. Raises YearNotShown."""
    asked = told.get("year", "").strip()
    if not asked:
        return today.year
    if asked in map(str, shown):
        return int(asked)
    raise YearNotShown(
        _("There is no page for the year “%(asked)s”. Choose a year from %(first)d to %(last)d.")
        % {"asked": asked[:20], "first": shown[0], "last": shown[-1]}
    )


def year_tabs(shown: list[int], current: int | None) -> list[TabLink]:
    """A link to each year."""
    page = reverse("cabinet:working_days")
    return [TabLink(str(year), f"{page}?year={year}", year == current) for year in shown]


def working_days(service: Service, year: int, at: datetime) -> WorkingDays | None:
    """The year as the current version of the calendar has it; none for a desk without any calendar."""
    if service.term is None:
        return None
    calendar, names = service.term.working_time, _names(service.term.calendar, year)
    return WorkingDays(
        year=year,
        is_filled=year in calendar.known_years,
        totals=totals(calendar, year),
        months=year_grid(calendar, year, names=names, today=timezone.localdate(at)),
        named=_named(names),
        hours=week_words(calendar),
        short_days=short_days_words(calendar, year),
        zone=place_words(calendar.zone, at),
    )


def short_days_words(calendar: WorkingTime, year: int) -> str:
    """When work ends on the short days of the year: «Сокращённые дни: до 17:00»; empty where it has none."""
    days = {day: hours for day, hours in calendar.days.items() if day.year == year}
    ends = {hours[-1][1] for day, hours in days.items() if kind_of(calendar.week, day, hours) is Kind.SHORT}
    return _("Short days: until %(times)s") % {"times": ", ".join(map(clock_words, sorted(ends)))} if ends else ""


def _names(version: CalendarVersion, year: int) -> dict[date, str]:
    """What the days of the year are called, where they have a name."""
    days = CalendarDay.objects.filter(version=version, date__year=year).exclude(name="").order_by("date")
    return dict(days.values_list("date", "name"))


def _named(names: Mapping[date, str]) -> list[NamedDays]:
    """Neighbours of one name stand together: «с 1 по 6 января»."""
    spans: list[tuple[date, date, str]] = []
    for day, name in names.items():
        if spans and spans[-1][1] == day - ONE_DAY and spans[-1][2] == name:
            spans[-1] = (spans[-1][0], day, name)
        else:
            spans.append((day, day, name))
    return [NamedDays(_span_words(first, last), name) for first, last, name in spans]


def _span_words(first: date, last: date) -> str:
    """«4 ноября», «1–6 января», «30 декабря – 2 января»: the year stands over the list."""
    if first == last:
        return day_and_month(first)
    if first.month == last.month:
        return f"{first.day}–{day_and_month(last)}"
    return f"{day_and_month(first)}{NBSP}– {day_and_month(last)}"
