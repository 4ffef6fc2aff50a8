"""The draft of a calendar, and a calendar that begins as one."""

from __future__ import annotations

import re
from datetime import date

import pytest

from sla.editing import plan_of, week_of
from sla.models import BusinessCalendar, CalendarVersion
from tests.calendars.pages import (
    CHANGED,
    LIST,
    MAY_8,
    NOW,
    draft_of,
    post_day,
    post_period,
    post_week,
    rows,
    seen_by,
    year_of,
)
from tests.cast import Cast
from tests.staff_pages import enter, words

# --- the draft --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "said"), [(1, "изменён 1 день."), (3, "изменено 3 дня."), (5, "изменено 5 дней.")])
def test_the_page_says_how_much_the_draft_changes(cast: Cast, count: int, said: str) -> None:
    post_period(cast, first="06.07.2026", last=f"{5 + count:02}.07.2026", name="Отпуск")
    html = words(enter(cast.maria).get(year_of(cast)))
    assert f"Черновик: {said}" in html
    assert "сроки считаются по опубликованной версии" in html


def test_a_discarded_draft_gives_the_published_days_back(cast: Cast) -> None:
    post_day(cast, kind="off")
    client, seen = enter(cast.maria), seen_by(cast.maria, year_of(cast))
    for _time in range(2):
        assert client.post(f"{year_of(cast)}discard/", {"seen": seen})["Location"] == year_of(cast)
    assert cast.calendar.draft() is None
    assert "Черновик:" not in words(client.get(year_of(cast)))


def test_a_draft_that_the_person_has_not_seen_is_not_discarded(cast: Cast) -> None:
    post_day(cast, kind="off")
    seen = seen_by(cast.maria, year_of(cast))
    post_day(cast, date(2026, 5, 7), kind="off")
    for told in (seen, ""):
        response = enter(cast.maria).post(f"{year_of(cast)}discard/", {"seen": told})
        assert response.status_code == 409
        assert CHANGED in words(response)
    assert len(plan_of(draft_of(cast))) == 2


def test_discarding_is_asked_again_without_scripts_and_says_what_goes(cast: Cast) -> None:
    post_day(cast, kind="off")
    html = words(enter(cast.maria).get(year_of(cast)))
    folded = re.search(r'<details class="move"[^>]*>(.*?)</details>', html[html.index("draft-strip") :])
    assert folded
    assert "Пропадут все изменения черновика" in folded[1]
    assert f'action="{year_of(cast)}discard/"' in folded[1]


def test_an_unknown_verb_is_not_found(cast: Cast) -> None:
    assert enter(cast.maria).post(f"{year_of(cast)}erase/").status_code == 404


def test_a_draft_that_was_published_meanwhile_is_no_longer_edited(cast: Cast) -> None:
    """The next edit begins a new draft from what was published."""
    post_day(cast, kind="off")
    CalendarVersion.objects.filter(pk=draft_of(cast).pk).update(published_at=NOW)
    post_day(cast, date(2026, 5, 7), kind="off")
    assert list(plan_of(draft_of(cast))) == [date(2026, 5, 7), MAY_8]
    assert draft_of(cast).number == 3


# --- a new calendar ---------------------------------------------------------------------------------------------------


def test_a_new_calendar_begins_as_a_draft_with_its_week(cast: Cast) -> None:
    response = post_week(cast, f"{LIST}add/", name="Дежурные", day_5="10–14")
    calendar = BusinessCalendar.objects.get(name="Дежурные")
    assert response["Location"] == f"{LIST}{calendar.pk}/2026/"
    draft = calendar.draft()
    assert draft
    assert week_of(draft)[5] == ((600, 840),)
    html = words(enter(cast.maria).get(response["Location"]))
    assert "календарь ещё не опубликован" in html
    assert "календарь удаляется вместе с черновиком" in html
    told = {"seen": seen_by(cast.maria, response["Location"])}
    assert enter(cast.maria).post(f"{LIST}{calendar.pk}/2026/discard/", told)["Location"] == LIST
    assert not BusinessCalendar.objects.filter(name="Дежурные").exists()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"name": ""}, "Дайте календарю название"),
        ({"name": "Пятидневка"}, "Календарь с названием «Пятидневка» уже есть"),
        ({"name": "Дежурные", "zone": "Луна"}, "«Луна» — не часовой пояс"),
    ],
)
def test_a_bad_new_calendar_is_refused_with_a_sentence(cast: Cast, told: dict[str, str], said: str) -> None:
    before = rows()
    response = post_week(cast, f"{LIST}add/", **told)
    assert response.status_code == 422
    assert said in words(response)
    assert (rows(), BusinessCalendar.objects.count()) == (before, 1)
