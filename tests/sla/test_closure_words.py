from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone, translation

from sla.closure_words import closure_title, closure_words, resumption_words
from sla.closures import Closure
from tests.cast import moment

NEW_YEAR = Closure(date(2026, 12, 31), date(2027, 1, 11), moment("2027-01-12 09:00"))
MAY = Closure(date(2027, 5, 1), date(2027, 5, 3), moment("2027-05-04 09:00"))
ONE_DAY = Closure(date(2026, 11, 4), date(2026, 11, 4), moment("2026-11-05 09:00"))


@pytest.mark.parametrize(
    ("closure", "at", "title", "resumes"),
    [
        (NEW_YEAR, "2026-12-25 12:00", "Выходные с 31 декабря по 11 января 2027 г.", "вт, 12 января 2027 г., 9:00"),
        (NEW_YEAR, "2027-01-05 12:00", "Выходные с 31 декабря 2026 г. по 11 января", "вт, 12 января, 9:00"),
        (MAY, "2027-04-28 12:00", "Выходные с 1 по 3 мая", "вт, 4 мая, 9:00"),
        (ONE_DAY, "2026-11-03 12:00", "Выходной — 4 ноября", "чт, 5 ноября, 9:00"),
    ],
)
def test_days_off_are_named_with_the_moment_at_which_work_resumes(
    closure: Closure, at: str, title: str, resumes: str
) -> None:
    with translation.override("ru"), timezone.override("Asia/Yekaterinburg"):
        told = closure_title(closure, now=moment(at)), resumption_words(closure, now=moment(at))
        whole = closure_words(closure, now=moment(at))
    plain = [words.replace("\u00a0", " ") for words in (*told, whole)]
    assert plain[0] == title
    assert plain[1] == f"Заявки принимаем круглосуточно. Работа и отсчёт реакции возобновятся: {resumes}."
    assert plain[2] == f"{title.rstrip('.')}. {plain[1]}"


def test_they_are_named_in_english_too() -> None:
    with translation.override("en"), timezone.override("Asia/Yekaterinburg"):
        words = closure_words(MAY, now=moment("2027-04-28 12:00")).replace("\u00a0", " ")
    assert words == (
        "Days off from 1 to 3 May. We accept tickets round the clock. "
        "Work and the reaction clock will resume: Tue, 4 May, 9:00."
    )
