"""The year of a calendar: who may open it, the grid, the norm beside it, years that are missing, the cost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.roles import Role
from sla import editing
from sla.models import CalendarDay
from sla.year_plan import official_plan
from tests.calendars.pages import LIST, MAY_8, NOW, QUEUE, SHORT, WEEK, rows, year_of
from tests.cast import PASSWORD, Cast, make_calendar, make_level, make_person, moment, new_calendar_version
from tests.staff_pages import enter, words

# --- who may ----------------------------------------------------------------------------------------------------------


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


# --- the grid ---------------------------------------------------------------------------------------------------------


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


# --- the year that is missing -----------------------------------------------------------------------------------------

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
