"""What the pages of a calendar post: bind the form, call one verb on the draft, return. A refusal keeps the typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sla import editing
from sla.admin.calendar_forms import DayForm, PeriodForm, WeekForm
from sla.admin.calendar_year import Bound, Shown, refuse, show, shown_or_404, status_of
from sla.admin.version_words import dated_words
from sla.day_kinds import kind_of, ordinary_or
from sla.models import CalendarVersion


@dataclass(frozen=True)
class Edit:
    """One verb: the form that it reads, what it does to the draft, and the words when it is done."""

    form: Callable[[Shown, QueryDict], Any]
    run: Callable[[CalendarVersion, Any], object]
    done: Callable[[Any], str]
    needs_windows: bool = True
    replaces_all: bool = False
    """The form holds more than its person has changed: what another one has changed meanwhile would be lost."""


def _set_day(draft: CalendarVersion, form: DayForm) -> None:
    windows, name = form.windows, form.cleaned_data["name"]
    if form.add_prefix("name") not in form.data:
        name = _name_kept(draft, form)
    is_ordinary = not name and ordinary_or(form.week, form.day, windows) is None
    editing.set_day(draft, form.day, None if is_ordinary else windows, name)


def _name_kept(draft: CalendarVersion, form: DayForm) -> str:
    """A key in the grid tells the kind only: the name stays while the kind does, as it says why the day is so."""
    stored = editing.plan_of(draft).get(form.day)
    return stored.name if stored and kind_of(form.week, form.day, stored.windows) == form.cleaned_data["kind"] else ""


def _set_period(draft: CalendarVersion, form: PeriodForm) -> None:
    told = form.cleaned_data
    editing.set_days(draft, told["first"], told["last"], form.kind_of_days, until=told["until"], name=told["name"])


def _set_week(draft: CalendarVersion, form: WeekForm) -> None:
    told = form.cleaned_data
    editing.set_week(draft, form.week, zone=told["zone"], is_always_open=told["is_always_open"])


EDITS: dict[str, Edit] = {
    "day": Edit(
        form=lambda shown, data: DayForm(shown.week, _day(data), data),
        run=_set_day,
        done=lambda form: _("Saved in the draft: %(day)s.") % {"day": dated_words(form.day)},
    ),
    "period": Edit(
        form=lambda shown, data: PeriodForm(data),
        run=_set_period,
        done=lambda form: _("The period is marked in the draft."),
    ),
    "week": Edit(
        form=lambda shown, data: WeekForm(data),
        run=_set_week,
        done=lambda form: _("The ordinary week is saved in the draft."),
        needs_windows=False,
        replaces_all=True,
    ),
}


@require_POST
def edit(request: HttpRequest, pk: int, year: int, verb: str) -> HttpResponse:
    """Any verb of EDITS, or «discard». 422 with the form for bad input, 409 for what somebody has changed meanwhile."""
    shown, at = shown_or_404(pk, year), timezone.now()
    if verb == "discard":
        return _discard(request, shown, year)
    if verb not in EDITS:
        raise Http404
    what = EDITS[verb]
    form = what.form(shown, request.POST)
    day = form.day if isinstance(form, DayForm) else None
    if day and day.year != year:
        raise Http404
    bound = Bound({verb: form}, day=day)
    if what.needs_windows and shown.version.is_always_open:
        form.add_error(None, _("The calendar works round the clock. Take that back in the ordinary week first."))
    seen = request.POST.get("seen", "") if what.replaces_all else None
    if not form.is_valid():
        return show(request, shown, year, at, replace(bound, seen=seen, status=422))
    try:
        with transaction.atomic():
            what.run(editing.draft_of(shown.calendar, seen=seen), form)
    except editing.EditRefused as refusal:
        form.add_error(None, str(refusal))
        return show(request, shown_or_404(pk, year), year, at, replace(bound, status=status_of(refusal)))
    messages.success(request, what.done(form))
    return redirect(_back(shown, form, year, day))


def _discard(request: HttpRequest, shown: Shown, year: int) -> HttpResponse:
    try:
        editing.discard(shown.calendar, seen=request.POST.get("seen", ""))
    except editing.CalendarChanged as refusal:
        return refuse(request, shown.calendar.pk, year, refusal)
    if shown.draft:
        messages.success(request, _("The draft is discarded."))
    if shown.published is None:
        return redirect("admin:sla_businesscalendar_changelist")
    return redirect(shown.url(year))


def _day(data: QueryDict) -> date:
    """The day that the form is about; it stands in the form's hidden field, not typed by anybody."""
    try:
        return date.fromisoformat(data.get("date", ""))
    except ValueError:
        raise Http404 from None


def _back(shown: Shown, form: Any, year: int, day: date | None) -> str:
    """To the day that was edited, or to the year in which a period begins."""
    if day:
        return f"{shown.url(year)}#d-{day.isoformat()}"
    first = form.cleaned_data.get("first")
    return shown.url(first.year if first else year)
