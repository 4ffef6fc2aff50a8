"""The page of components (ux.md 4.4), for whoever builds or tests a page. It reads no row of the database."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from helpdesk.ui_page import tokens
from helpdesk.ui_page.samples import components

# The icons that templates and verbs name, by the name that Lucide gives them.
ICONS = (
    "arrow-left", "building-2", "calendar-days", "check", "chevron-down", "chevron-left", "chevron-right",
    "circle-alert", "circle-check", "circle-minus", "circle-pause", "clock", "code-xml", "copy", "download",
    "file-text", "flame", "gauge", "globe", "hand", "headset", "history", "house", "inbox", "info", "key-round", "lock",
    "log-out", "mail", "menu",
    "message-square", "paperclip", "pencil", "phone", "plus", "printer", "refresh-cw", "rotate-ccw", "search", "send",
    "server", "sticky-note", "sun-moon", "ticket", "timer", "triangle-alert", "undo-2", "user", "x",
)  # fmt: skip
SIZES = ("2xl", "xl", "l", "m", "s", "xs")
SPACES = range(1, 8)


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Everything at once. The sample buttons post here, and nothing comes of it."""
    if request.method == "POST":
        return redirect("admin:ui")
    context = {
        **admin.site.each_context(request),
        "title": _("Components"),
        "components": [component.drawn(request) for component in components(timezone.now())],
        "swatches": tokens.swatches(),
        "pairs": list(tokens.pairs()),
        "icons": ICONS,
        "sizes": SIZES,
        "spaces": SPACES,
    }
    return TemplateResponse(request, "admin/ui.html", context)
