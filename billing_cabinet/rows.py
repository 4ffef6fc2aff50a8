"""Requests as the cabinet's lists show them: every row is complete, a template asks nothing further."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tickets.models import Attachment, Message, Ticket
from tickets.querysets import TicketQuerySet
from tickets.reaction import Reaction, reaction_tag
from tickets.shapes import Tag
from tickets.statuses import META, Status
from tickets.thread_lines import day_of


@dataclass(frozen=True)
class TicketRow:
    """One request of a list. `last_words` is who wrote last."""

    number: int
    subject: str
    url: str
    status: Tag
    reaction: Reaction | None
    criticality: str
    author: str
    updated_at: datetime
    has_files: bool
    last_words: str | None
    last_at: datetime | None


_READ = (
    "number", "subject", "status", "status_changed_at", "deferred_until_date", "criticality", "contact_name",
    "author__full_name", "received_at", "updated_at", "calendar_version", "is_term_promised", "due_at", "at_risk_at",
    "reacted_at", "last_message_at", "last_message_by_staff", "closed_at",
)  # fmt: skip


def with_row_facts(tickets: TicketQuerySet) -> TicketQuerySet:
    """Load what row() reads, and nothing else. A note's file is no file to a customer."""
    files = Attachment.objects.filter(ticket=OuterRef("pk")).filter(
        Q(message=None) | ~Q(message__kind=Message.Kind.NOTE)
    )
    with_files: TicketQuerySet = tickets.annotate(has_files=Exists(files))
    return with_files.select_related("author").only(*_READ)


def row(ticket: Ticket, at: datetime) -> TicketRow:
    """The row of a request that with_row_facts() has loaded."""
    by_staff = ticket.last_message_by_staff
    return TicketRow(
        number=ticket.number,
        subject=ticket.subject,
        url=reverse("cabinet:ticket_detail", args=[ticket.number]),
        status=status_tag(ticket, at),
        reaction=reaction_tag(ticket, at, for_customer=True),
        criticality=ticket.get_criticality_display(),
        author=ticket.author.short_name if ticket.author else ticket.contact_name,
        updated_at=ticket.updated_at,
        has_files=getattr(ticket, "has_files", False),
        last_words=_("support") if by_staff else None,
        last_at=ticket.last_message_at if by_staff else None,
    )


def status_tag(ticket: Ticket, at: datetime) -> Tag:
    """The customer's label and its colour; a deferred request says when we come back to it."""
    label = str(META[ticket.status].customer_label)
    if ticket.status == Status.DEFERRED and ticket.deferred_until_date:
        day = day_of(ticket.deferred_until_date, seen=at)
        label = pgettext("to customer", "Deferred, back on %(date)s") % {"date": day}
    return Tag(ticket.status, label, ticket.status_tone)
