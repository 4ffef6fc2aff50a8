"""Editing calendars: a published version never changes, so what is edited is its draft. Roles are asked by the pages.

Each verb is one transaction and may run twice: it says what a day or the week shall be, not what to change about it.
Nothing here touches a request: that begins when a draft is published.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from sla.day_kinds import Kind, ordinary_or, windows_for
from sla.fingerprints import fingerprint_of
from sla.hours_text import HoursNotValid, checked_hours, clock_words
from sla.models import BusinessCalendar, CalendarDay, CalendarVersion, WorkingHours
from sla.wall_clock import CalendarNotValid, Hours, zone_named
from sla.working_time import FIRST_YEAR, LAST_YEAR
from sla.year_plan import PlannedDay, full_day

LONGEST_PERIOD = timedelta(days=366)

Plan = Mapping[date, PlannedDay | None]
Week = Mapping[int, Hours]


class EditRefused(Exception):
    """What was asked for cannot be; the message is a sentence, safe to show. Nothing was written."""


class DraftGone(EditRefused):
    """The draft has been published or discarded meanwhile."""

    def __init__(self) -> None:
        super().__init__(_("This draft has been published or discarded meanwhile. Open the page again."))


class CalendarChanged(EditRefused):
    """The calendar is not what the person saw who edits it."""

    def __init__(self) -> None:
        super().__init__(
            _("The calendar has been changed meanwhile, so nothing was saved. Look at it as it is now, then try again.")
        )


@transaction.atomic
def create_calendar(name: str, *, zone: str, week: Week, is_always_open: bool = False) -> BusinessCalendar:
    """A calendar whose first version is a draft. Raises EditRefused, also for a name that another one has."""
    try:
        with transaction.atomic():
            calendar = BusinessCalendar.objects.create(name=name)
    except IntegrityError:
        raise EditRefused(
            _("There is already a calendar with the name “%(name)s”. Give another one.") % {"name": name}
        ) from None
    draft = CalendarVersion.objects.create(calendar=calendar, number=1)
    set_week(draft, week, zone=zone, is_always_open=is_always_open)
    return calendar


@transaction.atomic
def draft_of(calendar: BusinessCalendar, *, seen: str | None = None) -> CalendarVersion:
    """The draft of the calendar: the one that there is, or a copy of the newest version with its week and days.

    `seen` is the `fingerprint` of the version that the person was shown, for edits that replace more than they name.
    Raises EditRefused for a calendar that has been changed or discarded meanwhile.
    """
    found = BusinessCalendar.objects.select_for_update().filter(pk=calendar.pk).first()
    if found is None:
        raise DraftGone
    calendar, draft = found, found.draft()
    source = draft or calendar.current()
    if seen is not None and seen != fingerprint(source):
        raise CalendarChanged
    if draft:
        return draft
    draft = CalendarVersion.objects.create(
        calendar=calendar, number=source.number + 1, zone=source.zone, is_always_open=source.is_always_open
    )
    _write_week(draft, week_of(source))
    _write_days(draft, plan_of(source))
    return draft


@transaction.atomic
def set_day(draft: CalendarVersion, day: date, windows: Hours | None, name: str = "") -> CalendarVersion:
    """Let the day have these windows, () for a day off; None gives it back to its weekday.

    Raises EditRefused for windows that cannot be, TypeError for a datetime.
    """
    draft = _open(draft)
    _write_days(draft, {day: None if windows is None else PlannedDay(windows, name)})
    return draft


@transaction.atomic
def set_days(
    draft: CalendarVersion,
    first: date,
    last: date,
    kind: Kind | None,
    *,
    until: int | None = None,
    name: str = "",
) -> CalendarVersion:
    """Let every day from `first` to `last` be of that kind, with the usual windows of its weekday; None gives them
    back to their weekdays. A short day ends at minute `until`, or an hour earlier than usual; days off, and days that
    end by then anyway, stay as they are. A day without a name that its weekday makes so anyway keeps no line of its
    own. Raises EditRefused.
    """
    draft = _open(draft)
    if last < first:
        raise EditRefused(_("The period ends before it begins. Give a last day that is not before the first."))
    if last - first > LONGEST_PERIOD:
        raise EditRefused(_("A period has up to 366 days. Mark the rest as another one."))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    week = week_of(draft)
    if kind is Kind.SHORT:
        days = _shortened(draft, week, days, until)
    _write_days(draft, {day: _planned(week, day, kind, until, name) for day in days})
    return draft


@transaction.atomic
def set_week(draft: CalendarVersion, week: Week, *, zone: str, is_always_open: bool = False) -> CalendarVersion:
    """Let the ordinary week be so, in that zone; round the clock, windows and days wait until that is taken back.

    Raises EditRefused for windows that cannot be, a week without any, and a zone that does not exist.
    """
    draft = _open(draft)
    try:
        zone_named(zone)
    except CalendarNotValid:
        raise EditRefused(
            _("“%(zone)s” is not a time zone. Give an IANA name such as Asia/Yekaterinburg.") % {"zone": zone}
        ) from None
    if not is_always_open and not any(week.values()):
        raise EditRefused(_("The week has no working hours. Give at least one day its hours."))
    _write_week(draft, week)
    draft.zone, draft.is_always_open = zone, is_always_open
    draft.save(update_fields=["zone", "is_always_open"])
    return draft


@transaction.atomic
def fill_year(draft: CalendarVersion, year: int, plan: Mapping[date, PlannedDay]) -> CalendarVersion:
    """Let the dated days of that year be those of the plan, and no others. Raises EditRefused."""
    draft = _open(draft)
    if stray := next((day for day in plan if day.year != year), None):
        told = {"day": f"{stray:%d.%m.%Y}", "year": year}
        raise EditRefused(_("%(day)s is not a day of %(year)s. Choose the year that the days belong to.") % told)
    gone = draft.days.filter(date__year=year).exclude(date__in=list(plan)).values_list("date", flat=True)
    _write_days(draft, {**dict.fromkeys(gone), **plan})
    return draft


@transaction.atomic
def discard(calendar: BusinessCalendar, *, seen: str | None = None) -> None:
    """Throw the calendar's draft away; a calendar that was never published goes with it. Without one, nothing happens.

    `seen` is the `fingerprint` of the draft that the person was shown. Raises CalendarChanged.
    """
    found = BusinessCalendar.objects.select_for_update().filter(pk=calendar.pk).first()
    if found is None or (draft := found.draft()) is None:
        return
    if seen is not None and seen != fingerprint(draft):
        raise CalendarChanged
    draft.delete()
    if not found.versions.exists():
        found.delete()


def fingerprint(version: CalendarVersion) -> str:
    """Short text that is the same for the same version with the same zone, week and days, as loaded."""
    return fingerprint_of(
        version.pk, version.zone, version.is_always_open, week_of(version), list(plan_of(version).items())
    )


def week_of(version: CalendarVersion) -> dict[int, Hours]:
    """The weekly windows of a version by weekday, as loaded."""
    week: dict[int, list[tuple[int, int]]] = {}
    for hours in version.hours.all():
        if hours.weekday is not None:
            week.setdefault(hours.weekday, []).append((hours.opens_minute, hours.closes_minute))
    return {weekday: tuple(sorted(windows)) for weekday, windows in sorted(week.items())}


def plan_of(version: CalendarVersion, year: int | None = None) -> dict[date, PlannedDay]:
    """The dated days of a version, or of one year of it, as loaded."""
    windows: dict[int, list[tuple[int, int]]] = {}
    for hours in version.hours.all():
        if hours.day_id is not None:
            windows.setdefault(hours.day_id, []).append((hours.opens_minute, hours.closes_minute))
    return {
        day.date: PlannedDay(tuple(sorted(windows.get(day.pk, ()))), day.name)
        for day in sorted(version.days.all(), key=lambda day: day.date)
        if year in {None, day.date.year}
    }


def _open(draft: CalendarVersion) -> CalendarVersion:
    """The draft, locked. Raises DraftGone."""
    found = CalendarVersion.objects.select_for_update().filter(pk=draft.pk, published_at=None).first()
    if found is None:
        raise DraftGone
    return found


def _shortened(draft: CalendarVersion, week: Week, days: list[date], until: int | None) -> list[date]:
    """Those of the days that are worked now, and in full longer than until that minute. Raises EditRefused."""
    plan = plan_of(draft)
    worked = [day for day in days if (plan[day].windows if day in plan else week.get(day.weekday()))]
    if not worked:
        raise EditRefused(_("Nobody works in this period. Give one with working days."))
    full = {day: full_day(day, week) for day in worked}
    found = [day for day in worked if until is None or not full[day] or until < full[day][-1][1]]
    if not found:
        raise EditRefused(
            _("Work ends by %(time)s on these days anyway. Give an earlier end.") % {"time": clock_words(until or 0)}
        )
    return found


def _planned(week: Week, day: date, kind: Kind | None, until: int | None, name: str) -> PlannedDay | None:
    if kind is None:
        return None
    hours = windows_for(week, day, kind, until=until)
    if kind is not Kind.OFF and not hours:
        raise EditRefused(
            _("No usual hours are known for %(day)s. Fill in the ordinary week, or an end after work begins.")
            % {"day": f"{day:%d.%m.%Y}"}
        )
    if not name and ordinary_or(week, day, hours) is None:
        return None
    return PlannedDay(hours, name)


def _write_week(draft: CalendarVersion, week: Week) -> None:
    draft.hours.filter(day=None).delete()
    WorkingHours.objects.bulk_create(
        WorkingHours(version=draft, weekday=weekday, opens_minute=opens, closes_minute=closes)
        for weekday, windows in week.items()
        for opens, closes in _checked(windows)
    )


def _write_days(draft: CalendarVersion, plan: Plan) -> None:
    """Put the days of the plan in place of what the draft says about them."""
    for day in plan:
        _check_date(day)
    draft.days.filter(date__in=list(plan)).delete()
    planned = {day: it for day, it in plan.items() if it is not None}
    rows = CalendarDay.objects.bulk_create(
        CalendarDay(version=draft, date=day, name=it.name[:100]) for day, it in planned.items()
    )
    WorkingHours.objects.bulk_create(
        WorkingHours(version=draft, day=row, opens_minute=opens, closes_minute=closes)
        for row in rows
        for opens, closes in _checked(planned[row.date].windows)
    )


def _checked(windows: Hours) -> Hours:
    try:
        return checked_hours(windows)
    except HoursNotValid as refusal:
        raise EditRefused(str(refusal)) from refusal


def _check_date(day: date) -> None:
    if isinstance(day, datetime):
        raise TypeError(f"{day.isoformat()} is a moment. Give the day of the calendar's zone, a date.")
    if not FIRST_YEAR < day.year < LAST_YEAR:
        told = {"year": day.year, "first": FIRST_YEAR + 1, "last": LAST_YEAR - 1}
        raise EditRefused(_("The year %(year)s is too far away. Give a year from %(first)s to %(last)s.") % told)
