"""What working time refuses: calendars that never open, amounts, instants and windows that cannot be."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from sla.wall_clock import CalendarNotValid
from sla.working_time import NoWorkingTime, WorkingTime
from tests.sla.offices import OFFICE, ZONE, local, office, utc


@pytest.mark.parametrize("calendar", [WorkingTime(ZONE), WorkingTime(ZONE, {0: []}, {date(2026, 11, 23): []})])
def test_a_calendar_without_working_time_is_an_error_and_not_a_loop(calendar):
    moment = local("2026-11-20 17:30")
    for ask in (
        lambda: calendar.add(moment, 1),
        lambda: calendar.subtract(moment, 1),
        lambda: calendar.next_opening(moment),
    ):
        with pytest.raises(NoWorkingTime, match=r"has no working time at all\. Give it at least one window"):
            ask()
    assert calendar.between(moment, moment + timedelta(days=30)) == timedelta(0)
    assert calendar.windows(moment, moment + timedelta(days=30)) == ()
    assert not calendar.is_open(moment)
    assert calendar.add(moment, 0) == moment


@pytest.mark.parametrize(
    ("week", "minutes", "due"),
    [
        ({1: OFFICE, 2: OFFICE, 4: OFFICE}, 120, "2026-11-24 10:30"),  # no Monday and no Thursday
        ({6: [(0, 1)]}, 52, "2027-11-14 00:01"),  # one minute a week: a year of Sundays
    ],
)
def test_a_calendar_with_few_working_days_comes_to_its_end(week, minutes, due):
    assert WorkingTime(ZONE, week).add(local("2026-11-20 17:30"), minutes) == local(due)


def test_a_calendar_whose_every_working_day_is_taken_off_is_an_error_and_not_a_loop():
    """A whole year of days off, each entered as a holiday, and a week that has no hours."""
    off: dict[date, list[tuple[int, int]]] = {date(2026, 1, 1) + timedelta(days=number): [] for number in range(365)}
    with pytest.raises(NoWorkingTime, match="has no working time at all"):
        WorkingTime(ZONE, days=off).add(local("2026-11-20 17:30"), 30)
    assert office(off).add(local("2026-11-20 17:30"), 30) == local("2027-01-01 09:30")


@pytest.mark.parametrize("asked_before", [False, True])
def test_working_time_further_than_ten_years_away_is_an_error_whatever_was_asked_before(asked_before):
    far, near = WorkingTime(ZONE, days={date(2037, 1, 10): OFFICE}), WorkingTime(ZONE, days={date(2036, 1, 10): OFFICE})
    moment = local("2026-11-20 17:30")
    if asked_before:
        for calendar in (far, near):
            calendar.between(local("2005-01-01 00:00"), local("2050-01-01 00:00"))
    assert near.add(moment, 60) == local("2036-01-10 10:00")
    assert near.next_opening(moment) == local("2036-01-10 09:00")
    with pytest.raises(
        NoWorkingTime, match="does not have 60 minutes of working time within ten years after 2026-11-20"
    ):
        far.add(moment, 60)
    with pytest.raises(NoWorkingTime, match="does not have any working time within ten years after"):
        far.next_opening(moment)
    with pytest.raises(NoWorkingTime, match="within ten years before"):
        far.subtract(local("2050-01-01 00:00"), 60)
    assert far.subtract(local("2040-01-01 00:00"), 60) == local("2037-01-10 17:00")


def test_ten_years_are_3653_days_to_the_microsecond():
    calendar = WorkingTime("UTC", days={date(2036, 1, 10): [(540, 600)]})
    opens_at, closes_at = utc("2036-01-10 09:00"), utc("2036-01-10 10:00")
    ten_years, instant = timedelta(days=3653), timedelta(microseconds=1)
    assert calendar.next_opening(opens_at - ten_years) == opens_at
    assert calendar.add(closes_at - ten_years, 60) == closes_at
    assert calendar.subtract(opens_at + ten_years, 60) == opens_at
    for ask in (
        lambda: calendar.next_opening(opens_at - ten_years - instant),
        lambda: calendar.add(closes_at - ten_years - instant, 60),
        lambda: calendar.subtract(opens_at + ten_years + instant, 60),
    ):
        with pytest.raises(NoWorkingTime):
            ask()


def test_what_is_missing_is_said_in_whole_sentences():
    with pytest.raises(NoWorkingTime) as none:
        WorkingTime(ZONE).add(local("2026-11-20 17:30"), 30)
    assert str(none.value) == "This calendar has no working time at all. Give it at least one window."
    with pytest.raises(NoWorkingTime) as little:
        WorkingTime("UTC", days={date(2026, 1, 10): [(540, 600)]}).subtract(utc("2026-11-20 17:30"), 61)
    assert str(little.value) == (
        "This calendar does not have 61 minutes of working time within ten years before 2026-11-20T17:30:00+00:00. "
        "Check its weekly windows and its dated days."
    )


def test_more_minutes_than_ten_years_have_are_an_error():
    with pytest.raises(NoWorkingTime, match="within ten years after"):
        office().add(local("2026-11-20 17:30"), 10**12)
    with pytest.raises(NoWorkingTime, match="within ten years before"):
        office().subtract(local("2026-11-20 17:30"), 10**12)


@pytest.mark.parametrize("amount", [-1, timedelta(seconds=-1)])
def test_a_negative_amount_is_refused(amount):
    for ask in (office().add, office().subtract):
        with pytest.raises(ValueError, match=r"is less than nothing\. Give an amount of zero or more"):
            ask(local("2026-11-20 17:30"), amount)


@pytest.mark.parametrize("amount", [1.5, "30", None])
def test_an_amount_is_whole_minutes_or_a_timedelta(amount):
    with pytest.raises(TypeError, match="is not an amount of working time"):
        office().add(local("2026-11-20 17:30"), amount)


def test_a_naive_datetime_is_refused():
    naive, aware = datetime(2026, 11, 20, 17, 30), local("2026-11-20 17:30")
    for ask in (
        lambda: office().add(naive, 1),
        lambda: office().subtract(naive, 1),
        lambda: office().between(naive, aware),
        lambda: office().between(aware, naive),
        lambda: office().windows(aware, naive),
        lambda: office().is_open(naive),
        lambda: office().next_opening(naive),
    ):
        with pytest.raises(ValueError, match=r"2026-11-20T17:30:00 has no time zone\. Give an aware datetime"):
            ask()


@pytest.mark.parametrize("value", [date(2026, 11, 20), None, 17, timedelta(1)])
def test_what_is_not_a_datetime_is_refused(value):
    with pytest.raises(TypeError, match=r"is not an instant\. Give an aware datetime"):
        office().is_open(value)


@pytest.mark.parametrize("moment", [utc("1899-12-31 23:59"), utc("2200-01-01 00:00"), datetime.min.replace(tzinfo=UTC)])
def test_an_instant_of_another_age_is_refused(moment):
    with pytest.raises(ValueError, match="Give an instant of the years 1900 to 2199"):
        office().add(moment, 1)


def test_the_first_and_the_last_instant_of_the_ages_work():
    assert office(zone="UTC").add(utc("1900-01-01 00:00"), 60) == utc("1900-01-01 10:00")
    assert office(zone="UTC").subtract(utc("1900-01-01 09:30"), 60) == utc("1899-12-29 17:30")
    assert office(zone="UTC").add(utc("2199-12-31 23:59"), 60) == utc("2200-01-01 10:00")


@pytest.mark.parametrize(
    ("week", "days", "sentence"),
    [
        ({0: [(540, 780), (720, 1080)]}, None, "Monday: the windows 9:00–13:00 and 12:00–18:00 overlap"),
        ({6: [(720, 1080), (540, 721)]}, None, "Sunday: the windows 9:00–12:01 and 12:00–18:00 overlap"),
        ({}, {date(2026, 11, 23): [(0, 60), (0, 30)]}, "2026-11-23: the windows 0:00–0:30 and 0:00–1:00 overlap"),
        ({2: [(-1, 60)]}, None, "Wednesday: a window cannot open at minute -1"),
        ({2: [(1440, 1500)]}, None, "Wednesday: a window cannot open at minute 1440"),
        ({3: [(600, 600)]}, None, "Thursday: the window from minute 600 to minute 600 does not close within 24 hours"),
        ({3: [(600, 540)]}, None, "Thursday: the window from minute 600 to minute 540 does not close"),
        ({4: [(600, 2041)]}, None, "Friday: the window from minute 600 to minute 2041 does not close within 24 hours"),
        ({7: [(540, 600)]}, None, "7 is not a weekday. Give a number from 0, Monday, to 6, Sunday"),
    ],
)
def test_windows_that_cannot_be_are_refused_with_a_sentence(week, days, sentence):
    with pytest.raises(CalendarNotValid, match=sentence):
        WorkingTime(ZONE, week, days)


def test_extreme_windows_are_accepted():
    calendar = WorkingTime("UTC", {0: [(0, 1440)], 2: [(1439, 2879)], 5: [(0, 1), (1439, 1440)]})
    assert calendar.between(utc("2026-11-16 00:00"), utc("2026-11-23 00:00")) == timedelta(minutes=1440 + 1440 + 2)


@pytest.mark.parametrize("zone", ["Asia/Orenburg", "", "../etc/passwd", "Asia"])
def test_an_unknown_zone_is_refused_with_a_sentence(zone):
    with pytest.raises(CalendarNotValid, match=r"is not a time zone\. Give an IANA name such as Asia/Yekaterinburg"):
        WorkingTime(zone, {0: OFFICE})


def test_a_round_the_clock_calendar_takes_no_windows():
    with pytest.raises(CalendarNotValid, match="Leave out week and days"):
        WorkingTime(ZONE, {0: OFFICE}, always_open=True)


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (
            lambda: WorkingTime(ZONE, {3: [(600, 600)]}),
            "Thursday: the window from minute 600 to minute 600 does not close within 24 hours after it opens. "
            "Give a later closing minute; 1440 is midnight, 1800 is 6:00 of the next day.",
        ),
        (
            lambda: WorkingTime(ZONE, {2: [(1440, 1500)]}),
            "Wednesday: a window cannot open at minute 1440. Give a minute of the day from 0 to 1439.",
        ),
        (
            lambda: WorkingTime(ZONE, {0: [(540, 780), (720, 1080)]}),
            "Monday: the windows 9:00–13:00 and 12:00–18:00 overlap. Join them or move one.",
        ),
        (lambda: WorkingTime(ZONE, {7: []}), "7 is not a weekday. Give a number from 0, Monday, to 6, Sunday."),
        (
            lambda: WorkingTime("Orenburg", {0: OFFICE}),
            "“Orenburg” is not a time zone. Give an IANA name such as Asia/Yekaterinburg.",
        ),
        (
            lambda: WorkingTime(ZONE, {0: OFFICE}, always_open=True),
            "A calendar that works round the clock has no windows. Leave out week and days.",
        ),
        (
            lambda: office().add(local("2026-11-20 17:30"), -90),
            "-90 minutes is less than nothing. Give an amount of zero or more.",
        ),
        (
            lambda: office().add(local("2026-11-20 17:30"), "30"),
            "'30' is not an amount of working time. Give whole minutes, or a timedelta.",
        ),
        (lambda: office().is_open(17), "17 is not an instant. Give an aware datetime."),
        (
            lambda: office().is_open(utc("2200-01-01 00:00")),
            "2200-01-01T00:00:00+00:00 is too far away. Give an instant of the years 1900 to 2199.",
        ),
        (
            lambda: office().windows(utc("2026-11-20 12:00"), utc("2026-11-20 11:00")),
            "2026-11-20T11:00:00+00:00 is before 2026-11-20T12:00:00+00:00. Give the earlier instant first.",
        ),
    ],
)
def test_every_refusal_is_a_whole_sentence(ask, sentence):
    with pytest.raises((ValueError, TypeError)) as refusal:
        ask()
    assert str(refusal.value) == sentence
