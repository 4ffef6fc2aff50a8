"""What the workplace posts: check the role, bind the form, call one verb, return. A refusal keeps what was typed."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.roles import Act, NotAllowed
from tickets import attachments, workflow
from tickets.admin.desk import page_of, staff
from tickets.admin.forms import MoveForm, NoteForm, ReplyForm
from tickets.admin.moves import VERBS, circumstances, form_for
from tickets.admin.workplace import Bound, Guard, newest_from_customer, show, ticket_or_404
from tickets.models import Message, Ticket
from tickets.workflow import MoveNotAllowed


@require_POST
def move(request: HttpRequest, number: int, verb: str) -> HttpResponse:
    """Any verb of VERBS. 422 with the panel open for bad input, 409 for a request that has moved on meanwhile."""
    user, at = staff(request, VERBS[verb].act), timezone.now()
    ticket = ticket_or_404(number)
    form = form_for(verb, ticket, user, at, request.POST)
    bound = Bound({verb: form} if form else {})
    if form and not form.is_valid():
        bound.status = 422
        return show(request, number, user, at, bound)
    if isinstance(form, MoveForm) and (arrived := _arrived(ticket, form.cleaned_data["seen"] or 0)):
        # The page comes back with the message on it; pressed once more, the move goes through.
        form.add_error(None, _guard(arrived, has_files=False).words)
        form.refill("seen", str(newest_from_customer(ticket)))
        bound.status = 409
        return show(request, number, user, at, bound)
    try:
        ticket = VERBS[verb].run(ticket, form, user, at)
    except MoveNotAllowed as refusal:
        return _moved_on(request, number, user, at, bound, refusal)
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    messages.success(request, VERBS[verb].done(ticket))
    return redirect(page_of(ticket))


@require_POST
def reply(request: HttpRequest, number: int) -> HttpResponse:
    """An answer to the customer. 409 with the text kept if he has written meanwhile, unless told to send anyway."""
    user, at = staff(request, Act.WORK), timezone.now()
    ticket = ticket_or_404(number)
    form = ReplyForm(ticket, request.POST, request.FILES, prefix="reply", **circumstances(user, at))
    bound = Bound({"reply": form})
    if not form.is_valid():
        bound.status = 422
        return show(request, number, user, at, bound)
    told = form.cleaned_data
    seen = told["seen"] or 0
    if "anyway" not in request.POST and (arrived := _arrived(ticket, seen)):
        bound.status, bound.seen, bound.guard = 409, seen, _guard(arrived, has_files=bool(told["files"]))
        form.refill("seen", str(newest_from_customer(ticket)))
        return show(request, number, user, at, bound)
    try:
        with attachments.written(told["files"]) as files:
            workflow.answer(
                ticket,
                told["body"],
                by=user,
                at=at,
                waits_for_customer=form.waits,
                files=files,
                key=told["submission_key"],
            )
    except MoveNotAllowed as refusal:
        return _moved_on(request, number, user, at, bound, refusal)
    messages.success(request, _("The reply is on its way to the customer."))
    return redirect(page_of(ticket))


@require_POST
def note(request: HttpRequest, number: int) -> HttpResponse:
    """An internal note; never a letter."""
    user, at = staff(request, Act.WORK), timezone.now()
    ticket = ticket_or_404(number)
    form = NoteForm(ticket, request.POST, request.FILES, prefix="note", **circumstances(user, at))
    if not form.is_valid():
        return show(request, number, user, at, Bound({"note": form}, status=422))
    told = form.cleaned_data
    with attachments.written(told["files"]) as files:
        workflow.note(ticket, told["body"], by=user, at=at, files=files, key=told["submission_key"])
    messages.success(request, _("The note is saved."))
    return redirect(page_of(ticket))


def _moved_on(
    request: HttpRequest, number: int, user: User, at: datetime, bound: Bound, refusal: MoveNotAllowed
) -> HttpResponse:
    """The page as it stands now, with the reason on top and what was typed still there."""
    messages.error(request, str(refusal))
    bound.status = 409
    return show(request, number, user, at, bound)


def _arrived(ticket: Ticket, seen: int) -> int:
    """How many messages of the customer the writer has not seen."""
    return ticket.messages.filter(kind=Message.Kind.CUSTOMER, pk__gt=seen).count()


def _guard(arrived: int, *, has_files: bool) -> Guard:
    words = ngettext(
        "While you were writing, %(n)d new message arrived.",
        "While you were writing, %(n)d new messages arrived.",
        arrived,
    ) % {"n": arrived}
    if has_files:
        words += " " + _("Choose the files again: the browser does not keep them.")
    return Guard(words)
