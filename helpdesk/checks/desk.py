"""What the desk must be told before it can keep its promises."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import Error, connection
from django.utils import timezone

from accounts.models import StaffRole
from accounts.roles import Role
from sla.models import SupportLevel
from sla.production_calendar import known_years

NOTICE = timedelta(weeks=8)


@register(deploy=True)
def production_calendar(**_: Any) -> list[CheckMessage]:
    last = date(known_years()[-1], 12, 31)
    if timezone.localdate() < last - NOTICE:
        return []
    return [
        Warning(
            f"The official Russian days are known until {last:%d.%m.%Y}: later deadlines would not know the holidays.",
            hint="Upgrade to a release that has the government's decree for the next year.",
            id="helpdesk.W080",
        )
    ]


@register(Tags.database, deploy=True)
def first_steps(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    if "default" not in (databases or ()):
        return []
    found: list[CheckMessage] = []
    try:
        if not StaffRole.objects.filter(role=Role.ADMINISTRATOR, user__is_active=True).exists():
            found.append(
                Warning(
                    "Nobody is an administrator of the desk.",
                    hint="Run manage.py createsuperuser.",
                    id="helpdesk.W081",
                )
            )
        if not SupportLevel.objects.filter(is_internal_default=True).exists():
            found.append(
                Warning(
                    "No support level is the internal one: requests without a valid contract would have no term.",
                    hint="Open a level on the staff's pages, under support levels, and make it the internal one.",
                    id="helpdesk.W082",
                )
            )
    except Error:  # no server or no tables: said by database.py and record.py
        connection.close_if_unusable_or_obsolete()
    return found
