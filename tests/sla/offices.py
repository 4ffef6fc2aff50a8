"""Calendars and instants for the tests of working time."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sla.working_time import WorkingTime

ZONE = "Asia/Yekaterinburg"
OFFICE = [(9 * 60, 13 * 60), (14 * 60, 18 * 60)]
SHORT = [(9 * 60, 13 * 60), (14 * 60, 17 * 60)]
WEEKDAYS = range(5)


def office(days=None, hours=OFFICE, zone=ZONE):
    """Monday to Friday, 9 to 18 with a break from 13 to 14."""
    return WorkingTime(zone, dict.fromkeys(WEEKDAYS, hours), days)


def local(text, zone=ZONE):
    """`2026-11-20 17:30` on the wall clock of the office."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
