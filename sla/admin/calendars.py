"""The list of calendars, and where the pages of one calendar stand."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sla.admin import calendar_edits, calendar_filling, calendar_new, calendar_year
from sla.admin.missing_year import missing_year
from sla.admin.own_pages import OwnPages
from sla.admin.version_words import newest_published
from sla.calendars import edited_or_in_force, working_time
from sla.models import BusinessCalendar
from sla.week_words import week_words
from sla.working_time import years_known_by


class BusinessCalendarPages(OwnPages):
    list_display = ("name", "week", "state")
    ordering = ("name", "pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[BusinessCalendar]:
        versions = edited_or_in_force().prefetch_related("hours", "days").order_by("-number")
        return super().get_queryset(request).prefetch_related(Prefetch("versions", versions))

    def get_urls(self) -> list[Any]:
        return [
            path("<int:pk>/<int:year>/", self.own(calendar_year.page), name="calendar_year"),
            path("<int:pk>/<int:year>/fill/", self.own(calendar_filling.page), name="calendar_fill"),
            path("<int:pk>/<int:year>/<slug:verb>/", self.own(calendar_edits.edit), name="calendar_edit"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With the word that a year is missing."""
        told = {**(extra_context or {}), "missing": missing_year(timezone.now())}
        return super().changelist_view(request, told)

    def page_url(self, row: BusinessCalendar) -> str:
        return reverse("admin:calendar_year", args=[row.pk, timezone.localdate().year])

    def new_page(self, request: HttpRequest) -> HttpResponse:
        return calendar_new.page(request)

    @admin.display(description=gettext_lazy("Working hours"))
    def week(self, calendar: BusinessCalendar) -> str:
        current = newest_published(calendar)
        return week_words(working_time(current)) if current else "—"

    @admin.display(description=gettext_lazy("State"))
    def state(self, calendar: BusinessCalendar) -> str:
        """Whether somebody is editing it, and which years it knows."""
        versions = list(calendar.versions.all())
        draft = any(version.published_at is None for version in versions)
        years = sorted(years_known_by(day.date for day in versions[0].days.all())) if versions else []
        told = {"years": ", ".join(map(str, years)) or "—"}
        if draft:
            return _("draft; filled: %(years)s") % told
        return _("published; filled: %(years)s") % told
