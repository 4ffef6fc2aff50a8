"""Working days and hours of a year, beside the official norm."""

from __future__ import annotations

from datetime import date

import pytest

from sla.norms import YearTotals, official_norm, totals
from sla.production_calendar import YearNotKnown
from sla.working_time import WorkingTime
from sla.year_plan import official_plan
from tests.sla.offices import OFFICE, SHORT, ZONE, office


@pytest.mark.parametrize(
    ("year", "working", "short", "off", "hours"),
    [
        (2023, 247, 3, 118, 1973),
        (2024, 248, 5, 118, 1979),
        (2025, 247, 4, 118, 1972),
        (2026, 247, 4, 118, 1972),
        (2027, 247, 4, 118, 1972),
    ],
)
def test_the_official_norm_of_a_week_of_40_hours(year, working, short, off, hours):
    assert official_norm(year) == YearTotals(working, short, off, hours * 60)
    assert working + off == date(year, 12, 31).timetuple().tm_yday


def test_an_unknown_year_has_no_norm():
    with pytest.raises(YearNotKnown):
        official_norm(2028)


@pytest.mark.parametrize("year", [2024, 2027])
def test_a_calendar_filled_from_the_official_days_meets_the_norm(year):
    week = dict.fromkeys(range(5), tuple(OFFICE))
    calendar = office({day: planned.windows for day, planned in official_plan(year, week).items()})
    assert totals(calendar, year) == official_norm(year)


def test_a_year_that_nobody_filled_is_an_ordinary_one():
    assert totals(office(), 2028) == YearTotals(260, 0, 106, 260 * 480)


def test_short_days_are_those_with_less_work_than_usual():
    calendar = office(
        {
            date(2027, 2, 20): SHORT,  # a Saturday, less than a full day
            date(2027, 2, 27): OFFICE,  # a Saturday in full
            date(2027, 3, 1): SHORT,
            date(2027, 3, 2): [(8 * 60, 20 * 60)],  # longer
            date(2027, 3, 3): [(10 * 60, 18 * 60)],  # other hours, as many
            date(2027, 3, 4): [],
        }
    )
    ordinary = totals(office(), 2027)
    assert totals(calendar, 2027) == YearTotals(
        ordinary.working_days + 1, 2, ordinary.days_off - 1, ordinary.working_minutes + 420 + 480 - 60 + 240 - 480
    )


def test_round_the_clock_a_year_has_all_its_minutes():
    assert totals(WorkingTime(ZONE, always_open=True), 2028) == YearTotals(366, 0, 0, 366 * 1440)


def test_minutes_are_real_where_the_clock_changes():
    berlin = WorkingTime("Europe/Berlin", dict.fromkeys(range(7), ((60, 240),)))
    assert totals(berlin, 2026).working_minutes == 365 * 180, "an hour less in March, an hour more in October"
    spring = WorkingTime("Europe/Berlin", days={date(2026, 3, 29): [(60, 240)]})
    assert totals(spring, 2026) == YearTotals(1, 0, 364, 120)


def test_a_calendar_without_working_time_has_only_days_off():
    assert totals(WorkingTime(ZONE), 2027) == YearTotals(0, 0, 365, 0)
