"""The pages of calendars: the year grid, its forms, filling a year, the draft; who may, what is refused, the cost."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.roles import Role
from sla import editing
from sla.editing import plan_of, week_of
from sla.models import BusinessCalendar, CalendarDay, CalendarVersion, WorkingHours
from sla.year_plan import PlannedDay, official_plan
from tests.cast import PASSWORD, Cast, make_calendar, make_level, make_person, moment, new_calendar_version
from tests.staff_pages import enter, words

NOW = moment("2026-10-23 10:30")
LIST = "/admin/sla/businesscalendar/"
QUEUE = "/admin/tickets/ticket/"
DAY = ((540, 780), (840, 1080))
SHORT = ((540, 780), (840, 1020))
WEEK = dict.fromkeys(range(5), DAY)
MAY_8 = date(2026, 5, 8)  # a Friday


@pytest.fixture(autouse=True)
def in_october() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def year_of(cast: Cast, year: int = 2026) -> str:
    return f"{LIST}{cast.calendar.pk}/{year}/"


def draft_of(cast: Cast) -> CalendarVersion:
    draft = cast.calendar.draft()
    assert draft
    return draft


def seen_by(user: User, address: str) -> str:
    """What the page of that address says that it shows."""
    found = re.search(r'name="seen" value="([^"]*)"', enter(user).get(address).content.decode())
    return found[1] if found else ""


def post_day(cast: Cast, day: date = MAY_8, /, **told: str) -> Any:
    fields = {f"day-{name}": value for name, value in told.items()}
    return enter(cast.maria).post(f"{year_of(cast, day.year)}day/", {"date": day.isoformat(), **fields})


def rows() -> tuple[int, int, int]:
    return CalendarVersion.objects.count(), CalendarDay.objects.count(), WorkingHours.objects.count()


# --- who may --------------------------------------------------------------------------------------------------------


def addresses(cast: Cast) -> list[str]:
    year = year_of(cast)
    return [LIST, f"{LIST}add/", year, f"{year}?day=2026-05-08", f"{year}fill/"]


def test_a_manager_and_an_administrator_open_every_page(cast: Cast, boss: User) -> None:
    for person in (cast.maria, boss):
        for address in addresses(cast):
            assert enter(person).get(address).status_code == 200, address


def test_who_does_not_manage_the_service_is_refused_everywhere(cast: Cast) -> None:
    editing.draft_of(cast.calendar)
    before = rows()
    for person in (
        cast.elena,
        cast.oleg,
        cast.sergey,
        make_person("А", "a@desk.example", Role.AUDITOR),
        cast.anna.user,
    ):
        client = enter(person)
        for address in addresses(cast):
            assert client.get(address).status_code == 403, address
        for verb in ("day", "period", "week", "discard", "fill"):
            assert client.post(f"{year_of(cast)}{verb}/", {"apply": "1"}).status_code == 403, verb
        assert client.post(f"{LIST}add/", {"week-name": "Х"}).status_code == 403
    assert rows() == before


def test_a_stranger_is_asked_to_sign_in(cast: Cast) -> None:
    for address in (*addresses(cast), f"{year_of(cast)}week/"):
        response = Client().get(address)
        assert response.status_code == 302, address
        assert response["Location"].startswith("/accounts/login/")


def test_looking_writes_nothing(cast: Cast) -> None:
    before = rows()
    client = enter(cast.maria)
    for address in addresses(cast):
        client.get(address)
    assert rows() == before
    assert cast.calendar.draft() is None


@pytest.mark.parametrize("verb", ["day", "period", "week", "discard"])
def test_what_changes_something_is_no_link(cast: Cast, verb: str) -> None:
    assert enter(cast.maria).get(f"{year_of(cast)}{verb}/").status_code == 405


def test_a_form_needs_the_token_of_its_page(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.login(username=cast.maria.email, password=PASSWORD)
    assert client.post(f"{year_of(cast)}day/", {"date": "2026-05-08", "day-kind": "off"}).status_code == 403
    assert cast.calendar.draft() is None


@pytest.mark.parametrize(
    "address",
    ["999999/2026/", "{pk}/1900/", "{pk}/99999/", "{pk}/2026/?day=x", "{pk}/2026/?day=2027-01-01", "{pk}/2030/fill/"],
)
def test_what_does_not_exist_is_no_error(cast: Cast, address: str) -> None:
    assert enter(cast.maria).get(LIST + address.format(pk=cast.calendar.pk)).status_code == 404


def test_the_stock_page_of_a_calendar_leads_to_this_year(cast: Cast) -> None:
    assert enter(cast.maria).get(f"{LIST}{cast.calendar.pk}/change/")["Location"] == year_of(cast)


# --- the grid -------------------------------------------------------------------------------------------------------


def test_the_year_shows_every_day_with_its_kind_in_words(cast: Cast) -> None:
    version = new_calendar_version(cast.calendar, {MAY_8: SHORT, date(2026, 5, 11): []}, published_at=None)
    version.days.filter(date=date(2026, 5, 11)).update(name="День Победы (перенесён)")
    version.published_at = NOW
    version.save()
    html = words(enter(cast.maria).get(year_of(cast)))
    assert len(set(re.findall(r'data-date="(2026-\d\d-\d\d)"', html))) == 365
    assert re.search(
        r'data-date="2026-05-08">8<b aria-hidden="true">С</b><span class="sr-only">, сокращённый</span>', html
    )
    assert re.search(r'2026-05-11"[^>]*>11<b aria-hidden="true">В</b><span class="sr-only">, выходной</span>', html)
    assert "День Победы (перенесён)" in html
    assert "260 рабочих дней" in html
    assert "из них 1 сокращённый" in html
    assert re.search(r'yd-today" id="d-2026-10-23".*?, сегодня</span>', html)


def test_hours_stand_beside_the_official_norm(cast: Cast) -> None:
    plan = official_plan(2026, WEEK)
    new_calendar_version(cast.calendar, {day: planned.windows for day, planned in plan.items()})
    html = words(enter(cast.maria).get(year_of(cast)))
    for row, value in (("Рабочих дней", "247"), ("из них сокращённых", "4"), ("Выходных", "118"), ("Часов", "1 972")):
        assert f'<th scope="row">{row}</th><td>{value}</td><td>{value}</td>' in html
    assert "изменён вручную</span>" not in html
    assert "норма 2030 года пока не известна" in words(enter(cast.maria).get(year_of(cast, 2030)))


def test_what_differs_from_the_official_day_has_a_dot(cast: Cast) -> None:
    html = words(enter(cast.maria).get(year_of(cast)))
    marked = re.findall(r'data-date="([-\d]+)"[^>]*>(?:(?!</a>).)*изменён вручную', html)
    assert marked[0] == "2026-01-01"
    assert len(marked) == len([day for day, it in official_plan(2026, WEEK).items() if day.weekday() < 5 or it.windows])


def test_a_year_of_days_costs_as_many_queries_as_an_empty_one(cast: Cast) -> None:
    client = enter(cast.maria)

    def cost(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    pages = [year_of(cast), f"{year_of(cast)}?day=2026-05-08", f"{year_of(cast)}fill/"]
    new_calendar_version(cast.calendar, {MAY_8: []})
    few = [cost(page) for page in pages]
    for _version in range(3):
        plan = official_plan(2026, WEEK)
        new_calendar_version(cast.calendar, {day: planned.windows for day, planned in plan.items()})
    assert [cost(page) for page in pages] == few
    assert max(few) <= 12


def test_days_of_versions_that_are_over_are_not_loaded(cast: Cast) -> None:
    for _version in range(12):
        new_calendar_version(cast.calendar, {day: it.windows for day, it in official_plan(2026, WEEK).items()})
    editing.draft_of(cast.calendar)
    loaded: list[CalendarDay] = []
    keep: Callable[..., CalendarDay] = CalendarDay.from_db.__func__  # type: ignore[attr-defined]

    def count(cls: type[CalendarDay], *told: Any) -> CalendarDay:
        loaded.append(day := keep(cls, *told))
        return day

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CalendarDay, "from_db", classmethod(count))
        for page in (LIST, year_of(cast)):
            loaded.clear()
            html = words(enter(cast.maria).get(page))
            assert len({day.version_id for day in loaded}) == 2, page
    assert "Показаны 10 последних версий." in html
    assert len(re.findall(r"<li>\d+ \(", html)) == 10


def test_the_page_obeys_the_strict_policy_and_works_without_scripts(cast: Cast) -> None:
    editing.draft_of(cast.calendar)
    html = enter(cast.maria).get(f"{year_of(cast)}?day=2026-05-08").content.decode()
    assert not re.search(r"<[^>]+\sstyle\s*=", html)
    assert not re.search(r"<[^>]+\son[a-z]+\s*=", html)
    assert f'href="{year_of(cast)}?day=2026-05-08#day"' in html
    ids = re.findall(r'\sid="([^"]*)"', html)
    assert len(ids) == len(set(ids))


# --- one day --------------------------------------------------------------------------------------------------------


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


# --- a period -------------------------------------------------------------------------------------------------------


def post_period(cast: Cast, **told: str) -> Any:
    fields = {"first": "01.07.2026", "last": "03.07.2026", "kind": "off", **told}
    return enter(cast.maria).post(f"{year_of(cast)}period/", {f"period-{name}": it for name, it in fields.items()})


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


# --- the week -------------------------------------------------------------------------------------------------------


def post_week(cast: Cast, address: str = "", **told: str) -> Any:
    fields = {f"day_{number}": "9:00–13:00, 14:00–18:00" for number in range(5)} | {"zone": "Asia/Yekaterinburg"}
    told.setdefault("seen", editing.fingerprint(cast.calendar.draft() or cast.calendar.current()))
    data = {"seen": told.pop("seen")} | {f"week-{name}": it for name, it in (fields | told).items()}
    return enter(cast.maria).post(address or f"{year_of(cast)}week/", data)


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


# --- filling a year -------------------------------------------------------------------------------------------------


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


CHANGED = "Календарь тем временем изменили, поэтому ничего не сохранено."


def test_days_that_somebody_edited_after_the_preview_are_not_replaced(cast: Cast) -> None:
    address = f"{year_of(cast)}fill/"
    seen = seen_by(cast.maria, address)
    post_day(cast, kind="off", name="Переезд")
    response = enter(cast.maria).post(address, {"apply": "1", "seen": seen})
    assert response.status_code == 409
    assert CHANGED in words(response)
    assert plan_of(draft_of(cast)) == {MAY_8: PlannedDay((), "Переезд")}


# --- the draft ------------------------------------------------------------------------------------------------------


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


# --- a new calendar -------------------------------------------------------------------------------------------------


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


# --- the year that is missing ---------------------------------------------------------------------------------------

MISSING = "Календарь «Пятидневка» на 2027 год не заполнен."
COMING = f"{MISSING} Сроки, которые доходят до него, считаются по обычной неделе."
BEGUN = "Календарь «Пятидневка» на 2027 год не заполнен, а год уже идёт: сроки считаются по обычной неделе"


def test_from_november_the_pages_say_that_next_year_is_missing(cast: Cast) -> None:
    new_calendar_version(cast.calendar, {date(2026, 6, 12): []})
    pages = [LIST, year_of(cast), QUEUE]
    for page in pages:
        assert "не заполнен" not in words(enter(cast.maria).get(page)), page
    with time_machine.travel(moment("2026-11-01 00:00"), tick=False):
        for page in pages:
            html = words(enter(cast.maria).get(page))
            assert COMING in html, page
            assert f'href="{year_of(cast, 2027)}"' in html, page
        assert MISSING not in words(enter(cast.elena).get(QUEUE))


def test_a_year_that_has_begun_unfilled_is_said_on_every_page(cast: Cast) -> None:
    new_calendar_version(cast.calendar, {date(2026, 6, 12): []})
    with time_machine.travel(moment("2027-03-01 10:00"), tick=False):
        for page in (LIST, year_of(cast), QUEUE):
            html = words(enter(cast.maria).get(page))
            assert BEGUN in html, page
            assert f'href="{year_of(cast, 2027)}"' in html, page
    with time_machine.travel(moment("2027-11-01 00:00"), tick=False):
        html = words(enter(cast.maria).get(LIST))
        assert BEGUN in html
        assert "Календарь «Пятидневка» на 2028 год не заполнен." in html


def test_every_calendar_that_lacks_the_year_is_named(cast: Cast) -> None:
    make_level(make_calendar("Дежурные"), "Премиум")
    html = words(enter(cast.maria).get(QUEUE))
    assert "Календари «Дежурные», «Пятидневка» на 2026 год не заполнены, а год уже идёт" in html


def test_a_filled_year_is_not_missing(cast: Cast) -> None:
    new_calendar_version(cast.calendar, {date(2026, 6, 12): [], date(2027, 6, 14): []})
    with time_machine.travel(moment("2026-12-31 23:55"), tick=False):
        assert "не заполнен" not in words(enter(cast.maria).get(LIST))


def test_the_queue_of_a_manager_costs_ten_queries_at_most_in_november(cast: Cast) -> None:
    client = enter(cast.maria)
    with time_machine.travel(moment("2026-11-23 10:00"), tick=False):
        client.get(QUEUE)
    with time_machine.travel(moment("2026-11-23 10:00") + timedelta(minutes=1), tick=False):
        with CaptureQueriesContext(connection) as queries:
            client.get(QUEUE)
        assert len(queries) <= 10
