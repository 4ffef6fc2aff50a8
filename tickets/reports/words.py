"""What the report calls things, in the reader's language: on the page and in the files alike."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from content.moments import NBSP, minutes_words
from tickets.reports.figures import Figures
from tickets.reports.lines import Line
from tickets.reports.reactions import Result

MINUTE: Final = timedelta(minutes=1)
RESULTS: Final = {
    Result.IN_TIME: pgettext_lazy("reaction report", "In time"),
    Result.LATE: pgettext_lazy("reaction report", "Late"),
    Result.ANNULLED: pgettext_lazy("reaction report", "Breach annulled"),
    Result.RUNNING: pgettext_lazy("reaction report", "The term is running"),
    Result.WITHDRAWN: pgettext_lazy("reaction report", "Withdrawn before a reaction"),
}


def length_words(length: timedelta | None) -> str:
    """«3 ч 10 мин», «меньше минуты»; a dash for none."""
    if length is None:
        return "—"
    return minutes_words(length // MINUTE) if length >= MINUTE else _("under a minute")


def result_words(line: Line) -> str:
    """How the request counts, and by how much it was late."""
    if line.result is not Result.LATE:
        return str(RESULTS[line.result])
    if not line.late:  # the term ended with the working day
        pattern = (
            _("Late, outside working hours: %(time)s of working time")
            if line.reacted_at
            else _("No reaction, overdue outside working hours: %(time)s of working time")
        )
        return pattern % {"time": minutes_words(0)}
    if line.late < MINUTE:
        return _("Late by under a minute") if line.reacted_at else _("No reaction, overdue by under a minute")
    pattern = _("Late by %(time)s") if line.reacted_at else _("No reaction, overdue by %(time)s")
    return pattern % {"time": length_words(line.late)}


def annulled_words(line: Line) -> str:
    """Why an annulled breach does not count, and how large it was; empty for the others."""
    if line.result is not Result.ANNULLED or line.late < MINUTE:
        return line.annulment_reason
    return _("Late by %(time)s. %(reason)s") % {"time": length_words(line.late), "reason": line.annulment_reason}


def share_words(share: float | None) -> str:
    """«97,5 %»; a dash where nothing counts."""
    if share is None:
        return "—"
    return number_format(share, decimal_pos=0 if share == int(share) else 1) + NBSP + "%"


def little_words(figures: Figures) -> str:
    """«Мало данных: 12 реакций» where median and 90 % say little."""
    if not figures.is_little:
        return ""
    n = figures.reactions
    return ngettext("Not enough data: %(n)d reaction", "Not enough data: %(n)d reactions", n) % {"n": n}


def definitions() -> list[str]:
    """How the figures are counted: on the page, on paper and on the first sheet of a file."""
    return [
        _(
            "A ticket stands in the month in which it was received, under the contract that was valid on that day. "
            "Lengths are working time by the calendar that the ticket keeps."
        ),
        _(
            "The reaction comes when an engineer takes the ticket or answers it, whichever is first: "
            "an answer takes a ticket that nobody has taken."
        ),
        _(
            "The share in time is counted of those in time and those late. Annulled breaches, running terms and "
            "withdrawn tickets are told apart."
        ),
        _(
            "Half of the reactions took no longer than the median, nine of ten no longer than the second value: "
            "both are reactions of tickets in the report."
        ),
    ]


def figure_rows(figures: Figures) -> list[tuple[str, str]]:
    """Name and words of each figure, in the order of the page."""
    return [
        (pgettext("reaction report", "Received"), str(figures.received)),
        (str(RESULTS[Result.IN_TIME]), str(figures.in_time)),
        (str(RESULTS[Result.LATE]), str(figures.late)),
        (pgettext("reaction report", "Annulled"), str(figures.annulled)),
        (pgettext("reaction report", "Running"), str(figures.running)),
        (pgettext("reaction report", "Withdrawn"), str(figures.withdrawn)),
        (_("Share in time"), share_words(figures.share_in_time)),
        (_("Median reaction"), length_words(figures.median)),
        (_("Nine of ten reactions"), length_words(figures.ninetieth)),
        (_("Longest delay"), length_words(figures.longest_delay)),
    ]
