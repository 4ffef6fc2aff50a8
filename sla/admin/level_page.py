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

from sla import level_editing
from sla.admin.level_forms import NewLevelForm, OfferForm, TermsForm, terms_as_typed
from sla.admin.version_words import criticality_words, level_line
from sla.calendars import working_time
from sla.editing import EditRefused
from sla.models import LevelVersion, SupportLevel
from sla.term_preview import promises, sentence
from sla.working_time import NoWorkingTime


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The level. Posted with «show» it only tells what the typed terms mean; else they are kept or published."""
    level, at = _level_or_404(pk), timezone.now()
    newest = next(iter(level.versions.all()), None)
    initial = terms_as_typed(newest) if newest else {}
    form = TermsForm(request.POST or None, today=timezone.localdate(at), initial=initial)
    if request.method == "POST" and form.is_valid() and "show" not in request.POST and _save(request, level, form, at):
        return redirect("admin:level_edit", level.pk)
    return _show(request, level, at, form=form)


@require_POST
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    """«Предлагается до»; holds at once, for contracts that are made from now on."""
    level, at = _level_or_404(pk), timezone.now()
    form = OfferForm(request.POST)
    if not form.is_valid():
        return _show(request, level, at, offer_form=form)
    level_editing.offer_until(level, form.cleaned_data["until"])
    messages.success(request, _("Saved."))
    return redirect("admin:level_edit", level.pk)


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw the draft away."""
    level = _level_or_404(pk)
    draft = level.draft()
    if draft:
        level_editing.discard_level(draft)
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
                _publish_if_asked(request, draft, at)
        except EditRefused as refusal:
            form.add_error("name", str(refusal))
        else:
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


def _save(request: HttpRequest, level: SupportLevel, form: TermsForm, at: datetime) -> bool:
    """Whether the draft took the terms and, where asked, was published; what it did not take stands in the form."""
    try:
        with transaction.atomic():
            draft = level_editing.set_terms(level_editing.level_draft_of(level), form.terms)
            _publish_if_asked(request, draft, at)
    except EditRefused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _publish_if_asked(request: HttpRequest, draft: LevelVersion, at: datetime) -> None:
    if "publish" not in request.POST:
        messages.success(request, _("The draft is saved. New tickets go by it when it is published."))
        return
    level_editing.publish_level(draft, at=at)
    messages.success(
        request, _("Published. New tickets go by the new version, open ones keep what they were promised.")
    )


def _level_or_404(pk: int) -> SupportLevel:
    newest_first = LevelVersion.objects.select_related("calendar").prefetch_related("terms").order_by("-number")
    return get_object_or_404(SupportLevel.objects.prefetch_related(Prefetch("versions", newest_first)), pk=pk)


def _show(
    request: HttpRequest,
    level: SupportLevel | None,
    at: datetime,
    *,
    form: TermsForm | None = None,
    offer_form: OfferForm | None = None,
) -> HttpResponse:
    versions = list(level.versions.all()) if level else []
    today = timezone.localdate(at)
    form = form or TermsForm(today=today, initial=terms_as_typed(versions[0]) if versions else {})
    refused: BaseForm | None = next((one for one in (form, offer_form) if one and one.errors), None)
    context = {
        **admin.site.each_context(request),
        "title": level.name if level else _("New level"),
        "level": level,
        "form": form,
        "offer_form": offer_form or OfferForm(initial={"until": level.offered_until_date if level else None}),
        "refused": refused,
        "draft": next((version for version in versions if version.published_at is None), None),
        "versions": [level_line(version) for version in versions],
        "preview_url": reverse("admin:level_preview"),
        "preview": preview_of(form, at),
    }
    return TemplateResponse(request, "admin/sla/level_edit.html", context, status=422 if refused else 200)
