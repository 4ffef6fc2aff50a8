"""A year as months of weeks: every date once, in its place, told what it is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.day_kinds import Kind, cut, kind_of, ordinary_or, windows_for
from sla.norms import totals
from sla.working_time import WorkingTime
from sla.year_grid import DayCell, Month, year_grid
from sla.year_plan import official_plan

DAY = ((540, 780), (840, 1080))
SHORT = ((540, 780), (840, 1020))
WEEK = dict.fromkeys(range(5), DAY)
ZONE = "Asia/Yekaterinburg"
TODAY = date(2026, 11, 23)
FRIDAY, SATURDAY = date(2026, 5, 8), date(2026, 5, 9)


def drawn(calendar: WorkingTime, year: int = 2026, **told: object) -> dict[date, DayCell]:
    months = year_grid(calendar, year, **{"names": {}, "today": TODAY, **told})  # type: ignore[arg-type]
    return {cell.date: cell for month in months for week in month.weeks for cell in week if cell}


@settings(deadline=None, derandomize=True)
@given(year=st.integers(min_value=1901, max_value=2198))
def test_every_date_of_any_year_stands_once_under_its_weekday(year: int) -> None:
    months: list[Month] = year_grid(WorkingTime(ZONE, WEEK), year, names={}, today=TODAY)
    assert [month.first_date for month in months] == [date(year, number, 1) for number in range(1, 13)]
    found = []
    for month in months:
        for week in month.weeks:
            assert len(week) == 7
            for weekday, cell in enumerate(week):
                if cell:
                    assert (cell.date.weekday(), cell.date.month) == (weekday, month.first_date.month)
                    found.append(cell.date)
    first = date(year, 1, 1)
    assert found == [first + timedelta(days=number) for number in range((date(year + 1, 1, 1) - first).days)]


def test_a_leap_day_is_there() -> None:
    assert drawn(WorkingTime(ZONE, WEEK), 2028)[date(2028, 2, 29)].kind == "working"


def test_a_day_is_told_by_its_hours() -> None:
    calendar = WorkingTime(ZONE, WEEK, {FRIDAY: SHORT, SATURDAY: DAY, date(2026, 5, 11): ()})
    cells = drawn(calendar, names={date(2026, 5, 11): "Выходной"})
    assert [(cells[day].kind, cells[day].is_dated) for day in (FRIDAY, SATURDAY, date(2026, 5, 11))] == [
        ("short", True), ("working", True), ("off", True),
    ]  # fmt: skip
    assert (cells[FRIDAY].hours, cells[date(2026, 5, 11)].name) == (SHORT, "Выходной")
    assert (cells[date(2026, 5, 12)].kind, cells[date(2026, 5, 10)].kind) == ("working", "off")


def test_today_is_marked_once() -> None:
    assert [day for day, cell in drawn(WorkingTime(ZONE, WEEK)).items() if cell.is_today] == [TODAY]
    assert not any(cell.is_today for cell in drawn(WorkingTime(ZONE, WEEK), 2027).values())


def test_what_differs_from_the_official_day_is_marked_as_changed_by_hand() -> None:
    plan = official_plan(2026, WEEK)
    days = {day: planned.windows for day, planned in plan.items()}
    official = WorkingTime(ZONE, WEEK, days)
    assert not any(cell.is_by_hand for cell in drawn(official, official=plan).values())
    changed = {**days, FRIDAY: DAY, date(2026, 7, 1): ()}
    del changed[date(2026, 1, 1)]
    marked = [day for day, cell in drawn(WorkingTime(ZONE, WEEK, changed), official=plan).items() if cell.is_by_hand]
    assert marked == [date(2026, 1, 1), FRIDAY, date(2026, 7, 1)]


def test_without_the_official_days_nothing_is_marked() -> None:
    assert not any(cell.is_by_hand for cell in drawn(WorkingTime(ZONE, WEEK, {FRIDAY: ()})).values())


def test_round_the_clock_every_day_is_worked() -> None:
    assert {cell.kind for cell in drawn(WorkingTime(ZONE, always_open=True)).values()} == {"working"}


@pytest.mark.parametrize("year", [2023, 2024, 2025, 2026, 2027])
def test_the_grid_counts_as_the_totals_beside_it(year: int) -> None:
    plan = official_plan(year, WEEK)
    calendar = WorkingTime(ZONE, WEEK, {day: planned.windows for day, planned in plan.items()})
    kinds = [cell.kind for cell in drawn(calendar, year).values()]
    counted = totals(calendar, year)
    assert kinds.count("off") == counted.days_off
    assert kinds.count("short") == counted.short_days
    assert len(kinds) - kinds.count("off") == counted.working_days


# --- kinds of days --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "kind", "told", "windows"),
    [
        (FRIDAY, Kind.WORKING, {}, DAY),
        (FRIDAY, Kind.SHORT, {}, SHORT),
        (FRIDAY, Kind.SHORT, {"until": 900}, ((540, 780), (840, 900))),
        (FRIDAY, Kind.SHORT, {"until": 780}, ((540, 780),)),
        (FRIDAY, Kind.SHORT, {"hours": ((600, 900),)}, ((600, 840),)),
        (FRIDAY, Kind.OFF, {"hours": DAY, "until": 900}, ()),
        (SATURDAY, Kind.WORKING, {}, DAY),
        (SATURDAY, Kind.WORKING, {"hours": ((600, 720),)}, ((600, 720),)),
    ],
)
def test_the_windows_of_a_day_follow_from_its_kind(
    day: date, kind: Kind, told: dict[str, object], windows: tuple[tuple[int, int], ...]
) -> None:
    assert windows_for(WEEK, day, kind, **told) == windows  # type: ignore[arg-type]
    if windows:
        assert kind_of(WEEK, day, windows) in {kind, Kind.SHORT}


def test_nothing_is_worked_in_a_week_without_hours() -> None:
    assert windows_for({}, FRIDAY, Kind.WORKING) == windows_for({}, FRIDAY, Kind.SHORT) == ()


def test_a_day_like_its_weekday_needs_no_line_of_its_own() -> None:
    assert ordinary_or(WEEK, FRIDAY, DAY) is None
    assert ordinary_or(WEEK, SATURDAY, ()) is None
    assert ordinary_or(WEEK, SATURDAY, DAY) == DAY
    assert ordinary_or(WEEK, FRIDAY, ()) == ()


@pytest.mark.parametrize(("until", "left"), [(540, ()), (541, ((540, 541),)), (800, ((540, 780),)), (2000, DAY)])
def test_a_day_is_cut_at_a_minute(until: int, left: tuple[tuple[int, int], ...]) -> None:
    assert cut(DAY, until) == left
