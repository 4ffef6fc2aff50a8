"""Which version of a level a request goes by, and what has become of the others."""

from __future__ import annotations

from datetime import date

import pytest

from sla.level_states import State, coming, states
from sla.models import BusinessCalendar, LevelVersion, SupportLevel
from tests.cast import make_calendar, make_level, moment

pytestmark = pytest.mark.django_db

PUBLISHED = moment("2026-11-20 12:00")
NEXT_YEAR = date(2027, 1, 1)


@pytest.fixture
def level() -> SupportLevel:
    """Four hours, published at the beginning of 2025."""
    return make_level(make_calendar())


def published(
    level: SupportLevel, minutes: int, *, on: str = "2026-11-20 12:00", valid_from: date | None = None
) -> None:
    last = level.versions.latest("number")
    LevelVersion.objects.create(
        level=level,
        number=last.number + 1,
        calendar=last.calendar,
        base_minutes=minutes,
        published_at=moment(on),
        valid_from_date=valid_from,
    )


def term_at(level: SupportLevel, at: str) -> int:
    return level.version_at(moment(at)).base_minutes


@pytest.mark.clause("3.6.2")
def test_what_came_in_before_a_version_was_published_goes_by_the_one_before(level: SupportLevel) -> None:
    published(level, 60)
    assert term_at(level, "2026-11-18 10:00") == 240, "paper of the 18th that is registered on the 21st"
    assert term_at(level, "2026-11-20 11:59") == 240, "on the very day, before its moment"
    assert term_at(level, "2026-11-20 12:00") == 60


def test_the_first_version_is_also_for_what_came_in_before_it(level: SupportLevel) -> None:
    assert term_at(level, "2020-01-01 00:00") == 240


def test_a_first_version_with_a_day_promises_nothing_before_it(level: SupportLevel) -> None:
    calendar = BusinessCalendar.objects.get()
    fresh = SupportLevel.objects.create(name="Будущий")
    LevelVersion.objects.create(
        level=fresh, number=1, calendar=calendar, base_minutes=60, published_at=PUBLISHED, valid_from_date=NEXT_YEAR
    )
    with pytest.raises(LevelVersion.DoesNotExist):
        fresh.version_at(moment("2026-12-31 23:59"))
    assert term_at(fresh, "2027-01-01 00:00") == 60


def test_a_version_of_today_does_not_reach_back_to_the_morning(level: SupportLevel) -> None:
    published(level, 60, valid_from=date(2026, 11, 20))
    assert term_at(level, "2026-11-20 09:00") == 240
    assert term_at(level, "2026-11-20 12:00") == 60


def test_a_planned_version_waits_and_then_replaces(level: SupportLevel) -> None:
    published(level, 60, valid_from=NEXT_YEAR)
    assert found(level, "2026-12-31 23:59") == [State.COMING, State.IN_FORCE]
    assert found(level, "2027-01-01 00:00") == [State.IN_FORCE, State.REPLACED]


def test_a_version_that_is_published_later_and_begins_no_later_replaces_a_planned_one(level: SupportLevel) -> None:
    published(level, 60, valid_from=NEXT_YEAR)
    published(level, 120, on="2026-11-21 12:00")
    assert found(level, "2026-11-22 12:00") == [State.IN_FORCE, State.REPLACED, State.REPLACED]
    assert term_at(level, "2027-01-01 00:00") == 120


def test_of_two_planned_versions_both_come_where_the_later_one_begins_later(level: SupportLevel) -> None:
    published(level, 60, valid_from=NEXT_YEAR)
    published(level, 120, valid_from=date(2027, 2, 1))
    assert found(level, "2026-11-22 12:00") == [State.COMING, State.COMING, State.IN_FORCE]
    assert [term_at(level, f"2027-0{month}-15 12:00") for month in (1, 2)] == [60, 120]


def test_a_draft_is_for_no_request_and_replaces_nothing(level: SupportLevel) -> None:
    published(level, 60, valid_from=NEXT_YEAR)
    calendar = BusinessCalendar.objects.get()
    LevelVersion.objects.create(level=level, number=3, calendar=calendar, base_minutes=30)
    at = moment("2026-11-22 12:00")
    assert found(level, "2026-11-22 12:00") == [State.DRAFT, State.COMING, State.IN_FORCE]
    assert [version.number for version in coming(list(level.versions.order_by("-number")), at)] == [2]


def found(level: SupportLevel, at: str) -> list[State]:
    return states(list(level.versions.order_by("-number")), moment(at))
