"""What the staff's pages share: who looks, the status in their words, and where their buttons lead."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Act, NotAllowed, require
from tickets.models import Ticket
from tickets.shapes import Tag
from tickets.statuses import Status
from tickets.thread_lines import day_of


def staff(request: HttpRequest, act: Act) -> User:
    """The signed-in person, whose role permits the act. Anybody else gets the page that says so (403)."""
    person = request.user
    if not isinstance(person, User):
        raise PermissionDenied
    try:
        require(person, act)
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    return person


def status_tag(ticket: Ticket) -> Tag:
    """The status as the staff call it; a deferred request names its day."""
    label = str(Status(ticket.status).label)
    if ticket.status == Status.DEFERRED and ticket.deferred_until_date:
        day = day_of(ticket.deferred_until_date, seen=ticket.updated_at)
        label = _("Deferred, back on %(date)s") % {"date": day}
    return Tag(ticket.status, label, ticket.status_tone)


def page_of(ticket: Ticket) -> str:
    """The address of the workplace of a request."""
    return reverse("admin:tickets_ticket_change", args=[ticket.number])


def verb_url(number: int, verb: str) -> str:
    """Where the button of a verb posts to."""
    return reverse(f"admin:tickets_ticket_{verb}", args=[number])
