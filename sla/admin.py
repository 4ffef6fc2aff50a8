"""Levels and calendars as their versions state them, to read: published versions never change.

Closed to everybody as it stands: which roles open these pages is said where they are registered.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from content.moments import working_words
from sla.calendars import working_time
from sla.models import BusinessCalendar, CalendarDay, CalendarVersion, LevelVersion, SupportLevel
from sla.week_words import week_words


class SupportLevelPages(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "term", "calendar", "is_internal_default")
    ordering = ("name", "pk")
    fields = ("name", "is_internal_default", "versions_in_words")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[SupportLevel]:
        newest_first = LevelVersion.objects.select_related("calendar").prefetch_related("terms").order_by("-number")
        return super().get_queryset(request).prefetch_related(Prefetch("versions", newest_first))

    @admin.display(description=gettext_lazy("Reaction term"))
    def term(self, level: SupportLevel) -> str:
        current = _current(level)
        return working_words(current.base_minutes) if current else "—"

    @admin.display(description=gettext_lazy("Calendar"))
    def calendar(self, level: SupportLevel) -> str:
        current = _current(level)
        return current.calendar.name if current else "—"

    @admin.display(description=gettext_lazy("Versions"))
    def versions_in_words(self, level: SupportLevel) -> str:
        """Each version with its term, the terms of single criticalities, and its calendar."""
        return _lines(
            _("%(n)d (%(state)s): %(terms)s; calendar “%(calendar)s”")
            % {
                "n": version.number,
                "state": _state(version),
                "terms": _terms(version),
                "calendar": version.calendar.name,
            }
            for version in level.versions.all()
        )


class BusinessCalendarPages(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "week")
    ordering = ("name", "pk")
    fields = ("name", "versions_in_words", "dated_days")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[BusinessCalendar]:
        days = CalendarDay.objects.prefetch_related("hours").order_by("date")
        versions = CalendarVersion.objects.prefetch_related("hours", Prefetch("days", days)).order_by("-number")
        return super().get_queryset(request).prefetch_related(Prefetch("versions", versions))

    @admin.display(description=gettext_lazy("Working hours"))
    def week(self, calendar: BusinessCalendar) -> str:
        current = _current(calendar)
        return week_words(working_time(current)) if current else "—"

    @admin.display(description=gettext_lazy("Versions"))
    def versions_in_words(self, calendar: BusinessCalendar) -> str:
        return _lines(
            _("%(n)d (%(state)s): %(week)s; %(zone)s")
            % {
                "n": version.number,
                "state": _state(version),
                "week": week_words(working_time(version)),
                "zone": version.zone,
            }
            for version in calendar.versions.all()
        )

    @admin.display(description=gettext_lazy("Days off, short days and working weekends"))
    def dated_days(self, calendar: BusinessCalendar) -> str:
        current = _current(calendar)
        return _lines(_day_words(day) for day in current.days.all()) if current else "—"


def _current(parent: Any) -> Any:
    """The newest published version, among those that were loaded newest first."""
    return next((version for version in parent.versions.all() if version.published_at), None)


def _state(version: LevelVersion | CalendarVersion) -> str:
    if version.published_at is None:
        return _("draft")
    return _("in force since %(date)s") % {"date": date_format(timezone.localdate(version.published_at), "DATE_FORMAT")}


def _terms(version: LevelVersion) -> str:
    own = [f"{_criticality(term.criticality)}: {working_words(term.minutes)}" for term in version.terms.all()]
    return "; ".join([working_words(version.base_minutes), *own])


def _criticality(code: str) -> str:
    """This app knows requests' criticalities by their codes only."""
    names = {"critical": _("critical"), "high": _("high"), "medium": _("medium"), "low": _("low")}
    return names.get(code, code)


def _day_words(day: CalendarDay) -> str:
    hours = ", ".join(str(window) for window in day.hours.all()) or _("day off")
    name = f" ({day.name})" if day.name else ""
    return f"{date_format(day.date, 'DATE_FORMAT')}: {hours}{name}"


def _lines(texts: Any) -> SafeString | str:
    return format_html_join(mark_safe("<br>"), "{}", ((text,) for text in texts)) or "—"
