"""Authenticated encryption of secrets: AES-256-GCM under a ring of keys, bound to the place where the secret lies.

A token is `v1.<key id>.<base64url of nonce, ciphertext and tag>`. The key id and the context are authenticated
but not stored inside, so a token copied to another row or column, or relabelled with another key, does not open.
"""

import os
import re
from base64 import b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from typing import NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = "v1"
KEY_BYTES = 32
NONCE_BYTES = 12  # NIST SP 800-38D; random nonces are safe up to 2^32 seals under one key
KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,16}", re.ASCII)


class KeySpecWrong(ValueError):
    """The list of keys cannot be read. The text says which entry and why, and never shows the entry."""


class SealBroken(ValueError):
    """A token does not open: not a token, altered, sealed for another place, or its key has left the ring."""


class KeyRing:
    """Keys by id. The current one seals; every one opens what it has sealed."""

    __slots__ = ("_ciphers", "current")

    def __init__(self, keys: Mapping[str, bytes], current: str) -> None:
        """`keys`: id to 32 bytes; `current`: the id that seals."""
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self.current = current

    @classmethod
    def parse(cls, spec: str) -> "KeyRing":
        """Read `id:key,id:key…`, each key 32 bytes in base64url; the first one seals.

        Raises KeySpecWrong. Ids are not shown either: in a mistyped entry the key may stand in their place.
        """
        entries = [entry.strip() for entry in spec.split(",") if entry.strip()]
        if not entries:
            raise KeySpecWrong("There is no key. Write id:key, where key is 32 random bytes in base64url.")
        keys: dict[str, bytes] = {}
        for number, entry in enumerate(entries, start=1):
            key_id, colon, encoded = entry.partition(":")
            which = f"Key {number} of {len(entries)}"
            if not colon:
                raise KeySpecWrong(f"{which} has no colon. Write id:key, and a comma between two keys.")
            if not KEY_ID.fullmatch(key_id):
                raise KeySpecWrong(f"{which}: its id must be 1 to 16 Latin letters, digits, hyphens or underscores.")
            if key_id in keys:
                raise KeySpecWrong(f"{which} repeats the id of an earlier key. Give every key an id of its own.")
            try:
                key = _decode(encoded.rstrip("="))
            except ValueError:
                raise KeySpecWrong(f"{which} is not base64url. Expected {KEY_BYTES} bytes, 43 characters.") from None
            if len(key) != KEY_BYTES:
                raise KeySpecWrong(f"{which} has {len(key)} bytes, expected {KEY_BYTES}. Make a new one.")
            if key in keys.values():
                raise KeySpecWrong(f"{which} is an earlier key under another id. Make a new one.")
            keys[key_id] = key
        return cls(keys, current=next(iter(keys)))

    def seal(self, plain: bytes, context: str) -> str:
        """The token that only `open` with the same context turns back.

        `context` names the place, row and column, e.g. `customers.credential.<uuid>.password`; the primary key
        must be known before the row is written.
        """
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self.current].encrypt(nonce, plain, _bound(self.current, context))
        return f"{VERSION}.{self.current}.{_encode(nonce + sealed)}"

    def open(self, token: str, context: str) -> bytes:
        """What was sealed. Raises SealBroken; its text holds neither the token nor the context."""
        key_id, body = _split(token)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise SealBroken(f"The ring has no key {key_id!r}. Put the key back among the keys, after the first one.")
        try:
            return cipher.decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], _bound(key_id, context))
        except InvalidTag:
            raise SealBroken(
                "The secret does not open: it was altered, it belongs to another place, "
                f"or key {key_id!r} is not the key it was sealed with."
            ) from None

    def seal_text(self, plain: str, context: str) -> str:
        """`seal` for text."""
        return self.seal(plain.encode(), context)

    def open_text(self, token: str, context: str) -> str:
        """`open` for text. Raises SealBroken also where bytes were sealed that are no text."""
        try:
            return self.open(token, context).decode()
        except UnicodeDecodeError:
            raise SealBroken("The secret opens, but it is not text. Open it as bytes.") from None

    def is_stale(self, token: str) -> bool:
        """Whether the token was sealed by another key than the current one, and is to be sealed again."""
        return key_id(token) != self.current

    def __repr__(self) -> str:
        return f"<KeyRing: {self.current!r} seals, {', '.join(map(repr, self._ciphers))} open>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A key ring is never pickled: its keys would lie in a cache or a queue.")


def key_id(token: str) -> str:
    """The id of the key that sealed the token. Raises SealBroken where it is no token."""
    return _split(token)[0]


def generate_key(id: str) -> str:
    """A fresh random key as an entry for `KeyRing.parse`. Raises KeySpecWrong for an unusable id."""
    if not KEY_ID.fullmatch(id):
        raise KeySpecWrong(f"{id!r} cannot name a key: use 1 to 16 Latin letters, digits, hyphens or underscores.")
    return f"{id}:{_encode(os.urandom(KEY_BYTES))}"


def _bound(key_id: str, context: str) -> bytes:
    """What the tag covers besides the text. Neither version nor id can hold a bar, so it reads one way only."""
    if not context:
        raise ValueError("A secret is sealed for a place: name its row and column as the context.")
    return f"{VERSION}|{key_id}|{context}".encode()


def _split(token: str) -> tuple[str, bytes]:
    version, _, rest = token.partition(".")
    key_id, _, encoded = rest.partition(".")
    if version == VERSION and KEY_ID.fullmatch(key_id):
        try:
            body = _decode(encoded)
        except ValueError:
            body = b""
        if len(body) > NONCE_BYTES:
            return key_id, body
    raise SealBroken("This is not a sealed secret: expected v1, a key id and base64url, divided by dots.")


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    """Strict base64url without padding: one spelling for one value, else an edited token could still open."""
    try:
        raw = b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except NotBase64:
        raise ValueError("not base64url") from None
    if _encode(raw) != text:
        raise ValueError("not base64url")
    return raw
