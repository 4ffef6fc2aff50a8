"""The staff pages: Django's admin site with our name, open to whoever holds a role."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class DeskAdminSite(admin.AdminSite):
    site_title = site_header = _("ASS support desk")
    index_title = _("Settings")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and request.user.is_active and request.user.is_staff

    @method_decorator(secure_admin_login)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """One sign-in page for everybody, with its limits."""
        return super().login(request, extra_context)
