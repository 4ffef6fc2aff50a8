"""Hours and terms as people type them: what is read, what is refused and in which words, and that it reads back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.calendars import working_time
from sla.hours_text import HoursNotValid, checked_hours, hours_words, read_clock, read_hours
from sla.term_preview import promises, sentence
from sla.term_text import TermNotValid, read_term, term_words
from sla.working_time import NoWorkingTime, WorkingTime
from tests.cast import make_calendar, moment

DAY = ((540, 780), (840, 1080))
WEEK = dict.fromkeys(range(5), DAY)
WEDNESDAY = moment("2026-11-25 10:00")


@pytest.fixture(autouse=True)
def in_russian() -> Iterator[None]:
    with translation.override("ru"):
        yield


# --- hours ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "9:00–13:00, 14:00–18:00", "9-13, 14-18", "09.00 - 13.00; 14.00 — 18.00", " 14:00−18:00,, 9-13 ",
    ],
)  # fmt: skip
def test_hours_are_read_in_the_ways_that_people_write_them(text: str) -> None:
    assert read_hours(text) == DAY


@pytest.mark.parametrize(
    ("text", "hours"),
    [("", ()), (" , ", ()), ("0–24", ((0, 1440),)), ("22:00–30:00", ((1320, 1800),)), ("23:59–24:00", ((1439, 1440),))],
)
def test_days_off_whole_days_and_nights_are_read(text: str, hours: tuple[tuple[int, int], ...]) -> None:
    assert read_hours(text) == hours


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("с девяти", "Не получилось прочитать «с девяти»"),
        ("9:00", "Напишите часы так: 9:00–13:00, 14:00–18:00"),
        ("9:60–18:00", "Не получилось прочитать «9:60–18:00»"),
        ("9:00–49:00", "Не получилось прочитать"),
        ("9–13, x", "Не получилось прочитать «x»"),
        ("٩–١٣", "Не получилось прочитать"),
        ("18:00–9:00", "Если работа идёт за полночь, напишите 18:00–33:00"),
        ("9:00–9:00", "закрывается раньше, чем открывается"),
        ("25:00–26:00", "открывается в другой день"),
        ("1:00–26:00", "длиннее 24"),
        ("9:00–13:00, 12:00–18:00", "Окна 9:00–13:00 и 12:00–18:00 пересекаются"),
        (", ".join(f"{hour}:00–{hour}:30" for hour in range(13)), "не больше 12"),
    ],
)
def test_what_is_no_hours_is_refused_with_a_sentence(text: str, words: str) -> None:
    with pytest.raises(HoursNotValid) as refusal:
        read_hours(text)
    assert words in str(refusal.value).replace("\u00a0", " ")


@settings(deadline=None, derandomize=True)
@given(st.sets(st.integers(min_value=0, max_value=1439), min_size=2, max_size=12))
def test_hours_read_back_as_they_are_written(minutes: set[int]) -> None:
    edges = sorted(minutes)
    hours = checked_hours(zip(edges[::2], edges[1::2], strict=False))
    assert read_hours(hours_words(hours)) == hours


@settings(deadline=None, derandomize=True)
@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_hours(text: str) -> None:
    try:
        read_hours(text)
    except HoursNotValid as refusal:
        assert str(refusal).endswith(".")


@pytest.mark.parametrize(("text", "minute"), [("17", 1020), ("17:00", 1020), (" 17.30 ", 1050), ("0:00", 0)])
def test_a_time_is_read(text: str, minute: int) -> None:
    assert read_clock(text) == minute


@pytest.mark.parametrize("text", ["", "полдень", "17:60", "17:0", "1700", "49"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(HoursNotValid, match="не время"):
        read_clock(text)


# --- terms ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("4", 240), ("4 ч", 240), ("4 часа", 240), ("1,5", 90), ("0.25", 15), ("1:30", 90), ("1 ч 30 мин", 90),
        ("1ч30", 90), ("90 мин", 90), ("90 минут", 90), ("30 МИН.", 30), ("1\u00a0ч 5\u00a0мин", 65), ("0", 0),
        ("4 h", 240), ("1 h 30 min", 90),
    ],
)  # fmt: skip
def test_a_term_is_read_in_the_ways_that_people_write_it(text: str, minutes: int) -> None:
    assert read_term(text) == minutes


@pytest.mark.parametrize("text", ["", "скоро", "-4", "1:75", "0,01", "4 дня", "99999", "4 ч 4 ч", "٤"])
def test_what_is_no_term_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(TermNotValid, match="Напишите срок так: 4"):
        read_term(text)


@settings(deadline=None, derandomize=True)
@given(st.integers(min_value=1, max_value=999 * 60))
def test_a_term_reads_back_as_it_is_written(minutes: int) -> None:
    for language in ("ru", "en"):
        with translation.override(language):
            assert read_term(term_words(minutes)) == minutes


# --- what a term means ----------------------------------------------------------------------------------------------


def told(calendar: WorkingTime, base: int, **own: int) -> list[tuple[str, str]]:
    found = promises(calendar, base, own, at=WEDNESDAY)
    return [(one.criticality, one.due.replace("\u00a0", " ")) for one in found]


@pytest.mark.clause("3.5b.2")
def test_the_example_is_the_one_of_the_regulation(db: None) -> None:
    """Half an hour on Friday, three and a half on Monday."""
    calendar = working_time(make_calendar().current())
    assert told(calendar, 240) == [("", "пн, до 12:30")]
    assert (
        sentence("пн, до 12:30").replace("\u00a0", " ") == "Заявка, поданная в пт в 17:30, получит срок: пн, до 12:30"
    )


def test_each_criticality_with_a_term_of_its_own_is_told() -> None:
    assert told(WorkingTime("Asia/Yekaterinburg", WEEK), 240, critical=30, low=480, high=240) == [
        ("", "пн, до 12:30"), ("critical", "пт, до 18:00"), ("low", "пн, до 17:30"),
    ]  # fmt: skip


def test_what_is_due_after_a_week_is_told_by_its_date() -> None:
    assert told(WorkingTime("Asia/Yekaterinburg", WEEK), 5 * 480) == [("", "пт, 4 декабря, до 17:30")]


def test_a_friday_that_is_off_is_passed_over() -> None:
    calendar = WorkingTime("Asia/Yekaterinburg", WEEK, {date(2026, 11, 27): ()})
    assert told(calendar, 240) == [("", "пн, до 12:30")]


def test_the_example_speaks_in_the_zone_of_the_calendar() -> None:
    assert told(WorkingTime("Asia/Kamchatka", WEEK), 240) == [("", "пн, до 12:30")]


def test_round_the_clock_the_night_counts() -> None:
    assert told(WorkingTime("Asia/Yekaterinburg", always_open=True), 240) == [("", "пт, до 21:30")]


def test_a_calendar_without_working_time_is_an_error_and_no_loop() -> None:
    with pytest.raises(NoWorkingTime):
        told(WorkingTime("Asia/Yekaterinburg", {}), 240)
