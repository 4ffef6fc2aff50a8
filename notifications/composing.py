"""A letter of the outbox as it stands on the wire (RFC 5322): headers, text and HTML."""

from __future__ import annotations

from email import charset as charsets
from email.header import Header
from email.utils import format_datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from content.text import one_line
from notifications.models import OutgoingEmail

# Quoted-printable passes every server unchanged, also one without 8BITMIME, and knows no line over 76 characters.
_CHARSET = charsets.Charset("utf-8")
_CHARSET.body_encoding = charsets.QP


class _Letter(EmailMultiAlternatives):
    encoding = _CHARSET

    def message(self, **told: Any) -> Any:
        message = super().message(**told)
        # Django folds a long subject after the colon already, and then some readers begin it with a space.
        message.replace_header("Subject", Header(str(self.subject), "utf-8", header_name="Subject"))
        return message


def compose(row: OutgoingEmail, connection: BaseEmailBackend | None = None) -> EmailMultiAlternatives:
    """The letter to its one reader, the same each time: a repeat is recognisable by Message-ID, and by Date too."""
    text, html = row.bodies()
    headers = {"Message-ID": row.message_id, "Date": format_datetime(timezone.localtime(row.created_at))}
    if row.in_reply_to:
        headers |= {"In-Reply-To": row.in_reply_to, "References": row.in_reply_to}
    if row.is_automatic:
        headers["Auto-Submitted"] = "auto-generated"  # RFC 3834: robots do not answer it
    message = _Letter(
        subject=one_line(row.subject),
        body=text,
        to=[row.to_address],
        reply_to=[settings.SUPPORT_EMAIL],
        headers=headers,
        connection=connection,
    )
    if html:
        message.attach_alternative(html, "text/html")
    return message
