"""A reaction term as people type and read it: «4 ч», «1 ч 30 мин», «1:30», «90 мин»."""

from __future__ import annotations

import re
from typing import Final

from django.utils.translation import gettext as _

from content.moments import NBSP, minutes_words

_FORMS: Final = (
    re.compile(r"(?P<hours>[0-9]{1,4})(?:[.,](?P<tenths>[0-9]{1,2}))?(?:ч|час|часа|часов|h)?\.?"),
    re.compile(r"(?P<hours>[0-9]{1,4}):(?P<minutes>[0-5][0-9])"),
    re.compile(r"(?P<minutes>[0-9]{1,5})(?:м|мин|минут|минута|минуты|min|m)\.?"),
    re.compile(
        r"(?P<hours>[0-9]{1,4})(?:ч|час|часа|часов|h)\.?(?P<minutes>[0-9]{1,2})(?:м|мин|минут|минута|минуты|min|m)?\.?"
    ),
)


class TermNotValid(ValueError):
    """What was typed is no term; the message is a sentence, safe to show."""


def term_words(minutes: int) -> str:
    """«1 ч 30 мин», as read_term reads it back."""
    return minutes_words(minutes).replace(NBSP, " ")


def read_term(text: str) -> int:
    """Whole minutes; a bare number is hours: «4», «1,5», «1:30», «1 ч 30 мин», «90 мин». Raises TermNotValid."""
    bare = "".join(text.lower().split())
    for form in _FORMS:
        if found := form.fullmatch(bare):
            told = found.groupdict()
            tenths = told.get("tenths")
            part = int(tenths) * 60 / 10 ** len(tenths) if tenths else 0.0
            minutes = int(told.get("hours") or 0) * 60 + int(told.get("minutes") or 0) + part
            if minutes == int(minutes):
                return int(minutes)
    raise TermNotValid(_("“%(text)s” is not understood. Write the term as 4 h, 1 h 30 min or 90 min.") % {"text": text})
