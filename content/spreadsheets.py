"""Text that strangers wrote, made fit for a cell of a spreadsheet."""

import re
import unicodedata

from content.text import one_line

FORMULA_SIGNS = frozenset("=+-@\u2212")
_BEGINNING = re.compile(r"""(^|[,;][\s"]*)([^\w\s"',;])""")
"""Where a cell begins, and a sign there: at the start, and behind a separator that another program may split at."""
LONGEST = 32_767  # characters that a cell holds


def plain_cell(text: str) -> str:
    """One line of text, for a cell that is typed as text: nothing in it is read as anything else."""
    # Most text holds nothing that has to be looked at letter by letter, and a file has a million cells.
    line = " ".join(text.split()) if text.isprintable() else one_line(text)
    return line[:LONGEST]


def cell_without_formula(text: str) -> str:
    """One line of text for a file without types, CSV: what a spreadsheet would take for a formula gets an apostrophe.

    A formula begins with = + - @, whatever spaces, tabs, line ends or invisible marks stand before it (they are
    dropped), and in some programs with the full-width or small forms of these signs. A program with another separator
    than the file's begins a cell behind each comma or semicolon of the text, so a sign there gets an apostrophe too.
    """
    return _BEGINNING.sub(_guarded, plain_cell(text))[:LONGEST]


def _guarded(beginning: re.Match[str]) -> str:
    before, sign = beginning.groups()
    is_formula = unicodedata.normalize("NFKC", sign)[0] in FORMULA_SIGNS
    return f"{before}'{sign}" if is_formula else f"{before}{sign}"
