"""One year of a calendar (ux.md 3.19): the grid, the draft, and the forms that edit it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from content.moments import NBSP, place_words
from sla import production_calendar
from sla.admin.calendar_forms import ZONES, DayForm, PeriodForm, WeekForm, YearFileForm, day_as_typed, week_as_typed
from sla.admin.missing_year import missing_year
from sla.admin.version_words import PlannedWords, calendar_line, dated_words, planned_words
from sla.calendars import edited_or_in_force, working_time
from sla.editing import CalendarChanged, DraftGone, EditRefused, fingerprint, plan_of, week_of
from sla.models import BusinessCalendar, CalendarVersion, WorkingHours
from sla.norms import official_norm, totals
from sla.wall_clock import Hours
from sla.week_words import week_words
from sla.working_time import FIRST_YEAR, LAST_YEAR, WorkingTime
from sla.year_files import YearFileRefused
from sla.year_grid import Month, year_grid
from sla.year_plan import PlannedDay, differences, official_plan

VERSIONS_SHOWN = 10


@dataclass
class Bound:
    """What a refused POST leaves for the page: the forms as they were filled, by verb, or a sentence without a form.

    `seen`: the fingerprint of what the person saw when he filled them; None lets them be about what he sees now.
    """

    forms: dict[str, BaseForm] = field(default_factory=dict)
    day: date | None = None
    refusal: str = ""
    seen: str | None = None
    status: int = 200


@dataclass(frozen=True)
class YearLink:
    """A year of the switch."""

    label: str
    url: str
    current: bool
    count: None = None


@dataclass(frozen=True)
class DayLine:
    """A dated day in words."""

    day: str
    planned: PlannedWords


@dataclass(frozen=True)
class Shown:
    """A calendar with the version that its pages show: the draft, else the newest published one."""

    calendar: BusinessCalendar
    version: CalendarVersion
    draft: CalendarVersion | None
    published: CalendarVersion | None
    working_time: WorkingTime
    plan: Mapping[date, PlannedDay]

    @property
    def week(self) -> Mapping[int, Hours]:
        return self.working_time.week

    def url(self, year: int) -> str:
        return reverse("admin:calendar_year", args=[self.calendar.pk, year])

    def edit_url(self, year: int, verb: str) -> str:
        return reverse("admin:calendar_edit", args=[self.calendar.pk, year, verb])


def shown_or_404(pk: int, year: int) -> Shown:
    """The calendar with its versions, in a few queries however many days there are."""
    if not FIRST_YEAR < year < LAST_YEAR:
        raise Http404
    versions = edited_or_in_force().prefetch_related("hours", "days").order_by("-number")
    calendar = get_object_or_404(BusinessCalendar.objects.prefetch_related(Prefetch("versions", versions)), pk=pk)
    found = list(calendar.versions.all())
    draft = next((version for version in found if version.published_at is None), None)
    published = next((version for version in found if version.published_at), None)
    version = draft or published
    if version is None:
        raise Http404
    plan = {} if version.is_always_open else plan_of(version)
    return Shown(calendar, version, draft, published, working_time(version), plan)


@require_safe
def page(request: HttpRequest, pk: int, year: int) -> HttpResponse:
    """The year; `?day=2026-05-08` opens the form of that day."""
    shown, at = shown_or_404(pk, year), timezone.now()
    told, bound = request.GET.get("day"), Bound()
    if told and not shown.version.is_always_open:
        try:
            bound.day = date.fromisoformat(told)
        except ValueError:
            raise Http404 from None
        if bound.day.year != year:
            raise Http404
    return show(request, shown, year, at, bound)


def show(request: HttpRequest, shown: Shown, year: int, at: datetime, bound: Bound) -> HttpResponse:
    """The page, with the forms that a refused POST left."""
    today = timezone.localdate(at)
    official = official_or_none(year, shown)
    counted = totals(shown.working_time, year)
    norm = official_norm(year) if year in production_calendar.known_years() else None
    days = {day: planned for day, planned in shown.plan.items() if day.year == year}
    context = {
        **admin.site.each_context(request),
        "title": _("%(calendar)s: %(year)s") % {"calendar": shown.calendar.name, "year": year},
        "calendar": shown.calendar,
        "version": shown.version,
        "year": year,
        "seen": (seen := fingerprint(shown.version)),
        "week_seen": seen if bound.seen is None else bound.seen,
        "refusal": bound.refusal,
        "years": _years(shown, year, today),
        "months": _months(shown, year, today, official),
        "totals": counted,
        "hours": hours_of(counted.working_minutes),
        "norm": norm,
        "norm_hours": hours_of(norm.working_minutes) if norm else "",
        "hours_line": f"{week_words(shown.working_time)}; {place_words(shown.version.zone, at)}",
        "draft_words": draft_words(shown),
        "is_new": shown.published is None,
        "publish_url": calendar_publish_url(shown.calendar) if shown.draft else "",
        "missing": missing_year(at, only=shown.calendar),
        "day_url": "" if shown.version.is_always_open else f"{shown.url(year)}?day=",
        "edit_url": shown.edit_url(year, "day").removesuffix("day/"),
        "fill_url": reverse("admin:calendar_fill", args=[shown.calendar.pk, year]),
        "year_url": shown.url(year),
        "can_fill": official is not None,
        "lines": [DayLine(dated_words(day), planned_words(shown.week, day, planned)) for day, planned in days.items()],
        "versions": _version_lines(shown.calendar, at),
        "versions_shown": VERSIONS_SHOWN,
        "zones": ZONES,
        **_forms(shown, bound, days),
    }
    return TemplateResponse(request, "admin/sla/calendar_year.html", context, status=bound.status)


def refuse(request: HttpRequest, pk: int, year: int, refusal: EditRefused | YearFileRefused) -> HttpResponse:
    """The year as it is now, and why nothing was done."""
    told = Bound(refusal=" ".join(map(str, refusal.args)), status=status_of(refusal))
    return show(request, shown_or_404(pk, year), year, timezone.now(), told)


def status_of(refusal: Exception) -> int:
    """409 for what happened meanwhile, 422 for what cannot be."""
    return 409 if isinstance(refusal, DraftGone | CalendarChanged) else 422


def calendar_publish_url(calendar: BusinessCalendar) -> str:
    """Where the draft is published: on a page of tickets, because requests move."""
    return reverse("admin:calendar_publish", args=[calendar.pk])


def official_or_none(year: int, shown: Shown) -> dict[date, PlannedDay] | None:
    """The official plan for the week of the calendar; None where the year is not known, or every minute is worked."""
    if shown.version.is_always_open or year not in production_calendar.known_years():
        return None
    return official_plan(year, shown.week)


def draft_words(shown: Shown) -> str:
    """How much the draft changes; empty without one."""
    if shown.draft is None:
        return ""
    if shown.published is None:
        return _("Draft: the calendar has not been published yet, nothing is counted by it.")
    days = len(differences(plan_of(shown.published), plan_of(shown.draft)))
    is_other_week = _week_facts(shown.draft) != _week_facts(shown.published)
    if not days:
        return _("Draft: the ordinary week is changed.") if is_other_week else _("Draft: nothing is changed yet.")
    words = ngettext("Draft: %(n)d day changed", "Draft: %(n)d days changed", days) % {"n": days}
    return _("%(days)s, the ordinary week too.") % {"days": words} if is_other_week else f"{words}."


def hours_of(minutes: int) -> str:
    """«1 972», or «1 972:30»."""
    hours, rest = divmod(minutes, 60)
    whole = f"{hours:,}".replace(",", NBSP)
    return whole if not rest else f"{whole}:{rest:02}"


def _week_facts(version: CalendarVersion) -> tuple[object, ...]:
    return version.zone, version.is_always_open, week_of(version)


def _years(shown: Shown, year: int, today: date) -> list[YearLink]:
    """The years of which the calendar has days, this one and the next, and the one that is shown."""
    years = {day.year for day in shown.plan} | {today.year, today.year + 1, year}
    return [YearLink(str(each), shown.url(each), each == year) for each in sorted(years)]


def _version_lines(calendar: BusinessCalendar, at: datetime) -> list[str]:
    """The newest ones, with their week: days of versions that are over are not loaded."""
    weekly = Prefetch("hours", WorkingHours.objects.filter(day=None))
    versions = CalendarVersion.objects.filter(calendar=calendar).prefetch_related(weekly).order_by("-number")
    return [calendar_line(version, at) for version in versions[:VERSIONS_SHOWN]]


def _months(shown: Shown, year: int, today: date, official: Mapping[date, PlannedDay] | None) -> list[Month]:
    names = {day: planned.name for day, planned in shown.plan.items() if planned.name}
    return year_grid(shown.working_time, year, names=names, today=today, official=official)


def _forms(shown: Shown, bound: Bound, days: Mapping[date, PlannedDay]) -> dict[str, Any]:
    """The form of every verb: as it was refused, else as it stands."""
    week = week_of(shown.version)
    told = week_as_typed(week, zone=shown.version.zone, is_always_open=shown.version.is_always_open)
    forms: dict[str, Any] = {
        "period_form": bound.forms.get("period") or PeriodForm(),
        "week_form": bound.forms.get("week") or WeekForm(initial=told),
        "file_form": bound.forms.get("file") or YearFileForm(),
        "refused": next(iter(bound.forms.values()), None),
        "picked": bound.day,
    }
    if bound.day:
        planned = days.get(bound.day) or PlannedDay(shown.week.get(bound.day.weekday(), ()))
        typed = day_as_typed(shown.week, bound.day, planned.windows, planned.name)
        forms["day_form"] = bound.forms.get("day") or DayForm(shown.week, bound.day, initial=typed)
        forms["day_title"] = dated_words(bound.day)
    return forms
