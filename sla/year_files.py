"""The days of a year from a file: our JSON or iCalendar, as docs/calendar-files.md tells. All of it, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext

from sla.wall_clock import Hours
from sla.year_ical import read_ical
from sla.year_json import read_json
from sla.year_plan import PlannedDay
from sla.year_reading import YearFileRefused, YearReading, shown

__all__ = ["LARGEST", "YearFileRefused", "read_year_file"]

LARGEST = 1_000_000
"""Bytes. A year takes less than 100,000, a subscribed calendar of ten years some hundred thousand."""


def read_year_file(content: bytes, *, year: int, week: Mapping[int, Hours]) -> dict[date, PlannedDay]:
    """The dated days of `year` in order; days without hours of their own take those of `week`.

    Raises YearFileRefused with a sentence, in the reader's language, for each line that is refused.
    """
    text = _text(content, year)
    reading = YearReading(year, week)
    start = text.lstrip()
    if start[:1] in ("{", "["):
        read_json(text, reading)
    elif start[:15].upper() == "BEGIN:VCALENDAR":
        read_ical(text, reading)
    else:
        raise YearFileRefused(
            [
                gettext(
                    "This is neither JSON nor iCalendar: the file begins with “%(start)s”. Choose one that begins with "
                    "“{” or “BEGIN:VCALENDAR”."
                )
                % {"start": shown(start[:20])}
            ]
        )
    return reading.plan()


def _text(content: bytes, year: int) -> str:
    if len(content) > LARGEST:
        raise YearFileRefused([gettext("The file is larger than 1 MB. A year takes less than 100 KB: choose another.")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise YearFileRefused(
            [gettext("Line %(line)d: this is not text in UTF-8. Save the file in that encoding.") % {"line": line}]
        ) from None
    if not text.strip():
        raise YearFileRefused(
            [gettext("The file is empty. Choose a JSON or iCalendar file with the days of %(year)d.") % {"year": year}]
        )
    return text
