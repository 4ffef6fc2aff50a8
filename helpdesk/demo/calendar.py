"""The demo's working hours and what its support levels promise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sla import production_calendar
from sla.models import BusinessCalendar, CalendarDay, CalendarVersion, LevelVersion, SupportLevel, WorkingHours
from sla.production_calendar import DayKind

ZONE = "Asia/Yekaterinburg"
DAY = ((9 * 60, 13 * 60), (14 * 60, 18 * 60))
SHORT_DAY = ((9 * 60, 13 * 60), (14 * 60, 17 * 60))
WORKDAY_MINUTES = 480

# Working minutes until the reaction, by the level's name (ux.md 6.3).
LEVELS = {"Стандарт": 240, "Расширенный": 120, "Премиум": 60}
WITHOUT_CONTRACT = ("Без договора", 480)


def make_calendar(now: datetime) -> BusinessCalendar:
    """«Пятидневка»: Monday to Friday 9–18 with a break, and the official days of the years that the demo touches."""
    calendar = BusinessCalendar.objects.create(name="Пятидневка")
    version = CalendarVersion.objects.create(calendar=calendar, number=1, zone=ZONE)
    hours = [
        WorkingHours(version=version, weekday=weekday, **window) for weekday in range(5) for window in _windows(DAY)
    ]
    days = CalendarDay.objects.bulk_create(
        CalendarDay(version=version, date=day, name=official.name) for day, official in _official_days(now)
    )
    kinds = {day: official.kind for day, official in _official_days(now)}
    for day in days:
        if kinds[day.date] is not DayKind.OFF:
            windows = SHORT_DAY if kinds[day.date] is DayKind.SHORT else DAY
            hours += [WorkingHours(version=version, day=day, **window) for window in _windows(windows)]
    WorkingHours.objects.bulk_create(hours)
    version.published_at = now - timedelta(days=800)
    version.save(update_fields=["published_at"])
    return calendar


def make_levels(calendar: BusinessCalendar, now: datetime) -> dict[str, SupportLevel]:
    """The three levels that contracts buy, by name, and the internal term of requests without a contract."""
    levels = {}
    for name, minutes in (*LEVELS.items(), WITHOUT_CONTRACT):
        level = SupportLevel.objects.create(name=name, is_internal_default=name == WITHOUT_CONTRACT[0])
        LevelVersion.objects.create(
            level=level, number=1, calendar=calendar, base_minutes=minutes, published_at=now - timedelta(days=800)
        )
        levels[name] = level
    return levels


def _windows(day: tuple[tuple[int, int], ...]) -> list[dict[str, int]]:
    return [{"opens_minute": opens, "closes_minute": closes} for opens, closes in day]


def _official_days(now: datetime) -> Iterator[tuple[date, production_calendar.OfficialDay]]:
    """Those of 2026 and 2027, and of the years that a history of ninety days and its deadlines reach into."""
    years = {2026, 2027, (now - timedelta(days=120)).year, (now + timedelta(days=60)).year}
    for year in sorted(years & set(production_calendar.known_years())):
        yield from production_calendar.days(year).items()
