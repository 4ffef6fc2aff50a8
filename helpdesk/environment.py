"""Typed readers of environment variables. A bad value stops the start with a sentence that names the variable."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import dj_database_url
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


def database(name: str) -> dict[str, Any]:
    """Django's settings of a database out of postgresql://user:password@host:port/name"""
    value, expected = text(name), "postgresql://user:password@host:5432/name"
    _address(name, value, expected)
    try:
        return {**dj_database_url.parse(value, conn_max_age=60, conn_health_checks=True)}
    except ValueError:
        raise _unreadable(name, expected) from None


def queue_address(name: str) -> str:
    """NAME as it is, an address of Redis."""
    value = text(name)
    _address(name, value, "redis://:password@host:6379/0")
    return value


def _address(name: str, value: str, example: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - looked at only when it is asked for
    except ValueError:
        raise _unreadable(name, example) from None
    if "@" in parts.path + parts.query + parts.fragment:  # the password ended the part that it stands in
        raise _unreadable(name, example)
    return parts


def _unreadable(name: str, example: str) -> ImproperlyConfigured:
    """Never shows the value: it holds a password, and the word that could not be read may be a part of that."""
    return ImproperlyConfigured(
        f"{name} cannot be read: expected {example}. In the user and the password write @ : / ? # %"
        " as %40 %3A %2F %3F %23 %25."
    )


def mail_settings(name: str, default: str) -> dict[str, object]:
    """Django's mail settings out of one address.

    smtp://user:password@host:port (smtps: TLS from the start, smtp+tls: STARTTLS), or the name of an anymail
    provider before a colon, e.g. `unisender-go:`, whose own settings are variables that begin with ANYMAIL_.
    """
    value = text(name, default)
    scheme, _, rest = value.partition(":")
    if scheme in {"smtp", "smtps", "smtp+tls"}:
        expected = f"{scheme}://user:password@host:port"
        parts = _address(name, value, expected)
        if not parts.hostname:
            raise _unreadable(name, expected)
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
        f"{name} is no address of a mail server: expected smtp://user:password@host:port, or the name of an anymail"
        " provider and a colon."
    )
