"""Letters: from whom, through which server, and whether it answers."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.mail import get_connection
from django.core.validators import validate_email

from helpdesk.checks.hosts import answers, is_invented, is_this_machine

CATCHER = ("mail", 1025)
"""Where scripts/new_secrets.py lets letters go until somebody says where to."""


@register(deploy=True)
def our_address(**_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    domain = settings.SUPPORT_EMAIL.rpartition("@")[2]
    if is_invented(domain) or is_this_machine(domain) or not _is_address(settings.SUPPORT_EMAIL):
        found.append(
            Error(
                f"SUPPORT_EMAIL is {settings.SUPPORT_EMAIL!r}: letters would come from nobody, and be refused.",
                hint="Set an address of your own domain that people can write to.",
                id="helpdesk.E020",
            )
        )
    elif is_invented(settings.MAIL_DOMAIN) or is_this_machine(settings.MAIL_DOMAIN) or "." not in settings.MAIL_DOMAIN:
        found.append(
            Error(
                f"MAIL_DOMAIN is {settings.MAIL_DOMAIN!r}: it ends the Message-ID of every letter.",
                hint="Leave it out: it is the domain of SUPPORT_EMAIL then.",
                id="helpdesk.E021",
            )
        )
    return found


@register(deploy=True)
def our_server(**_: Any) -> list[CheckMessage]:
    if settings.EMAIL_BACKEND.startswith("anymail."):
        return _provider()
    if "smtp" not in settings.EMAIL_BACKEND:
        return []
    host, port = settings.EMAIL_HOST, settings.EMAIL_PORT
    found: list[CheckMessage] = []
    if settings.EMAIL_HOST_PASSWORD and not (settings.EMAIL_USE_SSL or settings.EMAIL_USE_TLS or is_this_machine(host)):
        found.append(
            Error(
                f"EMAIL_URL gives its password to {host} over an open connection.",
                hint="Write smtps:// (TLS from the start) or smtp+tls:// (STARTTLS) instead of smtp://",
                id="helpdesk.E024",
            )
        )
    if (host, port) == CATCHER and settings.SITE_URL.startswith("https:"):
        found.append(
            Warning(
                f"EMAIL_URL leads to the mail catcher of a trial, {host}:{port}: no letter reaches anybody.",
                hint="Set EMAIL_URL to smtp+tls://user:password@host:587 of your mail server, or to a provider.",
                id="helpdesk.W027",
            )
        )
    if reason := answers(host, port):
        is_set = "EMAIL_URL" in os.environ or "EMAIL_URL_FILE" in os.environ
        found.append(
            Warning(
                f"The mail server {host}:{port} takes no connection ({reason}): letters wait.",
                hint="Mend EMAIL_URL, or open the way to it."
                if is_set
                else "EMAIL_URL is not set: set it to smtp+tls://user:password@host:587 or to a provider.",
                id="helpdesk.W023",
            )
        )
    return found


def _provider() -> list[CheckMessage]:
    name = settings.EMAIL_BACKEND.split(".")[2]
    try:
        get_connection()
    except ImportError:
        return [
            Error(
                f"EMAIL_URL names {name!r}, which is no provider of anymail.",
                hint="Take a name of its documentation, such as unisender-go: or mailgun:",
                id="helpdesk.E025",
            )
        ]
    except ImproperlyConfigured as error:
        return [
            Error(
                f"EMAIL_URL names {name!r}, whose settings are not complete: {str(error).splitlines()[0]}",
                hint="Set the variables that it asks for as ANYMAIL_…, or ANYMAIL_…_FILE for a secret.",
                id="helpdesk.E026",
            )
        ]
    return []


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
