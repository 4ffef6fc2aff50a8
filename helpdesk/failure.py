"""What a page shows when it failed in a way that nobody foresaw, and how its line in the log is found."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponseServerError
from django.template.loader import render_to_string


def page(request: HttpRequest) -> HttpResponseServerError:
    """500 with a short code, which the log line of the failure bears too. It asks neither database nor reader."""
    code = secrets.token_hex(2).upper()
    request.failure_code = code  # type: ignore[attr-defined]
    told = {"code": code, "phone": settings.SUPPORT_PHONE}
    return HttpResponseServerError(render_to_string("500.html", told))
