"""XLSX, written row by row to a file on disk that has no name: it is gone when it is closed, whoever closes it.

Text is typed as text, so that nothing in it is a formula or a link; moments are dates of Excel, lengths are numbers.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import IO, Any, Final

import xlsxwriter

from content.spreadsheets import plain_cell
from tickets.reports.tables import Cell, Table

MOST_ROWS: Final = 1_048_575
"""That one sheet holds below its header."""
_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}

Pairs = Sequence[tuple[str, Cell]]


def write(table: Table, front: Callable[[], Pairs], *, front_title: str) -> IO[bytes]:
    """The table on the second sheet, and on the first what `front` tells once all rows have gone by, as name and value.

    The file stands at its beginning; closing it removes it.
    """
    content = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 - the response closes it
    try:
        with tempfile.TemporaryDirectory() as folder:  # the sheets until they are packed
            book = xlsxwriter.Workbook(content, {**_OPTIONS, "tmpdir": folder})
            formats = _Formats(book)
            first, second = book.add_worksheet(_sheet_name(front_title)), book.add_worksheet(_sheet_name(table.title))
            _write_table(second, table, formats)
            _write_pairs(first, front(), formats)
            book.close()
    except BaseException:
        content.close()
        raise
    content.seek(0)
    return content


class _Formats:
    def __init__(self, book: Any) -> None:
        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        self.moment = book.add_format({"num_format": "dd.mm.yyyy hh:mm", "align": "left"})
        self.text = book.add_format({"num_format": "@"})


def _write_table(sheet: Any, table: Table, formats: _Formats) -> None:
    for index, column in enumerate(table.columns):
        sheet.set_column(index, index, column.width)
        sheet.write_string(0, index, plain_cell(column.title), formats.head)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    for number, row in enumerate(table.rows, start=1):
        for index, cell in enumerate(row):
            _write_cell(sheet, number, index, cell, formats)


def _write_pairs(sheet: Any, pairs: Pairs, formats: _Formats) -> None:
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 1, 40)
    for number, (name, value) in enumerate(pairs):
        sheet.write_string(number, 0, plain_cell(name))
        _write_cell(sheet, number, 1, value, formats)


def _write_cell(sheet: Any, row: int, column: int, cell: Cell, formats: _Formats) -> None:
    if isinstance(cell, str):
        if cell:
            sheet.write_string(row, column, plain_cell(cell), formats.text)
    elif isinstance(cell, datetime):
        sheet.write_datetime(row, column, cell, formats.moment)
    elif cell is not None:
        sheet.write_number(row, column, cell)


def _sheet_name(title: str) -> str:
    """Excel allows 31 characters and forbids some."""
    return "".join(char for char in title if char not in "[]:*?/\\")[:31]
