"""CSV as Russian Excel opens it by a double click: UTF-8 with its mark, «;» between cells, a decimal comma,
dd.mm.yyyy. The form is the same in both languages, for it follows the program, not the reader."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Final

from content.spreadsheets import cell_without_formula
from tickets.reports.tables import Cell, Table

MARK: Final = "\ufeff"
TOGETHER: Final = 200
"""Rows that leave in one piece: each piece costs a turn of the server."""


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def pieces(table: Table) -> Iterator[bytes]:
    """The file piece by piece, the header before the first row is read."""
    writer = csv.writer(_Echo(), delimiter=";", lineterminator="\r\n")

    def written(cells: list[str]) -> str:
        line: str = writer.writerow(cells)
        return line

    yield (MARK + written([cell_without_formula(column.title) for column in table.columns])).encode()
    rows = iter(table.rows)
    while some := list(islice(rows, TOGETHER)):
        yield "".join(written([_text(cell) for cell in row]) for row in some).encode()


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell_without_formula(cell)
    if isinstance(cell, datetime):
        return f"{cell:%d.%m.%Y %H:%M}"
    if isinstance(cell, float):
        return f"{cell:.2f}".rstrip("0").rstrip(".").replace(".", ",")
    return str(cell)
