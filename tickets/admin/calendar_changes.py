"""What a draft changes about its calendar, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from content.moments import full_date_words
from sla.calendars import working_time
from sla.models import CalendarVersion
from sla.week_words import hours_words, week_words
from sla.year_plan import PlannedDay, differences


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is otherwise in the draft."""

    what: str
    before: str
    after: str


def changes(current: CalendarVersion | None, draft: CalendarVersion) -> list[Change]:
    """The zone, the ordinary week, then each dated day, in order. Wants hours and days of both loaded."""
    if current is None:
        return [Change(_("Ordinary week"), "—", _week(draft)), Change(_("Time zone"), "—", draft.zone)]
    found = []
    if current.zone != draft.zone:
        found.append(Change(_("Time zone"), current.zone, draft.zone))
    if (before := _week(current)) != (after := _week(draft)):
        found.append(Change(_("Ordinary week"), before, after))
    for one in differences(_plan(current), _plan(draft)):
        found.append(Change(_date(one.date), _day(one.before, one.after), _day(one.after, one.before)))
    return found


def _plan(version: CalendarVersion) -> dict[date, PlannedDay]:
    windows: dict[int, list[tuple[int, int]]] = {}
    for hours in version.hours.all():
        if hours.day_id is not None:
            windows.setdefault(hours.day_id, []).append((hours.opens_minute, hours.closes_minute))
    return {
        day.date: PlannedDay(tuple(sorted(windows.get(day.pk, ()))), day.name)
        for day in version.days.all()
        if not version.is_always_open
    }


def _week(version: CalendarVersion) -> str:
    return week_words(working_time(version)) or _("no working hours")


def _date(day: date) -> str:
    return f"{WEEKDAYS_ABBR[day.weekday()]}, {full_date_words(day)}".lower()


def _day(told: PlannedDay | None, other: PlannedDay | None) -> str:
    """The hours of a day, and its name where there is one."""
    if told is None:
        return _("as every week")
    words = hours_words(told.windows) or _("day off")
    return f"{words} ({told.name})" if told.name else words
