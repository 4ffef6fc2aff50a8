"""Working time by named cases: windows, breaks, days off, nights, edges. Times in the cases are local."""

from __future__ import annotations

import threading
import tracemalloc
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sla.working_time import WorkingTime
from tests.sla.offices import OFFICE, SHORT, ZONE, local, office, utc

# Adding


@pytest.mark.clause("3.5b.2")
@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-11-20 09:00", 60, "2026-11-20 10:00"),
        ("2026-11-20 12:30", 60, "2026-11-20 14:30"),  # over the break
        ("2026-11-20 13:20", 30, "2026-11-20 14:30"),  # received in the break
        ("2026-11-20 17:30", 240, "2026-11-23 12:30"),  # Friday evening: the weekend does not count
        ("2026-11-22 18:40", 240, "2026-11-23 13:00"),  # Sunday
        ("2026-11-20 03:00", 1, "2026-11-20 09:01"),  # at night
        ("2026-11-20 18:00", 1, "2026-11-23 09:01"),  # at the closing moment
        ("2026-11-20 09:00", 5 * 480, "2026-11-26 18:00"),  # a week of work
        ("2028-02-28 17:00", 120, "2028-02-29 10:00"),  # a leap day is a Tuesday like any other
    ],
)
def test_only_working_time_counts(start, minutes, end):
    assert office().add(local(start), minutes) == local(end)


@pytest.mark.clause("3.5b.2")
def test_a_deadline_on_the_closing_moment_stays_there():
    assert office().add(local("2026-11-20 17:30"), 30) == local("2026-11-20 18:00")
    assert office().add(local("2026-11-20 12:00"), 60) == local("2026-11-20 13:00")


def test_a_start_on_the_opening_moment_stays_there():
    assert office().subtract(local("2026-11-23 09:30"), 30) == local("2026-11-23 09:00")
    assert office().subtract(local("2026-11-23 14:30"), 30) == local("2026-11-23 14:00")


@pytest.mark.parametrize("moment", ["2026-11-20 10:00", "2026-11-20 18:00", "2026-11-22 18:40"])
def test_no_minutes_give_the_instant_itself(moment):
    assert office().add(local(moment), 0) == local(moment)
    assert office().subtract(local(moment), 0) == local(moment)


def test_seconds_and_microseconds_are_kept():
    assert office().add(local("2026-11-20 17:59:30.000001"), 1) == local("2026-11-23 09:00:30.000001")
    assert office().add(local("2026-11-20 10:00"), timedelta(microseconds=1)) == local("2026-11-20 10:00:00.000001")
    assert office().between(local("2026-11-20 17:59:59.25"), local("2026-11-23 09:00:01")) == timedelta(seconds=1.75)


def test_subtracting_walks_back_over_breaks_and_weekends():
    assert office().subtract(local("2026-11-23 12:30"), 240) == local("2026-11-20 17:30")
    assert office().subtract(local("2026-11-22 18:40"), 60) == local("2026-11-20 17:00")


def test_subtracting_reaches_into_years_before_the_first_one_asked_for():
    assert office().subtract(local("2026-01-01 09:30"), 260 * 480) == local("2025-01-02 09:30")


def test_results_are_in_utc_whatever_zone_the_instant_was_given_in():
    moment = local("2026-11-22 18:40")
    for zone in (UTC, ZoneInfo("America/New_York"), ZoneInfo(ZONE)):
        due = office().add(moment.astimezone(zone), 240)
        assert due == utc("2026-11-23 08:00")
        assert due.tzinfo is UTC
        assert office().next_opening(moment.astimezone(zone)).tzinfo is UTC


def test_round_the_clock_counts_every_second():
    calendar = WorkingTime(ZONE, always_open=True)
    start = utc("2026-12-31 23:59:59")
    assert calendar.add(start, 240) == start + timedelta(hours=4)
    assert calendar.add(start, timedelta(days=800)) == start + timedelta(days=800)
    assert calendar.between(start, start + timedelta(days=366)) == timedelta(days=366)
    assert calendar.windows(start, start + timedelta(days=2)) == ((start, start + timedelta(days=2)),)
    assert calendar.is_open(start)


# Dated days


@pytest.mark.clause("3.5b.2")
def test_the_run_of_days_off_at_new_year_does_not_count():
    off = [date(2026, 12, 31), *(date(2027, 1, day) for day in range(1, 9))]
    calendar = office({day: [] for day in off})
    assert calendar.add(local("2026-12-30 17:00"), 240) == local("2027-01-11 12:00")
    assert calendar.between(local("2026-12-30 18:00"), local("2027-01-11 09:00")) == timedelta(0)
    assert calendar.next_opening(local("2026-12-31 12:00")) == local("2027-01-11 09:00")


@pytest.mark.clause("3.5b.2")
def test_a_short_working_saturday_counts_as_long_as_it_is():
    calendar = office({date(2027, 2, 20): SHORT, date(2027, 2, 22): [], date(2027, 2, 23): []})
    assert calendar.between(local("2027-02-20 00:00"), local("2027-02-21 00:00")) == timedelta(hours=7)
    assert calendar.add(local("2027-02-19 17:00"), 8 * 60) == local("2027-02-20 17:00")
    assert calendar.add(local("2027-02-19 17:00"), 8 * 60 + 1) == local("2027-02-24 09:01")


@pytest.mark.clause("3.5b.2")
@pytest.mark.parametrize(
    ("start", "seconds", "end"),
    [
        ("2026-11-03 16:59:30", 60, "2026-11-05 09:00:30"),  # half a minute on each side of 4 November
        ("2026-11-03 16:59:30", 30, "2026-11-03 17:00:00"),  # the shorter day's closing moment
        ("2026-11-03 17:59:30", 60, "2026-11-05 09:01:00"),  # when other days still work
    ],
)
def test_a_short_day_before_a_holiday_ends_when_it_ends(start, seconds, end):
    calendar = office({date(2026, 11, 3): SHORT, date(2026, 11, 4): []})
    assert calendar.add(local(start), timedelta(seconds=seconds)) == local(end)


def test_a_dated_day_replaces_its_weekday_and_nothing_else():
    calendar = office({date(2026, 11, 18): [(600, 660)]})
    assert calendar.between(local("2026-11-16 00:00"), local("2026-11-23 00:00")) == timedelta(hours=33)


def test_a_date_has_its_own_hours_or_those_of_its_weekday():
    calendar = office({date(2026, 11, 3): SHORT, date(2026, 11, 4): [], date(2026, 11, 7): [(600, 660)]})
    assert calendar.hours_on(date(2026, 11, 2)) == tuple(OFFICE), "a Monday"
    assert calendar.hours_on(date(2026, 11, 3)) == tuple(SHORT)
    assert calendar.hours_on(date(2026, 11, 4)) == (), "a day off, although Wednesdays are worked"
    assert calendar.hours_on(date(2026, 11, 7)) == ((600, 660),), "a Saturday that is worked"
    assert calendar.hours_on(date(2026, 11, 8)) == ()


# Windows over midnight


def test_a_window_may_run_to_24_00():
    late = WorkingTime(ZONE, {weekday: [(16 * 60, 1440)] for weekday in range(5)})
    assert late.add(local("2026-11-20 23:30"), 30) == local("2026-11-21 00:00")
    assert late.add(local("2026-11-20 23:30"), 31) == local("2026-11-23 16:01")
    assert late.subtract(local("2026-11-21 00:00"), 30) == local("2026-11-20 23:30")
    assert not late.is_open(local("2026-11-21 00:00"))


def test_two_days_that_meet_at_midnight_are_one_window():
    calendar = WorkingTime(ZONE, {0: [(16 * 60, 1440)], 1: [(0, 8 * 60)]})
    assert len(calendar.windows(local("2026-11-16 00:00"), local("2026-11-18 00:00"))) == 1


def test_a_window_may_run_over_midnight():
    night = WorkingTime(ZONE, {4: [(22 * 60, 30 * 60)]})  # Friday 22:00 to Saturday 6:00
    assert night.add(local("2026-11-20 12:00"), 180) == local("2026-11-21 01:00")
    assert night.is_open(local("2026-11-21 05:59"))
    assert not night.is_open(local("2026-11-21 06:00"))
    assert not night.is_open(local("2026-11-20 05:00"))


def test_a_day_off_does_not_cut_the_night_that_began_the_day_before():
    night = WorkingTime(ZONE, {weekday: [(22 * 60, 30 * 60)] for weekday in range(7)}, {date(2026, 11, 21): []})
    assert night.between(local("2026-11-20 12:00"), local("2026-11-22 12:00")) == timedelta(hours=8)
    assert night.next_opening(local("2026-11-21 06:00")) == local("2026-11-22 22:00")


def test_a_night_that_overlaps_the_next_morning_counts_once():
    calendar = WorkingTime(ZONE, {0: [(20 * 60, 32 * 60)], 1: [(6 * 60, 10 * 60)]})
    assert calendar.between(local("2026-11-16 00:00"), local("2026-11-18 00:00")) == timedelta(hours=14)
    assert calendar.windows(local("2026-11-16 00:00"), local("2026-11-18 00:00")) == (
        (local("2026-11-16 20:00"), local("2026-11-17 10:00")),
    )


def test_a_night_that_covers_the_whole_next_morning_is_not_cut_short_by_it():
    calendar = WorkingTime(ZONE, {0: [(20 * 60, 36 * 60)], 1: [(6 * 60, 8 * 60)]})
    assert calendar.add(local("2026-11-16 20:00"), 16 * 60) == local("2026-11-17 12:00")


def test_a_window_of_24_hours_may_open_at_any_minute():
    calendar = WorkingTime(ZONE, {0: [(10 * 60, 34 * 60)]})
    assert calendar.between(local("2026-11-16 00:00"), local("2026-11-23 00:00")) == timedelta(hours=24)


def test_a_night_over_the_new_year_in_utc_is_one_window():
    calendar = WorkingTime("UTC", {3: [(20 * 60, 32 * 60)]})  # Thursday 31 December 2026
    assert calendar.add(utc("2026-12-31 23:00"), 120) == utc("2027-01-01 01:00")
    assert calendar.subtract(utc("2027-01-01 01:00"), 120) == utc("2026-12-31 23:00")
    assert calendar.next_opening(utc("2027-01-01 01:00")) == utc("2027-01-01 01:00")
    assert len(calendar.windows(utc("2026-12-31 00:00"), utc("2027-01-02 00:00"))) == 1


# Asking


def test_between_is_negative_backwards():
    assert office().between(local("2026-11-23 10:00"), local("2026-11-20 17:00")) == -timedelta(hours=2)
    assert office().between(local("2026-11-20 17:00"), local("2026-11-23 10:00")) == timedelta(hours=2)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-20 08:59:59.999999", False),
        ("2026-11-20 09:00", True),
        ("2026-11-20 12:59:59.999999", True),
        ("2026-11-20 13:00", False),
        ("2026-11-20 14:00", True),
        ("2026-11-20 18:00", False),
        ("2026-11-21 10:00", False),
    ],
)
def test_the_opening_moment_is_working_time_and_the_closing_moment_is_not(moment, is_open):
    assert office().is_open(local(moment)) is is_open


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-11-20 10:15", "2026-11-20 10:15"),
        ("2026-11-20 13:00", "2026-11-20 14:00"),
        ("2026-11-20 18:00", "2026-11-23 09:00"),
        ("2026-11-20 02:00", "2026-11-20 09:00"),
        ("2026-12-31 20:00", "2027-01-01 09:00"),
    ],
)
def test_the_next_opening_is_now_when_open(moment, opening):
    assert office().next_opening(local(moment)) == local(opening)


def test_windows_tell_where_the_working_time_lies():
    start, end = local("2026-11-20 17:30"), local("2026-11-23 15:00")
    assert office().windows(start, end) == (
        (start, local("2026-11-20 18:00")),
        (local("2026-11-23 09:00"), local("2026-11-23 13:00")),
        (local("2026-11-23 14:00"), end),
    )
    assert office().windows(local("2026-11-20 18:00"), local("2026-11-23 09:00")) == ()
    assert office().windows(start, start) == ()


def test_windows_refuse_an_end_before_the_start():
    with pytest.raises(ValueError, match="Give the earlier instant first"):
        office().windows(local("2026-11-20 17:30"), local("2026-11-20 17:29"))


def test_windows_that_touch_are_one():
    calendar = office(hours=[(540, 780), (780, 1080)])
    assert len(calendar.windows(local("2026-11-20 00:00"), local("2026-11-21 00:00"))) == 1
    assert calendar.between(local("2026-11-20 00:00"), local("2026-11-21 00:00")) == timedelta(hours=9)


def test_answers_do_not_depend_on_what_was_asked_before():
    asked = [local(f"{year}-06-30 17:00") for year in (2026, 2030, 2019, 2027, 2026)]
    shared = office()
    assert [shared.add(moment, 9000) for moment in asked] == [office().add(moment, 9000) for moment in asked]


def test_the_first_instant_of_a_year_is_not_lost_between_two_tables():
    calendar = WorkingTime("UTC", always_open=True)
    assert calendar.is_open(utc("2026-06-30 12:00"))
    assert calendar.is_open(utc("2027-01-01 00:00"))
    assert calendar.is_open(utc("2026-01-01 00:00"))


def test_a_warm_calendar_does_not_work_out_the_same_years_again(monkeypatch):
    calendar, near, far = office(), local("2026-06-30 17:00"), local("2031-06-30 17:00")
    answers = [calendar.add(moment, 9000) for moment in (near, far)]
    monkeypatch.setattr("sla.working_time.working_stretches", None)
    assert [calendar.add(moment, 9000) for moment in (near, far)] == answers


# The object


def test_the_calendar_shows_what_it_was_made_of_and_cannot_be_changed_through_it():
    week = {0: [(840, 1080), (540, 780)]}
    days: dict[date, list[tuple[int, int]]] = {date(2027, 1, 1): []}
    calendar = WorkingTime(ZONE, week, days)
    before = calendar.add(local("2026-11-20 17:30"), 60)
    week[0].clear()
    days.clear()
    assert (calendar.zone, calendar.week, calendar.days) == (
        ZONE,
        {0: ((540, 780), (840, 1080))},
        {date(2027, 1, 1): ()},
    )
    with pytest.raises(TypeError):
        calendar.week[1] = ((0, 60),)  # type: ignore[index]
    assert calendar.add(local("2026-11-20 17:30"), 60) == before
    assert repr(calendar) == "<WorkingTime in Asia/Yekaterinburg, 1 dated days>"


def test_threads_that_share_a_calendar_get_the_same_answers_as_one_alone():
    asked = [local(f"{2000 + year}-06-30 17:00") for year in range(40)]
    expected = [office().add(moment, 60_000) for moment in asked]
    shared, ready = office(), threading.Barrier(8)
    wrong: list[datetime] = []

    def ask(shift):
        ready.wait()
        order = asked[shift * 5 :] + asked[: shift * 5]
        answers = expected[shift * 5 :] + expected[: shift * 5]
        wrong.extend(m for m, due in zip(order, answers, strict=True) if shared.add(m, 60_000) != due)

    threads = [threading.Thread(target=ask, args=(shift,)) for shift in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_year_takes_less_than_100_kilobytes_even_with_a_break_in_every_hour():
    windows = [(hour * 60, hour * 60 + 50) for hour in range(24)]
    calendar = WorkingTime(ZONE, dict.fromkeys(range(7), windows))
    calendar.is_open(local("2020-06-01 00:00"))
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        calendar.is_open(local("2024-06-01 00:00"))  # four years more
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert 0 < grown < 4 * 100_000


def test_a_table_of_three_centuries_is_as_exact():
    calendar, start = office(zone="UTC"), utc("2026-11-20 17:59:59.999999")
    answer = calendar.add(start, 480), calendar.subtract(start, 480), calendar.windows(start, start + timedelta(days=9))
    assert calendar.between(utc("1900-01-01 00:00"), utc("2199-12-31 00:00")) > timedelta(days=300 * 80)
    assert (calendar.add(start, 480), calendar.subtract(start, 480)) == answer[:2]
    assert calendar.windows(start, start + timedelta(days=9)) == answer[2]
