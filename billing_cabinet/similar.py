"""«Создать похожую»: what a new form takes over from a request, and from the person who fills it in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounts.models import User
from billing_cabinet.access import CabinetRequest
from billing_cabinet.forms.saved_servers import NO_SERVER, OTHER_SERVER
from tickets.models import Ticket
from tickets.statuses import Status


def similar(request: CabinetRequest) -> Ticket | None:
    """The request that `?like=` names; none where there is no such number or the person may not see it."""
    number = request.GET.get("like", "")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    return Ticket.objects.visible_to(request.membership).filter(number=int(number)).first()


def prefilled(user: User, like: Ticket | None) -> dict[str, Any]:
    """The person's own contacts; or the server, the version and the contacts of the similar request."""
    if like is None:
        return {"contact_name": user.full_name, "contact_phone": user.phone, "contact_email": user.email}
    server = str(like.server_id) if like.server_id else OTHER_SERVER if like.server_address else NO_SERVER
    return {
        "contact_name": like.contact_name,
        "contact_phone": like.contact_phone,
        "contact_email": like.contact_email,
        "server": server,
        "server_address": "" if like.server_id else like.server_address,
        "version": like.version,
        "version_unknown": not like.version,
    }


def followed(like: Ticket | None, at: datetime) -> Ticket | None:
    """The request that the new one goes on with: one that is closed for too long to be reopened."""
    is_over = like is not None and like.status == Status.CLOSED and not like.may_be_reopened(at)
    return like if is_over else None
