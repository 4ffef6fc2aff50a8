"""The queue (ux.md 3.12): what to take next at a glance, every request on the rung of 3.6 with the words why.

A page is an index walk: the counts of all tabs in one query, the strip in one, the rows in one, however long the queue.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.roles import Act, may
from content.text import initials, one_line
from customers.models import Customer
from sla.admin.missing_year import missing_year
from tickets import keyset, rank
from tickets.admin.desk import page_of, staff, status_tag, verb_url
from tickets.keyset import CursorNotValid, Order
from tickets.models import Attachment, Ticket
from tickets.querysets import TicketQuerySet
from tickets.reaction import Reaction, reaction_tag
from tickets.shapes import PageLink, TabLink, Tag
from tickets.statuses import Channel, Criticality, Status
from tickets.thread import ChannelTag, channel_tag

PAGE = 50
MOST_COUNTED = 1000  # of closed requests: nobody needs to know how many thousands there are
FIRST_TAB = "next"

Part = Callable[[TicketQuerySet, User, datetime], TicketQuerySet]

TABS: dict[str, tuple[object, Part]] = {
    "next": (gettext_lazy("Up next"), lambda rows, user, at: rows.next_for(user)),
    "mine": (gettext_lazy("Mine"), lambda rows, user, at: rows.of_engineer(user)),
    "at_risk": (gettext_lazy("At risk and overdue"), lambda rows, user, at: rows.at_risk_or_overdue(at)),
    "waiting": (gettext_lazy("Waiting for customer"), lambda rows, user, at: rows.filter(status=Status.WAITING)),
    "development": (gettext_lazy("In development"), lambda rows, user, at: rows.filter(status=Status.DEVELOPMENT)),
    "deferred": (pgettext_lazy("tickets", "Deferred"), lambda rows, user, at: rows.filter(status=Status.DEFERRED)),
    "open": (gettext_lazy("All open"), lambda rows, user, at: rows.open()),
    "closed": (pgettext_lazy("tickets", "Closed"), lambda rows, user, at: rows.ended()),
}


@dataclass(frozen=True)
class Wanted:
    """What the address asks for, checked."""

    tab: str
    query: str
    customer: Customer | None
    after: str

    @property
    def order(self) -> Order:
        if self.query:
            return keyset.LATEST
        return keyset.BY_CLOSING if self.tab == "closed" else keyset.QUEUE

    def url(self, *, tab: str = "", query: str = "", after: str = "", with_customer: bool = True) -> str:
        """The address of another view of the queue; the customer's filter stays unless told otherwise."""
        told = {
            "tab": tab if tab != FIRST_TAB else "",
            "q": query,
            "customer": self.customer.pk if self.customer and with_customer else "",
            "after": after,
        }
        asked = urlencode({name: value for name, value in told.items() if value})
        return reverse("admin:tickets_ticket_changelist") + (f"?{asked}" if asked else "")


@dataclass(frozen=True, slots=True)
class NextTicket:
    number: int
    subject: str
    url: str
    customer: str | None
    why: str
    take_url: str


@dataclass(frozen=True, slots=True)
class QueueRow:
    number: int
    url: str
    subject: str
    customer: str | None
    level: str | None
    status: Tag
    reaction: Reaction | None
    criticality: str
    criticality_code: str
    channel: ChannelTag
    received_at: datetime
    engineer: str | None
    why: str
    rung: int
    unread: bool
    has_files: bool


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The queue, one tab of it, or what a search found."""
    user = staff(request, Act.SEE_TICKETS)
    at = timezone.now()
    wanted = _wanted(request)
    everything = Ticket.objects.filter(customer=wanted.customer) if wanted.customer else Ticket.objects.all()
    counts = everything.queue_counts(user, at)
    found = _found(everything, wanted, user, at)
    rows, has_more = _page_of(found, wanted)
    links = PageLink(
        next_url=wanted.url(tab=wanted.tab, query=wanted.query, after=_cursor(wanted, rows)) if has_more else None,
        first_url=wanted.url(tab=wanted.tab, query=wanted.query) if wanted.after else None,
        next_label=_("Show %(n)d more") % {"n": PAGE},
    )
    is_all = not has_more and not wanted.after
    context = {
        **admin.site.each_context(request),
        "title": _("Queue"),
        "next_ticket": _next(everything),
        "can_take": may(user, Act.WORK),
        "tabs": [
            TabLink(str(label), wanted.url(tab=code), code == wanted.tab and not wanted.query, counts.get(code))
            for code, (label, _part) in TABS.items()
        ],
        "rows": _rows(rows, at),
        "query": wanted.query,
        "tab": wanted.tab,
        "customer": wanted.customer,
        "reset_url": wanted.url(with_customer=False),
        "page": links,
        "total_words": _total_words(found, wanted, counts, shown=len(rows), is_all=is_all),
        "now": timezone.localtime(at),
        "attention": counts["at_risk"],
        "missing": missing_year(at) if may(user, Act.MANAGE_SERVICE) else None,
        "empty": "search" if wanted.query else "queue" if wanted.tab == FIRST_TAB else "tab",
    }
    return TemplateResponse(request, "admin/tickets/queue.html", context)


def _wanted(request: HttpRequest) -> Wanted:
    """Read the address. What names no tab, no customer or no place in the list is an address that does not exist."""
    tab, customer = request.GET.get("tab") or FIRST_TAB, None
    if tab not in TABS:
        raise Http404
    if told := request.GET.get("customer"):
        if not (told.isascii() and told.isdigit() and len(told) < 19):
            raise Http404
        customer = Customer.objects.filter(pk=int(told)).first()
        if customer is None:
            raise Http404
    return Wanted(tab, one_line(request.GET.get("q", ""))[:100], customer, request.GET.get("after", ""))


def _found(everything: TicketQuerySet, wanted: Wanted, user: User, at: datetime) -> TicketQuerySet:
    if wanted.query:
        return everything.matching(wanted.query)
    _label, part = TABS[wanted.tab]
    return part(everything, user, at)


def _page_of(found: TicketQuerySet, wanted: Wanted) -> tuple[list[Any], bool]:
    """The requests of this page with the names that a line shows, and whether there are more."""
    rows: QuerySet[Ticket] = found.with_level_name()
    if wanted.after:
        try:
            rows = wanted.order.behind(rows, wanted.after)
        except CursorNotValid as error:
            raise Http404 from error
    rows = (
        wanted.order.sort(rows)
        .only(
            "number", "subject", "status", "status_changed_at", "criticality", "criticality_confirmed_at", "channel",
            "received_at", "updated_at", "due_at", "at_risk_at", "reacted_at", "calendar_version", "is_term_promised",
            "rung", "queue_at", "closed_at", "deferred_until_date", "ground", "outcome", "last_message_at",
            "last_message_by_staff",
        )
        # Names instead of rows: to make five objects of each line took as long as to draw it. Each is looked up for the
        # lines of the page; joins, and EXISTS, PostgreSQL prepares for all requests or files that there are.
        .annotate(
            first_file=Subquery(Attachment.objects.filter(ticket=OuterRef("pk")).values("pk")[:1]),
            customer_name=Subquery(Customer.objects.filter(pk=OuterRef("customer")).values("name")),
            engineer_name=Subquery(User.objects.filter(pk=OuterRef("engineer")).values("full_name")),
        )
    )  # fmt: skip
    some: list[Any] = list(rows[: PAGE + 1])
    return some[:PAGE], len(some) > PAGE


def _cursor(wanted: Wanted, rows: list[Any]) -> str:
    return wanted.order.cursor(rows[-1])


def _next(everything: TicketQuerySet) -> NextTicket | None:
    """The request that should be taken first."""
    first = (
        everything.untaken()
        .in_queue_order()
        .select_related("customer")
        .only("number", "subject", "status", "rung", "criticality_confirmed_at", "customer__name")
        .first()
    )
    if first is None:
        return None
    return NextTicket(
        number=first.number,
        subject=first.subject,
        url=page_of(first),
        customer=first.customer.name if first.customer else None,
        why=why(first),
        take_url=verb_url(first.number, "take"),
    )


def why(ticket: Ticket) -> str:
    """«Почему здесь»: the rung in words; of an ended request, how it ended."""
    if not ticket.is_open:
        return ticket.get_ground_display() or ticket.get_outcome_display()
    return rank.why(ticket.rung, is_confirmed=ticket.criticality_confirmed_at is not None)


def _rows(tickets: list[Any], at: datetime) -> list[QueueRow]:
    """The rows as they are printed. Words that repeat are looked up once: a page has fifty of each."""
    criticalities = {code.value: str(code.label) for code in Criticality}
    channels = {code.value: channel_tag(code) for code in Channel}
    return [_row(ticket, at, criticalities[ticket.criticality], channels[ticket.channel]) for ticket in tickets]


def _row(ticket: Any, at: datetime, criticality: str, channel: ChannelTag) -> QueueRow:
    return QueueRow(
        number=ticket.number,
        url=page_of(ticket),
        subject=ticket.subject,
        customer=ticket.customer_name,
        level=ticket.level_name if ticket.is_term_promised else None,
        status=status_tag(ticket),
        reaction=reaction_tag(ticket, at, for_customer=False),
        criticality=criticality,
        criticality_code=ticket.criticality,
        channel=channel,
        received_at=ticket.received_at,
        engineer=initials(ticket.engineer_name) if ticket.engineer_name else None,
        why=why(ticket),
        rung=ticket.rung,
        unread=ticket.is_open and ticket.last_message_at is not None and not ticket.last_message_by_staff,
        has_files=ticket.first_file is not None,
    )


def _total_words(found: TicketQuerySet, wanted: Wanted, counts: dict[str, int], *, shown: int, is_all: bool) -> str:
    if wanted.query:
        if not is_all:
            return _("More than %(n)d tickets found") % {"n": PAGE}
        return ngettext("Found %(n)d ticket", "Found %(n)d tickets", shown) % {"n": shown}
    if wanted.tab == "closed":
        n = shown if is_all else found.order_by()[: MOST_COUNTED + 1].count()
        if n > MOST_COUNTED:
            return _("More than %(n)d closed tickets") % {"n": MOST_COUNTED}
        return ngettext("%(n)d closed ticket", "%(n)d closed tickets", n) % {"n": n}
    n = counts[wanted.tab]
    return ngettext("%(n)d open ticket", "%(n)d open tickets", n) % {"n": n}
