from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from billing_cabinet.access import CabinetRequest, cabinet_page, find_ticket, work_where_the_form_is
from billing_cabinet.forms.new_ticket import NewTicketForm
from billing_cabinet.similar import followed, prefilled, similar
from billing_cabinet.support_card import reaction_box
from content.moments import due_words
from tickets import intake
from tickets.workflow.customer import require_writer


@sensitive_post_parameters("access_login", "access_password", "access_note")
@require_http_methods(["GET", "HEAD", "POST"])
@cabinet_page
def ticket_new(request: CabinetRequest) -> HttpResponse:
    """«Новая заявка»: the template of 3.5a, and the request that it makes (3.1.1)."""
    work_where_the_form_is(request)
    require_writer(request.membership)
    now = timezone.now()
    like = similar(request)
    form = NewTicketForm(
        *((request.POST, request.FILES) if request.method == "POST" else ()),
        membership=request.membership,
        initial=prefilled(request.user, like),
    )
    if form.is_valid():
        ticket = intake.file_from_cabinet(
            form.filing(),
            by=request.membership,
            key=form.cleaned_data["submission_key"],
            at=now,
            language=request.user.language,
            files=form.cleaned_data["files"],
            follows=followed(like, now),
        )
        return redirect("cabinet:ticket_sent", ticket.number)
    box = reaction_box(request.membership.customer, now)
    return render(
        request,
        "cabinet/ticket_new.html",
        {
            "form": form,
            "reaction_lines": box.lines,
            "reaction_notes": box.notes,
            "password_lost": form.password_is_lost,
            "files_lost": form.files_are_lost,
        },
        status=422 if form.is_bound else 200,
    )


@require_safe
@cabinet_page
def ticket_sent(request: CabinetRequest, number: int) -> HttpResponse:
    """What happens next; may be reloaded and kept as a bookmark."""
    ticket = find_ticket(request, number)
    due_at = ticket.due_at if ticket.is_term_promised else None
    return render(
        request,
        "cabinet/ticket_sent.html",
        {
            "ticket": {"number": ticket.number, "url": reverse("cabinet:ticket_detail", args=[ticket.number])},
            "email": ticket.contact_email,
            "reaction_words": due_words(due_at, now=timezone.now()) if due_at else None,
        },
    )
