"""A letter of the outbox as it stands on the wire (RFC 5322): headers, text and HTML."""

from __future__ import annotations

from email import charset as charsets

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from content.text import one_line
from notifications.models import OutgoingEmail

# Quoted-printable passes every server unchanged, also one without 8BITMIME, and knows no line over 76 characters.
_CHARSET = charsets.Charset("utf-8")
_CHARSET.body_encoding = charsets.QP


def compose(row: OutgoingEmail, connection: BaseEmailBackend | None = None) -> EmailMultiAlternatives:
    """The letter with its fixed Message-ID and its place in the thread, to one reader."""
    text, html = row.bodies()
    headers = {"Message-ID": row.message_id}
    if row.in_reply_to:
        headers |= {"In-Reply-To": row.in_reply_to, "References": row.in_reply_to}
    if row.is_automatic:
        headers["Auto-Submitted"] = "auto-generated"  # RFC 3834: robots do not answer it
    message = EmailMultiAlternatives(
        subject=one_line(row.subject),
        body=text,
        to=[row.to_address],
        reply_to=[settings.SUPPORT_EMAIL],
        headers=headers,
        connection=connection,
    )
    message.encoding = _CHARSET
    if html:
        message.attach_alternative(html, "text/html")
    return message
