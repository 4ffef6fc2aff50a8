"""Typed readers of environment variables. A bad value stops the start with a sentence that names the variable."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def text(name: str, default: str | None = None) -> str:
    """The value of NAME, or the content of the file that NAME_FILE names; without both the default, or an error."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE names {path}, which cannot be read: {error.strerror}.") from None
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(
            f"{name} is not set. Set it, or {name}_FILE with the path of a file that holds it; `make run` does both."
        )
    return value


def flag(name: str, *, default: bool) -> bool:
    """NAME as yes or no."""
    value = text(name, str(default)).lower()
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} is {value!r}: expected 1 or 0.")
    return value in TRUE


def whole(name: str, default: int, *, at_least: int = 0) -> int:
    """NAME as a whole number not below `at_least`."""
    value = text(name, str(default))
    if not value.isdecimal() or int(value) < at_least:
        raise ImproperlyConfigured(f"{name} is {value!r}: expected a whole number from {at_least}.")
    return int(value)


def listed(name: str, default: str = "") -> list[str]:
    """NAME as a list, divided by commas."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def prefixed(prefix: str) -> dict[str, str]:
    """Every variable that begins so, by the rest of its name; a secret may come from the file that NAME_FILE names."""
    names = {name.removesuffix("_FILE") for name in os.environ if name.startswith(prefix)}
    return {name.removeprefix(prefix): text(name) for name in sorted(names)}


def web_address(name: str, default: str) -> str:
    """NAME as an http(s) address without a path, e.g. https://help.example.ru"""
    value = text(name, default).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
        raise ImproperlyConfigured(f"{name} is {value!r}: expected an address such as https://help.example.ru")
    return value


def mail_settings(name: str, default: str) -> dict[str, object]:
    """Django's mail settings out of one address.

    smtp://user:password@host:port (smtps: TLS from the start, smtp+tls: STARTTLS), or the name of an anymail
    provider before a colon, e.g. `unisender-go:`, whose own settings are variables that begin with ANYMAIL_.
    """
    value = text(name, default)
    scheme, _, rest = value.partition(":")
    if scheme in {"smtp", "smtps", "smtp+tls"}:
        parts = urlsplit(value)
        if not parts.hostname:
            raise ImproperlyConfigured(f"{name} names no host: expected smtp://user:password@host:port")
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": parts.hostname,
            "EMAIL_PORT": parts.port or (465 if scheme == "smtps" else 25),
            "EMAIL_HOST_USER": unquote(parts.username or ""),
            "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
            "EMAIL_USE_SSL": scheme == "smtps",
            "EMAIL_USE_TLS": scheme == "smtp+tls",
            "EMAIL_TIMEOUT": 30,
        }
    if scheme.replace("-", "").isalnum() and not rest:
        return {"EMAIL_BACKEND": f"anymail.backends.{scheme.replace('-', '_')}.EmailBackend"}
    raise ImproperlyConfigured(
        f"{name} begins with {scheme!r}: expected smtp://host:port or an anymail provider's name."
    )
