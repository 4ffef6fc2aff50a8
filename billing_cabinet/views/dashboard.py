from __future__ import annotations

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing_cabinet.access import CabinetRequest, cabinet_page
from billing_cabinet.rows import row, with_row_facts
from billing_cabinet.service import service_of
from billing_cabinet.support_card import support_card
from tickets.keyset import LATEST
from tickets.models import Ticket
from tickets.statuses import OPEN, Status

SHOWN = 5


@require_safe
@cabinet_page
def dashboard(request: CabinetRequest) -> HttpResponse:
    """What waits for the customer, what is open, and what support owes him (3.6.2)."""
    now = timezone.now()
    visible = Ticket.objects.visible_to(request.membership)
    counts = visible.aggregate(every=Count("pk"), open=Count("pk", filter=Q(status__in=OPEN)))
    newest = LATEST.sort(visible.open())[:SHOWN].values("pk")
    waiting = LATEST.sort(visible.waiting())[:SHOWN].values("pk")
    shown = list(LATEST.sort(with_row_facts(visible.filter(Q(pk__in=newest) | Q(pk__in=waiting)))))
    service = service_of(request.membership.customer, now)
    return render(
        request,
        "cabinet/dashboard.html",
        {
            "days_off": service.days_off(now),
            "waiting": [row(ticket, now) for ticket in shown if ticket.status == Status.WAITING][:SHOWN],
            "open_tickets": [row(ticket, now) for ticket in shown][:SHOWN],
            "open_count": counts["open"],
            "has_tickets": counts["every"] > 0,
            "can_file": request.membership.may_write,
            "support": support_card(service, now),
        },
    )
