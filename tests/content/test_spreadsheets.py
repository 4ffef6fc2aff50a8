"""Text of strangers in cells of a spreadsheet (security.md, A35)."""

from __future__ import annotations

import csv
import io
import unicodedata

import pytest

from content.spreadsheets import LONGEST, cell_without_formula, plain_cell
from content.text import one_line

ATTACKS = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "   =1+1",
    "\u00a0=1+1",
    "\u3000=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "\u202e=1+1",
    "\x00=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    "﹢1",
    "﹣1",
    "﹦1",
    "﹫A1",
    "−1",
    '=HYPERLINK("http://evil.example";"открыть")',
]
BEHIND_A_SEPARATOR = [
    "нет связи,=1+cmd|' /C calc'!A0",
    "нет связи;=1+1",
    "нет связи, \t=1+1",
    "нет связи,,;@SUM(A1:A9)",
    'нет связи,"=1+1"',
    'нет связи, "" ＝1+1',
    '"нет связи",−2',
    ';"нет,=HYPERLINK(""http://evil.example"")"',
    "=1,+2;-3",
]
HARMLESS = [
    "",
    "Нет связи",
    "5 = 5",
    "1-2",
    "'=1",
    '"=1"',
    "№ 5/2026",
    "(−5 °C)",
    "0",
    "a@b.example",
    "…=1",
    "нет, да; 5 = 5,",
    "1,5-2",
    "a,(=1)",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_what_a_spreadsheet_would_take_for_a_formula_gets_an_apostrophe(text: str) -> None:
    cell = cell_without_formula(text)
    assert cell.startswith("'")
    assert cell.isprintable()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("text", ATTACKS + BEHIND_A_SEPARATOR)
def test_a_program_that_splits_elsewhere_finds_no_formula_either(text: str, separator: str) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=";").writerow(["10431", cell_without_formula(text), "Высокая"])
    (cells,) = csv.reader([file.getvalue()], delimiter=separator)
    for cell in cells:
        assert unicodedata.normalize("NFKC", cell).lstrip(' "')[:1] not in tuple("=+-@\u2212"), cell


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert cell_without_formula(text) == text


@pytest.mark.parametrize("text", ATTACKS)
def test_a_cell_that_is_typed_as_text_needs_none(text: str) -> None:
    assert not plain_cell(text).startswith("'")


def test_every_sign_that_looks_like_one_at_the_beginning_of_a_formula_is_known() -> None:
    for code in range(0x110000):
        if unicodedata.normalize("NFKC", chr(code))[:1] in tuple("=+-@"):
            assert cell_without_formula(f"{chr(code)}A1").startswith("'"), hex(code)


def test_a_cell_is_one_line_and_no_longer_than_it_may_be() -> None:
    for text in ("первая\r\nвторая\tтретья", " первая  вторая\u00a0третья\u200b "):
        assert plain_cell(text) == one_line(text) == "первая вторая третья"
    assert len(plain_cell("я" * 40_000)) == len(cell_without_formula(",=" * 20_000)) == LONGEST
