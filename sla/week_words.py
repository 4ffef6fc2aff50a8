"""The weekly working hours of a calendar in words."""

from __future__ import annotations

from django.utils.translation import gettext, pgettext

from sla.wall_clock import Hours
from sla.working_time import WorkingTime

_LONGEST_BREAK = 180
"""Minutes. After a longer gap people come to another shift: «0:00–6:00, 22:00–24:00»."""


def week_words(calendar: WorkingTime) -> str:
    """«пн–пт 9:00–18:00, перерыв 13:00–14:00»; days with the same hours that follow one another stand together.

    Dated days are left out: this is what a normal week looks like. Empty for a calendar without weekly hours.
    """
    week = [_joined(calendar.week.get(weekday, ())) for weekday in range(7)]
    if all(hours == ((0, 1440),) for hours in week):
        return gettext("round the clock")
    spans: list[tuple[int, int, Hours]] = []
    for weekday, hours in enumerate(week):
        if spans and spans[-1][1] == weekday - 1 and spans[-1][2] == hours:
            spans[-1] = (spans[-1][0], weekday, hours)
        elif hours:
            spans.append((weekday, weekday, hours))
    return "; ".join(f"{_days(first, last)} {hours_words(hours)}" for first, last, hours in spans)


def _days(first: int, last: int) -> str:
    names = (
        pgettext("weekday", "Mon"),
        pgettext("weekday", "Tue"),
        pgettext("weekday", "Wed"),
        pgettext("weekday", "Thu"),
        pgettext("weekday", "Fri"),
        pgettext("weekday", "Sat"),
        pgettext("weekday", "Sun"),
    )
    return names[first] if first == last else f"{names[first]}–{names[last]}"


def hours_words(hours: Hours) -> str:
    """From the first opening to the last closing, and the break where there is just one; a longer gap is no break."""
    hours = _joined(hours)
    if len(hours) != 2 or hours[1][0] - hours[0][1] > _LONGEST_BREAK:
        return ", ".join(_span(opens, closes) for opens, closes in hours)
    (opens, pause), (back, closes) = hours
    return gettext("%(hours)s, break %(break)s") % {"hours": _span(opens, closes), "break": _span(pause, back)}


def _joined(hours: Hours) -> Hours:
    """The windows in their order, those that touch as one."""
    joined: list[tuple[int, int]] = []
    for opens, closes in hours:
        if joined and joined[-1][1] == opens:
            joined[-1] = (joined[-1][0], closes)
        else:
            joined.append((opens, closes))
    return tuple(joined)


def _span(first: int, last: int) -> str:
    return f"{_clock(first)}–{_clock(last)}"


def _clock(minute: int) -> str:
    hour, rest = divmod(minute, 60)
    return f"{hour % 24 if hour > 24 else hour}:{rest:02}"
