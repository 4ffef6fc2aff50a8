from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone, translation

from content import moments

EVENING = datetime(2026, 12, 31, 20, 5, tzinfo=UTC)  # five past one on New Year's morning in Orenburg


@pytest.mark.parametrize(
    ("language", "words"), [("ru", "1 января 2027 г., 1:05"), ("en", "1 January 2027, 1:05")], ids=["ru", "en"]
)
def test_a_moment_in_full_has_its_year_whenever_it_is_read(language: str, words: str) -> None:
    with translation.override(language), timezone.override("Asia/Yekaterinburg"):
        assert moments.full_moment_words(EVENING).replace(moments.NBSP, " ") == words


def test_a_day_in_full_never_leaves_its_number_at_the_end_of_a_line() -> None:
    with translation.override("ru"):
        assert moments.full_date_words(date(2026, 12, 1)).startswith(f"1{moments.NBSP}декабря")


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Asia/Yekaterinburg", "Время — Оренбург (UTC+5)"),
        ("Europe/Moscow", "Время — UTC+3"),
        ("Asia/Kolkata", "Время — UTC+5:30"),
        ("America/St_Johns", "Время — UTC-3:30"),
    ],
)
def test_the_zone_is_named_by_our_city_and_any_other_by_its_offset(zone: str, words: str) -> None:
    with translation.override("ru"), timezone.override(zone):
        assert moments.zone_words(EVENING).replace(moments.NBSP, " ") == words
