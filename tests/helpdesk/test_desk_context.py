from __future__ import annotations

import pytest

from helpdesk.desk_context import hours_words
from sla.working_time import WorkingTime
from tests.cast import moment

OFFICE = WorkingTime("Asia/Yekaterinburg", week={day: [(540, 780), (840, 1080)] for day in range(5)})


@pytest.mark.clause("3.5b.1")
@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2026-11-23 10:00", "Сегодня работаем до 18:00."),
        ("2026-11-23 13:30", "отсчёт реакции начнётся: пн, 23\u00a0ноября, 14:00."),  # in the break
        ("2026-11-21 10:00", "отсчёт реакции начнётся: пн, 23\u00a0ноября, 9:00."),
    ],
)
def test_the_footer_says_until_when_we_work_or_when_the_clock_starts(at: str, words: str) -> None:
    assert hours_words(OFFICE, moment(at)).endswith(words)


def test_a_calendar_without_working_time_leaves_the_line_out() -> None:
    assert hours_words(WorkingTime("Asia/Yekaterinburg", week={}), moment("2026-11-23 10:00")) == ""
