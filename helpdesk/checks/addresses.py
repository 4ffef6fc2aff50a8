"""How the desk is reached: its public address, the proxy in front, and what must be off."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from helpdesk.checks.hosts import is_invented, is_this_machine


@register(deploy=True)
def debug(**_: Any) -> list[CheckMessage]:
    if not settings.DEBUG:
        return []
    return [
        Error(
            "DEBUG is on: an error page would show settings and customers' data to whoever meets it.",
            hint="Take DEBUG out of the environment.",
            id="helpdesk.E001",
        )
    ]


@register(deploy=True)
def site_url(**_: Any) -> list[CheckMessage]:
    parts = urlsplit(settings.SITE_URL)
    host = parts.hostname or ""
    if is_this_machine(host) or is_invented(host):
        return [
            Error(
                f"SITE_URL is {settings.SITE_URL}: links in letters would lead nowhere.",
                hint="Set the address that customers type, such as https://help.your-company.ru",
                id="helpdesk.E002",
            )
        ]
    if parts.scheme == "http":
        return [
            Error(
                f"SITE_URL is {settings.SITE_URL}: passwords would travel in the clear.",
                hint="Put a proxy with TLS in front, write https:// here, and set TRUSTED_PROXY_COUNT.",
                id="helpdesk.E003",
            )
        ]
    if settings.TRUSTED_PROXY_COUNT == 0:
        return [
            Error(
                "SITE_URL is https, and TRUSTED_PROXY_COUNT is 0: the desk itself speaks plain HTTP only, so it cannot"
                " tell who came by https, and every reader has the address of the proxy.",
                hint="Set TRUSTED_PROXY_COUNT to the number of proxies in front, and let the first of them set"
                " X-Forwarded-For and X-Forwarded-Proto itself.",
                id="helpdesk.E004",
            )
        ]
    return []


@register(deploy=True)
def allowed_hosts(**_: Any) -> list[CheckMessage]:
    hosts, own = settings.ALLOWED_HOSTS, urlsplit(settings.SITE_URL).hostname or ""
    found: list[CheckMessage] = []
    if "*" in hosts:
        found.append(
            Error(
                "ALLOWED_HOSTS has *: a stranger could have pages made with the name of his own host.",
                hint=f"Leave ALLOWED_HOSTS out: it is {own} then. Add names only by name.",
                id="helpdesk.E005",
            )
        )
    elif not any(own == host or (host.startswith(".") and f".{own}".endswith(host)) for host in hosts):
        found.append(
            Error(
                f"ALLOWED_HOSTS lacks {own}, the host of SITE_URL: every page would be answered with 400.",
                hint=f"Add {own} to ALLOWED_HOSTS, or leave ALLOWED_HOSTS out.",
                id="helpdesk.E006",
            )
        )
    return found


@register()
def time_zone(**_: Any) -> list[CheckMessage]:
    """Django itself asks only machines that have /usr/share/zoneinfo."""
    try:
        ZoneInfo(settings.TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return [
            Error(
                f"TIME_ZONE is {settings.TIME_ZONE!r}, which is no time zone.",
                hint="Take a name such as Asia/Yekaterinburg or Europe/Moscow.",
                id="helpdesk.E007",
            )
        ]
    return []
