"""The page of one request: what its template shows, for a ticket from find_ticket()."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from billing_cabinet.access import CabinetRequest
from billing_cabinet.forms.reply import ReopenForm, ReplyForm
from billing_cabinet.notices import notice
from billing_cabinet.rows import status_tag
from content.moments import due_words
from customers.models import Membership
from tickets import rank, thread
from tickets.explanation import Explanation, explain
from tickets.models import Ticket
from tickets.reaction import reaction_tag
from tickets.shapes import Head
from tickets.statuses import Status
from tickets.thread import Fact


@dataclass(frozen=True)
class Closing:
    """The offer to close the request."""

    label: str
    text: str
    submit: str


def ticket_page(
    request: CabinetRequest,
    ticket: Ticket,
    *,
    at: datetime,
    reply_form: ReplyForm | None = None,
    reopen_form: ReopenForm | None = None,
) -> HttpResponse:
    """The page at that moment; with a refused form in its place, and then 422."""
    reader, may_write = request.membership, request.membership.may_write
    is_refused = bool(reply_form or reopen_form)
    if may_write and reply_form is None and ticket.is_open:
        reply_form = ReplyForm()
    if may_write and reopen_form is None and ticket.may_be_reopened(at):
        reopen_form = ReopenForm(auto_id="id_reopen_%s")
    head = Head(
        ticket.number,
        ticket.subject,
        reverse("cabinet:ticket_detail", args=[ticket.number]),
        status_tag(ticket, at),
        reaction_tag(ticket, at, for_customer=True),
    )
    return render(
        request,
        "cabinet/ticket_detail.html",
        {
            "ticket": head,
            "notice": notice(ticket, reader, at),
            "opening": thread.opening(ticket, reader),
            "entries": thread.entries(ticket, reader),
            "reply_form": reply_form,
            "reopen_form": reopen_form,
            "close": _closing() if may_write and ticket.status != Status.CLOSED else None,
            "similar_url": _similar_url(ticket, reader) if may_write and not ticket.is_open else None,
            "facts": facts(ticket, head, at),
            "explanation": explanation(ticket, at),
            "history": thread.history(ticket, reader),
        },
        status=422 if is_refused else 200,
    )


def facts(ticket: Ticket, head: Head, at: datetime) -> list[Fact]:
    """«Сведения»: where the request stands and what it is about."""
    rows = [Fact(_("Status"), head.status.label)]
    if ticket.is_term_promised and ticket.due_at and ticket.is_reaction_pending:
        rows.append(Fact(_("Reaction due"), due_words(ticket.due_at, now=at)))
        is_confirmed = ticket.criticality_confirmed_at is not None
        rows.append(Fact(_("Place in the queue"), rank.why(ticket.rung, is_confirmed=is_confirmed)))
    if ticket.reacted_at:
        rows.append(Fact(_("Reaction"), moment=ticket.reacted_at))
    engineer = ticket.engineer.short_name if ticket.engineer else _("Not assigned yet")
    contact = [ticket.contact_name, ticket.contact_phone, ticket.contact_email]
    rows += [
        Fact(_("Criticality"), ticket.get_criticality_display()),
        Fact(_("Server"), thread.server_words(ticket)),
        Fact(_("Software version"), ticket.version or _("Not specified")),
        Fact(_("How often it happens"), ticket.get_frequency_display()),
        Fact(_("Channel"), thread.channel_tag(ticket.channel).label),
        Fact(_("Received"), moment=ticket.received_at),
        Fact(_("Contact"), "\n".join(filter(None, contact)), pre=True),
        Fact(_("Engineer"), engineer),
    ]
    if ticket.follows:
        url = reverse("cabinet:ticket_detail", args=[ticket.follows.number])
        rows.append(Fact(_("Follows"), _("No. %(number)s") % {"number": ticket.follows.number}, url=url))
    return rows


def explanation(ticket: Ticket, at: datetime) -> Explanation | None:
    """«Почему этот срок», only where a term was promised: one that works inside is not for the customer."""
    return explain(ticket, at) if ticket.is_term_promised else None


def _closing() -> Closing:
    return Closing(_("Mark as solved"), _("Close the ticket? It can be reopened within 30 days."), _("Close ticket"))


def _similar_url(ticket: Ticket, reader: Membership) -> str:
    """The new form, in the organisation of the request whatever the reader has chosen."""
    return reverse("cabinet:ticket_new") + f"?like={ticket.number}&membership={reader.pk}"
