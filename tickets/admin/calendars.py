"""Publishing a calendar: what it changes and which requests it moves, the reason, and how far the counting has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import Act
from content.moments import due_words, minutes_words
from sla.editing import fingerprint
from sla.models import BusinessCalendar, CalendarVersion
from tickets import publishing
from tickets.admin.calendar_changes import changes
from tickets.admin.desk import page_of, staff
from tickets.models import Recalculation
from tickets.publishing import (
    AlreadyPublished,
    DraftChanged,
    DraftGone,
    Moving,
    Preview,
    PublishRefused,
    ReasonMissing,
)

LOOK_AGAIN = 3  # seconds until the progress page asks for itself
MEANWHILE = (AlreadyPublished, DraftChanged, DraftGone)


@dataclass(frozen=True, slots=True)
class MovingRow:
    """One request that would move, in words."""

    number: int
    url: str
    subject: str
    customer: str | None
    before: str
    after: str
    by: str
    is_later: bool


class PublishForm(forms.Form):
    """The reason, and what the person was shown: which draft, and how it stood."""

    reason = forms.CharField(
        label=gettext_lazy("Reason of the change"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": gettext_lazy("Write the reason in up to 300 characters")},
    )
    draft = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**63 - 1)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""

    def show(self, draft: CalendarVersion, *, needs_reason: bool) -> None:
        """Let the form be about the draft as it stands now; what was typed stays."""
        now = {"draft": str(draft.pk), "seen": fingerprint(draft)}
        if self.is_bound:
            self.data = {"reason": self.data.get("reason", ""), **now}
        else:
            self.initial = now
        field = self.fields["reason"]
        field.show_optional = not needs_reason  # type: ignore[attr-defined]
        if needs_reason:
            field.help_text = _("The letter to customers whose term moves later names it. Up to 300 characters.")


def urls() -> list[URLPattern]:
    """The pages at the addresses of the calendars; whoever registers the calendars adds them."""
    enter = admin.site.admin_view
    return [
        path("<int:pk>/publish/", enter(publish), name="calendar_publish"),
        path("recalculations/<int:pk>/", enter(progress), name="calendar_progress"),
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows what publishing would do; POST does it. 422 for what is missing, 409 for what happened meanwhile."""
    user, at = staff(request, Act.MANAGE_SERVICE), timezone.now()
    calendar = BusinessCalendar.objects.filter(pk=pk).first()
    if calendar is None:
        raise Http404
    if request.method != "POST":
        return _show(request, calendar, at, PublishForm())
    form = PublishForm(request.POST)
    if not form.is_valid():
        return _show(request, calendar, at, form, status=422)
    told = form.cleaned_data
    try:
        draft = calendar.versions.filter(pk=told["draft"]).first()
        if draft is None:
            raise DraftGone
        recalculation = publishing.publish(draft, reason=told["reason"], by=user, at=at, seen=told["seen"])
    except PublishRefused as refusal:
        form.add_error("reason" if isinstance(refusal, ReasonMissing) else None, str(refusal))
        return _show(request, calendar, at, form, status=409 if isinstance(refusal, MEANWHILE) else 422)
    return redirect("admin:calendar_progress", recalculation.pk)


@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the requests are counted anew. Asks for itself again, without a script, until it is finished."""
    staff(request, Act.MANAGE_SERVICE)
    rows = Recalculation.objects.select_related("calendar_version__calendar", "by")
    recalculation = rows.filter(pk=pk).first()
    if recalculation is None:
        raise Http404
    calendar = recalculation.calendar_version.calendar
    context = {
        **admin.site.each_context(request),
        "title": _("Calendar “%(name)s” is published") % {"name": calendar.name},
        "recalculation": recalculation,
        "back_url": _calendar_url(calendar),
        "most": max(recalculation.total, recalculation.done),
        "counted_words": _counted_words(recalculation),
        "moved_words": _moved_words(recalculation),
    }
    response = TemplateResponse(request, "admin/tickets/calendar_progress.html", context)
    if recalculation.finished_at is None:
        response["Refresh"] = str(LOOK_AGAIN)
    return response


def _show(
    request: HttpRequest, calendar: BusinessCalendar, at: datetime, form: PublishForm, *, status: int = 200
) -> HttpResponse:
    """The page as things stand now, with the form of a refused POST if there was one."""
    versions = calendar.versions.prefetch_related("hours", "days").order_by("-number")
    draft = versions.filter(published_at=None).first()
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Publish the calendar “%(name)s”") % {"name": calendar.name},
        "back_url": _calendar_url(calendar),
        "form": form,
        "draft": draft,
        "last": Recalculation.objects.filter(calendar_version__calendar=calendar).order_by("-pk").first(),
    }
    if draft is not None:
        try:
            preview = publishing.preview(draft, at=at)
        except PublishRefused as refusal:
            context["refusal"] = str(refusal)
        else:
            form.show(draft, needs_reason=preview.promised_later > 0)
            context |= _told(preview, at)
            context["changes"] = changes(versions.filter(published_at__isnull=False).first(), draft)
    return TemplateResponse(request, "admin/tickets/calendar_publish.html", context, status=status)


def _told(preview: Preview, at: datetime) -> dict[str, Any]:
    """What would move, in words."""
    moving = preview.moving
    if not preview.open_count:
        headline = _("No ticket is open by this calendar: no deadline changes.")
    elif not moving:
        headline = _("No deadline of an open ticket will change.")
    else:
        headline = ngettext(
            "Deadlines of %(n)d open ticket will change", "Deadlines of %(n)d open tickets will change", moving
        ) % {"n": moving}
    return {
        "preview": preview,
        "headline": headline,
        "unmoved": preview.open_count - moving,
        "rows": [_row(one, at) for one in preview.most],
    }


def _row(moving: Moving, at: datetime) -> MovingRow:
    is_later, time = moving.after > moving.before, {"time": minutes_words(moving.by_minutes)}
    ticket = moving.ticket
    return MovingRow(
        number=ticket.number,
        url=page_of(ticket),
        subject=ticket.subject,
        customer=ticket.customer.name if ticket.customer else None,
        before=due_words(moving.before, now=at),
        after=due_words(moving.after, now=at),
        by=(_("%(time)s later") if is_later else _("%(time)s earlier")) % time,
        is_later=is_later,
    )


def _counted_words(recalculation: Recalculation) -> str:
    told = {"n": recalculation.done, "total": max(recalculation.total, recalculation.done)}
    return _("Counted anew: %(n)d of %(total)d") % told


def _moved_words(recalculation: Recalculation) -> str:
    moved = recalculation.moved
    if recalculation.finished_at and not moved:
        return _("No deadline has changed")
    words = ngettext("The deadline of %(n)d ticket has changed", "The deadlines of %(n)d tickets have changed", moved)
    return words % {"n": moved}


def _calendar_url(calendar: BusinessCalendar) -> str:
    return reverse("admin:sla_businesscalendar_change", args=[calendar.pk])
