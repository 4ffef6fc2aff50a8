"""A run of days off in words, for customers and for who speaks with them."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext

from content.moments import day_in_year_words, start_words
from sla.closures import Closure


def closure_title(closure: Closure, *, now: datetime) -> str:
    """«Выходные с 31 декабря по 11 января 2027 г.», «Выходные с 1 по 3 мая»; of a single day «Выходной — 4 ноября»."""
    first, last = (day_in_year_words(day, now=now) for day in (closure.first_date, closure.last_date))
    if closure.first_date == closure.last_date:
        return gettext("Day off: %(day)s") % {"day": first}
    if closure.first_date.month == closure.last_date.month:
        first = str(closure.first_date.day)
    return gettext("Days off from %(first)s to %(last)s") % {"first": first, "last": last}


def resumption_words(closure: Closure, *, now: datetime) -> str:
    """That requests are taken all the while, and when work and the clock of the reaction go on. True for everybody,
    whether a term was promised to him or not (3.5b.1, 3.5b.2)."""
    return gettext("We accept tickets round the clock. Work and the reaction clock will resume: %(moment)s.") % {
        "moment": start_words(closure.resumes_at, now=now)
    }


def closure_words(closure: Closure, *, now: datetime) -> str:
    """Both as one text, for a letter, or to be read out on the phone."""
    # «г.» closes the sentence by itself.
    return " ".join([closure_title(closure, now=now).rstrip(".") + ".", resumption_words(closure, now=now)])
