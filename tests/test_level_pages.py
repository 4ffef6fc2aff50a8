"""The pages of levels: terms that are typed, what they would mean, the draft and its publishing; who may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.roles import Role
from sla import editing, level_editing
from sla.models import LevelVersion, ReactionTerm, SupportLevel
from tests.cast import Cast, file_ticket, make_customer, make_person, moment, new_calendar_version, new_level_version
from tests.staff_pages import enter, words

NOW = moment("2026-11-25 10:30")
LIST = "/admin/sla/supportlevel/"
PREVIEW = f"{LIST}preview/"
VERBS = ("about", "internal", "discard")


@pytest.fixture(autouse=True)
def on_a_wednesday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def level_page(cast: Cast) -> str:
    return f"{LIST}{cast.standard.pk}/"


def typed(cast: Cast, **told: str) -> dict[str, str]:
    return {"base": "4 ч", "calendar": str(cast.calendar.pk), "valid_from": ""} | told


def seen_by(cast: Cast) -> dict[str, str]:
    """What the page tells its forms about the version that it shows."""
    html = words(enter(cast.maria).get(level_page(cast)))
    return {"seen": re.findall(r'name="seen" value="(\w+)"', html)[0]}


def post(cast: Cast, button: str = "publish", address: str = "", **told: str) -> Any:
    """A page is opened, filled in and posted."""
    return enter(cast.maria).post(address or level_page(cast), {**seen_by(cast), **typed(cast, **told), button: "1"})


def after(cast: Cast, **told: str) -> str:
    """The page to which publishing leads, with the words of what has happened."""
    data = {**seen_by(cast), **typed(cast, **told), "publish": "1"}
    return words(enter(cast.maria).post(level_page(cast), data, follow=True))


def discard(cast: Cast) -> Any:
    return enter(cast.maria).post(f"{level_page(cast)}discard/", seen_by(cast))


def draft_for(cast: Cast) -> LevelVersion:
    return level_editing.keep_terms(cast.standard, level_editing.Terms(cast.calendar, 60))


def rows() -> tuple[int, int, int]:
    return SupportLevel.objects.count(), LevelVersion.objects.count(), ReactionTerm.objects.count()


# --- who may --------------------------------------------------------------------------------------------------------


def addresses(cast: Cast) -> list[str]:
    return [LIST, f"{LIST}add/", level_page(cast), PREVIEW]


def test_a_manager_and_an_administrator_open_every_page(cast: Cast, boss: User) -> None:
    for person in (cast.maria, boss):
        for address in addresses(cast):
            assert enter(person).get(address).status_code == 200, address


def test_who_does_not_manage_the_service_is_refused_everywhere(cast: Cast) -> None:
    draft_for(cast)
    before = rows()
    auditor = make_person("Аудиторов А. А.", "audit@desk.example", Role.AUDITOR)
    for person in (cast.elena, cast.oleg, cast.sergey, auditor, cast.anna.user):
        client = enter(person)
        for address in addresses(cast):
            assert client.get(address).status_code == 403, address
        for address in (level_page(cast), f"{LIST}add/", *(f"{level_page(cast)}{verb}/" for verb in VERBS)):
            assert (
                client.post(address, typed(cast, name="Х") | {"publish": "1", "about-name": "Х"}).status_code == 403
            ), address
    assert rows() == before
    cast.standard.refresh_from_db()
    assert (cast.standard.name, cast.standard.is_internal_default) == ("Стандарт", False)


def test_a_stranger_is_asked_to_sign_in(cast: Cast) -> None:
    for address in addresses(cast):
        response = Client().get(address)
        assert response.status_code == 302, address
        assert response["Location"].startswith("/accounts/login/")


def test_looking_writes_nothing(cast: Cast) -> None:
    before = rows()
    client = enter(cast.maria)
    for address in addresses(cast):
        client.get(address, typed(cast))
    client.post(level_page(cast), typed(cast, base="1 ч") | {"show": "1"})
    assert rows() == before


@pytest.mark.parametrize("verb", VERBS)
def test_what_changes_something_is_no_link(cast: Cast, verb: str) -> None:
    assert enter(cast.maria).get(f"{level_page(cast)}{verb}/").status_code == 405


def test_a_level_that_does_not_exist_is_no_error(cast: Cast) -> None:
    for address in (f"{LIST}999999/", f"{LIST}999999/change/"):
        assert enter(cast.maria).get(address).status_code in {302, 404}


def test_the_stock_page_of_a_level_leads_to_ours(cast: Cast) -> None:
    assert enter(cast.maria).get(f"{level_page(cast)}change/")["Location"] == level_page(cast)


# --- the terms ------------------------------------------------------------------------------------------------------


@pytest.mark.clause("3.6.2")
def test_published_terms_are_for_new_requests_and_open_ones_keep_theirs(cast: Cast) -> None:
    before = file_ticket(cast.anna, at=NOW)
    response = post(cast, base="2 ч", critical="30 мин", low="2")
    assert response["Location"] == level_page(cast)
    version = cast.standard.version_at(NOW)
    assert (version.base_minutes, version.by_criticality) == (120, {"critical": 30})
    after = file_ticket(cast.anna, at=NOW)
    kept = before.due_at
    before.refresh_from_db()
    assert before.due_at == kept == moment("2026-11-25 15:30")
    assert after.due_at == moment("2026-11-25 12:30")
    html = words(enter(cast.maria).get(level_page(cast)))
    assert "Новые заявки — по новой версии; открытые сохраняют обещанное." in html
    assert "2 (действует с 25 ноября 2026 г.): 2 рабочих часа; критическая: 30 мин рабочего времени" in html


def test_a_draft_is_kept_and_changed_and_published_later(cast: Cast) -> None:
    post(cast, "keep", base="3 ч")
    post(cast, "keep", base="2 ч", high="1 ч", valid_from="01.12.2026")
    draft = cast.standard.draft()
    assert draft
    assert (draft.number, draft.base_minutes, draft.valid_from_date) == (2, 120, date(2026, 12, 1))
    html = words(enter(cast.maria).get(level_page(cast)))
    for said in ("В форме — черновик.", 'value="2 ч"', 'value="1 ч"', 'value="01.12.2026"'):
        assert said in html
    assert cast.standard.version_at(moment("2026-12-01 00:00")).base_minutes == 240
    post(cast, base="2 ч", valid_from="01.12.2026")
    assert cast.standard.version_at(moment("2026-11-30 23:59")).base_minutes == 240
    assert cast.standard.version_at(moment("2026-12-01 00:00")).base_minutes == 120


def test_a_discarded_draft_leaves_what_was_published(cast: Cast) -> None:
    post(cast, "keep", base="3 ч")
    assert "Отменить это нельзя." in words(enter(cast.maria).get(level_page(cast)))
    for _time in range(2):
        assert discard(cast)["Location"] == level_page(cast)
    assert cast.standard.draft() is None
    assert cast.standard.versions.count() == 1


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"base": ""}, "Введите срок реакции, например 4 ч"),
        ({"base": "скоро"}, "Не получилось прочитать «скоро»"),
        ({"base": "0"}, "Срок реакции — не меньше 1 рабочей минуты"),
        ({"base": "1000 ч"}, "Срок реакции — не больше 999 рабочих часов"),
        ({"critical": "-1"}, "Не получилось прочитать «-1»"),
        ({"calendar": ""}, "Выберите календарь"),
        ({"calendar": "x"}, "Выберите опубликованный календарь"),
        ({"valid_from": "24.11.2026"}, "Дата 24.11.2026 уже прошла"),
        ({"valid_from": "завтра"}, "Введите дату как день.месяц.год"),
    ],
)
def test_bad_terms_are_refused_with_a_sentence_and_nothing_is_written(
    cast: Cast, told: dict[str, str], said: str
) -> None:
    before = rows()
    for button in ("keep", "publish", "show"):
        response = post(cast, button, **told)
        assert response.status_code == 422
        assert said in words(response)
    assert rows() == before


def test_no_term_is_counted_by_a_draft_of_a_calendar(cast: Cast) -> None:
    fresh = editing.create_calendar("Дежурные", zone="Europe/Moscow", week={0: ((540, 780),)})
    assert f'value="{fresh.pk}">Дежурные' not in words(enter(cast.maria).get(level_page(cast)))
    response = post(cast, calendar=str(fresh.pk))
    assert response.status_code == 422
    assert "Выберите опубликованный календарь" in words(response)


# --- what they mean -------------------------------------------------------------------------------------------------


def test_the_page_opens_with_the_example_of_the_current_terms(cast: Cast) -> None:
    html = words(enter(cast.maria).get(level_page(cast)))
    assert "Заявка, поданная в пт в 17:30, получит срок: пн, до 12:30" in html


def test_the_example_follows_what_is_typed_and_is_a_piece_of_the_page(cast: Cast) -> None:
    response = enter(cast.maria).get(PREVIEW, typed(cast, base="30 мин", critical="1:30"))
    html = words(response)
    assert "Заявка, поданная в пт в 17:30, получит срок: пт, до 18:00" in html
    assert "Критичность «критическая»: пн, до 10:00" in html
    assert "<html" not in html


def test_the_example_is_counted_by_the_newest_published_version(cast: Cast) -> None:
    new_calendar_version(cast.calendar, {date(2026, 11, 30): []})
    assert "получит срок: вт, до 12:30" in words(enter(cast.maria).get(PREVIEW, typed(cast)))
    new_calendar_version(cast.calendar, {date(2026, 12, 1): []}, published_at=None)
    assert "получит срок: вт, до 12:30" in words(enter(cast.maria).get(PREVIEW, typed(cast)))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "Введите срок реакции"),
        ({"base": "<b>x</b>", "calendar": "{pk}"}, "Не получилось прочитать «&lt;b&gt;x&lt;/b&gt;»"),
        ({"base": "4 ч", "calendar": "0"}, "Выберите опубликованный календарь"),
        ({"base": "4 ч", "calendar": "9" * 30}, "Выберите опубликованный календарь"),
    ],
)
def test_the_example_of_bad_terms_is_a_sentence(cast: Cast, told: dict[str, str], said: str) -> None:
    data = {name: value.format(pk=cast.calendar.pk) for name, value in told.items()}
    response = enter(cast.maria).get(PREVIEW, data)
    assert response.status_code == 200
    assert said in response.content.decode().replace("\u00a0", " ")


def test_where_the_fields_tell_the_errors_the_example_does_not_repeat_them(cast: Cast) -> None:
    html = words(post(cast, "publish", base="скоро"))
    assert "Исправьте срок — здесь появится пример." in html
    assert html.count("Не получилось прочитать «скоро»") == 2, "in the summary and beside the field"


def test_without_scripts_the_button_shows_the_example(cast: Cast) -> None:
    response = post(cast, "show", base="30 мин")
    assert response.status_code == 200
    assert "получит срок: пт, до 18:00" in words(response)
    assert 'value="30 мин"' in words(response)


# --- a new level and its offer --------------------------------------------------------------------------------------


def test_a_new_level_is_made_with_its_terms_and_published(cast: Cast) -> None:
    response = post(cast, "publish", f"{LIST}add/", name=" Премиум ", base="1 ч", critical="30 мин")
    level = SupportLevel.objects.get(name="Премиум")
    assert response["Location"] == f"{LIST}{level.pk}/"
    assert level.version_at(NOW).by_criticality == {"critical": 30}


def test_a_new_level_may_wait_as_a_draft_and_goes_with_it(cast: Cast) -> None:
    post(cast, "keep", f"{LIST}add/", name="Премиум", base="1 ч")
    level = SupportLevel.objects.get(name="Премиум")
    assert level.draft()
    assert "Премиум" in words(enter(cast.maria).get(LIST))
    html = words(enter(cast.maria).get(f"{LIST}{level.pk}/"))
    assert "Уровень ещё не публиковали: уровень удаляется вместе с черновиком." in html
    assert "по опубликованной версии" not in html
    told = {"seen": level_editing.fingerprint(level.draft())}
    assert enter(cast.maria).post(f"{LIST}{level.pk}/discard/", told)["Location"] == LIST
    assert not SupportLevel.objects.filter(name="Премиум").exists()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"name": ""}, "Дайте уровню название"),
        ({"name": "Стандарт"}, "Уровень с названием «Стандарт» уже есть"),
        ({"name": "Премиум", "base": "x"}, "Не получилось прочитать «x»"),
    ],
)
def test_a_bad_new_level_is_refused_with_a_sentence(cast: Cast, told: dict[str, str], said: str) -> None:
    before = rows()
    response = post(cast, "publish", f"{LIST}add/", **told)
    assert response.status_code == 422
    assert said in words(response)
    assert rows() == before


def describe(cast: Cast, name: str = "Стандарт", until: str = "") -> Any:
    return enter(cast.maria).post(f"{level_page(cast)}about/", {"about-name": name, "about-until": until})


def test_a_level_is_offered_until_a_day(cast: Cast) -> None:
    assert describe(cast, until="31.12.2026").status_code == 302
    assert SupportLevel.objects.get(pk=cast.standard.pk).offered_until_date == date(2026, 12, 31)
    assert "31 декабря 2026 г." in words(enter(cast.maria).get(LIST))
    refused = describe(cast, until="когда-нибудь")
    assert refused.status_code == 422
    assert "Введите дату как день.месяц.год" in words(refused)
    describe(cast)
    assert SupportLevel.objects.get(pk=cast.standard.pk).offered_until_date is None


def test_the_name_of_a_level_is_corrected(cast: Cast) -> None:
    assert describe(cast, " Стандартный  уровень ").status_code == 302
    assert SupportLevel.objects.get(pk=cast.standard.pk).name == "Стандартный уровень"
    for name, said in (("", "Дайте уровню название"), ("Без договора", "Уровень с названием «Без договора» уже есть")):
        refused = describe(cast, name)
        assert refused.status_code == 422
        assert said in words(refused)
    assert SupportLevel.objects.get(pk=cast.standard.pk).name == "Стандартный уровень"


# --- the internal level ---------------------------------------------------------------------------------------------


@pytest.mark.clause("3.6.2")
def test_a_manager_chooses_the_level_of_requests_without_a_contract(cast: Cast) -> None:
    SupportLevel.objects.update(is_internal_default=False)
    cast.reis.contracts.all().delete()
    cast.oil.contracts.all().delete()
    assert file_ticket(cast.anna, at=NOW).due_at is None
    address = f"{level_page(cast)}internal/"
    assert f'action="{address}"' in words(enter(cast.maria).get(level_page(cast)))
    html = words(enter(cast.maria).post(address, follow=True))
    ticket = file_ticket(cast.anna, at=NOW)
    assert (ticket.due_at, ticket.is_term_promised) == (moment("2026-11-25 15:30"), False)
    assert "Новые заявки без действующего договора пойдут по этому уровню." in html
    assert f'action="{address}"' not in html


def test_a_level_that_is_sold_does_not_become_the_internal_one(cast: Cast) -> None:
    response = enter(cast.maria).post(f"{level_page(cast)}internal/")
    assert response.status_code == 422
    assert "Уровень «Стандарт» стоит в договорах" in words(response)
    assert f'action="{level_page(cast)}"' in words(response), "the terms are not sent to where the refusal came from"
    assert SupportLevel.objects.get(is_internal_default=True).name == "Без договора"


# --- a planned version ----------------------------------------------------------------------------------------------


def test_a_planned_version_is_announced_and_the_list_shows_the_term_of_today(cast: Cast) -> None:
    html = after(cast, base="2 ч", valid_from="01.01.2027")
    for said in (
        "Опубликовано. Новая версия вступит в силу 1 января 2027 г.",
        "Версия 2 вступит в силу 1 января 2027 г.<",
        "2 (вступит в силу 1 января 2027 г.): 2 рабочих часа",
        "1 (действует с 1 января 2025 г.): 4 рабочих часа",
        'value="01.01.2027"',
    ):
        assert said in html
    assert "4 рабочих часа" in words(enter(cast.maria).get(LIST))
    assert "2 рабочих часа" not in words(enter(cast.maria).get(LIST))


def test_who_replaces_a_planned_version_is_told_so(cast: Cast) -> None:
    post(cast, base="2 ч", valid_from="01.01.2027")
    html = after(cast, base="3 ч")
    assert "Версия 2 заменена раньше своего дня и в силу не вступит." in html
    for said in ("3 (действует с 25 ноября 2026 г.)", "2 (заменена)", "1 (заменена)"):
        assert said in html
    assert "вступит в силу 1 января" not in html


def test_a_planned_version_stays_when_a_later_one_is_published(cast: Cast) -> None:
    post(cast, base="2 ч", valid_from="01.01.2027")
    html = after(cast, base="3 ч", valid_from="01.02.2027")
    assert "Версия 2 заменена" not in html
    assert "2 (вступит в силу 1 января 2027 г.)" in html


# --- two who edit at once -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("button", ["keep", "publish"])
def test_terms_that_somebody_else_has_kept_meanwhile_are_not_lost(cast: Cast, button: str) -> None:
    opened = seen_by(cast)
    post(cast, "keep", base="3 ч")
    response = enter(cast.maria).post(level_page(cast), {**typed(cast, base="1 ч"), **opened, button: "1"})
    assert response.status_code == 409
    html = words(response)
    assert "Уровень тем временем изменили, поэтому ничего не сохранено." in html
    assert 'value="1 ч"' in html, "what was typed stays"
    assert "2 (черновик): 3 рабочих часа" in html, "and what the other one kept stands beside it"
    draft = cast.standard.draft()
    assert draft
    assert draft.base_minutes == 180
    assert post(cast, button, base="1 ч").status_code == 302, "who has looked at it may go on"


def test_showing_the_example_does_not_forget_what_was_seen(cast: Cast) -> None:
    opened = seen_by(cast)
    post(cast, "keep", base="3 ч")
    html = words(enter(cast.maria).post(level_page(cast), {**typed(cast), **opened, "show": "1"}))
    assert f'name="seen" value="{opened["seen"]}"' in html


def test_a_draft_that_was_changed_meanwhile_is_not_discarded(cast: Cast) -> None:
    draft_for(cast)
    opened = seen_by(cast)
    post(cast, "keep", base="3 ч")
    response = enter(cast.maria).post(f"{level_page(cast)}discard/", opened)
    assert response.status_code == 409
    assert "Уровень тем временем изменили" in words(response)
    assert cast.standard.draft()


def test_a_draft_of_a_level_that_stands_in_contracts_is_kept_with_a_sentence(cast: Cast) -> None:
    level = level_editing.create_level("Премиум", level_editing.Terms(cast.calendar, 60)).level
    make_customer("ООО «Новый»", level)
    told = {"seen": level_editing.fingerprint(level.draft())}
    response = enter(cast.maria).post(f"{LIST}{level.pk}/discard/", told)
    assert response.status_code == 422
    assert "Уровень «Премиум» стоит в договорах" in words(response)
    assert level.draft()


# --- the cost -------------------------------------------------------------------------------------------------------


def test_twenty_versions_cost_as_many_queries_as_one(cast: Cast) -> None:
    client = enter(cast.maria)

    def cost() -> int:
        client.get(level_page(cast))
        with CaptureQueriesContext(connection) as queries:
            client.get(level_page(cast))
        return len(queries)

    few = cost()
    for number in range(20):
        new_level_version(cast.standard, critical=60 + number)
    assert cost() <= few + 1  # the terms of single criticalities, which the first version has none of
    assert few <= 14


def test_the_page_obeys_the_strict_policy(cast: Cast) -> None:
    draft_for(cast)
    html = enter(cast.maria).get(level_page(cast)).content.decode()
    assert not re.search(r"<[^>]+\sstyle\s*=", html)
    assert not re.search(r"<[^>]+\son[a-z]+\s*=", html)
    ids = re.findall(r'\sid="([^"]*)"', html)
    assert len(ids) == len(set(ids))
