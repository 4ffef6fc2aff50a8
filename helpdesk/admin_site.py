"""The staff pages: Django's admin site with our name, open to whoever holds a role."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext_lazy

from accounts.admin_permissions import RoleAccess
from accounts.models import User
from accounts.roles import Act, may

# Sentences of Django that its Russian does not decline, leaves in English, misspells or says stiffly; ours stand in
# the catalogue.
WORDED_OTHERWISE = (
    gettext_noop("Add another %(verbose_name)s"),
    gettext_noop(
        "Whether the user will be able to authenticate using a password or not. If disabled, they may still be able "
        "to authenticate using other backends, such as Single Sign-On or LDAP."
    ),
    gettext_noop("Add %(name)s"),
    gettext_noop("Enter a new password for the user <strong>%(username)s</strong>."),
    gettext_noop("None available"),
    ngettext_lazy("Please correct the error below.", "Please correct the errors below."),
)


class DeskAdminSite(admin.AdminSite):
    site_title = site_header = gettext_lazy("AvtoSvyazServis support")
    index_title = gettext_lazy("Settings")
    enable_nav_sidebar = False
    empty_value_display = "—"

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: type[admin.ModelAdmin[Any]] | None = None,
        **options: Any,
    ) -> None:
        """Only pages that ask the roles table. What packages register for themselves would be open to all staff."""
        if admin_class is not None and issubclass(admin_class, RoleAccess):
            super().register(model_or_iterable, admin_class, **options)

    def get_urls(self) -> list[Any]:
        """Less the way from any row of any table to its public page: no row of ours has one, and it asks no role.

        And the pages that are no row's: the reaction report, and the components, which all staff may see: they hold
        samples only.
        """
        from helpdesk.ui_page.views import page as components_page  # they need the pages that register here
        from tickets.admin import report_files, reports

        stock = [address for address in super().get_urls() if getattr(address, "name", None) != "view_on_site"]
        own = {
            "ui": ("ui/", components_page),
            "reaction_report": ("reports/reaction/", reports.page),
            "reaction_report_csv": ("reports/reaction/csv/", report_files.csv),
            "reaction_report_xlsx": ("reports/reaction/xlsx/", report_files.xlsx),
        }
        return [*(path(address, self.admin_view(page), name=name) for name, (address, page) in own.items()), *stock]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """And whether the header leads to the reports."""
        person = request.user
        sees_reports = isinstance(person, User) and may(person, Act.MANAGE_SERVICE)
        return {**super().each_context(request), "sees_reports": sees_reports}

    def has_permission(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and request.user.is_active and request.user.is_staff

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """Whoever is signed in without a role is told so at once, instead of being sent to sign in again."""
        stock = super().admin_view(view, cacheable)

        @wraps(stock)
        def enter(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied(_("This page is for support staff. Your tickets are in the personal cabinet."))
            return stock(request, *args, **kwargs)

        return enter

    @method_decorator([login_not_required, secure_admin_login])
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """One sign-in page for everybody, with its limits."""
        return super().login(request, extra_context)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """One page to change a password for everybody: it ends other sessions and sends the letter."""
        return redirect("account_change_password")
