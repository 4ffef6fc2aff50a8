from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from billing_cabinet.access import CabinetRequest, cabinet_page, find_ticket, work_where_the_form_is
from billing_cabinet.forms.new_ticket import NewTicketForm
from billing_cabinet.reaction_box import reaction_box
from billing_cabinet.service import service_of
from billing_cabinet.similar import followed, prefilled, similar
from content.moments import due_words
from tickets import intake
from tickets.days_off import days_off_notice, days_off_of
from tickets.statuses import Criticality
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
    service = service_of(request.membership.customer, now)
    return render(
        request,
        "cabinet/ticket_new.html",
        {
            "form": form,
            "reaction": reaction_box(service, form.chosen_criticality, now),
            "reaction_url": f"{reverse('cabinet:ticket_new_reaction')}?membership={request.membership.pk}",
            "days_off": service.days_off(now),
            "password_lost": form.password_is_lost,
            "files_lost": form.files_are_lost,
        },
        status=422 if form.is_bound else 200,
    )


@require_safe
@never_cache
@cabinet_page
def ticket_new_reaction(request: CabinetRequest) -> HttpResponse:
    """«Ожидаемая реакция» for the criticality that is being chosen, as of now (3.6.2)."""
    work_where_the_form_is(request)
    require_writer(request.membership)
    now, criticality = timezone.now(), request.GET.get("criticality", "")
    if criticality and criticality not in Criticality.values:
        words = _("There is no criticality “%(code)s”. Choose one of: %(known)s.") % {
            "code": criticality[:20],
            "known": ", ".join(Criticality.values),
        }
        return HttpResponse(escape(words), status=422)
    box = reaction_box(service_of(request.membership.customer, now), criticality, now)
    return render(request, "components/_reaction_words.html", {"box": box, "phone": settings.SUPPORT_PHONE})


@require_safe
@cabinet_page
def ticket_sent(request: CabinetRequest, number: int) -> HttpResponse:
    """What happens next; may be reloaded and kept as a bookmark."""
    now, ticket = timezone.now(), find_ticket(request, number)
    due_at = ticket.due_at if ticket.is_term_promised else None
    return render(
        request,
        "cabinet/ticket_sent.html",
        {
            "ticket": {"number": ticket.number, "url": reverse("cabinet:ticket_detail", args=[ticket.number])},
            "email": ticket.contact_email,
            "reaction_words": due_words(due_at, now=now) if due_at else None,
            "days_off": days_off_notice(days_off_of(ticket, now), now),
        },
    )
