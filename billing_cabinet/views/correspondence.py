"""What a customer says on a request that exists: an answer, an objection, "it is done"."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing_cabinet.access import CabinetRequest, cabinet_page, find_ticket
from billing_cabinet.forms.reply import ReopenForm, ReplyForm
from billing_cabinet.ticket_page import ticket_page
from tickets import attachments, workflow
from tickets.models import Ticket
from tickets.workflow.customer import NotAWriter, require_writer


@require_POST
@cabinet_page
def ticket_reply(request: CabinetRequest, number: int) -> HttpResponse:
    """«Ваш ответ» (3.4.3)"""
    ticket = find_ticket(request, number)
    form = ReplyForm(request.POST, request.FILES)
    return _say(request, ticket, form) or ticket_page(request, ticket, at=timezone.now(), reply_form=form)


@require_POST
@cabinet_page
def ticket_reopen(request: CabinetRequest, number: int) -> HttpResponse:
    """«Возобновить», with what has changed."""
    ticket = find_ticket(request, number)
    form = ReopenForm(request.POST, request.FILES)
    return _say(request, ticket, form) or ticket_page(request, ticket, at=timezone.now(), reopen_form=form)


@require_POST
@cabinet_page
def ticket_close(request: CabinetRequest, number: int) -> HttpResponse:
    """«Проблема решена»"""
    ticket = find_ticket(request, number)
    try:
        workflow.close_by_customer(ticket, by=request.membership, at=timezone.now())
        messages.success(request, _("The ticket is closed. You can reopen it within 30 days."))
    except workflow.MoveNotAllowed as refusal:
        if isinstance(refusal, NotAWriter):
            raise
        messages.error(request, str(refusal))
    return redirect("cabinet:ticket_detail", ticket.number)


def _say(request: CabinetRequest, ticket: Ticket, form: ReplyForm) -> HttpResponse | None:
    """Add the valid form's message to the request; none where the form is to be shown again."""
    require_writer(request.membership)
    if not form.is_valid():
        return None
    told = form.cleaned_data
    try:
        with attachments.written(told["files"]) as files:
            workflow.reply(
                ticket, told["body"], by=request.membership, at=timezone.now(), files=files, key=told["submission_key"]
            )
    except workflow.MoveNotAllowed as refusal:
        form.add_error(None, str(refusal))
        return None
    was_open = ticket.is_open
    messages.success(request, _("Your reply has been sent.") if was_open else _("The ticket is open again."))
    return redirect("cabinet:ticket_detail", ticket.number)
