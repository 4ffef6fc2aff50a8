"""From a signed-in person to the organisation that he works in, and to the requests that he may see there.

Every page of the cabinet enters through @cabinet_page, and finds a request through find_ticket. A page belongs to one
organisation: the request's, or the one that the form was opened in. Only choosing another one changes the session,
so a second tab never moves what stands in the first.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.models import User
from customers.models import Membership
from tickets.models import Ticket
from tickets.workflow.customer import NotAWriter

SESSION_KEY = "customer"
P = ParamSpec("P")

# What a page of a request shows from other rows. The sealed columns stay in the database: no page here needs them.
_SHOWN_WITH = ("author", "engineer", "server", "credential")
_SEALED = ("login_sealed", "password_sealed", "note_sealed", "key_file_sealed")


class CabinetRequest(HttpRequest):
    """A request of a customer's person: both are known to be there."""

    user: User
    membership: Membership


def memberships_of(request: HttpRequest) -> list[Membership]:
    """Where the person works, by name; asked once in a request."""
    if not isinstance(request.user, User):
        return []
    if not hasattr(request, "_memberships"):
        places = list(Membership.objects.of(request.user))
        for place in places:
            place.user = request.user  # known already: the verbs need not ask for him again
        request._memberships = places  # type: ignore[attr-defined]
    known: list[Membership] = request._memberships  # type: ignore[attr-defined]
    return known


def cabinet_page(
    view: Callable[Concatenate[CabinetRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let in a person with a membership; the chosen organisation is request.membership. Staff go to their own pages.

    An observer who tries to write gets a page that says so.
    """

    @wraps(view)
    def enter(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        places = memberships_of(request)
        if not places:
            if isinstance(request.user, User) and request.user.is_staff:
                return redirect("admin:index")
            return render(request, "cabinet/no_membership.html", status=403)
        chosen = request.session.get(SESSION_KEY)
        request.membership = next((place for place in places if place.customer_id == chosen), places[0])  # type: ignore[attr-defined]
        try:
            return view(request, *args, **kwargs)  # type: ignore[arg-type]
        except NotAWriter as refusal:
            raise PermissionDenied(str(refusal)) from refusal

    return enter


def work_in(request: CabinetRequest, place: Membership) -> None:
    """Choose the organisation: the person's on this page and on the following ones."""
    request.session[SESSION_KEY] = place.customer_id
    request.membership = place


def work_where_the_form_is(request: CabinetRequest) -> None:
    """Let the page be of the organisation that its form or its link names, whatever another tab has chosen since.

    A form that names none is taken from a person of one organisation only. Raises Http404.
    """
    is_sent, places = request.method == "POST", memberships_of(request)
    told = (request.POST if is_sent else request.GET).get("membership")
    if told is None and (len(places) == 1 or not is_sent):
        return
    place = next((place for place in places if str(place.pk) == told), None)
    if place is None:
        raise Http404
    request.membership = place


def find_ticket(request: CabinetRequest, number: int) -> Ticket:
    """The request with that number, as its page shows it. Where the person may not see it, it is as if there were none:
    raises Http404. The page of a request of another organisation of his own is a page of that organisation."""
    visible = Q()
    for place in memberships_of(request):
        visible |= Q(pk__in=Ticket.objects.visible_to(place).filter(number=number).values("pk"))
    ticket: Ticket | None = (
        # The number again, outside: with so many joined rows PostgreSQL would not begin with those of `visible`.
        Ticket.objects.filter(visible, number=number)
        .select_related(*_SHOWN_WITH)
        .with_level_name()
        .defer(*(f"credential__{name}" for name in _SEALED))
        .first()
    )
    if ticket is None:
        raise Http404
    if ticket.customer_id != request.membership.customer_id:
        places = memberships_of(request)
        request.membership = next(place for place in places if place.customer_id == ticket.customer_id)
    return ticket
