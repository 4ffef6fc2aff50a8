from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing_cabinet.access import CabinetRequest, cabinet_page, find_ticket
from billing_cabinet.listing import PAGE, Listing
from billing_cabinet.rows import row
from billing_cabinet.ticket_page import ticket_page


@require_safe
@cabinet_page
def ticket_list(request: CabinetRequest) -> HttpResponse:
    """The requests that the person may see, latest change first, 25 on a page (3.4.4)."""
    now = timezone.now()
    listing = Listing.asked(request.GET)
    counts = listing.counts(request.membership)
    found = list(listing.rows(request.membership)[: PAGE + 1])
    return render(
        request,
        "cabinet/ticket_list.html",
        {
            "tabs": listing.tabs(counts),
            "scopes": listing.scopes(request.membership),
            "rows": [row(ticket, now) for ticket in found[:PAGE]],
            "query": listing.query,
            "tab": listing.told_tab,
            "scope": listing.told_scope,
            "page": listing.links(found[PAGE - 1] if len(found) > PAGE else None),
            "can_file": request.membership.may_write,
            "empty": listing.emptiness(counts),
            "reset_url": reverse("cabinet:ticket_list"),
        },
    )


@require_safe
@cabinet_page
def ticket_detail(request: CabinetRequest, number: int) -> HttpResponse:
    """One request with the whole correspondence and its history (3.4.4)."""
    return ticket_page(request, find_ticket(request, number), at=timezone.now())
