"""How much anybody may send in one request, decided before a byte of it is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

STRANGER_MOST = 10**6  # bytes: the forms of somebody who has not signed in are a few words long
PERSON_MOST = 260 * 10**6 + settings.DATA_UPLOAD_MAX_MEMORY_SIZE  # ten files of 25 MB, what wraps them, and a form


class BodyLimitMiddleware:
    """Refuses a body that no form of ours can have: 413, or 411 where its length is not told (RFC 9110, 15.5).

    Stands above CsrfViewMiddleware, whose check is the first to read the body, files included, and below
    SessionMiddleware: only a body that is too large for a stranger costs a look at the session.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        told = request.META.get("CONTENT_LENGTH") or ""
        if not told.isdecimal():
            if request.method != "POST" and "HTTP_TRANSFER_ENCODING" not in request.META:
                return None
            words = _("The request does not tell its length. Send it with a Content-Length header.")
            return HttpResponse(words, status=411, content_type="text/plain; charset=utf-8")
        if int(told) <= STRANGER_MOST or (int(told) <= PERSON_MOST and _is_signed_in(request)):
            return None
        return render(request, "413.html", status=413)


def _is_signed_in(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES and SESSION_KEY in request.session
