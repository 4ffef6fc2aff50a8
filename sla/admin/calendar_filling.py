"""Filling a year from the official days or from a file: first what would change, then «Применить»."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from sla import editing
from sla.admin.calendar_forms import YearFileForm
from sla.admin.calendar_year import Bound, Shown, official_or_none, refuse, show, shown_or_404
from sla.admin.version_words import PlannedWords, dated_words, planned_words
from sla.day_kinds import kind_of, windows_for
from sla.hours_text import clock_words
from sla.wall_clock import Hours
from sla.year_files import YearFileRefused, read_year_file
from sla.year_plan import Difference, PlannedDay, differences

Plan = Mapping[date, PlannedDay]


@dataclass(frozen=True)
class Row:
    """One day that would change, in words."""

    day: str
    before: PlannedWords
    after: PlannedWords


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int, year: int) -> HttpResponse:
    """GET shows what the official days would change; POST with a file what the file would; POST «apply» does it."""
    shown = shown_or_404(pk, year)
    if shown.version.is_always_open:
        raise Http404
    if "apply" in request.POST:
        return _apply(request, shown, year)
    if request.method == "POST":
        return _upload(request, shown, year)
    official = official_or_none(year, shown)
    if official is None:
        raise Http404
    return _preview(request, shown, year, official)


def _upload(request: HttpRequest, shown: Shown, year: int) -> HttpResponse:
    form = YearFileForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            plan = read_year_file(form.cleaned_data["file"], year=year, week=shown.week)
            return _preview(request, shown, year, plan, content=_as_json(shown.week, year, plan))
        except YearFileRefused as refusal:
            form.add_error("file", refusal.sentences)
    return show(request, shown, year, timezone.now(), Bound({"file": form}, status=422))


def _apply(request: HttpRequest, shown: Shown, year: int) -> HttpResponse:
    """The plan of the preview: the official days again, or those of the file, which the page carries as our JSON."""
    content, seen = request.POST.get("content", ""), request.POST.get("seen", "")
    try:
        with transaction.atomic():
            draft = editing.draft_of(shown.calendar, seen=seen)
            plan = (
                read_year_file(content.encode(), year=year, week=shown.week)
                if content
                else official_or_none(year, shown)
            )
            if plan is None:
                raise Http404
            editing.fill_year(draft, year, plan)
    except (editing.EditRefused, YearFileRefused) as refusal:
        return refuse(request, shown.calendar.pk, year, refusal)
    messages.success(request, _("The days of %(year)s are filled in the draft.") % {"year": year})
    return redirect(shown.url(year))


def _as_json(week: Mapping[int, Hours], year: int, plan: Plan) -> str:
    """The plan as docs/calendar-files.md tells; hours stand only where they are not those of the week."""

    def told(day: date, planned: PlannedDay) -> dict[str, object]:
        kind = kind_of(week, day, planned.windows)
        usual = planned.windows == windows_for(week, day, kind)
        own = {} if usual else {"hours": [_window(window) for window in planned.windows]}
        return {"date": day.isoformat(), "type": kind.value, "name": planned.name, **own}

    return json.dumps({"year": year, "days": [told(day, planned) for day, planned in plan.items()]}, ensure_ascii=False)


def _window(window: tuple[int, int]) -> str:
    """«22:00-6:00»: the file format tells the next day by an end before the beginning."""
    opens, closes = window
    return "-".join(clock_words(minute) for minute in (opens, closes if closes <= 1440 else closes - 1440))


def _preview(request: HttpRequest, shown: Shown, year: int, plan: Plan, *, content: str = "") -> HttpResponse:
    before = {day: planned for day, planned in shown.plan.items() if day.year == year}
    found = differences(before, plan)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": (_("Days of %(year)s from the file") if content else _("Official days of %(year)s")) % {"year": year},
        "calendar": shown.calendar,
        "year": year,
        "year_url": shown.url(year),
        "rows": [_row(shown.week, one) for one in found],
        "total_words": ngettext("%(n)d day changes", "%(n)d days change", len(found)) % {"n": len(found)},
        "content": content,
        "seen": editing.fingerprint(shown.version),
    }
    return TemplateResponse(request, "admin/sla/calendar_fill.html", context)


def _row(week: Mapping[int, Hours], one: Difference) -> Row:
    ordinary = PlannedDay(week.get(one.date.weekday(), ()))
    return Row(
        day=dated_words(one.date),
        before=planned_words(week, one.date, one.before or ordinary),
        after=planned_words(week, one.date, one.after or ordinary),
    )
