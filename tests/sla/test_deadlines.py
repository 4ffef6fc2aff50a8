"""Deadlines: what a request is promised, when it is at risk, overdue and gravely late. Times in the cases are local."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.deadlines import Term, deadline, limit_for, windows_from_json, windows_to_json
from sla.production_calendar import DayKind, days
from sla.working_time import NoWorkingTime, Window, WorkingTime

ZONE = "Asia/Yekaterinburg"
FULL = [(9 * 60, 13 * 60), (14 * 60, 18 * 60)]
HOURS = {DayKind.OFF: [], DayKind.SHORT: [(9 * 60, 13 * 60), (14 * 60, 17 * 60)], DayKind.WORKING: FULL}


def russian_office(*years):
    """Monday to Friday, 9 to 18 with a break from 13 to 14, with the official days of these years."""
    official = {day: HOURS[what.kind] for year in years for day, what in days(year).items()}
    return WorkingTime(ZONE, dict.fromkeys(range(5), FULL), official)


OFFICE = russian_office(2026, 2027)


def local(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE))


# The promise


@pytest.mark.clause("3.5b.2")
@pytest.mark.clause("card.2")
@pytest.mark.parametrize(
    ("received", "minutes", "due"),
    [
        ("2026-11-20 17:30", 30, "2026-11-20 18:00"),  # exactly at closing: not the next morning
        ("2026-11-20 17:30", 240, "2026-11-23 12:30"),  # Friday evening
        ("2026-11-22 18:40", 240, "2026-11-23 13:00"),  # Sunday
        ("2026-11-23 10:00", 240, "2026-11-23 15:00"),  # over the break
        ("2026-11-03 16:30", 60, "2026-11-05 09:30"),  # short day before 4 November
        ("2026-12-30 17:00", 240, "2027-01-11 12:00"),  # 31 December to 10 January are off
        ("2026-12-31 23:59", 1, "2027-01-11 09:01"),
        ("2027-02-19 17:30", 240, "2027-02-20 12:30"),  # a Saturday that is worked
        ("2027-02-20 16:30", 240, "2027-02-24 12:30"),  # it is short, and Monday and Tuesday are off
    ],
)
def test_the_deadline_counts_only_working_time(received, minutes, due):
    assert deadline(OFFICE, local(received), minutes).due_at == local(due)


@pytest.mark.clause("3.6.2")
@pytest.mark.parametrize(
    ("criticality", "minutes"),
    [("critical", 60), ("high", 120), ("low", 480), ("unheard_of", 480), (None, 480), ("", 480)],
)
def test_the_level_sets_the_limit_and_an_unknown_criticality_takes_the_base(criticality, minutes):
    assert limit_for(480, {"critical": 60, "high": 120}, criticality) == minutes


@pytest.mark.clause("3.6.2")
def test_a_level_with_a_shorter_limit_gives_an_earlier_deadline():
    received = local("2026-11-20 10:00")
    assert deadline(OFFICE, received, 60).due_at < deadline(OFFICE, received, 240).due_at


def test_the_count_starts_with_the_first_working_instant():
    assert deadline(OFFICE, local("2026-11-22 18:40"), 240).windows[0].opens_at == local("2026-11-23 09:00")
    assert deadline(OFFICE, local("2026-11-20 17:30"), 240).windows[0].opens_at == local("2026-11-20 17:30")
    assert deadline(OFFICE, local("2026-11-20 18:00"), 240).windows[0].opens_at == local("2026-11-23 09:00")


def test_the_windows_explain_the_deadline():
    promise = deadline(OFFICE, local("2026-11-20 17:30"), 240)
    assert promise.windows == (
        (local("2026-11-20 17:30"), local("2026-11-20 18:00")),
        (local("2026-11-23 09:00"), local("2026-11-23 12:30")),
    )


# At risk and gravely late


@pytest.mark.parametrize(
    ("limit", "margin"),
    [
        (480, timedelta(minutes=120)),  # a quarter
        (240, timedelta(minutes=60)),
        (130, timedelta(minutes=32, seconds=30)),  # nothing is rounded
        (120, timedelta(minutes=30)),
        (119, timedelta(minutes=30)),  # at least half an hour
        (60, timedelta(minutes=30)),
        (59, timedelta(minutes=29, seconds=30)),  # at most half the limit
        (15, timedelta(minutes=7, seconds=30)),
        (1, timedelta(seconds=30)),
    ],
)
def test_at_risk_is_the_last_quarter_at_least_half_an_hour_and_at_most_half(limit, margin):
    assert Term(limit).risk_margin == margin


@pytest.mark.parametrize(
    ("received", "minutes", "at_risk", "grave"),
    [
        ("2026-11-20 17:30", 240, "2026-11-23 11:30", "2026-11-23 17:30"),
        ("2026-11-20 09:00", 30, "2026-11-20 09:15", "2026-11-20 10:00"),
        ("2026-11-20 16:30", 120, "2026-11-20 18:00", "2026-11-23 11:30"),  # 30 minutes are left from Friday's end on
        (
            "2026-11-20 09:00",
            480,
            "2026-11-20 16:00",
            "2026-11-24 09:00",
        ),  # two days end at Monday's end, more begins Tuesday
    ],
)
def test_the_moments_at_risk_and_gravely_late(received, minutes, at_risk, grave):
    promise = deadline(OFFICE, local(received), minutes)
    assert (promise.at_risk_at, promise.grave_at) == (local(at_risk), local(grave))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(1, 3000), st.integers(0, 400 * 1440), st.integers(-200, 200))
def test_the_stored_moments_say_what_the_working_time_left_says(limit, minute, step):
    promise = deadline(OFFICE, local("2026-01-01 00:00") + timedelta(minutes=minute), limit)
    for stored in (promise.received_at, promise.at_risk_at, promise.due_at, promise.grave_at):
        at = stored + timedelta(minutes=step)
        left = OFFICE.between(at, promise.due_at)
        if at >= promise.received_at:
            assert (at >= promise.at_risk_at) == (left <= Term(limit).risk_margin)
        assert (at > promise.grave_at) == (-left > Term(limit).limit)
    order = [promise.received_at, promise.windows[0].opens_at, promise.at_risk_at, promise.due_at, promise.grave_at]
    assert promise.received_at <= promise.at_risk_at < promise.due_at < promise.grave_at
    assert promise.windows[0].opens_at < promise.due_at
    assert all(moment.tzinfo is UTC for moment in order)
    assert sum((closes - opens for opens, closes in promise.windows), timedelta()) == timedelta(minutes=limit)


# Keeping it


def test_the_explaining_windows_survive_json():
    promise = deadline(OFFICE, local("2026-11-20 17:30:15.000250"), 240)
    stored = json.loads(json.dumps(windows_to_json(promise.windows)))
    assert stored[0] == ["2026-11-20T12:30:15.000250+00:00", "2026-11-20T13:00:00+00:00"]
    assert windows_from_json(stored) == promise.windows
    assert isinstance(windows_from_json(stored)[0], Window)


def test_stored_instants_without_a_zone_are_refused():
    with pytest.raises(ValueError, match="“2026-11-20T12:30:15” has no time zone"):
        windows_from_json([["2026-11-20T12:30:15", "2026-11-20T13:00:00+00:00"]])


def test_stored_instants_of_another_offset_are_read_into_utc():
    (window,) = windows_from_json([["2026-11-20T17:30:00+05:00", "2026-11-20T18:00:00+05:00"]])
    assert window.opens_at.isoformat() == "2026-11-20T12:30:00+00:00"
    assert window.opens_at.tzinfo is UTC, "not the zone of the machine, which may be UTC today"


def test_a_deadline_cannot_be_changed():
    with pytest.raises(AttributeError):
        deadline(OFFICE, local("2026-11-20 17:30"), 240).due_at = local("2026-11-30 12:00")  # type: ignore[misc]


def test_receipt_is_kept_in_utc_and_the_limit_as_it_was_told():
    promise = deadline(OFFICE, local("2026-11-20 17:30"), 240)
    assert promise.received_at.isoformat() == "2026-11-20T12:30:00+00:00"
    assert promise.received_at.tzinfo is UTC
    assert promise.limit_minutes == 240


# Errors


@pytest.mark.parametrize("minutes", [0, -5])
def test_a_limit_below_a_minute_is_refused(minutes):
    with pytest.raises(ValueError, match=f"A limit of {minutes} minutes is too short. Give at least 1 working minute"):
        deadline(OFFICE, local("2026-11-20 17:30"), minutes)


def test_a_naive_receipt_is_refused():
    with pytest.raises(ValueError, match="has no time zone"):
        deadline(OFFICE, datetime(2026, 11, 20, 17, 30), 240)


def test_a_calendar_without_working_time_has_no_deadlines():
    with pytest.raises(NoWorkingTime):
        deadline(WorkingTime(ZONE, days={date(2026, 11, 23): []}), local("2026-11-20 17:30"), 240)
