"""The weekly working hours of a calendar in words."""

from __future__ import annotations

from django.utils.translation import gettext, pgettext

from sla.wall_clock import Hours
from sla.working_time import WorkingTime


def week_words(calendar: WorkingTime) -> str:
    """«пн–пт 9:00–18:00, перерыв 13:00–14:00»; days with the same hours that follow one another stand together.

    Dated days are left out: this is what a normal week looks like. Empty for a calendar without weekly hours.
    """
    if all(calendar.week.get(weekday) == ((0, 1440),) for weekday in range(7)):
        return gettext("round the clock")
    spans: list[tuple[int, int, Hours]] = []
    for weekday in range(7):
        hours = calendar.week.get(weekday, ())
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
    """From the first opening to the last closing, and the break where there is just one."""
    if len(hours) != 2:
        return ", ".join(_span(opens, closes) for opens, closes in hours)
    (opens, pause), (back, closes) = hours
    return gettext("%(hours)s, break %(break)s") % {"hours": _span(opens, closes), "break": _span(pause, back)}


def _span(first: int, last: int) -> str:
    return f"{_clock(first)}–{_clock(last)}"


def _clock(minute: int) -> str:
    hour, rest = divmod(minute, 60)
    return f"{hour % 24 if hour > 24 else hour}:{rest:02}"
