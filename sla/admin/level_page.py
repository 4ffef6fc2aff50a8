"""A level (ux.md 3.18): what its next version shall promise, with a sentence that says what that means."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Prefetch
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from content.moments import full_date_words
from sla import level_editing
from sla.admin.level_forms import AboutForm, NewLevelForm, TermsForm, terms_as_typed
from sla.admin.version_words import criticality_words, level_lines
from sla.calendars import working_time
from sla.editing import EditRefused
from sla.level_editing import LevelChanged
from sla.level_states import coming, first_day
from sla.models import LevelVersion, SupportLevel
from sla.term_preview import promises, sentence
from sla.working_time import NoWorkingTime


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The level. Posted with «show» it only tells what the typed terms mean; else they are kept or published.

    422 for terms that cannot be, 409 where somebody has changed the level meanwhile; what was typed stays.
    """
    level, at = _level_or_404(pk), timezone.now()
    if request.method != "POST":
        return _show(request, level, at)
    form, seen = TermsForm(request.POST, today=timezone.localdate(at)), request.POST.get("seen", "")
    if not form.is_valid() or "show" in request.POST:
        return _show(request, level, at, form=form, seen=seen)
    try:
        with transaction.atomic():
            draft = level_editing.keep_terms(level, form.terms, seen=seen)
            said = _published_or_kept(request, list(level.versions.all()), draft, at)
    except LevelChanged as refusal:
        form.add_error(None, str(refusal))
        return _show(request, _level_or_404(pk), at, form=form, status=409)
    except EditRefused as refusal:
        form.add_error(None, str(refusal))
        return _show(request, level, at, form=form, seen=seen)
    for words in said:
        messages.success(request, words)
    return redirect("admin:level_edit", level.pk)


@require_POST
def about(request: HttpRequest, pk: int) -> HttpResponse:
    """The name and «Предлагается до»; both hold at once."""
    level, at = _level_or_404(pk), timezone.now()
    form = AboutForm(request.POST)
    if not form.is_valid():
        return _show(request, level, at, about_form=form)
    told = form.cleaned_data
    try:
        level_editing.describe_level(level, name=told["name"], offered_until=told["until"])
    except EditRefused as refusal:
        form.add_error("name", str(refusal))
        return _show(request, level, at, about_form=form)
    messages.success(request, _("Saved."))
    return redirect("admin:level_edit", level.pk)


@require_POST
def internal(request: HttpRequest, pk: int) -> HttpResponse:
    """Move the mark of the internal term to this level."""
    level, at = _level_or_404(pk), timezone.now()
    try:
        level_editing.make_internal(level, at=at)
    except EditRefused as refusal:
        messages.error(request, str(refusal))
        return _show(request, level, at, status=422)
    messages.success(request, _("New tickets without a valid contract go by this level."))
    return redirect("admin:level_edit", level.pk)


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw the draft away that the page showed."""
    level, at = _level_or_404(pk), timezone.now()
    had_draft = level.draft() is not None
    try:
        level_editing.discard_level(level, seen=request.POST.get("seen", ""))
    except EditRefused as refusal:
        messages.error(request, str(refusal))
        return _show(request, level, at, status=409 if isinstance(refusal, LevelChanged) else 422)
    if had_draft:
        messages.success(request, _("The draft is discarded."))
    if not SupportLevel.objects.filter(pk=pk).exists():
        return redirect("admin:sla_supportlevel_changelist")
    return redirect("admin:level_edit", level.pk)


def new(request: HttpRequest) -> HttpResponse:
    """«Новый уровень»: a name and the terms of its first version."""
    at = timezone.now()
    form = NewLevelForm(request.POST or None, today=timezone.localdate(at))
    if request.method == "POST" and form.is_valid() and "show" not in request.POST:
        try:
            with transaction.atomic():
                draft = level_editing.create_level(form.cleaned_data["name"], form.terms)
                said = _published_or_kept(request, [], draft, at)
        except EditRefused as refusal:
            form.add_error("name", str(refusal))
        else:
            for words in said:
                messages.success(request, words)
            return redirect("admin:level_edit", draft.level_id)
    return _show(request, None, at, form=form)


@require_safe
def shown_terms(request: HttpRequest) -> HttpResponse:
    """The sentence for terms that are being typed, as a piece of the page; or what is wrong with them."""
    at = timezone.now()
    form = TermsForm(request.GET, today=timezone.localdate(at))
    return TemplateResponse(request, "admin/sla/_term_preview.html", preview_of(form, at))


def preview_of(form: TermsForm, at: datetime) -> dict[str, Any]:
    """What the template of the preview is drawn from."""
    if not form.is_bound:
        form = type(form)({**form.initial, "name": "—"}, today=form.today)
        if not form.initial and not form.data.get("base"):
            return {}
    if not form.is_valid():
        return {"problems": [error for name, errors in form.errors.items() if name != "name" for error in errors]}
    terms = form.terms
    try:
        found = promises(working_time(terms.calendar.current()), terms.base_minutes, terms.by_criticality, at=at)
    except NoWorkingTime:
        return {"problems": [_("The calendar has too little working time for this term. Check its days.")]}
    others = [(criticality_words(one.criticality), one.due) for one in found[1:]]
    return {"sentence": sentence(found[0].due), "others": others}


def _published_or_kept(
    request: HttpRequest, before: list[LevelVersion], draft: LevelVersion, at: datetime
) -> list[str]:
    """Publish the draft where that was asked. What has happened in sentences; also which versions, of those `before`,
    will never come into force now."""
    if "publish" not in request.POST:
        return [_("The draft is saved. New tickets go by it when it is published.")]
    first = first_day(level_editing.publish_level(draft, at=at))
    if first > timezone.localdate(at):
        told = {"day": full_date_words(first)}
        said = [_("Published. It comes into force on %(day)s; open tickets keep what they were promised.") % told]
    else:
        said = [_("Published. New tickets go by the new version, open ones keep what they were promised.")]
    lost = [version for version in coming(before, at) if first <= first_day(version)]
    return said + [
        _("Version %(n)d is replaced before its day: it will not come into force.") % {"n": it.number} for it in lost
    ]


def _level_or_404(pk: int) -> SupportLevel:
    newest_first = LevelVersion.objects.select_related("calendar").prefetch_related("terms").order_by("-number")
    return get_object_or_404(SupportLevel.objects.prefetch_related(Prefetch("versions", newest_first)), pk=pk)


def _show(
    request: HttpRequest,
    level: SupportLevel | None,
    at: datetime,
    *,
    form: TermsForm | None = None,
    about_form: AboutForm | None = None,
    seen: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page; `seen` is what typed terms were based on, as long as they were not refused because of it."""
    versions = list(level.versions.all()) if level else []
    newest = versions[0] if versions else None
    today = timezone.localdate(at)
    form = form or TermsForm(today=today, initial=terms_as_typed(newest, today=today) if newest else {})
    told = {"name": level.name, "until": level.offered_until_date} if level else {}
    refused: BaseForm | None = next((one for one in (form, about_form) if one and one.errors), None)
    context = {
        **admin.site.each_context(request),
        "title": level.name if level else _("New level"),
        "level": level,
        "form": form,
        "about_form": about_form or AboutForm(initial=told),
        "refused": refused,
        "seen": level_editing.fingerprint(newest) if seen is None else seen,
        "shows_draft": newest is not None and newest.published_at is None and not (form.is_bound and status == 409),
        "is_new": not any(version.published_at for version in versions),
        "coming": [(version.number, full_date_words(first_day(version))) for version in coming(versions, at)],
        "versions": level_lines(versions, at),
        "preview_url": reverse("admin:level_preview"),
        "preview": preview_of(form, at),
    }
    status = 422 if refused and status == 200 else status
    return TemplateResponse(request, "admin/sla/level_edit.html", context, status=status)
