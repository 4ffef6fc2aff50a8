"""Which calendars are in use, and which of them lack a year."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from sla.calendars import calendars_in_use, missing_years, working_time
from sla.models import BusinessCalendar, CalendarVersion, LevelVersion
from tests.cast import SUMMER, Cast, make_calendar, make_level, moment, new_calendar_version, new_level_version

pytestmark = pytest.mark.django_db

NOVEMBER = moment("2026-11-01 00:00")
TODAY = date(2026, 11, 1)
NEXT = date(2027, 1, 1)


def move_to(level: Any, calendar: BusinessCalendar, *, valid_from: date | None = None, is_draft: bool = False) -> None:
    """A new version of the level by another calendar."""
    number = level.versions.latest("number").number + 1
    LevelVersion.objects.create(
        level=level,
        number=number,
        calendar=calendar,
        base_minutes=60,
        valid_from_date=valid_from,
        published_at=None if is_draft else SUMMER,
    )


def test_from_november_on_a_calendar_without_a_day_of_next_year_is_named(cast: Cast) -> None:
    new_calendar_version(cast.calendar, {date(2026, 6, 12): []})
    assert missing_years(moment("2026-10-31 23:59")) == {}
    assert missing_years(NOVEMBER) == {2027: [cast.calendar]}
    assert missing_years(moment("2026-12-31 23:59")) == {2027: [cast.calendar]}


def test_a_year_that_has_begun_unfilled_is_named_all_the_year(cast: Cast) -> None:
    new_calendar_version(cast.calendar, {date(2026, 6, 12): []})
    for at in ("2027-01-01 00:00", "2027-06-15 12:00", "2027-10-31 23:59"):
        assert missing_years(moment(at)) == {2027: [cast.calendar]}, at
    assert missing_years(moment("2027-11-01 00:00")) == {2027: [cast.calendar], 2028: [cast.calendar]}


def test_one_day_of_a_year_is_enough_and_only_in_the_current_version(cast: Cast) -> None:
    new_calendar_version(cast.calendar, {date(2026, 2, 1): [], date(2028, 6, 12): []})
    assert missing_years(NOVEMBER) == {2027: [cast.calendar]}, "days of other years"
    new_calendar_version(cast.calendar, {date(2027, 12, 31): []}, published_at=None)
    assert missing_years(NOVEMBER) == {2027: [cast.calendar]}, "a draft is not in force"
    CalendarVersion.objects.filter(published_at=None).update(published_at=SUMMER)
    assert missing_years(NOVEMBER) == {}
    newest = CalendarVersion.objects.create(calendar=cast.calendar, number=9)
    CalendarVersion.objects.filter(pk=newest.pk).update(published_at=SUMMER)
    assert missing_years(NOVEMBER)[2027] == [cast.calendar], "the newer version has lost the day"


@pytest.mark.parametrize("day", [date(2027, 1, 1), date(2027, 1, 8), date(2027, 1, 31), date(2027, 2, 1)])
def test_a_year_is_missing_exactly_where_the_arithmetic_does_not_know_it(cast: Cast, day: date) -> None:
    version = new_calendar_version(cast.calendar, {date(2026, 12, 28): [], day: []})
    known = working_time(version).known_years
    assert (2027 in known) == (day.month > 1)
    assert list(missing_years(NOVEMBER)) == [year for year in (2026, 2027) if year not in known]


def test_round_the_clock_nothing_is_missing(cast: Cast) -> None:
    version = CalendarVersion.objects.create(calendar=cast.calendar, number=2, is_always_open=True)
    CalendarVersion.objects.filter(pk=version.pk).update(published_at=SUMMER)
    assert missing_years(NOVEMBER) == {}


def test_a_calendar_that_no_level_uses_is_not_named(cast: Cast) -> None:
    unused = make_calendar("Без уровня")
    assert list(calendars_in_use(TODAY)) == missing_years(NOVEMBER)[2027] == [cast.calendar]
    move_to(cast.standard, unused, is_draft=True)
    assert list(calendars_in_use(TODAY)) == [cast.calendar], "a draft of a level uses nothing yet"


def test_a_calendar_that_all_levels_have_left_is_not_named(cast: Cast) -> None:
    other = make_calendar("Круглый год")
    for level in (cast.standard, *type(cast.standard).objects.exclude(pk=cast.standard.pk)):
        move_to(level, other)
    assert list(calendars_in_use(TODAY)) == [other]


def test_the_calendar_of_a_coming_version_is_in_use_beside_the_one_of_today(cast: Cast) -> None:
    coming = make_calendar("Шестидневка")
    move_to(cast.standard, coming, valid_from=NEXT)
    assert list(calendars_in_use(TODAY)) == [cast.calendar, coming]
    assert missing_years(NOVEMBER)[2027] == [cast.calendar, coming]
    for level in type(cast.standard).objects.exclude(pk=cast.standard.pk):
        move_to(level, coming)
    assert list(calendars_in_use(date(2026, 12, 31))) == [cast.calendar, coming]
    assert list(calendars_in_use(NEXT)) == [coming], "from that day on nobody counts by the old one"


def test_calendars_come_by_name_and_once_and_cost_one_query(cast: Cast, django_assert_num_queries: Any) -> None:
    first = make_calendar("Авральный")
    for name in ("Премиум", "Расширенный"):
        make_level(first, name)
    new_level_version(cast.standard, critical=60)
    with django_assert_num_queries(1):
        assert missing_years(NOVEMBER) == {2026: [first, cast.calendar], 2027: [first, cast.calendar]}
