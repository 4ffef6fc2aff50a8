"""The list of levels, and where the pages of one level stand."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from content.moments import full_date_words, working_words
from sla.admin import level_page
from sla.admin.own_pages import OwnPages
from sla.models import LevelVersion, SupportLevel, in_force


class SupportLevelPages(OwnPages):
    list_display = ("name", "term", "calendar", "offered", "internal")
    ordering = ("name", "pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SupportLevel]:
        newest_first = LevelVersion.objects.select_related("calendar").prefetch_related("terms").order_by("-number")
        return super().get_queryset(request).prefetch_related(Prefetch("versions", newest_first))

    def get_urls(self) -> list[Any]:
        return [
            path("preview/", self.own(level_page.shown_terms), name="level_preview"),
            path("<int:pk>/", self.own(level_page.page), name="level_edit"),
            path("<int:pk>/about/", self.own(level_page.about), name="level_about"),
            path("<int:pk>/internal/", self.own(level_page.internal), name="level_internal"),
            path("<int:pk>/discard/", self.own(level_page.discard), name="level_discard"),
            *super().get_urls(),
        ]

    def page_url(self, row: SupportLevel) -> str:
        return reverse("admin:level_edit", args=[row.pk])

    def new_page(self, request: HttpRequest) -> HttpResponse:
        return level_page.new(request)

    @admin.display(description=gettext_lazy("Reaction term"))
    def term(self, level: SupportLevel) -> str:
        current = in_force(level.versions.all(), timezone.now())
        return working_words(current.base_minutes) if current else "—"

    @admin.display(description=gettext_lazy("Calendar"))
    def calendar(self, level: SupportLevel) -> str:
        current = in_force(level.versions.all(), timezone.now())
        return current.calendar.name if current else "—"

    @admin.display(description=gettext_lazy("Internal term without a contract"))
    def internal(self, level: SupportLevel) -> str:
        return _("yes") if level.is_internal_default else "—"

    @admin.display(description=gettext_lazy("Offered until"))
    def offered(self, level: SupportLevel) -> str:
        return full_date_words(level.offered_until_date) if level.offered_until_date else "—"
