"""The cards beside the thread: the customer, the contact, server and access, what the request turned out to be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import User
from customers.models import Contract, serving_on
from sla.calendars import working_time_of
from sla.week_words import week_words
from tickets.admin.desk import page_of, status_tag
from tickets.models import Ticket
from tickets.shapes import Tag
from tickets.thread import Fact, Opening, server_words

OTHERS = 5


@dataclass(frozen=True)
class Access:
    words: str | None
    facts: list[Fact]


@dataclass(frozen=True)
class OtherTicket:
    number: int
    subject: str
    url: str
    status: Tag


def customer_card(ticket: Ticket, user: User, at: datetime) -> tuple[list[Fact], str | None]:
    """Who the customer is and what his contract gives today; and what is wrong with the contract, if anything is."""
    if ticket.customer is None:
        return [Fact(_("Organisation"), _("Customer not identified"))], None
    url = reverse("admin:customers_customer_change", args=[ticket.customer.pk])
    facts = [Fact(_("Organisation"), ticket.customer.name, url=url)]
    if ticket.customer.inn:
        facts.append(Fact(_("Taxpayer number (INN)"), ticket.customer.inn))
    contracts = list(ticket.customer.contracts.select_related("level").order_by("-starts_date", "-pk"))
    today = timezone.localdate(at)
    current = serving_on(today, contracts)
    if current:
        valid = _("No. %(n)s, until %(date)s") % {"n": current.number, "date": _date(current)}
        facts += [Fact(_("Contract"), valid), Fact(_("Support level"), current.level.name)]
    if ticket.hours_id and ticket.is_term_promised:
        facts.append(Fact(_("Working hours"), week_words(working_time_of(ticket.hours_id))))
    if current is None:
        ended = next((it for it in contracts if it.served_until_date < today), None)
        if ended is None:
            return facts, _("There is no valid contract")
        return facts, _("Contract No. %(n)s, ended on %(date)s") % {"n": ended.number, "date": _date(ended)}
    if current.ends_date < today:
        return facts, _("The contract has ended, days of grace are running")
    return facts, None


def _date(contract: Contract) -> str:
    return date_format(contract.ends_date, "DATE_FORMAT")


def contact_facts(ticket: Ticket) -> list[Fact]:
    """The responsible person (3.5a.7), and who filed the request where that is somebody else."""
    facts = [Fact(pgettext("person", "Name"), ticket.contact_name)]
    if ticket.contact_phone:
        facts.append(Fact(_("Phone"), ticket.contact_phone, copy=True))
    if ticket.contact_email:
        facts.append(Fact(_("E-mail"), ticket.contact_email, copy=True))
    if ticket.author and ticket.author.full_name != ticket.contact_name:
        facts.append(Fact(_("Filed by"), ticket.author.full_name))
    return facts


def access(ticket: Ticket, opening: Opening) -> Access | None:
    """The server, and that access data was given; never the data."""
    if not ticket.server_address and ticket.credential is None:
        return None
    facts = [Fact(_("Server"), server_words(ticket), copy=False)]
    if ticket.version:
        facts.append(Fact(_("Software version"), ticket.version))
    if ticket.credential:
        facts.append(Fact(_("Rights"), ticket.credential.get_rights_display()))
    return Access(opening.access_words, facts)


def qualification(ticket: Ticket) -> list[Fact]:
    """What the request turned out to be (1.3), as far as it is known."""
    known = [
        (_("Kind"), ticket.get_kind_display()),
        (_("Component"), ticket.get_component_display()),
        (_("Outcome"), ticket.get_outcome_display()),
        (_("Ground"), ticket.get_ground_display()),
    ]
    return [Fact(label, value) for label, value in known if value]


def other_tickets(ticket: Ticket) -> list[OtherTicket]:
    """Other open requests of the customer, in the order of the queue."""
    if ticket.customer_id is None:
        return []
    rows = (
        Ticket.objects.open()
        .filter(customer=ticket.customer_id)
        .exclude(pk=ticket.pk)
        .in_queue_order()
        .only("number", "subject", "status", "deferred_until_date", "updated_at")[:OTHERS]
    )
    return [OtherTicket(row.number, row.subject, page_of(row), status_tag(row)) for row in rows]
