"""«Почему этот срок»: the count of a term in words, from the windows that are stored with the request."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone

from sla.models import CalendarVersion
from tests.cast import MONDAY_TEN, Cast, file_ticket, make_calendar, make_level, moment, new_calendar_version
from tickets import recalculation
from tickets.explanation import explain
from tickets.models import Ticket

NBSP = "\u00a0"


def told(ticket: Ticket) -> list[str]:
    """The lines between the level and the end, for a reader of that Monday."""
    explained = explain(ticket, MONDAY_TEN)
    assert explained is not None
    return [line.replace(NBSP, " ") for line in explained.lines]


@pytest.mark.clause("3.5b.2")
@pytest.mark.clause("3.6.2")
def test_a_term_over_a_weekend_is_told_day_by_day(cast: Cast) -> None:
    assert told(file_ticket(cast.anna, at=moment("2026-11-20 17:30"))) == [
        "Уровень «Стандарт», 4 рабочих часа",
        "Принята: пт, 20 ноября, 17:30",
        "пт, 20 ноября, 17:30–18:00: 30 мин",
        "сб–вс, 21–22 ноября: 2 нерабочих дня",
        "пн, 23 ноября, 9:00–12:30: 3 ч 30 мин",
        "Реакция: пн, 23 ноября, до 12:30",
    ]


def test_a_break_is_named(cast: Cast) -> None:
    assert told(file_ticket(cast.anna, at=MONDAY_TEN))[2:-1] == ["пн, 23 ноября, 10:00–15:00, перерыв 13:00–14:00: 4 ч"]


@pytest.mark.parametrize(
    ("received", "lines"),
    [
        ("2026-11-20 19:00", ["пт, 20 ноября: рабочее время закончилось", "сб–вс, 21–22 ноября: 2 нерабочих дня"]),
        ("2026-11-22 12:00", ["вс, 22 ноября: нерабочий день"]),
        ("2026-11-23 07:00", []),
    ],
)
def test_what_lies_before_the_count_is_told(cast: Cast, received: str, lines: list[str]) -> None:
    counted = told(file_ticket(cast.anna, at=moment(received)))[2:-1]
    assert counted == [*lines, "пн, 23 ноября, 9:00–13:00: 4 ч"]


def test_a_long_run_of_days_off_takes_one_line(cast: Cast) -> None:
    off: dict[date, list[tuple[int, int]]] = {
        date(2026, 12, 31): [],
        **{date(2027, 1, day): [] for day in range(1, 11)},
    }
    new_calendar_version(cast.calendar, off)
    ticket = file_ticket(cast.anna, at=moment("2026-12-30 17:00"))
    assert told(ticket)[2:-1] == [
        "ср, 30 декабря, 17:00–18:00: 1 ч",
        "31 декабря – 10 января 2027 г.: 11 нерабочих дней",
        "пн, 11 января 2027 г., 9:00–12:00: 3 ч",
    ]


def test_days_alike_take_one_line(cast: Cast) -> None:
    level = make_level(cast.calendar, "Долгий", 32 * 60)
    cast.reis.contracts.update(level=level)
    assert told(file_ticket(cast.anna, at=moment("2026-11-23 09:00")))[2:-1] == [
        "пн–чт, 23–26 ноября, 9:00–18:00, перерыв 13:00–14:00: 4 дня по 8 ч"
    ]


def test_round_the_clock_is_one_stretch(cast: Cast) -> None:
    calendar = make_calendar("Круглосуточно")
    CalendarVersion.objects.create(
        calendar=calendar, number=2, is_always_open=True, published_at=moment("2025-02-01 00:00")
    )
    cast.reis.contracts.update(level=make_level(calendar, "Всегда", 480))
    assert told(file_ticket(cast.anna, at=moment("2026-11-20 17:30")))[2:-1] == [
        "пт, 20 ноября, 17:30 – сб, 21 ноября, 1:30: 8 ч"
    ]


def test_it_is_told_from_the_stored_windows(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, at=moment("2026-11-20 17:30"))
    counted = told(ticket)
    recalculation.settle(ticket.pk, at=ticket.received_at)
    ticket.refresh_from_db()
    assert ticket.reaction_windows
    assert told(ticket) == counted


def test_the_reader_reads_his_own_clock(cast: Cast) -> None:
    with timezone.override("Europe/Moscow"):
        assert told(file_ticket(cast.anna))[2] == "пн, 23 ноября, 8:00–13:00, перерыв 11:00–12:00: 4 ч"


def test_without_a_term_there_is_nothing_to_explain() -> None:
    assert explain(Ticket(received_at=MONDAY_TEN), MONDAY_TEN) is None
