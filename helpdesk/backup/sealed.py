"""The sealed values of the desk and the keys that they need. Nothing here tells what was sealed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db.models import F, Func, TextField, Value

from customers.vault import access
from customers.vault.models import Credential
from helpdesk.environment import text
from notifications.models import OutgoingEmail
from sealing.keyring import KeyRing, SealBroken

SECRET_KEY, VAULT_KEYS = "secret_key", "vault_keys"
"""The files of a folder of keys; SECRET_KEY_FILE and VAULT_KEYS_FILE may name them as they are."""


def keys_in_use() -> list[str]:
    """Ids of the keys that the stored tokens name."""
    used: set[str] = set()
    for name in ("login_sealed", "password_sealed", "note_sealed", "key_file_sealed"):
        used.update(Credential.objects.exclude(**{name: ""}).values_list(_key_id(name), flat=True).distinct())
    for name in ("text_body", "html_body"):
        used.update(OutgoingEmail.objects.filter(is_sealed=True).values_list(_key_id(name), flat=True).distinct())
    return sorted(used)


def closed_keys() -> list[str]:
    """Ids of keys in use under which this desk has no key or another one: none of some values opens."""
    return [key for key in keys_in_use() if all(map(_is_closed, _samples(key)))]


def _samples(key: str) -> Iterator[Credential | OutgoingEmail]:
    """A row or a few that hold values sealed by that key."""
    for name in access._FIELDS:
        yield from Credential.objects.alias(key=_key_id(f"{name}_sealed")).filter(key=key)[:1]
    yield from OutgoingEmail.objects.alias(key=_key_id("text_body")).filter(is_sealed=True, key=key)[:1]


def _is_closed(row: Credential | OutgoingEmail) -> bool:
    try:
        _open(row)
    except SealBroken:
        return True
    return False


def _open(row: Credential | OutgoingEmail) -> None:
    """Open all that the row has sealed. Raises SealBroken."""
    if isinstance(row, OutgoingEmail):
        row.bodies()
        return
    ring: KeyRing = settings.VAULT_KEYS
    for name in access._FIELDS:
        if token := getattr(row, f"{name}_sealed"):
            ring.open(token, access._context(row.pk, name))


def _key_id(column: str) -> Func:
    return Func(F(column), Value("."), Value(2), function="split_part", output_field=TextField())


def count() -> int:
    """Rows that hold sealed values."""
    return Credential.objects.count() + OutgoingEmail.objects.filter(is_sealed=True).count()


def unopened() -> Iterator[str]:
    """A sentence for every row whose sealed values do not open with the keys of this desk. Needs a transaction."""
    for row in Credential.objects.order_by("pk").iterator(chunk_size=500):
        try:
            _open(row)
        except SealBroken as error:
            yield f"The access data {row.pk} is lost: {error}"
    for letter in OutgoingEmail.objects.filter(is_sealed=True).order_by("pk").iterator(chunk_size=500):
        try:
            _open(letter)
        except SealBroken as error:
            yield f"The sealed letter {letter.message_id} is lost: {error}"


def desk_keys() -> dict[str, str]:
    """The content of a folder of keys: what this desk was started with."""
    return {SECRET_KEY: text("SECRET_KEY"), VAULT_KEYS: text("VAULT_KEYS")}


def entries(keys: str) -> dict[str, str]:
    """Vault keys by id, out of the text that KeyRing reads."""
    pairs = (entry.strip().partition(":") for entry in keys.split(",") if entry.strip())
    return {key_id: key.rstrip("=") for key_id, _, key in pairs}


def read_keys(folder: Path) -> dict[str, str]:
    """Vault keys by id, out of a folder of keys. Raises OSError."""
    return entries((folder / VAULT_KEYS).read_text().strip())
