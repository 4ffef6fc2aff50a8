"""What the pages of calendars and of levels have in common: ours stand in place of the stock forms."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect


class OwnPages(admin.ModelAdmin):  # type: ignore[type-arg]
    """A model that is edited in drafts: the stock forms would edit the row under its versions."""

    def page_url(self, row: Any) -> str:
        """The address of our page about this row."""
        raise NotImplementedError

    def new_page(self, request: HttpRequest) -> HttpResponse:
        """Our page that adds a row; whoever gets here may."""
        raise NotImplementedError

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Whoever may only look gets the stock page, which changes nothing; the others are sent to ours."""
        row = self.get_object(request, object_id)
        if row is None or not self.has_change_permission(request, row):
            return super().change_view(request, object_id, form_url, extra_context)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return redirect(self.page_url(row))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self.new_page(request)

    def own(self, view: Callable[..., HttpResponse]) -> Any:
        """The view, for whoever may change these rows."""

        @wraps(view)
        def enter(request: HttpRequest, **told: Any) -> HttpResponse:
            if not self.has_change_permission(request):
                raise PermissionDenied
            return view(request, **told)

        return self.admin_site.admin_view(enter)
