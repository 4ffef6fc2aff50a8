"""Text that strangers wrote, made fit for a cell of a spreadsheet."""

import unicodedata

from content.text import one_line

FORMULA_SIGNS = frozenset("=+-@\u2212")
LONGEST = 32_767  # characters that a cell holds


def plain_cell(text: str) -> str:
    """One line of text, for a cell that is typed as text: nothing in it is read as anything else."""
    # Most text holds nothing that has to be looked at letter by letter, and a file has a million cells.
    line = " ".join(text.split()) if text.isprintable() else one_line(text)
    return line[:LONGEST]


def cell_without_formula(text: str) -> str:
    """One line of text for a file without types, CSV: what a spreadsheet would take for a formula gets an apostrophe.

    A formula begins with = + - @, whatever spaces, tabs, line ends or invisible marks stand before it (they are
    dropped), and in some programs with the full-width or small forms of these signs.
    """
    line = plain_cell(text)
    return f"'{line}" if unicodedata.normalize("NFKC", line[:1])[:1] in FORMULA_SIGNS else line
