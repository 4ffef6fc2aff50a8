"""Filling a year by the official days or from a file: shown first, then applied."""

from __future__ import annotations

import json
import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sla import editing
from sla.editing import plan_of
from sla.year_plan import PlannedDay, official_plan
from tests.calendars.pages import (
    CHANGED,
    DAY,
    MAY_8,
    SHORT,
    WEEK,
    draft_of,
    post_day,
    rows,
    seen_by,
    year_of,
)
from tests.cast import Cast
from tests.staff_pages import enter, words


def test_the_official_days_are_shown_first_and_then_applied(cast: Cast) -> None:
    client, address = enter(cast.maria), f"{year_of(cast, 2027)}fill/"
    html = words(client.get(address))
    for said in ("Официальные дни 2027 года", "пт, 1 января", "рабочий, 9:00–13:00, 14:00–18:00", "Применить"):
        assert said in html
    assert cast.calendar.draft() is None
    told = {"apply": "1", "content": "", "seen": seen_by(cast.maria, address)}
    assert client.post(address, told)["Location"] == year_of(cast, 2027)
    assert plan_of(draft_of(cast), 2027) == official_plan(2027, WEEK)
    assert "Ничего не изменится" in words(client.get(address))


def upload(cast: Cast, content: bytes | str, year: int = 2028) -> Any:
    data = content.encode() if isinstance(content, str) else content
    return enter(cast.maria).post(f"{year_of(cast, year)}fill/", {"file": SimpleUploadedFile("year.json", data)})


YEAR_FILE = json.dumps(
    {
        "year": 2028,
        "days": [
            {"date": "2028-01-03", "type": "off", "name": "Каникулы «зима» <b>"},
            {"date": "2028-02-22", "type": "short"},
            {"date": "2028-02-26", "type": "working"},
            {"date": "2028-12-29", "type": "working", "hours": ["9:00-13:00", "14:00-15:30"]},
            {"date": "2028-12-30", "type": "working", "hours": ["22:00-6:00"]},
        ],
    },
    ensure_ascii=False,
)


def test_a_file_is_shown_first_and_then_applied_as_it_was_shown(cast: Cast) -> None:
    response = upload(cast, YEAR_FILE)
    assert response.status_code == 200
    assert "Дни 2028 года из файла" in words(response)
    assert "<b>" not in response.content.decode().partition("<tbody")[2].replace("<br>", "")
    assert cast.calendar.draft() is None
    carried = re.search(r'name="content" value="([^"]*)"', response.content.decode())
    assert carried
    seen = re.search(r'name="seen" value="([^"]*)"', response.content.decode())
    assert seen
    told = {"apply": "1", "content": unescape(carried[1]), "seen": seen[1]}
    assert enter(cast.maria).post(f"{year_of(cast, 2028)}fill/", told).status_code == 302
    assert plan_of(draft_of(cast), 2028) == {
        date(2028, 1, 3): PlannedDay((), "Каникулы «зима» <b>"),
        date(2028, 2, 22): PlannedDay(SHORT),
        date(2028, 2, 26): PlannedDay(DAY),
        date(2028, 12, 29): PlannedDay(((540, 780), (840, 930))),
        date(2028, 12, 30): PlannedDay(((1320, 1800),)),
    }


def test_an_icalendar_file_is_read_too(cast: Cast) -> None:
    content = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//RU\r\nBEGIN:VEVENT\r\nUID:1@x\r\nDTSTAMP:20271101T000000Z\r\n"
        "DTSTART;VALUE=DATE:20280103\r\nDTEND;VALUE=DATE:20280105\r\nSUMMARY:Каникулы\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    html = words(upload(cast, content))
    assert "пн, 3 января" in html
    assert "вт, 4 января" in html


@pytest.mark.parametrize("content", ["", "{", "x;y", '{"year": 2027, "days": []}', b"\xff\xfe", "{}", "[1]"])
def test_a_bad_file_is_refused_by_line_and_nothing_is_written(cast: Cast, content: bytes | str) -> None:
    before = rows()
    response = upload(cast, content)
    assert response.status_code == 422
    assert "Исправьте ошибк" in words(response)
    assert rows() == before


def test_without_a_file_the_page_asks_for_one(cast: Cast) -> None:
    response = enter(cast.maria).post(f"{year_of(cast)}fill/")
    assert response.status_code == 422
    assert "Выберите файл JSON или iCalendar" in words(response)


def test_days_that_no_page_carries_are_not_applied(cast: Cast) -> None:
    seen = seen_by(cast.maria, year_of(cast))
    told = {"apply": "1", "content": '{"year": 2028, "days": [{"date": "x"}]}', "seen": seen}
    response = enter(cast.maria).post(f"{year_of(cast, 2028)}fill/", told)
    assert response.status_code == 422
    assert "дата — " in words(response) or "Строка 1" in words(response)
    told = {"apply": "1", "seen": seen}
    assert enter(cast.maria).post(f"{year_of(cast, 2030)}fill/", told).status_code == 404
    assert cast.calendar.draft() is None


def test_a_day_with_too_many_windows_is_refused_by_its_line(cast: Cast) -> None:
    day = {"date": "2028-01-03", "type": "working", "hours": [f"{hour}:00-{hour}:30" for hour in range(13)]}
    response = upload(cast, json.dumps({"year": 2028, "days": [day]}))
    assert response.status_code == 422
    assert "Строка 1: рабочих окон у этого дня 13." in words(response)


def test_days_that_a_draft_does_not_take_are_refused_with_a_sentence(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*told: Any) -> None:
        raise editing.DraftGone

    told = {"apply": "1", "seen": seen_by(cast.maria, f"{year_of(cast, 2027)}fill/")}
    monkeypatch.setattr(editing, "fill_year", refuse)
    response = enter(cast.maria).post(f"{year_of(cast, 2027)}fill/", told)
    assert response.status_code == 409
    assert "Этот черновик уже опубликован или удалён" in words(response)
    assert cast.calendar.draft() is None


def test_days_that_somebody_edited_after_the_preview_are_not_replaced(cast: Cast) -> None:
    address = f"{year_of(cast)}fill/"
    seen = seen_by(cast.maria, address)
    post_day(cast, kind="off", name="Переезд")
    response = enter(cast.maria).post(address, {"apply": "1", "seen": seen})
    assert response.status_code == 409
    assert CHANGED in words(response)
    assert plan_of(draft_of(cast)) == {MAY_8: PlannedDay((), "Переезд")}
