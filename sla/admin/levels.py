"""The list of levels, and where the pages of one level stand."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext_lazy

from content.moments import full_date_words, working_words
from sla.admin import level_page
from sla.admin.version_words import newest_published
from sla.models import LevelVersion, SupportLevel


class SupportLevelPages(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "term", "calendar", "offered", "is_internal_default")
    ordering = ("name", "pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SupportLevel]:
        newest_first = LevelVersion.objects.select_related("calendar").prefetch_related("terms").order_by("-number")
        return super().get_queryset(request).prefetch_related(Prefetch("versions", newest_first))

    def get_urls(self) -> list[Any]:
        return [
            path("preview/", self._page(level_page.shown_terms), name="level_preview"),
            path("<int:pk>/", self._page(level_page.page), name="level_edit"),
            path("<int:pk>/offer/", self._page(level_page.offer), name="level_offer"),
            path("<int:pk>/discard/", self._page(level_page.discard), name="level_discard"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The stock form would edit the level under its versions: our page stands in its place."""
        level = self.get_object(request, object_id)
        if level is None or not self.has_change_permission(request, level):
            return super().change_view(request, object_id, form_url, extra_context)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return redirect("admin:level_edit", level.pk)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return level_page.new(request)

    def _page(self, view: Callable[..., HttpResponse]) -> Any:
        """The view for whoever may change levels."""

        @wraps(view)
        def enter(request: HttpRequest, **told: Any) -> HttpResponse:
            if not self.has_change_permission(request):
                raise PermissionDenied
            return view(request, **told)

        return self.admin_site.admin_view(enter)

    @admin.display(description=gettext_lazy("Reaction term"))
    def term(self, level: SupportLevel) -> str:
        current = newest_published(level)
        return working_words(current.base_minutes) if current else "—"

    @admin.display(description=gettext_lazy("Calendar"))
    def calendar(self, level: SupportLevel) -> str:
        current = newest_published(level)
        return current.calendar.name if current else "—"

    @admin.display(description=gettext_lazy("Offered until"))
    def offered(self, level: SupportLevel) -> str:
        return full_date_words(level.offered_until_date) if level.offered_until_date else "—"
