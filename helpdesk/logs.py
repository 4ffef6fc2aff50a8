"""What a log line may say: ids, names of places and kinds of errors, never an address with a search, a token, a person
or an error's words: those of the database quote whole rows."""

from __future__ import annotations

import logging
import sys
import traceback
from types import TracebackType
from typing import Any, TypeAlias

from django.http import HttpRequest
from pythonjsonlogger.json import JsonFormatter

ErrorInfo: TypeAlias = "tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]"


class IdsOnly(JsonFormatter):
    """Writes an error as the places that it went through and its kind, the first cause first."""

    def formatException(self, info: ErrorInfo) -> str:  # noqa: N802 - logging's
        parts: list[str] = []
        error, seen = info[1], set()
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            parts.insert(0, "".join(traceback.format_tb(error.__traceback__)) + kind(error))
            error = error.__cause__ or error.__context__
        return "\n\n".join(parts)


class NamesPlacesOnly(logging.Filter):
    """Turns a line about a web request into method and route, and leaves out what other lines quote."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = record.__dict__.pop("request", None)
        if isinstance(request, HttpRequest):
            route = request.resolver_match.view_name if request.resolver_match else "no such page"
            record.msg, record.args = "%s %s", (request.method, route)
            if code := getattr(request, "failure_code", ""):
                record.code = code
        elif isinstance(record.msg, BaseException):
            record.msg, record.args = kind(record.msg), ()
        elif isinstance(record.args, tuple):
            record.args = tuple(map(_told, record.args))
        if record.name.startswith("rq.") and record.levelno >= logging.ERROR:
            record.exc_info = record.exc_info or _current()
        if record.name.startswith("gunicorn.") and record.exc_info:
            record.args = ()  # the whole address
        return True


def _told(value: Any) -> Any:
    """RQ hands a failed job's whole traceback over as text."""
    if isinstance(value, BaseException):
        return kind(value)
    return "" if isinstance(value, str) and "Traceback (most recent call last)" in value else value


def _current() -> ErrorInfo | None:
    """The error that is being handled while the line is written."""
    info = sys.exc_info()
    return info if info[1] else None


def kind(error: BaseException) -> str:
    """What may be said of an error wherever it is read: its class."""
    return f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
