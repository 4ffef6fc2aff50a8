"""The staff's pages say which calendars do not know this year or, from 1 November on, the next, and lead there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sla.calendars import missing_years
from sla.models import BusinessCalendar


@dataclass(frozen=True, slots=True)
class MissingYear:
    """A sentence for each year, and where the first of the calendars is filled."""

    words: str
    url: str


def missing_year(at: datetime, only: BusinessCalendar | None = None) -> MissingYear | None:
    """None where nothing is missing; `only` asks about one calendar. One query."""
    this_year = timezone.localdate(at).year
    missing = {
        year: lacking
        for year, calendars in missing_years(at).items()
        if (lacking := [one for one in calendars if only is None or one == only])
    }
    if not missing:
        return None
    words = " ".join(_words(year, calendars, has_begun=year == this_year) for year, calendars in missing.items())
    first, (calendar, *_others) = next(iter(missing.items()))
    return MissingYear(words, reverse("admin:calendar_year", args=[calendar.pk, first]))


def _words(year: int, calendars: list[BusinessCalendar], *, has_begun: bool) -> str:
    """A year that has begun does harm now; the next one to terms that reach into it."""
    names = ", ".join(_("“%(name)s”") % {"name": calendar.name} for calendar in calendars)
    if has_begun:
        words = ngettext(
            "The calendar %(names)s for %(year)s is not filled, and the year has begun: terms are counted by a normal "
            "week, holidays included.",
            "The calendars %(names)s for %(year)s are not filled, and the year has begun: terms are counted by a "
            "normal week, holidays included.",
            len(calendars),
        )
    else:
        words = ngettext(
            "The calendar %(names)s for %(year)s is not filled. Terms that reach into it are counted by a normal week.",
            "The calendars %(names)s for %(year)s are not filled. Terms that reach into it are counted by a normal "
            "week.",
            len(calendars),
        )
    return words % {"names": names, "year": year}
