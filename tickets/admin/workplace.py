"""The workplace (ux.md 3.13): one request on one screen, with what may be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.roles import Act, may
from tickets import thread
from tickets.admin import side
from tickets.admin.clock_card import clock
from tickets.admin.desk import page_of, staff, status_tag, verb_url
from tickets.admin.forms import NoteForm, ReplyForm, WorkForm
from tickets.admin.moves import VERBS, circumstances, moves_of
from tickets.admin.queue import why
from tickets.keyset import QUEUE
from tickets.models import Breach, Message, Ticket
from tickets.reaction import reaction_tag
from tickets.shapes import Head, Notice
from tickets.statuses import Criticality, Status
from tickets.thread_lines import day_of


@dataclass(frozen=True)
class WorkHead(Head):
    """The head with what only the staff see there."""

    criticality: str
    customer: str | None
    engineer: str | None


@dataclass(frozen=True)
class Guard:
    """«Пока вы писали, пришло 1 новое сообщение»: the words, over the text that was not sent."""

    words: str


@dataclass
class Bound:
    """What a refused POST leaves for the page: the forms as they were filled, by verb, and what to say about them."""

    forms: dict[str, WorkForm] = field(default_factory=dict)
    guard: Guard | None = None
    # Messages of the customer with a greater id are marked as new.
    seen: int | None = None
    status: int = 200


@require_safe
def page(request: HttpRequest, number: int) -> HttpResponse:
    """The workplace of one request; 404 for a number that nobody has."""
    return show(request, number, staff(request, Act.SEE_TICKETS), timezone.now(), Bound())


def ticket_or_404(number: int) -> Ticket:
    """The request with all that its page reads, sealed values left in the database."""
    ticket: Ticket | None = (
        Ticket.objects.filter(number=number)
        .select_related("customer", "author", "engineer", "server", "credential")
        .prefetch_related(Prefetch("breaches", Breach.objects.select_related("annulment__by")))
        .with_level_name()
        .defer(*(f"credential__{name}_sealed" for name in ("login", "password", "note", "key_file")))
        .first()
    )
    if ticket is None:
        raise Http404
    return ticket


def show(request: HttpRequest, number: int, user: User, at: datetime, bound: Bound) -> HttpResponse:
    """The page as the request stands now, with the forms of a refused POST if there was one."""
    ticket = ticket_or_404(number)
    opening = thread.opening(ticket, user)
    entries = thread.entries(ticket, user)
    customer_facts, customer_warning = side.customer_card(ticket, user, at)
    before, after = _neighbours(ticket)
    context: Mapping[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Ticket No. %(number)s") % {"number": ticket.number},
        "ticket": _head(ticket, at),
        "why": why(ticket) if ticket.is_reaction_pending else "",
        "previous_url": before and page_of(before),
        "following_url": after and page_of(after),
        "take": {"url": verb_url(number, "take")} if _may_take(ticket, user) else None,
        "moves": moves_of(ticket, user, at, bound.forms, seen=newest_from_customer(ticket)),
        "form_errors": any(form.errors for form in bound.forms.values()),
        "notice": notice(ticket),
        "opening": opening,
        "entries": entries if bound.seen is None else _marked(entries, bound.seen),
        **_composer(ticket, user, at, bound),
        "clock": clock(ticket, at),
        "customer_facts": customer_facts,
        "customer_warning": customer_warning,
        "contact_facts": side.contact_facts(ticket),
        "open_tickets": side.other_tickets(ticket),
        "access": side.access(ticket, opening),
        "files": thread.files(ticket, user),
        "history": thread.history(ticket, user),
        "qualification": side.qualification(ticket),
    }
    return TemplateResponse(request, "admin/tickets/workplace.html", dict(context), status=bound.status)


def newest_from_customer(ticket: Ticket) -> int:
    """The id of the customer's last message; 0 before the first."""
    mine = [message.pk for message in ticket.messages.all() if message.kind == Message.Kind.CUSTOMER]
    return max(mine, default=0)


def _may_take(ticket: Ticket, user: User) -> bool:
    return may(user, Act.WORK) and VERBS["take"].is_offered(ticket)


def _head(ticket: Ticket, at: datetime) -> WorkHead:
    criticality = ticket.get_criticality_display()
    if ticket.criticality == Criticality.CRITICAL and ticket.criticality_confirmed_at is None:
        criticality = _("%(criticality)s, not confirmed") % {"criticality": criticality}
    return WorkHead(
        number=ticket.number,
        subject=ticket.subject,
        status=status_tag(ticket),
        reaction=reaction_tag(ticket, at, for_customer=False),
        criticality=criticality,
        customer=ticket.customer.name if ticket.customer else None,
        engineer=ticket.engineer.short_name if ticket.engineer else None,
        url=page_of(ticket),
    )


def _neighbours(ticket: Ticket) -> tuple[Ticket | None, Ticket | None]:
    """The open requests before and after this one in the queue, in one query."""
    if not ticket.is_open:
        return None, None
    rows = Ticket.objects.open().only("number", *QUEUE.columns)
    before = QUEUE.neighbour(rows, ticket, backwards=True)
    after = QUEUE.neighbour(rows, ticket)
    mine = tuple(getattr(ticket, column) for column in QUEUE.columns)
    found = {tuple(getattr(row, column) for column in QUEUE.columns) < mine: row for row in before.union(after)}
    return found.get(True), found.get(False)


def _composer(ticket: Ticket, user: User, at: datetime, bound: Bound) -> dict[str, Any]:
    """The reply and the note, for those who may write; an ended request takes notes only."""
    if not may(user, Act.WORK):
        return {"reply_form": None, "note_form": None}
    told = circumstances(user, at)
    reply = bound.forms.get("reply")
    if reply is None and ticket.is_open:
        reply = ReplyForm(ticket, prefix="reply", initial={"seen": newest_from_customer(ticket)}, **told)
    return {
        "reply_form": reply,
        "reply_url": verb_url(ticket.number, "reply"),
        "reply_to": _reply_to(ticket),
        "reply_guard": bound.guard,
        "note_form": bound.forms.get("note") or NoteForm(ticket, prefix="note", **told),
        "note_url": verb_url(ticket.number, "note"),
        "composer": "note" if "note" in bound.forms or reply is None else "reply",
    }


def _reply_to(ticket: Ticket) -> str:
    if not ticket.contact_email:
        return _("%(name)s, no e-mail: the reply will be read in the cabinet") % {"name": ticket.contact_name}
    return f"{ticket.contact_name}, {ticket.contact_email}"


def _marked(entries: list[thread.Entry], seen: int) -> list[thread.Entry]:
    """The same, with «Новые сообщения» before the customer's first message after `seen`."""
    for index, entry in enumerate(entries):
        if entry.kind == Message.Kind.CUSTOMER and entry.id is not None and entry.id > seen:
            return [*entries[:index], replace(entry, first_new=True), *entries[index + 1 :]]
    return entries


def notice(ticket: Ticket) -> Notice | None:
    """What the staff must know before they write: why the request rests or how it ended."""
    reason = ticket.get_ground_display() or ticket.get_outcome_display()
    if ticket.status == Status.DEFERRED and ticket.deferred_until_date:
        day = day_of(ticket.deferred_until_date, seen=ticket.updated_at)
        return Notice("mute", _("Deferred, back on %(date)s") % {"date": day}, reason)
    if ticket.status == Status.DEVELOPMENT and ticket.review_date:
        day = day_of(ticket.review_date, seen=ticket.updated_at)
        task = _("Task %(task)s") % {"task": ticket.development_task} if ticket.development_task else ""
        return Notice("mute", _("In development, review on %(date)s") % {"date": day}, task)
    if ticket.status == Status.RESOLVED:
        return Notice("ok", _("Resolved. It closes after five working days without an objection."), reason)
    if ticket.status == Status.CLOSED:
        return Notice("mute", _("The ticket is closed."), reason)
    return None
