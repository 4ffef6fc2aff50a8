"""Which of a customer's contracts gives the support level on a day, where several might."""

from __future__ import annotations

from datetime import date

import pytest

from customers.models import Contract, serving_on


def contract(number: str, starts: str, ends: str, grace: int = 30) -> Contract:
    begins_date, ends_date = date.fromisoformat(starts), date.fromisoformat(ends)
    return Contract(number=number, starts_date=begins_date, ends_date=ends_date, grace_days=grace)


YEAR = contract("year", "2026-01-01", "2026-12-31")
NEXT_YEAR = contract("next year", "2027-01-01", "2027-12-31")
MONTH = contract("month", "2026-06-01", "2026-06-30")
LONG_AGO = contract("long ago", "2024-01-01", "2024-12-31", grace=0)


@pytest.mark.parametrize(
    ("day", "number"),
    [
        ("2026-05-31", "year"),
        ("2026-06-01", "month"),
        ("2026-06-30", "month"),
        ("2026-07-01", "year"),
        ("2026-12-31", "year"),
        ("2027-01-01", "next year"),
        ("2028-01-30", "next year"),
        ("2028-01-31", None),
        ("2025-06-01", None),
    ],
)
def test_one_in_force_goes_before_one_in_its_grace_days(day: str, number: str | None) -> None:
    contracts = [YEAR, MONTH, NEXT_YEAR, LONG_AGO]
    for given in (contracts, contracts[::-1]):
        served = serving_on(date.fromisoformat(day), given)
        assert (served and served.number) == number


def test_of_two_in_their_grace_days_the_last_to_end_serves() -> None:
    late_month = contract("december", "2026-12-01", "2026-12-20")
    assert serving_on(date(2027, 1, 10), [late_month, YEAR]) is YEAR
    assert serving_on(date(2027, 1, 10), [YEAR, late_month]) is YEAR
