from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing_cabinet import working_days as pages
from billing_cabinet.access import CabinetRequest, cabinet_page
from billing_cabinet.service import service_of
from billing_cabinet.support_card import contract_notice, every_term, support_card


@require_safe
@cabinet_page
def support(request: CabinetRequest) -> HttpResponse:
    """«Договор и поддержка»: what the contract gives, and what a reaction is (3.6.2, 3.7.1, 3.8.1)."""
    now = timezone.now()
    service = service_of(request.membership.customer, now)
    return render(
        request,
        "cabinet/support.html",
        {
            "organisation": request.membership.customer,
            "contract_notice": contract_notice(service.contract, now) if service.contract else None,
            "days_off": service.days_off(now),
            "support": support_card(service, now),
            "terms": every_term(service.promised) if service.promised else [],
            "year": timezone.localdate(now).year,
        },
    )


@require_safe
@cabinet_page
def working_days(request: CabinetRequest) -> HttpResponse:
    """«Рабочие дни»: a year of the calendar that the organisation is served by (3.5b.2)."""
    now = timezone.now()
    service = service_of(request.membership.customer, now)
    shown = pages.years_shown(service.calendar, timezone.localdate(now))
    try:
        year = pages.asked_year(request.GET, shown, timezone.localdate(now))
    except pages.YearNotShown as refusal:
        refused = {"refusal": str(refusal), "tabs": pages.year_tabs(shown, None)}
        return render(request, "cabinet/working_days.html", refused, status=422)
    context = {"days": pages.working_days(service, year, now), "tabs": pages.year_tabs(shown, year), "year": year}
    return render(request, "cabinet/working_days.html", context)
