"""The list of requests: its tabs, scope and search from the query string, and one page of it by keyset."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from billing_cabinet.rows import with_row_facts
from content.text import one_line
from customers.models import Membership
from tickets.keyset import LATEST, CursorNotValid
from tickets.models import Message, Ticket
from tickets.querysets import TicketQuerySet
from tickets.shapes import PageLink, TabLink
from tickets.statuses import OPEN, Status

PAGE = 25
LONGEST_QUERY = 200

_TABS: dict[str, Q] = {
    "open": Q(status__in=OPEN),
    "waiting": Q(status=Status.WAITING),
    "closed": Q(status__in=[Status.RESOLVED, Status.CLOSED]),
    "all": Q(),
}


@dataclass(frozen=True)
class Listing:
    """What the reader asked for. An unknown tab or scope is the usual one; a search looks into all tabs unless told."""

    tab: str
    mine: bool
    query: str
    after: str = ""

    @classmethod
    def asked(cls, told: QueryDict) -> Listing:
        """From the query string."""
        query = one_line(told.get("q", ""))[:LONGEST_QUERY]
        usual = "all" if query else "open"
        tab = told.get("tab", "")
        return cls(
            tab=tab if tab in _TABS else usual,
            mine=told.get("scope") == "mine",
            query=query,
            after=_place(told.get("after", "")),
        )

    @property
    def told_tab(self) -> str:
        """The tab as the address tells it: empty for the usual one, so that a search from there finds everything."""
        return "" if self.tab == ("all" if self.query else "open") else self.tab

    @property
    def told_scope(self) -> str:
        """The scope as it stands in the address."""
        return "mine" if self.mine else ""

    def url(self) -> str:
        """The address that asks for this very list."""
        told = {"tab": self.told_tab, "scope": self.told_scope, "q": self.query, "after": self.after}
        text = urlencode({key: value for key, value in told.items() if value})
        return reverse("cabinet:ticket_list") + (f"?{text}" if text else "")

    def found(self, by: Membership) -> TicketQuerySet:
        """What the search finds among the requests that the person may see, whatever the tab."""
        tickets = Ticket.objects.visible_to(by)
        if self.mine:
            tickets = tickets.filter(author_id=by.user_id)
        return tickets.filter(_matches(self.query)) if self.query else tickets

    def counts(self, by: Membership) -> dict[str, int]:
        """How many the search finds on each tab; one query."""
        counts: dict[str, int] = self.found(by).aggregate(**{tab: Count("pk", filter=q) for tab, q in _TABS.items()})
        return counts

    def rows(self, by: Membership) -> QuerySet[Ticket]:
        """The requests of the tab from the cursor on, latest first."""
        tickets: QuerySet[Ticket] = with_row_facts(self.found(by).filter(_TABS[self.tab]))
        if self.after:
            tickets = LATEST.behind(tickets, self.after)
        return LATEST.sort(tickets)

    def tabs(self, counts: dict[str, int]) -> list[TabLink]:
        """The tabs with what stands on them."""
        labels = {
            "open": pgettext("tickets", "Open"),
            "waiting": _("Waiting for reply"),
            "closed": pgettext("tickets", "Closed"),
            "all": pgettext("tickets", "All"),
        }
        return [
            TabLink(label, replace(self, tab=tab, after="").url(), tab == self.tab, counts[tab])
            for tab, label in labels.items()
        ]

    def scopes(self, by: Membership) -> list[TabLink] | None:
        """The choice between one's own requests and the organisation's, for those who see the latter."""
        if not by.sees_whole_organisation:
            return None
        return [
            TabLink(_("Mine"), replace(self, mine=True, after="").url(), self.mine),
            TabLink(_("Whole organisation"), replace(self, mine=False, after="").url(), not self.mine),
        ]

    def emptiness(self, counts: dict[str, int]) -> str:
        """Why there are no rows: the search found nothing, the tab or the scope is empty, or nothing was ever filed."""
        if self.query:
            return "search"
        return "tab" if self.mine or counts["all"] else "new"

    def links(self, last: Ticket | None) -> PageLink:
        """To the next page, after the `last` row of this one, and back to the first."""
        following = replace(self, after=LATEST.cursor(last)).url() if last else None
        return PageLink(following, replace(self, after="").url() if self.after else None)


def _place(cursor: str) -> str:
    """The cursor if it names a place in the list, else none: an address that was cut or made up shows page one."""
    try:
        LATEST.behind(Ticket.objects.none(), cursor)
    except CursorNotValid:
        return ""
    return cursor


def _matches(query: str) -> Q:
    """Number, subject and text; of the correspondence what the customer reads, never a note."""
    said = Message.objects.for_customer().filter(ticket=OuterRef("pk"), body__icontains=query)
    matches: Q = Q(subject__icontains=query) | Q(description__icontains=query) | Q(Exists(said))
    number = query.strip("№#[]. ")
    if number.isascii() and number.isdigit() and len(number) < 19:
        matches |= Q(number=int(number))
    return matches
