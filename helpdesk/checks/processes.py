"""How many processes there are."""

from __future__ import annotations

import os
from typing import Any

from django.core.checks import CheckMessage, Error, register


def web_processes() -> int | None:
    """As gunicorn will read it; None where it cannot."""
    told = os.environ.get("WEB_CONCURRENCY", "2")
    return int(told) if told.isdecimal() and int(told) >= 1 else None


@register(deploy=True)
def web_concurrency(**_: Any) -> list[CheckMessage]:
    if web_processes() is not None:
        return []
    return [
        Error(
            f"WEB_CONCURRENCY is {os.environ['WEB_CONCURRENCY']!r}: the web part would not start.",
            hint="Set the number of web processes, one or two for each core, or leave it out: it is 2 then.",
            id="helpdesk.E070",
        )
    ]
