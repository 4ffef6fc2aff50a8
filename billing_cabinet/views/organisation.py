from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing_cabinet.access import CabinetRequest, cabinet_page, memberships_of, work_in


@require_POST
@cabinet_page
def switch(request: CabinetRequest) -> HttpResponse:
    """Work in another of one's organisations."""
    chosen = request.POST.get("membership", "")
    place = next((place for place in memberships_of(request) if str(place.pk) == chosen), None)
    if place is None:
        raise Http404
    work_in(request, place)
    messages.info(request, _("You now work in %(organisation)s.") % {"organisation": place.customer.name})
    return redirect("cabinet:dashboard")
