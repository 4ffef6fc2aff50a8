"""How the tests of calendars open their pages and post their forms."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from accounts.models import User
from sla import editing
from sla.models import CalendarDay, CalendarVersion, WorkingHours
from tests.cast import Cast, moment
from tests.staff_pages import enter

NOW = moment("2026-10-23 10:30")
LIST = "/admin/sla/businesscalendar/"
QUEUE = "/admin/tickets/ticket/"
DAY = ((540, 780), (840, 1080))
SHORT = ((540, 780), (840, 1020))
WEEK = dict.fromkeys(range(5), DAY)
CHANGED = "Календарь тем временем изменили, поэтому ничего не сохранено."
MAY_8 = date(2026, 5, 8)  # a Friday


def year_of(cast: Cast, year: int = 2026) -> str:
    return f"{LIST}{cast.calendar.pk}/{year}/"


def draft_of(cast: Cast) -> CalendarVersion:
    draft = cast.calendar.draft()
    assert draft
    return draft


def seen_by(user: User, address: str) -> str:
    """What the page of that address says that it shows."""
    found = re.search(r'name="seen" value="([^"]*)"', enter(user).get(address).content.decode())
    return found[1] if found else ""


def post_day(cast: Cast, day: date = MAY_8, /, **told: str) -> Any:
    fields = {f"day-{name}": value for name, value in told.items()}
    return enter(cast.maria).post(f"{year_of(cast, day.year)}day/", {"date": day.isoformat(), **fields})


def post_period(cast: Cast, **told: str) -> Any:
    fields = {"first": "01.07.2026", "last": "03.07.2026", "kind": "off", **told}
    return enter(cast.maria).post(f"{year_of(cast)}period/", {f"period-{name}": it for name, it in fields.items()})


def post_week(cast: Cast, address: str = "", **told: str) -> Any:
    fields = {f"day_{number}": "9:00–13:00, 14:00–18:00" for number in range(5)} | {"zone": "Asia/Yekaterinburg"}
    told.setdefault("seen", editing.fingerprint(cast.calendar.draft() or cast.calendar.current()))
    data = {"seen": told.pop("seen")} | {f"week-{name}": it for name, it in (fields | told).items()}
    return enter(cast.maria).post(address or f"{year_of(cast)}week/", data)


def rows() -> tuple[int, int, int]:
    return CalendarVersion.objects.count(), CalendarDay.objects.count(), WorkingHours.objects.count()
