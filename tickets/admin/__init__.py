"""The staff's pages of requests. Not ChangeList and ModelForm: our own views at the admin's addresses (card.5)."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, path

from accounts.admin_permissions import RoleAccess
from accounts.roles import Act
from tickets.admin import queue, verbs, workplace
from tickets.admin.moves import VERBS
from tickets.models import Ticket


@admin.register(Ticket)
class TicketAdmin(RoleAccess, admin.ModelAdmin):  # type: ignore[type-arg]
    """The queue, the workplace, and where its buttons post to; the public number stands in the address.

    Requests come in through the cabinet and never go: adding and deleting are not offered.
    """

    view_act = Act.SEE_TICKETS
    change_act = Act.WORK

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view
        moves = [
            path(f"<int:number>/{verb}/", page(verbs.move), {"verb": verb}, name=f"tickets_ticket_{verb}")
            for verb in VERBS
        ]
        return [
            path("", page(queue.page), name="tickets_ticket_changelist"),
            path("<int:number>/change/", page(workplace.page), name="tickets_ticket_change"),
            path("<int:number>/reply/", page(verbs.reply), name="tickets_ticket_reply"),
            path("<int:number>/note/", page(verbs.note), name="tickets_ticket_note"),
            *moves,
        ]
