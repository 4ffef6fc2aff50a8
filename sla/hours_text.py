"""The windows of one day as people type and read them: «9:00–13:00, 14:00–18:00».

A window that runs over midnight closes past 24:00: «22:00–30:00» ends at 6:00 of the next day. Written as «22:00–6:00»
it is refused, because a slip of the pen would become a night shift.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from django.utils.translation import gettext as _

from sla.wall_clock import Hours

MOST_WINDOWS: Final = 12
_DAY: Final = 1_440
_TIME: Final = r"(\d{1,2})(?:[:.](\d{2}))?"
_WINDOW: Final = re.compile(rf"{_TIME}\s*[-–—−]\s*{_TIME}", re.ASCII)


class HoursNotValid(ValueError):
    """What was typed is no working hours; the message is a sentence, safe to show."""


def hours_words(hours: Hours) -> str:
    """«9:00–13:00, 14:00–18:00», as read_hours reads it back; empty for a day off."""
    return ", ".join(window_words(window) for window in hours)


def window_words(window: tuple[int, int]) -> str:
    """«9:00–13:00»"""
    return "–".join(clock_words(minute) for minute in window)


def clock_words(minute: int) -> str:
    """A minute of the day: «9:00», «24:00», of the next day «30:00»."""
    return f"{minute // 60}:{minute % 60:02}"


def read_hours(text: str) -> Hours:
    """The windows of a day from «9:00–13:00, 14–18»; nothing typed is a day off. Raises HoursNotValid."""
    parts = [part.strip() for part in re.split(r"[,;]", text)]
    return checked_hours(_window(part) for part in parts if part)


def read_clock(text: str) -> int:
    """A minute of the day from «17:00», «17.30» or «17». Raises HoursNotValid."""
    found = re.fullmatch(_TIME, text.strip(), re.ASCII)
    minute = _minute(*found.groups()) if found else None
    if minute is None:
        raise HoursNotValid(_("“%(text)s” is not a time. Write it as 17:00.") % {"text": text})
    return minute


def checked_hours(windows: Iterable[tuple[int, int]]) -> Hours:
    """The windows of one day in order, none overlapping another. Raises HoursNotValid."""
    hours = tuple(sorted((opens, closes) for opens, closes in windows))
    if len(hours) > MOST_WINDOWS:
        raise HoursNotValid(_("A day has up to %(n)d windows of work. Join some of them.") % {"n": MOST_WINDOWS})
    for opens, closes in hours:
        _check_window(opens, closes)
    for earlier, later in pairwise(hours):
        if later[0] < earlier[1]:
            told = {"one": window_words(earlier), "other": window_words(later)}
            raise HoursNotValid(_("The windows %(one)s and %(other)s overlap. Join them or move one.") % told)
    return hours


def _window(text: str) -> tuple[int, int]:
    found = _WINDOW.fullmatch(text)
    opens, closes = (_minute(*found.groups()[:2]), _minute(*found.groups()[2:])) if found else (None, None)
    if opens is None or closes is None:
        raise HoursNotValid(
            _("“%(text)s” is not understood. Write the hours as 9:00–13:00, 14:00–18:00.") % {"text": text}
        )
    return opens, closes


def _minute(hour: str, rest: str | None) -> int | None:
    """The minute of the day; None where no clock shows it."""
    minutes = int(rest or 0)
    return int(hour) * 60 + minutes if minutes < 60 and int(hour) <= 48 else None


def _check_window(opens: int, closes: int) -> None:
    told = {"window": window_words((opens, closes)), "night": window_words((opens, closes + _DAY))}
    if not 0 <= opens < _DAY:
        raise HoursNotValid(
            _("The window %(window)s opens on another day. A window opens between 0:00 and 23:59.") % told
        )
    if closes <= opens:
        raise HoursNotValid(
            _(
                "The window %(window)s closes before it opens. Where work goes on past midnight, "
                "write %(night)s: hours past 24:00 are of the next day."
            )
            % told
        )
    if closes > opens + _DAY:
        raise HoursNotValid(_("The window %(window)s is longer than 24 hours. Give an earlier closing time.") % told)
