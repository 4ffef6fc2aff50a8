"""Moments, days and durations in the reader's words: «сегодня, 14:32», «пн, 23 ноября, до 13:00», «3 ч 10 мин».

All functions are pure: aware datetimes in, text in the active language out, the reader's zone is the active one.
A no-break space stands between a number and its word, so that a line never ends with a lonely «23».
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.dateformat import format as formatted
from django.utils.translation import get_language, gettext, ngettext, pgettext

NBSP = "\u00a0"
OUR_ZONE = "Asia/Yekaterinburg"


def _clock(local: datetime) -> str:
    return f"{local.hour}:{local.minute:02}"


def day_and_month(day: date) -> str:
    """A day whose year is told elsewhere: «11 января»."""
    return _day_and_month(day, get_language())


@lru_cache(maxsize=2048)
def _day_and_month(day: date, language: str | None) -> str:
    return formatted(day, "j E").replace(" ", NBSP)


def weekday_words(day: date) -> str:
    """The short weekday without a case: «пн», "Mon"."""
    names = (
        pgettext("weekday", "Mon"),
        pgettext("weekday", "Tue"),
        pgettext("weekday", "Wed"),
        pgettext("weekday", "Thu"),
        pgettext("weekday", "Fri"),
        pgettext("weekday", "Sat"),
        pgettext("weekday", "Sun"),
    )
    return names[day.weekday()]


def date_words(at: datetime, *, now: datetime) -> str:
    """The day of `at` in the active zone: «23 ноября», with the year when it is not the year of `now`."""
    return _date_words(timezone.localtime(at).date(), timezone.localtime(now).date())


def day_in_year_words(day: date, *, now: datetime) -> str:
    """A calendar day: «11 января», with the year when it is not the year of `now`."""
    return _date_words(day, timezone.localtime(now).date())


def _date_words(local: date, today: date) -> str:
    return day_and_month(local) if local.year == today.year else full_date_words(local)


def full_date_words(day: date) -> str:
    """A day with its year, for a text that is read who knows when: «1 декабря 2026 г.»"""
    return gettext("%(day)s %(year)d") % {"day": day_and_month(day), "year": day.year}


def full_moment_words(at: datetime) -> str:
    """Day, year and time of `at` in the active zone, for such a text: «22 ноября 2026 г., 18:40»"""
    local = timezone.localtime(at)
    return f"{full_date_words(local.date())}, {_clock(local)}"


def day_words(at: datetime, *, now: datetime) -> str:
    """The day of `at` as a heading between messages: «сегодня», «вчера», else the date."""
    return _day_words(timezone.localtime(at).date(), timezone.localtime(now).date())


def _day_words(local: date, today: date) -> str:
    if local == today:
        return gettext("today")
    if local == today - timedelta(days=1):
        return gettext("yesterday")
    return _date_words(local, today)


def moment_words(at: datetime, *, now: datetime) -> str:
    """Day and time of `at` in the active zone: «сегодня, 14:32», «вчера, 9:05», «23 ноября, 9:05»."""
    local = timezone.localtime(at)
    return f"{_day_words(local.date(), timezone.localtime(now).date())}, {_clock(local)}"


def due_words(at: datetime, *, now: datetime) -> str:
    """A deadline with its weekday, fit to stand after a colon: «пн, 23 ноября, до 13:00»."""
    local = timezone.localtime(at)
    return gettext("%(weekday)s, %(date)s, by %(time)s") % {
        "weekday": weekday_words(local),
        "date": date_words(at, now=now),
        "time": _clock(local),
    }


def start_words(at: datetime, *, now: datetime) -> str:
    """A beginning with its weekday, fit to stand after a colon: «пн, 23 ноября, 9:00»."""
    local = timezone.localtime(at)
    return f"{weekday_words(local)}, {date_words(at, now=now)}, {_clock(local)}"


def day_span_words(first: date, last: date, *, now: datetime) -> str:
    """One day or several in a row, with weekdays while they are a week at most: «сб, 21 ноября», «сб–вс, 21–22 ноября»,
    «31 декабря – 11 января»."""
    start, end = (datetime.combine(day, time(12), tzinfo=timezone.get_current_timezone()) for day in (first, last))
    if first == last:
        return f"{weekday_words(start)}, {date_words(start, now=now)}"
    weekdays = f"{weekday_words(start)}–{weekday_words(end)}, " if (last - first).days < 7 else ""
    if (first.year, first.month) == (last.year, last.month):
        return f"{weekdays}{first.day}–{date_words(end, now=now)}"
    return f"{weekdays}{date_words(start, now=now)}{NBSP}– {date_words(end, now=now)}"


def near_words(at: datetime, *, now: datetime) -> str:
    """The time of a moment that is near, its day only where it is another: «14:30», «9:00, пн», «9:00, 11 января»."""
    local, today = timezone.localtime(at), timezone.localtime(now).date()
    days = abs((local.date() - today).days)
    if days == 0:
        return _clock(local)
    return f"{_clock(local)},{NBSP}{weekday_words(local) if days < 7 else date_words(at, now=now)}"


def minutes_words(minutes: int) -> str:
    """A duration of whole minutes: «3 ч 10 мин», «25 мин», «2 ч». The sign is dropped: the sentence around tells it."""
    hours, rest = divmod(abs(int(minutes)), 60)
    parts = []
    if hours:
        parts.append(gettext("%(n)d h") % {"n": hours})
    if rest or not hours:
        parts.append(gettext("%(n)d min") % {"n": rest})
    return NBSP.join(part.replace(" ", NBSP) for part in parts)


def zone_words(at: datetime) -> str:
    """The active zone as it stands once beside moments: «Время — Оренбург (UTC+5)»; another than ours by its offset."""
    zone = _offset_words(timezone.localtime(at))
    if timezone.get_current_timezone_name() == OUR_ZONE:
        return gettext("Time: Orenburg (%(zone)s)") % {"zone": zone}
    return gettext("Time: %(zone)s") % {"zone": zone}


def place_words(zone: str, at: datetime) -> str:
    """The zone of a calendar, to stand after its hours: «Оренбург, UTC+5»; another than ours by its offset at `at`."""
    offset = _offset_words(at.astimezone(ZoneInfo(zone)))
    return gettext("Orenburg, %(zone)s") % {"zone": offset} if zone == OUR_ZONE else offset


def _offset_words(local: datetime) -> str:
    offset = local.strftime("%z")  # «+0500»
    return f"UTC{offset[0]}{int(offset[1:3])}" + (f":{offset[3:5]}" if offset[3:5] != "00" else "")


def working_words(minutes: int) -> str:
    """A limit of working minutes: «4 рабочих часа», «1 ч 30 мин рабочего времени»."""
    hours, rest = divmod(minutes, 60)
    if rest or not hours:
        return gettext("%(time)s of working time") % {"time": minutes_words(minutes)}
    return ngettext("%(n)d working hour", "%(n)d working hours", hours).replace(" ", NBSP, 1) % {"n": hours}
