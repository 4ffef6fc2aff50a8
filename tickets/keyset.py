"""Paging by key: a page begins behind the last row of the one before it. So the last page costs what the first does,
and rows that come or go meanwhile neither repeat nor hide others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db.models import BooleanField, F, Func, Q, QuerySet, Value

from tickets.models import Ticket

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
NOTHING: Final = "n"
_MOST_DIGITS: Final = 18


class CursorNotValid(ValueError):
    """The text names no place in the list."""


class _Row(Func):
    template = "(%(expressions)s)"
    output_field = BooleanField()  # a row has no type of its own; it only stands beside another row


class _IsBehind(Func):
    """ROW(a, b) > ROW(x, y), which PostgreSQL answers from the index of the order."""

    output_field = BooleanField()
    conditional = True


@dataclass(frozen=True)
class Order:
    """An order of requests that ends with the id. Columns are moments or whole numbers; where `descending`, all are,
    and the first may be empty: those rows come first, as PostgreSQL sorts them."""

    columns: tuple[str, ...]
    descending: bool = False

    def sort(self, rows: QuerySet[Ticket], *, backwards: bool = False) -> QuerySet[Ticket]:
        sign = "-" if self.descending != backwards else ""
        return rows.order_by(*(f"{sign}{column}" for column in self.columns))

    def cursor(self, row: object) -> str:
        """The place of a row, fit for an address."""
        return "~".join(_written(getattr(row, column)) for column in self.columns)

    def behind(self, rows: QuerySet[Ticket], cursor: str) -> QuerySet[Ticket]:
        """The rows that come after that place. Raises CursorNotValid."""
        texts = cursor.split("~")
        if len(texts) != len(self.columns):
            raise CursorNotValid(cursor)
        values = [_read(column, text) for column, text in zip(self.columns, texts, strict=True)]
        if values[0] is None:
            empty = {f"{self.columns[0]}__isnull": True}
            return rows.filter(Q(**empty, **{f"{self.columns[-1]}__lt": values[-1]}) | ~Q(**empty))
        return self._beyond(rows, values, backwards=False)

    def neighbour(self, rows: QuerySet[Ticket], of: Ticket, *, backwards: bool = False) -> QuerySet[Ticket]:
        """The row right behind `of`, or right before it; at most one."""
        values = [getattr(of, column) for column in self.columns]
        return self.sort(self._beyond(rows, values, backwards=backwards), backwards=backwards)[:1]

    def _beyond(self, rows: QuerySet[Ticket], values: list[Any], *, backwards: bool) -> QuerySet[Ticket]:
        here, there = _Row(*map(F, self.columns)), _Row(*map(Value, values))
        comparison = " < " if self.descending != backwards else " > "
        return rows.filter(_IsBehind(here, there, template="%(expressions)s", arg_joiner=comparison))


def _written(value: object) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, datetime):
        return str((value - EPOCH) // MICROSECOND)
    return str(value)


def _read(column: str, text: str) -> datetime | int | None:
    reader: Callable[[int], datetime | int] = _moment if column.endswith("_at") else int
    if text == NOTHING and column == "closed_at":
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise CursorNotValid(text)
    try:
        return reader(int(text))
    except OverflowError:
        raise CursorNotValid(text) from None


def _moment(microseconds: int) -> datetime:
    return EPOCH + microseconds * MICROSECOND


QUEUE: Final = Order(("rung", "queue_at", "received_at", "pk"))
BY_CLOSING: Final = Order(("closed_at", "pk"), descending=True)
LATEST: Final = Order(("updated_at", "pk"), descending=True)
