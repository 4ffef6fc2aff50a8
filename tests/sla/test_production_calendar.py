"""The official Russian days, against the `holidays` package and against the norms of working time."""

from __future__ import annotations

from datetime import date, timedelta

import holidays
import pytest

from sla.production_calendar import DayKind, OfficialDay, YearNotKnown, days, known_years

YEARS = list(known_years())
SATURDAY = 5


def all_days(year):
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


def of_kind(year, *kinds):
    return {day for day, official in days(year).items() if official.kind in kinds}


def test_the_years_2023_to_2027_are_known():
    assert YEARS == [2023, 2024, 2025, 2026, 2027]


@pytest.mark.parametrize("year", YEARS)
def test_the_days_off_are_those_that_others_know(year):
    assert of_kind(year, DayKind.OFF) == set(holidays.country_holidays("RU", years=year))


@pytest.mark.parametrize("year", YEARS)
def test_the_worked_weekend_days_are_those_that_others_know(year):
    worked = {day for day in of_kind(year, DayKind.SHORT, DayKind.WORKING) if day.weekday() >= SATURDAY}
    assert worked == set(holidays.country_holidays("RU", years=year).weekend_workdays)


@pytest.mark.parametrize("year", YEARS)
def test_moved_days_name_the_day_that_others_name(year):
    """`holidays` writes «(перенесено с 03.01.2026)»; a holiday observed later it calls «(выходной)»."""
    for day, name in holidays.country_holidays("RU", years=year, language="ru").items():
        official = days(year)[day]
        if "перенесено с" in name:
            taken_from = name.split("перенесено с ")[1]
            assert official.name.startswith(f"Выходной (перенесён с {int(taken_from[:2])} ")
        elif name.endswith("(выходной)"):
            assert official.name.startswith("Выходной (перенесён с ")
        else:
            assert official.name == name


@pytest.mark.parametrize(
    ("year", "working_days", "hours"),
    [(2023, 247, 1973), (2024, 248, 1979), (2025, 247, 1972), (2026, 247, 1972), (2027, 247, 1972)],
)
def test_working_days_and_hours_of_a_40_hour_week_meet_the_norm(year, working_days, hours):
    official = days(year)
    worked = [
        day
        for day in all_days(year)
        if (official[day].kind is not DayKind.OFF if day in official else day.weekday() < SATURDAY)
    ]
    shortened = sum(day in of_kind(year, DayKind.SHORT) for day in worked)
    assert (len(worked), 8 * len(worked) - shortened) == (working_days, hours)


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2023, {"02-22", "03-07", "11-03"}),
        (2024, {"02-22", "03-07", "05-08", "06-11", "11-02"}),
        (2025, {"03-07", "04-30", "06-11", "11-01"}),
        (2026, {"04-30", "05-08", "06-11", "11-03"}),
        (2027, {"02-20", "04-30", "06-11", "11-03"}),
    ],
)
def test_the_shortened_days_of_each_year(year, expected):
    assert {f"{day:%m-%d}" for day in of_kind(year, DayKind.SHORT)} == expected


@pytest.mark.parametrize("year", YEARS)
def test_a_shortened_day_stands_before_a_day_off_or_is_a_worked_saturday(year):
    for day in of_kind(year, DayKind.SHORT):
        eve = days(year).get(day + timedelta(days=1))
        assert day.weekday() == SATURDAY or (eve is not None and eve.kind is DayKind.OFF)


@pytest.mark.parametrize("year", YEARS)
def test_days_come_in_order_and_lie_in_their_year(year):
    assert list(days(year)) == sorted(days(year))
    assert {day.year for day in days(year)} == {year}


@pytest.mark.parametrize(
    ("day", "official"),
    [
        ("2027-01-01", OfficialDay(DayKind.OFF, "Новогодние каникулы")),
        ("2027-01-07", OfficialDay(DayKind.OFF, "Рождество Христово")),
        ("2026-01-09", OfficialDay(DayKind.OFF, "Выходной (перенесён с 3 января)")),
        ("2027-02-22", OfficialDay(DayKind.OFF, "Выходной (перенесён с 20 февраля)")),
        ("2026-11-03", OfficialDay(DayKind.SHORT, "Сокращённый предпраздничный день")),
        ("2026-05-11", OfficialDay(DayKind.OFF, "Выходной (перенесён с 9 мая)")),
    ],
)
def test_days_carry_their_russian_names(day, official):
    assert days(int(day[:4]))[date.fromisoformat(day)] == official


@pytest.mark.parametrize(
    ("day", "kind", "name", "worked_for"),
    [
        ("2024-04-27", DayKind.WORKING, "Рабочий день (выходной перенесён на 29 апреля)", "2024-04-29"),
        ("2024-11-02", DayKind.SHORT, "Сокращённый рабочий день (выходной перенесён на 30 апреля)", "2024-04-30"),
        ("2024-12-28", DayKind.WORKING, "Рабочий день (выходной перенесён на 30 декабря)", "2024-12-30"),
        ("2027-02-20", DayKind.SHORT, "Сокращённый рабочий день (выходной перенесён на 22 февраля)", "2027-02-22"),
    ],
)
def test_a_worked_weekend_day_names_the_day_off_that_it_makes_up_for(day, kind, name, worked_for):
    expected = OfficialDay(kind, name, date.fromisoformat(worked_for))
    assert days(int(day[:4]))[date.fromisoformat(day)] == expected


@pytest.mark.parametrize("year", [2022, 2028])
def test_an_unknown_year_is_an_error_with_a_sentence(year):
    with pytest.raises(YearNotKnown) as error:
        days(year)
    assert str(error.value) == (
        f"The official Russian days of {year} are not known; known are 2023 to 2027. "
        "Enter them when the government has published its decree."
    )


def test_the_table_cannot_be_changed():
    with pytest.raises(TypeError):
        days(2026)[date(2026, 1, 1)] = OfficialDay(DayKind.WORKING, "")  # type: ignore[index]
