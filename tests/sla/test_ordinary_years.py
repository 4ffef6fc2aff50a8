"""Years of which a calendar knows no dated day: counted by the ordinary week, and the result says so."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sla.deadlines import deadline
from sla.working_time import WorkingTime
from tests.sla.offices import OFFICE, ZONE, local, office, utc

KNOWN: dict[date, list[tuple[int, int]]] = {date(2026, 1, 1): [], date(2026, 11, 4): [], date(2028, 2, 1): []}


def test_a_year_is_known_by_any_dated_day_later_than_january():
    assert office(KNOWN).known_years == {2026, 2028}
    assert office().known_years == set()


def test_a_run_of_days_off_over_new_year_makes_only_the_old_year_known():
    run: dict[date, list[tuple[int, int]]] = {date(2026, 12, 28) + timedelta(days=number): [] for number in range(12)}
    assert office(run).known_years == {2026}
    assert office({date(2027, 1, 31): []}).known_years == set()
    assert office(run).ordinary_years(local("2026-12-30 12:00"), local("2027-01-11 12:00")) == (2027,)


def test_round_the_clock_there_is_nothing_to_know():
    calendar = WorkingTime(ZONE, always_open=True)
    assert {1900, 2026, 2199} <= calendar.known_years
    assert calendar.ordinary_years(utc("1900-01-01 00:00"), utc("2199-12-31 23:59:59.999999")) == ()


@pytest.mark.parametrize(
    ("start", "end", "years"),
    [
        ("2026-03-01 12:00", "2026-12-31 23:59", ()),
        ("2026-12-30 12:00", "2027-01-11 12:00", (2027,)),
        ("2025-12-30 12:00", "2028-01-11 12:00", (2025, 2027)),
        ("2027-05-01 12:00", "2027-05-01 12:00", (2027,)),
        ("2026-12-31 12:00", "2027-01-01 00:00", ()),  # midnight ends the year, it does not touch the next one
        ("2026-12-31 12:00", "2027-01-01 00:00:00.000001", (2027,)),
        ("2027-01-01 00:00", "2027-01-01 00:00", (2027,)),
    ],
)
def test_a_span_names_the_years_that_it_counted_by_the_ordinary_week(start, end, years):
    assert office(KNOWN).ordinary_years(local(start), local(end)) == years


def test_the_years_are_those_of_the_calendar_s_clock():
    start, end = utc("2026-12-31 18:59"), utc("2026-12-31 19:01")  # midnight in Yekaterinburg is 19:00 in UTC
    assert office(KNOWN).ordinary_years(start, end) == (2027,)
    assert office(KNOWN, zone="America/New_York").ordinary_years(start, end) == ()


def test_a_span_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="Give the earlier instant first"):
        office(KNOWN).ordinary_years(local("2026-12-31 12:00"), local("2026-12-31 11:59"))


def test_a_deadline_says_which_years_it_counted_by_the_ordinary_week():
    assert deadline(office(KNOWN), local("2026-11-20 17:30"), 240).ordinary_years == ()
    promise = deadline(office(KNOWN), local("2026-12-31 17:30"), 240)
    assert promise.due_at == local("2027-01-01 12:30"), "as if the first of January were an ordinary Friday"
    assert promise.ordinary_years == (2027,)


def test_a_deadline_at_midnight_of_the_new_year_needs_no_next_year():
    calendar = WorkingTime(ZONE, {3: [*OFFICE, (22 * 60, 24 * 60)]}, {date(2026, 11, 4): []})
    promise = deadline(calendar, local("2026-12-31 23:00"), 60)
    assert promise.due_at == local("2027-01-01 00:00")
    assert promise.ordinary_years == ()


def test_years_cannot_be_changed_from_outside():
    calendar = office(KNOWN)
    with pytest.raises(AttributeError):
        calendar.known_years = frozenset()
    assert calendar.ordinary_years(local("2026-06-01 00:00"), local("2026-06-01 00:00") + timedelta(days=1)) == ()
