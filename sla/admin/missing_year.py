"""From 1 November on the staff's pages say that next year's calendar is not filled, and lead there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from sla.calendars import missing_next_year
from sla.models import BusinessCalendar


@dataclass(frozen=True, slots=True)
class MissingYear:
    """The sentence, and where the first of the calendars is filled."""

    words: str
    url: str


def missing_year(at: datetime, only: BusinessCalendar | None = None) -> MissingYear | None:
    """None where nothing is missing; `only` asks about one calendar. One query, from November on."""
    missing = [one for one in missing_next_year(at) if only is None or one.pk == only.pk]
    if not missing:
        return None
    year = timezone.localdate(at).year + 1
    words = _("The calendar for %(year)s is not filled. Terms are counted by a normal week.") % {"year": year}
    return MissingYear(words, reverse("admin:calendar_year", args=[missing[0].pk, year]))
