"""«Новый календарь»: a name and the ordinary week; its days follow on the page of the year, in the draft."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from sla import editing
from sla.admin.calendar_forms import USUAL_WEEK, ZONES, NewCalendarForm


def page(request: HttpRequest) -> HttpResponse:
    """The empty form; posted, a calendar whose first version is a draft."""
    monday_to_friday = {f"day_{number}": USUAL_WEEK for number in range(5)}
    form = NewCalendarForm(request.POST or None, initial={"zone": ZONES[3], **monday_to_friday})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            calendar = editing.create_calendar(
                told["name"], zone=told["zone"], week=form.week, is_always_open=told["is_always_open"]
            )
        except editing.EditRefused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("The calendar is made as a draft. Fill its days and publish it."))
            return redirect("admin:calendar_year", calendar.pk, timezone.localdate().year)
    context = {
        **admin.site.each_context(request),
        "title": _("New calendar"),
        "form": form,
        "zones": ZONES,
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "admin/sla/calendar_new.html", context, status=status)
