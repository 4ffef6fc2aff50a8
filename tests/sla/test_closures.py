"""Runs of days off, told about five working days before. Times in the cases are local."""

from __future__ import annotations

from datetime import UTC, date, timedelta

import pytest

from sla.closures import Closure, closure_ahead
from sla.working_time import WorkingTime
from sla.year_plan import official_plan
from tests.sla.offices import OFFICE, ZONE, local, office, utc

WEEK = dict.fromkeys(range(5), tuple(OFFICE))
RUSSIAN = office({day: plan.windows for year in (2026, 2027) for day, plan in official_plan(year, WEEK).items()})
NEW_YEAR = Closure(date(2026, 12, 31), date(2027, 1, 10), local("2027-01-11 09:00").astimezone(UTC))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-12-23 18:00", None),  # six working days before
        ("2026-12-24 00:00", NEW_YEAR),  # 24, 25, 28, 29 and 30 December
        ("2026-12-30 23:59", NEW_YEAR),
        ("2026-12-31 00:00", NEW_YEAR),
        ("2027-01-05 12:00", NEW_YEAR),  # in the middle of it
        ("2027-01-10 23:59", NEW_YEAR),
        ("2027-01-11 00:00", None),  # today work resumes
    ],
)
def test_a_run_is_told_from_five_working_days_before_to_its_last_day(at, expected):
    assert closure_ahead(RUSSIAN, local(at)) == expected


def test_the_days_are_those_of_the_calendar_s_clock():
    assert closure_ahead(RUSSIAN, utc("2026-12-23 18:59")) is None
    assert closure_ahead(RUSSIAN, utc("2026-12-23 19:00")) == NEW_YEAR


def test_a_weekend_or_a_single_holiday_is_no_run():
    assert closure_ahead(RUSSIAN, local("2026-11-20 12:00")) is None
    assert closure_ahead(RUSSIAN, local("2026-11-03 12:00")) is None, "4 November is a Wednesday"
    assert closure_ahead(RUSSIAN, local("2026-11-21 12:00")) is None, "on the weekend itself"


def test_three_days_off_in_a_row_are_a_run_in_a_week_of_five_days():
    closure = closure_ahead(RUSSIAN, local("2026-06-08 12:00"))
    assert closure == Closure(date(2026, 6, 12), date(2026, 6, 14), local("2026-06-15 09:00"))


def test_weekends_on_the_way_to_a_run_do_not_hide_it():
    assert closure_ahead(RUSSIAN, local("2026-12-25 12:00")) == NEW_YEAR


def test_the_nearest_of_two_runs_is_told():
    far_ahead = closure_ahead(RUSSIAN, local("2026-04-24 12:00"), working_days=30)
    assert far_ahead is not None
    assert far_ahead.first_date == date(2026, 5, 1)


def test_more_working_days_look_further_and_none_looks_at_today_only():
    assert closure_ahead(RUSSIAN, local("2026-12-23 18:00"), working_days=6) == NEW_YEAR
    assert closure_ahead(RUSSIAN, local("2026-12-30 12:00"), working_days=0) is None
    assert closure_ahead(RUSSIAN, local("2026-12-31 12:00"), working_days=0) == NEW_YEAR


def test_in_a_week_without_days_off_one_is_a_run():
    calendar = WorkingTime(ZONE, dict.fromkeys(range(7), OFFICE), {date(2026, 11, 25): []})
    assert closure_ahead(calendar, local("2026-11-23 12:00")) == Closure(
        date(2026, 11, 25), date(2026, 11, 25), local("2026-11-26 09:00")
    )


def test_days_off_at_both_ends_of_the_week_are_one_stretch():
    calendar = WorkingTime(ZONE, dict.fromkeys((1, 2, 3, 4), OFFICE), {date(2026, 11, 24): []})
    assert closure_ahead(WorkingTime(ZONE, dict.fromkeys((1, 2, 3, 4), OFFICE)), local("2026-11-19 12:00")) is None
    assert closure_ahead(calendar, local("2026-11-19 12:00")) == Closure(
        date(2026, 11, 21), date(2026, 11, 24), local("2026-11-25 09:00")
    )


def test_a_working_saturday_ends_a_run():
    calendar = office({date(2026, 11, 27): [], date(2026, 11, 28): OFFICE, date(2026, 11, 30): []})
    assert closure_ahead(calendar, local("2026-11-25 12:00")) is None, "one day, then two"


def test_work_resumes_when_the_first_window_opens():
    calendar = office({date(2026, 11, day): [] for day in (23, 24)} | {date(2026, 11, 25): [(15 * 60, 18 * 60)]})
    closure = closure_ahead(calendar, local("2026-11-23 12:00"))
    assert closure is not None
    assert closure.resumes_at == local("2026-11-25 15:00")
    assert closure.resumes_at.tzinfo is UTC


@pytest.mark.parametrize(
    "calendar",
    [WorkingTime(ZONE, always_open=True), WorkingTime(ZONE), WorkingTime(ZONE, days={date(2026, 11, 1): OFFICE})],
)
def test_nobody_is_told_where_nothing_closes_or_nothing_ever_opens(calendar):
    assert closure_ahead(calendar, local("2026-11-23 12:00")) is None


def test_a_calendar_that_is_closed_for_more_than_a_year_tells_nothing():
    off: dict[date, list[tuple[int, int]]] = {date(2026, 11, 23) + timedelta(days=number): [] for number in range(400)}
    assert closure_ahead(office(off), local("2026-11-20 12:00")) is None
    assert closure_ahead(office(off), local("2027-11-20 12:00")) is None
