"""Which roles open the stock pages of the apps that know no roles, on one screen."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from accounts.admin_permissions import RoleAccess
from accounts.roles import Act
from content.templatetags.ui import moment
from helpdesk.models import PeriodicJob
from helpdesk.schedule import SCHEDULE
from notifications.admin import OutgoingEmailPages
from notifications.models import OutgoingEmail
from sla.admin import BusinessCalendarPages, SupportLevelPages
from sla.models import BusinessCalendar, SupportLevel
from tickets.admin.calendars import urls as publishing_urls


@admin.register(SupportLevel)
class SupportLevelAdmin(RoleAccess, SupportLevelPages):
    view_act = add_act = change_act = Act.MANAGE_SERVICE


@admin.register(BusinessCalendar)
class BusinessCalendarAdmin(RoleAccess, BusinessCalendarPages):
    view_act = add_act = change_act = Act.MANAGE_SERVICE

    def get_urls(self) -> list[URLPattern]:
        """With the pages that publish a calendar, which are about requests."""
        return [*publishing_urls(), *super().get_urls()]


@admin.register(OutgoingEmail)
class OutgoingEmailAdmin(RoleAccess, OutgoingEmailPages):
    view_act = Act.SEE_TICKETS
    retry_act = Act.ADMINISTER

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return self._permits(request, self.retry_act)


@admin.register(PeriodicJob)
class PeriodicJobAdmin(RoleAccess, admin.ModelAdmin):  # type: ignore[type-arg]
    view_act = Act.ADMINISTER
    list_display = ("title", "next_run", "last_run", "last_error")
    ordering = ("name",)
    fields = list_display
    readonly_fields = list_display

    @admin.display(description=gettext_lazy("Name"), ordering="name")
    def title(self, job: PeriodicJob) -> str:
        """In words, and as logs and alarms name it; a job of another release by that alone."""
        known = SCHEDULE.get(job.name)
        return format_html("{}<br><small>{}</small>", known.title, job.name) if known else job.name

    @admin.display(description=gettext_lazy("Next run"))
    def next_run(self, job: PeriodicJob) -> str:
        return moment(job.next_run_at)

    @admin.display(description=gettext_lazy("Last run"))
    def last_run(self, job: PeriodicJob) -> str:
        return moment(job.last_run_at) or "—"
