"""Editing a calendar: one day, a period, the ordinary week."""

from __future__ import annotations

import re
from datetime import date

import pytest

from sla.editing import plan_of, week_of
from sla.year_plan import PlannedDay
from tests.calendars.pages import (
    CHANGED,
    DAY,
    MAY_8,
    SHORT,
    WEEK,
    draft_of,
    post_day,
    post_period,
    post_week,
    rows,
    seen_by,
    year_of,
)
from tests.cast import Cast, new_calendar_version
from tests.staff_pages import enter, words

# --- one day ----------------------------------------------------------------------------------------------------------


def test_a_day_is_opened_as_it_stands(cast: Cast) -> None:
    new_calendar_version(cast.calendar, {MAY_8: [(600, 900)], date(2026, 5, 7): SHORT})
    html = words(enter(cast.maria).get(f"{year_of(cast)}?day=2026-05-08"))
    assert "пт, 8 мая" in html
    assert 'name="day-hours" value="10:00–15:00"' in html
    short = words(enter(cast.maria).get(f"{year_of(cast)}?day=2026-05-07"))
    assert 'name="day-until" value="17:00"' in short
    assert 'name="day-hours" value=' not in short
    assert re.search(r'value="short"[^>]*checked', short)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"kind": "off"}, PlannedDay(())),
        ({"kind": "off", "name": "  Переезд   офиса "}, PlannedDay((), "Переезд офиса")),
        ({"kind": "short"}, PlannedDay(SHORT)),
        ({"kind": "short", "until": "16:00"}, PlannedDay(((540, 780), (840, 960)))),
        ({"kind": "short", "hours": "10–15", "until": "17:00"}, PlannedDay(((600, 900),))),
        ({"kind": "working", "hours": "8:00–13:00, 14:00–20:00"}, PlannedDay(((480, 780), (840, 1200)))),
        ({"kind": "working", "name": "Обычный"}, PlannedDay(DAY, "Обычный")),
        ({"kind": "working"}, None),
    ],
)
def test_a_day_is_set_in_the_draft(cast: Cast, told: dict[str, str], expected: PlannedDay | None) -> None:
    before = plan_of(cast.calendar.current())
    response = post_day(cast, **told)
    assert response["Location"] == f"{year_of(cast)}#d-2026-05-08"
    assert plan_of(draft_of(cast)).get(MAY_8) == expected
    assert plan_of(cast.calendar.current()) == before


def test_a_key_in_the_grid_keeps_the_name_while_the_kind_stays(cast: Cast) -> None:
    post_day(cast, kind="off", name="День России")
    post_day(cast, kind="off")
    assert plan_of(draft_of(cast))[MAY_8] == PlannedDay((), "День России")
    post_day(cast, kind="short")
    assert plan_of(draft_of(cast))[MAY_8] == PlannedDay(SHORT)


def test_a_name_that_was_emptied_in_the_form_is_gone(cast: Cast) -> None:
    post_day(cast, kind="off", name="День России")
    post_day(cast, kind="off", name="")
    assert plan_of(draft_of(cast))[MAY_8] == PlannedDay(())


def test_a_working_saturday_and_an_ordinary_one(cast: Cast) -> None:
    saturday = date(2026, 5, 9)
    post_day(cast, saturday, kind="working")
    assert plan_of(draft_of(cast))[saturday].windows == DAY
    post_day(cast, saturday, kind="off")
    assert saturday not in plan_of(draft_of(cast))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "Выберите тип дня"),
        ({"kind": "holiday"}, "Выберите тип дня"),
        ({"kind": "short", "until": "вечером"}, "«вечером» — не время. Напишите так: 17:00."),
        ({"kind": "short", "until": "9:00"}, "В этот день работаем с 9:00 до 18:00."),
        ({"kind": "short", "until": "18:00"}, "В этот день работаем с 9:00 до 18:00."),
        ({"kind": "working", "hours": "9:00–13:00, 12:00–18:00"}, "Окна 9:00–13:00 и 12:00–18:00 пересекаются"),
        ({"kind": "working", "hours": "18:00–9:00"}, "закрывается раньше, чем открывается"),
        ({"kind": "off", "name": "Я" * 101}, "В названии не больше 100 знаков"),
    ],
)
def test_a_bad_day_is_refused_with_a_sentence_and_nothing_is_written(
    cast: Cast, told: dict[str, str], said: str
) -> None:
    before = rows()
    response = post_day(cast, **told)
    assert response.status_code == 422
    assert said in words(response)
    assert rows() == before


def test_what_was_typed_stays_in_a_refused_form(cast: Cast) -> None:
    html = words(post_day(cast, kind="working", hours="9–13, 12–18", name="Переезд"))
    assert 'value="9–13, 12–18"' in html
    assert 'value="Переезд"' in html
    assert "Исправьте ошибку" in html


@pytest.mark.parametrize("told", ["", "x", "2027-01-01", "2026-02-30"])
def test_a_day_that_no_page_offers_is_not_found(cast: Cast, told: str) -> None:
    response = enter(cast.maria).post(f"{year_of(cast)}day/", {"date": told, "day-kind": "off"})
    assert response.status_code == 404
    assert cast.calendar.draft() is None


# --- a period ---------------------------------------------------------------------------------------------------------


def test_a_period_is_marked_and_shown_where_it_begins(cast: Cast) -> None:
    response = post_period(cast, first="30.12.2026", last="02.01.2027", name="Каникулы")
    assert response["Location"] == year_of(cast)
    found = plan_of(draft_of(cast))
    assert [f"{day:%d.%m}" for day in found] == ["30.12", "31.12", "01.01", "02.01"]
    assert set(found.values()) == {PlannedDay((), "Каникулы")}


def test_a_period_goes_back_to_the_ordinary_week(cast: Cast) -> None:
    post_period(cast)
    post_period(cast, kind="ordinary")
    assert plan_of(draft_of(cast)) == {}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"first": ""}, "Введите первый день"),
        ({"last": "31.06.2026"}, "Введите дату как день.месяц.год"),
        ({"last": "30.06.2026"}, "Последний день раньше первого"),
        ({"last": "30.12.2027"}, "не больше 366 дней"),
        ({"first": "01.07.1800", "last": "02.07.1800"}, "Год 1800 слишком далеко"),
        ({"kind": ""}, "Выберите тип дней"),
        ({"kind": "short", "until": "8:00"}, "не получается рабочих часов"),
        ({"kind": "short", "until": "19:00"}, "Работа в эти дни и так кончается до 19:00. Укажите время раньше."),
        ({"kind": "short", "first": "04.07.2026", "last": "05.07.2026"}, "В этот период никто не работает."),
    ],
)
def test_a_bad_period_is_refused_with_a_sentence(cast: Cast, told: dict[str, str], said: str) -> None:
    before = rows()
    response = post_period(cast, **told)
    assert response.status_code == 422
    assert said in words(response)
    assert rows() == before


# --- the week ---------------------------------------------------------------------------------------------------------


def test_the_week_is_changed_in_the_draft(cast: Cast) -> None:
    assert post_week(cast, day_4="9–13", day_5="10–14", zone="Europe/Moscow").status_code == 302
    draft = draft_of(cast)
    assert (draft.zone, week_of(draft)) == ("Europe/Moscow", WEEK | {4: ((540, 780),), 5: ((600, 840),)})
    assert "Черновик: изменена обычная неделя." in words(enter(cast.maria).get(year_of(cast)))
    post_day(cast, kind="off")
    assert "Черновик: изменён 1 день, изменена и обычная неделя." in words(enter(cast.maria).get(year_of(cast)))


def test_round_the_clock_offers_no_days_to_edit(cast: Cast) -> None:
    assert post_week(cast, is_always_open="on").status_code == 302
    html = words(enter(cast.maria).get(year_of(cast)))
    assert "365 рабочих дней" in html
    assert "data-date" not in html
    assert enter(cast.maria).get(f"{year_of(cast)}fill/").status_code == 404
    response = post_day(cast, kind="off")
    assert response.status_code == 422
    assert "Календарь работает круглосуточно" in words(response)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"zone": "Москва"}, "«Москва» — не часовой пояс"),
        ({"zone": ""}, "Введите часовой пояс"),
        ({"day_2": "9–13, 12–18"}, "пересекаются"),
        ({f"day_{number}": "" for number in range(5)}, "В неделе нет рабочих часов"),
    ],
)
def test_a_bad_week_is_refused_with_a_sentence(cast: Cast, told: dict[str, str], said: str) -> None:
    before = rows()
    response = post_week(cast, **told)
    assert response.status_code == 422
    assert said in words(response)
    assert rows() == before


def test_a_week_that_somebody_changed_meanwhile_is_not_overwritten(cast: Cast) -> None:
    seen = seen_by(cast.maria, year_of(cast))
    post_week(cast, day_5="10–14")
    response = post_week(cast, day_4="9–13", seen=seen)
    assert response.status_code == 409
    html = words(response)
    assert CHANGED in html
    assert 'name="week-day_4" value="9–13"' in html, "what was typed stays"
    assert week_of(draft_of(cast)) == WEEK | {5: ((600, 840),)}
    again = re.search(r'name="seen" value="([^"]*)"', html)
    assert again
    assert post_week(cast, day_4="9–13", seen=again[1]).status_code == 302


def test_a_slip_of_the_pen_does_not_hide_what_somebody_changed_meanwhile(cast: Cast) -> None:
    seen = seen_by(cast.maria, year_of(cast))
    post_week(cast, day_5="10–14")
    html = words(post_week(cast, day_4="утром", seen=seen))
    kept = re.search(r'action="[^"]*/week/"[^>]*>.*?name="seen" value="([^"]*)"', html)
    assert kept
    assert kept[1] == seen
    assert post_week(cast, day_4="9–13", seen=kept[1]).status_code == 409
