"""The table behind working time: which years it is built for, and how it keeps them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sla import wall_clock
from sla.window_table import SECOND, WindowTable
from tests.sla.offices import office, utc


def table_of(years):
    """A window of an hour on each first of January."""
    starts = [int(datetime(1900 + year, 1, 1, tzinfo=UTC).timestamp()) for year in range(years + 1)]
    stretches = wall_clock.Stretches([start + 3600 for start in starts[:-1]], [start + 7200 for start in starts[:-1]])
    return WindowTable(starts[0] * SECOND, starts[-1] * SECOND, stretches)


def test_the_columns_say_what_was_worked_before_and_after_each_window():
    table = table_of(2)
    assert list(table.opens) == [0, 3600, 365 * 86_400 + 3600]
    assert list(table.worked) == [0, 0, 3600, 7200]
    assert table.total == 7200 * SECOND


@pytest.mark.parametrize(("years", "width"), [(1, 4), (100, 4), (136, 4), (137, 8), (300, 8)])
def test_a_second_takes_four_bytes_as_long_as_it_fits(years, width):
    table = table_of(years)
    assert (table.opens.itemsize, table.worked.itemsize) == (width, width)
    assert table.earliest(table.total) == table.begin + table.opens[years] * SECOND + 3600 * SECOND


def test_a_table_has_the_years_that_were_asked_for_and_no_others(monkeypatch):
    built = []

    def note(zone, week, days, begin, end):
        built.append(tuple(datetime.fromtimestamp(each, UTC).year for each in (begin, end)))
        return wall_clock.working_stretches(zone, week, days, begin, end)

    monkeypatch.setattr("sla.working_time.working_stretches", note)
    calendar, instant = office(), timedelta(microseconds=1)
    calendar.is_open(utc("2026-06-30 12:00"))
    for warm in (utc("2026-01-01 00:00"), utc("2027-01-01 00:00") - instant):
        calendar.is_open(warm)
    assert built == [(2026, 2027)]
    calendar.is_open(utc("2027-01-01 00:00"))
    calendar.is_open(utc("2025-12-31 23:59"))
    assert built == [(2026, 2027), (2026, 2028), (2025, 2028)]
