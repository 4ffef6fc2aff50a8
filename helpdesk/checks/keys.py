"""The secrets: strong, apart from one another, and read by nobody else."""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseAway
from django.db import connection

from helpdesk import environment as env
from helpdesk.backup import sealed

SECRETS = ("SECRET_KEY", "VAULT_KEYS", "DATABASE_URL", "REDIS_URL", "EMAIL_URL")
MADE = "python3 scripts/new_secrets.py makes one."
_WORDS = ("not-a-secret", "changeme", "change-me", "placeholder", "insecure", "only-for-tests", "example", "your-")
_CONTAINER = Path("/run/secrets")  # mounted there for one container, in which nobody else is


@register(deploy=True)
def secret_key(**_: Any) -> list[CheckMessage]:
    key = settings.SECRET_KEY
    found: list[CheckMessage] = []
    if len(key) < 50 or len(set(key)) < 10 or any(word in key.lower() for word in _WORDS):
        found.append(
            Error(
                "SECRET_KEY is short, or a placeholder: whoever guesses it signs in as anybody.",
                hint=f"Take 50 random characters or more. {MADE}",
                id="helpdesk.E010",
            )
        )
    if any(part and part in key for part in _vault_keys()):
        found.append(
            Error(
                "SECRET_KEY is one of VAULT_KEYS: a leak of the one would open the sealed access data too.",
                hint=f"Make SECRET_KEY anew; everybody signs in again, and nothing else is lost. {MADE}",
                id="helpdesk.E011",
            )
        )
    return found


@register(deploy=True)
def vault_keys(**_: Any) -> list[CheckMessage]:
    weak = [number for number, key in enumerate(_vault_keys(), start=1) if _is_weak(key)]
    if not weak:
        return []
    return [
        Error(
            f"VAULT_KEYS: key {', '.join(map(str, weak))} is not random: customers' access data lies open.",
            hint=f"Put a random key before the others, and keep those: what they sealed needs them. {MADE}",
            id="helpdesk.E012",
        )
    ]


@register(Tags.database, deploy=True)
def sealed_values(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    if "default" not in (databases or ()):
        return []
    try:
        closed = sealed.closed_keys()
    except DatabaseAway:  # no server or no tables: said by database.py and record.py
        connection.close_if_unusable_or_obsolete()
        return []
    if not closed:
        return []
    return [
        Error(
            f"VAULT_KEYS does not open what the key {', '.join(closed)} has sealed: customers' access data and letters"
            " with links stay closed.",
            hint="Put that key back under its id, after the first one; a new key always gets a new id.",
            id="helpdesk.E015",
        )
    ]


@register(deploy=True)
def secret_files(**_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    names = [name for name in SECRETS if f"{name}_FILE" in os.environ]
    names += sorted(
        key.removesuffix("_FILE") for key in os.environ if key.startswith("ANYMAIL_") and key.endswith("_FILE")
    )
    for name in names:
        path = Path(os.environ[f"{name}_FILE"])
        if not path.is_relative_to(_CONTAINER) and _is_open_to_all(path):
            found.append(
                Warning(
                    f"{name}_FILE names {path}, which every account of this machine can read.",
                    hint=f"chmod o-r {path}, or close the folder that it lies in.",
                    id="helpdesk.W013",
                )
            )
        if name in os.environ:
            found.append(
                Warning(
                    f"{name} and {name}_FILE are both set; the file is used.",
                    hint=f"Take {name} out of the environment.",
                    id="helpdesk.W014",
                )
            )
    return found


def _vault_keys() -> list[str]:
    """The keys as they are written: the ring of the settings does not give them out again."""
    try:
        spec = env.text("VAULT_KEYS", "")
    except ImproperlyConfigured:
        return []
    return [entry.partition(":")[2].strip().rstrip("=") for entry in spec.split(",") if ":" in entry]


def _is_weak(encoded: str) -> bool:
    """Of 32 random bytes about 30 differ, and never all are signs of a typed phrase."""
    try:
        key = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except ValueError:
        return True
    return len(set(key)) < 20 or (key.isascii() and key.decode().isprintable())


def _is_open_to_all(path: Path) -> bool:
    try:
        path = path.resolve()
        return bool(path.stat().st_mode & 0o004) and all(folder.stat().st_mode & 0o001 for folder in path.parents)
    except OSError:
        return False
