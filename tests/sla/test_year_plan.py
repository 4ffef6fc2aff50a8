"""A year as a plan: the official days in the hours of a calendar, short days, differences."""

from __future__ import annotations

from datetime import date

import pytest

from sla.production_calendar import YearNotKnown, days, known_years
from sla.working_time import WorkingTime
from sla.year_plan import Difference, PlannedDay, differences, full_day, official_plan, shortened
from tests.sla.offices import OFFICE, SHORT, ZONE, local

WEEK = dict.fromkeys(range(5), tuple(OFFICE))
FRIDAY_TO_16 = ((9 * 60, 13 * 60), (14 * 60, 16 * 60))


def on(text):
    return date.fromisoformat(text)


def test_the_official_days_are_planned_in_the_hours_of_the_week():
    plan = official_plan(2027, WEEK)
    assert plan[on("2027-01-01")] == PlannedDay((), "Новогодние каникулы")
    assert plan[on("2027-02-20")].windows == tuple(SHORT), "a Saturday that is worked, an hour less"
    assert plan[on("2027-11-03")] == PlannedDay(tuple(SHORT), "Сокращённый предпраздничный день")
    assert list(plan) == sorted(plan)


@pytest.mark.parametrize("year", list(known_years()))
def test_every_official_day_is_in_the_plan_of_a_five_day_week(year):
    assert set(official_plan(year, WEEK)) == set(days(year))


def test_a_worked_saturday_lasts_as_long_as_the_day_off_that_it_makes_up_for():
    plan = official_plan(2024, {**WEEK, 0: FRIDAY_TO_16})
    assert plan[on("2024-04-27")].windows == FRIDAY_TO_16, "for Monday, 29 April"
    assert plan[on("2024-12-28")].windows == FRIDAY_TO_16, "for Monday, 30 December"
    assert plan[on("2024-11-02")].windows == tuple(SHORT), "for Tuesday, 30 April, and short"


def test_a_day_on_which_the_week_does_not_work_anyway_is_left_out_unless_it_is_a_holiday():
    plan = official_plan(2026, {0: tuple(OFFICE)})
    assert on("2026-11-03") not in plan, "a short Tuesday"
    assert plan[on("2026-11-04")] == PlannedDay((), "День народного единства")


def test_an_unknown_year_has_no_plan():
    with pytest.raises(YearNotKnown, match="2028 are not known"):
        official_plan(2028, WEEK)


@pytest.mark.clause("3.5b.2")
def test_a_calendar_filled_with_the_plan_skips_the_holidays():
    plan = {day: planned.windows for year in (2026, 2027) for day, planned in official_plan(year, WEEK).items()}
    assert WorkingTime(ZONE, WEEK, plan).add(local("2026-12-30 17:00"), 240) == local("2027-01-11 12:00")


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (((540, 780), (840, 1080)), ((540, 780), (840, 1020))),
        (((540, 780), (840, 900)), ((540, 780),)),  # what is worked after the break is the hour: the break goes too
        (((540, 780), (840, 870)), ((540, 750),)),  # an hour of work, not an hour of the clock
        (((1320, 1800),), ((1320, 1740),)),  # over midnight
        (((540, 600),), ()),
        (((540, 570),), ()),
        ((), ()),
    ],
)
def test_a_short_day_has_an_hour_of_work_less_at_its_end(hours, expected):
    assert shortened(hours) == expected


def test_the_hours_of_a_day_off_are_those_of_the_first_weekday_that_works():
    assert full_day(on("2026-11-24"), {1: FRIDAY_TO_16, 4: tuple(OFFICE)}) == FRIDAY_TO_16  # a Tuesday
    assert full_day(on("2026-11-27"), {1: FRIDAY_TO_16, 4: tuple(OFFICE)}) == tuple(OFFICE)  # a Friday
    assert full_day(on("2026-11-28"), {4: tuple(OFFICE), 0: (), 1: FRIDAY_TO_16}) == FRIDAY_TO_16
    assert full_day(on("2026-11-28"), {}) == ()


def test_differences_name_each_date_that_changes_in_order():
    first, second, third, fourth = (date(2027, 1, day) for day in (1, 2, 3, 4))
    off, short = PlannedDay((), "Праздник"), PlannedDay(tuple(SHORT))
    before = {third: off, first: off, fourth: short}
    after = {second: short, first: off, fourth: PlannedDay(tuple(SHORT), "Сокращённый")}
    assert differences(before, after) == [
        Difference(second, None, short),
        Difference(third, off, None),
        Difference(fourth, short, PlannedDay(tuple(SHORT), "Сокращённый")),
    ]
    assert differences(after, after) == []
