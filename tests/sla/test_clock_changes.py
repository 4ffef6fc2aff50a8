"""Working time on days when the clock changes: an hour skipped, repeated, at midnight, by half an hour, a whole day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sla.working_time import WorkingTime

EVERY_DAY = range(7)


def daily(zone, *windows, days=None):
    """The same windows on every day, in minutes."""
    return WorkingTime(zone, dict.fromkeys(EVERY_DAY, windows), days)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text, zone, fold=0):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def clock(hours, minutes=0):
    return hours * 60 + minutes


@pytest.mark.parametrize(
    ("zone", "opens", "closes", "day", "minutes"),
    [
        ("Europe/Berlin", clock(1, 30), clock(3, 30), "2026-03-29", 60),  # 2:00 to 3:00 is skipped
        ("Europe/Berlin", clock(2), clock(3), "2026-03-29", 0),  # all of it
        ("Europe/Berlin", clock(2, 30), clock(3, 30), "2026-03-29", 30),  # it opens in the skipped hour
        ("Europe/Berlin", clock(1, 30), clock(2, 30), "2026-03-29", 30),  # it closes in the skipped hour
        ("Europe/Berlin", clock(1, 30), clock(3, 30), "2026-10-25", 180),  # 2:00 to 3:00 is repeated
        ("Europe/Berlin", clock(2, 15), clock(2, 45), "2026-10-25", 60),
        ("Europe/Berlin", clock(9), clock(18), "2026-10-25", 540),
        ("Europe/London", clock(0, 30), clock(3, 30), "2026-03-29", 120),
        ("America/Santiago", clock(0), clock(6), "2026-09-06", 300),  # midnight itself is skipped
        ("America/Santiago", clock(22), clock(24), "2026-04-04", 180),  # the hour before midnight is repeated
        ("Australia/Lord_Howe", clock(2), clock(3), "2026-10-04", 30),  # by half an hour
        ("Australia/Lord_Howe", clock(1), clock(2), "2026-04-05", 90),
        ("America/New_York", clock(0), clock(24), "2026-03-08", 23 * 60),
        ("America/New_York", clock(0), clock(24), "2026-11-01", 25 * 60),
        ("Asia/Yekaterinburg", clock(0), clock(24), "2014-10-26", 25 * 60),  # the last change of the Urals
        ("Asia/Yekaterinburg", clock(0), clock(24), "2026-10-25", 24 * 60),
        ("Pacific/Apia", clock(9), clock(18), "2011-12-30", 0),  # a date that never was
    ],
)
def test_a_skipped_hour_does_not_count_and_a_repeated_one_counts_twice(zone, opens, closes, day, minutes):
    calendar = WorkingTime(zone, days={date.fromisoformat(day): [(opens, closes)]})
    noon = utc(f"{day} 12:00")
    assert calendar.between(noon - timedelta(days=3), noon + timedelta(days=3)) == timedelta(minutes=minutes)


def test_a_window_in_the_repeated_hour_opens_twice():
    calendar = daily("Europe/Berlin", (clock(2, 15), clock(2, 45)))
    assert calendar.windows(utc("2026-10-25 00:00"), utc("2026-10-25 12:00")) == (
        (utc("2026-10-25 00:15"), utc("2026-10-25 00:45")),
        (utc("2026-10-25 01:15"), utc("2026-10-25 01:45")),
    )


def test_a_window_over_the_skipped_hour_is_one_stretch_of_real_time():
    calendar = daily("Europe/Berlin", (clock(1, 30), clock(3, 30)))
    assert calendar.windows(utc("2026-03-29 00:00"), utc("2026-03-29 12:00")) == (
        (utc("2026-03-29 00:30"), utc("2026-03-29 01:30")),
    )


def test_both_readings_of_a_repeated_clock_time_are_told_apart():
    calendar, zone = daily("Europe/Berlin", (clock(1), clock(4))), "Europe/Berlin"
    assert calendar.add(local("2026-10-25 02:30", zone, fold=0), 45) == utc("2026-10-25 01:15")
    assert calendar.add(local("2026-10-25 02:30", zone, fold=1), 45) == utc("2026-10-25 02:15")


def test_a_deadline_keeps_to_the_office_clock_over_the_weekend_of_a_change():
    calendar = WorkingTime("Europe/Berlin", {weekday: [(clock(9), clock(18))] for weekday in range(5)})
    before, after = local("2026-03-27 17:00", "Europe/Berlin"), local("2026-03-30 10:00", "Europe/Berlin")
    assert calendar.add(before, 120) == after
    assert calendar.subtract(after, 120) == before


def test_a_night_shift_over_the_change_is_an_hour_longer():
    calendar = daily("Europe/Berlin", (clock(22), clock(30)))
    assert calendar.add(local("2026-10-24 22:00", "Europe/Berlin"), 9 * 60) == local(
        "2026-10-25 06:00", "Europe/Berlin"
    )
    assert calendar.add(local("2026-03-28 22:00", "Europe/Berlin"), 7 * 60) == local(
        "2026-03-29 06:00", "Europe/Berlin"
    )


def test_round_the_clock_is_real_time_in_any_zone():
    for zone in ("Australia/Lord_Howe", "America/Santiago", "Pacific/Apia", "Africa/Casablanca"):
        calendar, start = WorkingTime(zone, always_open=True), utc("2011-01-01 00:00")
        assert calendar.between(start, start + timedelta(days=1500)) == timedelta(days=1500)
        assert len(calendar.windows(start, start + timedelta(days=1500))) == 1


def test_work_goes_on_after_a_skipped_date():
    calendar = WorkingTime("Pacific/Apia", {weekday: [(clock(9), clock(18))] for weekday in range(5)})
    start = local("2011-12-29 17:00", "Pacific/Apia")  # Thursday; the Friday was left out
    assert calendar.add(start, 120) == local("2012-01-02 10:00", "Pacific/Apia")
    daily_calendar = daily("Pacific/Apia", (clock(9), clock(18)))
    assert daily_calendar.add(start, 120) == local("2011-12-31 10:00", "Pacific/Apia")


def test_offsets_of_odd_seconds_are_exact():
    calendar = daily("Africa/Monrovia", (clock(0), clock(1)))  # 44 minutes 30 seconds behind UTC until 1972
    assert calendar.next_opening(utc("1971-06-01 12:00")) == utc("1971-06-02 00:44:30")


def test_a_change_at_midnight_in_utc_is_found():
    calendar = WorkingTime("Asia/Gaza", days={date(2023, 4, 29): [(clock(1), clock(4))]})  # 2:00 to 3:00 is skipped
    assert calendar.windows(utc("2023-04-28 12:00"), utc("2023-04-29 12:00")) == (
        (utc("2023-04-28 23:00"), utc("2023-04-29 01:00")),
    )


def test_the_new_year_of_the_office_is_not_that_of_utc():
    east, west = daily("Asia/Yekaterinburg", (clock(0), clock(5))), daily("America/New_York", (clock(19), clock(24)))
    assert east.windows(utc("2026-12-31 12:00"), utc("2027-01-01 12:00")) == (
        (utc("2026-12-31 19:00"), utc("2027-01-01 00:00")),
    )
    assert daily("Asia/Yekaterinburg", (clock(0), clock(5))).is_open(utc("2026-12-31 20:00"))
    assert west.is_open(utc("2027-01-01 04:59"))
    assert west.add(utc("2027-01-01 00:00"), 300) == utc("2027-01-01 05:00")
