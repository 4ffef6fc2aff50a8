"""The letters that we owe or have sent: to whom, in which state, and what went wrong. Nothing here is edited.

Closed to everybody as it stands: which roles open these pages is said where they are registered.
"""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from content.templatetags.ui import moment
from notifications import outbox
from notifications.models import OutgoingEmail


class OutgoingEmailPages(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("subject", "to_address", "state", "attempts", "written", "left", "error")
    list_display_links = ("subject",)
    list_filter = ("state",)
    search_fields = ("to_address", "subject")
    search_help_text = gettext_lazy("Address or subject")
    ordering = ("-pk",)
    sortable_by = ()
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = ("send_again",)
    fields = (
        "subject", "to_address", "state", "attempts", "last_error", "written", "due", "left",
        "obligation", "about", "fixed_id", "is_automatic", "body",
    )  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutgoingEmail]:
        return super().get_queryset(request).defer("html_body")

    @admin.display(description=gettext_lazy("Written"))
    def written(self, letter: OutgoingEmail) -> str:
        return moment(letter.created_at)

    @admin.display(description=gettext_lazy("Not before"))
    def due(self, letter: OutgoingEmail) -> str:
        return moment(letter.due_at)

    @admin.display(description=gettext_lazy("Sent"))
    def left(self, letter: OutgoingEmail) -> str:
        return moment(letter.sent_at) or "—"

    @admin.display(description="Message-ID")
    def fixed_id(self, letter: OutgoingEmail) -> str:
        return letter.message_id

    @admin.display(description=gettext_lazy("Last error"))
    def error(self, letter: OutgoingEmail) -> str:
        return letter.last_error[:80] or "—"

    @admin.display(description=gettext_lazy("Text"))
    def body(self, letter: OutgoingEmail) -> str:
        """As it was sent. A sealed letter carries a link that is worth an account: nobody reads it here."""
        if letter.is_sealed:
            return _("The content is sealed: it holds a personal link.")
        return format_html('<div class="letter-text">{}</div>', letter.text_body)

    @admin.action(description=gettext_lazy("Send again"), permissions=["retry"])
    def send_again(self, request: HttpRequest, letters: QuerySet[OutgoingEmail]) -> None:
        """Letters that failed for good go back into the outbox; others are left alone."""
        at = timezone.now()
        sent = sum(outbox.retry(letter, at=at) for letter in letters)
        words = ngettext("%(n)d letter will be sent again.", "%(n)d letters will be sent again.", sent) % {"n": sent}
        self.message_user(request, words, messages.SUCCESS if sent else messages.WARNING)
