from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where a person belongs after sign-in: staff in the queue, customers in the cabinet."""
    if isinstance(request.user, User) and request.user.is_staff:
        return redirect("admin:tickets_ticket_changelist")
    return redirect("cabinet:dashboard")


@require_POST
@login_not_required
def language(request: HttpRequest) -> HttpResponse:
    """Switch the language of the pages, and of the letters for a person who is signed in."""
    following = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(
        following, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        following = "/"
    response = HttpResponseRedirect(following)
    code = request.POST.get("lang")
    if code in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            code,
            max_age=365 * 24 * 3600,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        if isinstance(request.user, User) and request.user.language != code:
            request.user.language = code
            request.user.save(update_fields=["language"])
    return response
