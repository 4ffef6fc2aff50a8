"""The door of the vault: access data goes in sealed. Nothing here hands it out."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings

from customers.vault.models import Credential
from sealing.keyring import KeyRing

_FIELDS = ("login", "password", "note", "key_file")


@dataclass(frozen=True)
class AccessData:
    """What a customer gives to connect to his server. Kept out of repr, and so out of logs and error pages."""

    login: str = field(repr=False)
    password: str = field(default="", repr=False)
    note: str = field(default="", repr=False)
    key_file: bytes = field(default=b"", repr=False)
    rights: str = Credential.Rights.UNKNOWN


def _context(pk: uuid.UUID, name: str) -> str:
    return f"vault.credential:{pk}:{name}"


def store(data: AccessData, *, at: datetime) -> Credential:
    """Seal access data into a new row, in the caller's transaction (3.5a.4)."""
    ring: KeyRing = settings.VAULT_KEYS
    row = Credential(rights=data.rights, created_at=at)
    for name in _FIELDS:
        value = getattr(data, name)
        plain = value if isinstance(value, bytes) else value.encode()
        setattr(row, f"{name}_sealed", ring.seal(plain, _context(row.pk, name)) if plain else "")
    if not row.login_sealed:
        row.login_sealed = ring.seal(b"", _context(row.pk, "login"))
    row.save(force_insert=True)
    return row


def copy(source: Credential, *, at: datetime) -> Credential:
    """A request's own snapshot of a saved server's access data: erasing the copy leaves the saved one."""
    ring: KeyRing = settings.VAULT_KEYS
    row = Credential(rights=source.rights, created_at=at)
    for name in _FIELDS:
        token = getattr(source, f"{name}_sealed")
        if token:
            plain = ring.open(token, _context(source.pk, name))
            setattr(row, f"{name}_sealed", ring.seal(plain, _context(row.pk, name)))
    row.save(force_insert=True)
    return row
