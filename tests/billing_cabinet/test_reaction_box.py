"""«Ожидаемая реакция» of the new form, and the address that tells it for the criticality that is being chosen."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from customers.models import Contract, Membership
from sla.models import LevelVersion, SupportLevel
from tests.billing_cabinet.pages import NEW, enter, told, travel
from tests.cast import MONDAY_TEN, Cast, file_ticket, make_calendar, make_person, moment, new_level_version
from tickets import workflow

BOX = "/cabinet/tickets/new/reaction/"
SUNDAY = moment("2026-11-22 18:40")
LAST = (
    "Реакция — это начало обработки. "
    "Срок решения зависит от критичности, сложности и необходимости передать вопрос в разработку."
)


def said(response: Any) -> list[str]:
    """The sentences of the answer, in order."""
    assert response.status_code == 200
    text = unescape(response.content.decode()).replace("\u00a0", " ")
    paragraphs = re.findall(r"<p.*?>(.*?)</p>", text, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", "", each).split()) for each in paragraphs]


def asked(who: Membership, criticality: str = "high", *, language: str = "ru") -> list[str]:
    return said(enter(who, language=language).get(BOX, {"criticality": criticality}))


@pytest.mark.clause("3.5b.2")
@pytest.mark.clause("3.5b.3")
@pytest.mark.clause("3.6.2")
def test_on_sunday_evening_four_working_hours_end_on_monday_at_one(cast: Cast) -> None:
    with travel(SUNDAY):
        assert asked(cast.anna) == [
            "Ожидаемая реакция: пн, 23 ноября, до 13:00",
            "Уровень «Стандарт»: 4 рабочих часа. Работаем пн–пт 9:00–18:00, перерыв 13:00–14:00 (Оренбург, UTC+5).",
            "Сейчас нерабочее время. Отсчёт начнётся: пн, 23 ноября, 9:00.",
            LAST,
        ]


@pytest.mark.clause("3.5b.2")
def test_on_friday_at_half_past_five_they_end_on_monday_at_half_past_twelve(cast: Cast) -> None:
    with travel(moment("2026-11-27 17:30")):
        first, _level, last = asked(cast.anna)
    assert first == "Ожидаемая реакция: пн, 30 ноября, до 12:30"
    assert last == LAST


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-23 13:00", "пн, 23 ноября, 14:00"),  # the break
        ("2026-11-23 18:00", "вт, 24 ноября, 9:00"),  # the closing moment
        ("2026-11-23 08:59", "пн, 23 ноября, 9:00"),
        ("2026-12-31 23:55", "пт, 1 января 2027 г., 9:00"),  # by the ordinary week: no calendar is filled
    ],
)
def test_while_support_is_closed_it_says_when_the_clock_starts(cast: Cast, at: str, opens: str) -> None:
    with travel(moment(at)):
        assert f"Сейчас нерабочее время. Отсчёт начнётся: {opens}." in asked(cast.anna)


@pytest.mark.clause("3.6.4")
@pytest.mark.clause("3.6.5")
def test_of_a_critical_request_it_says_that_it_may_go_out_of_turn_and_whom_to_call(cast: Cast) -> None:
    words = "Критическую заявку можем взять вне очереди. Если сервисы стоят, позвоните: 8-3532-373-233"
    assert asked(cast.anna, "critical")[-2:] == [words, LAST]
    for other in ("high", "medium", "low"):
        assert words not in asked(cast.anna, other)


@pytest.mark.clause("3.6.2")
def test_each_criticality_gets_its_own_term(cast: Cast) -> None:
    new_level_version(cast.standard, critical=30, low=600)
    first, level, *_rest = asked(cast.anna, "critical")
    assert first == "Ожидаемая реакция: пн, 23 ноября, до 10:30"
    assert level.startswith("Уровень «Стандарт»: 30 мин рабочего времени. Работаем ")
    first, level, *_rest = asked(cast.anna, "low")
    assert first == "Ожидаемая реакция: вт, 24 ноября, до 12:00"
    assert level.startswith("Уровень «Стандарт»: 10 рабочих часов. Работаем ")


def test_before_a_criticality_is_chosen_it_asks_for_one(cast: Cast) -> None:
    first, level, *_rest, last = asked(cast.anna, "")
    assert first == "Выберите критичность, и мы покажем срок реакции."
    assert level.startswith("Уровень «Стандарт»: 4 рабочих часа.")
    assert last == LAST
    new_level_version(cast.standard, critical=30)
    assert asked(cast.anna, "")[1].startswith("Уровень «Стандарт». Работаем пн–пт")


def test_it_speaks_the_readers_language(cast: Cast) -> None:
    first, level, *_rest = asked(cast.anna, language="en")
    assert first == "Expected reaction: Mon, 23 November, by 15:00"
    assert level.endswith("We work Mon–Fri 9:00–18:00, break 13:00–14:00 (Orenburg, UTC+5).")


class TestOfTheUsual:
    """3.8.1: how soon it was of late; no obligation."""

    def react(self, cast: Cast, count: int, after: timedelta) -> None:
        for _n in range(count):
            workflow.take(file_ticket(cast.clara), by=cast.elena, at=MONDAY_TEN + after)

    @pytest.mark.clause("3.8.1")
    def test_it_is_told_with_the_word_that_it_is_no_obligation(self, cast: Cast) -> None:
        self.react(cast, 8, timedelta(minutes=25))
        self.react(cast, 2, timedelta(hours=2, minutes=10))
        with travel(MONDAY_TEN + timedelta(hours=6)):
            words = asked(cast.anna)
        assert words[2] == (
            "Обычная реакция за последние 30 рабочих дней: половина заявок вашего уровня — до 25 мин рабочего времени, "
            "девять из десяти — до 2 ч 10 мин. Это не обязательство."
        )

    def test_it_is_not_told_of_nine_requests(self, cast: Cast) -> None:
        self.react(cast, 9, timedelta(minutes=25))
        with travel(MONDAY_TEN + timedelta(hours=6)):
            assert len(asked(cast.anna)) == 3

    def test_it_is_not_told_to_whom_no_term_is_promised(self, cast: Cast) -> None:
        self.react(cast, 10, timedelta(minutes=25))
        Contract.objects.filter(customer=cast.reis).delete()
        with travel(MONDAY_TEN + timedelta(hours=6)):
            assert not any("30 рабочих дней" in words for words in asked(cast.anna))


@pytest.mark.parametrize("criticality", ["", "critical", "high", "medium", "low"])
def test_without_a_contract_no_term_is_named(cast: Cast, criticality: str) -> None:
    Contract.objects.filter(customer=cast.reis).update(ends_date=date(2026, 1, 1))
    words = asked(cast.anna, criticality)
    assert words[0] == "Срок реакции сообщим, когда проверим договор."
    assert words[-1] == LAST
    assert not any(term in " ".join(words) for term in ("рабочих час", "Стандарт", "Без договора", "ноября", ":00"))


def test_in_the_grace_days_of_a_contract_its_term_is_named(cast: Cast) -> None:
    Contract.objects.filter(customer=cast.reis).update(ends_date=date(2026, 11, 1))
    assert asked(cast.anna)[0] == "Ожидаемая реакция: пн, 23 ноября, до 15:00"


def test_a_calendar_without_hours_costs_the_term_and_not_the_box(cast: Cast) -> None:
    empty = SupportLevel.objects.create(name="Пустой")
    calendar = make_calendar("Пустой")
    version = calendar.versions.create(number=2)
    version.published_at = moment("2025-02-01 00:00")
    version.save()
    LevelVersion.objects.create(
        level=empty, number=1, calendar=calendar, base_minutes=60, published_at=moment("2025-02-01 00:00")
    )
    Contract.objects.filter(customer=cast.reis).update(level=empty)
    assert asked(cast.anna)[0] == "Срок реакции сообщим, когда проверим договор."
    for page in ("/cabinet/", NEW, "/cabinet/support/", "/cabinet/working-days/"):
        assert enter(cast.anna).get(page).status_code == 200


class TestDoor:
    @pytest.mark.parametrize("code", ["urgent", "CRITICAL", "critical ", "<b>", "0", "критическая"])
    def test_an_unknown_criticality_is_refused_with_what_is_known(self, cast: Cast, code: str) -> None:
        response = enter(cast.anna).get(BOX, {"criticality": code})
        assert response.status_code == 422
        words = response.content.decode()
        assert "Choose one of: critical, high, medium, low." in words
        assert "<b>" not in words

    def test_it_is_never_kept(self, cast: Cast) -> None:
        kept = enter(cast.anna).get(BOX)["Cache-Control"]
        assert "no-store" in kept and "private" in kept

    def test_it_is_for_who_has_signed_in(self, cast: Cast) -> None:
        response = Client().get(BOX, {"criticality": "high"})
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/")

    def test_another_organisations_place_is_as_if_there_were_none(self, cast: Cast) -> None:
        Contract.objects.filter(customer=cast.oil).delete()
        client = enter(cast.anna)
        assert client.get(BOX, {"membership": str(cast.clara.pk)}).status_code == 404
        assert client.get(BOX, {"membership": "x"}).status_code == 404
        assert said(client.get(BOX, {"membership": str(cast.anna.pk), "criticality": "high"}))[0].startswith("Expected")

    def test_of_two_organisations_it_speaks_of_the_forms(self, cast: Cast) -> None:
        Contract.objects.filter(customer=cast.oil).delete()
        second = Membership.objects.create(user=cast.anna.user, customer=cast.oil, role="member")
        client = enter(cast.anna)
        there = said(client.get(BOX, {"membership": str(second.pk), "criticality": "high"}))
        assert there[0] == "We will tell the reaction term when we have checked the contract."
        here = said(client.get(BOX, {"membership": str(cast.anna.pk), "criticality": "high"}))
        assert here[0].startswith("Expected reaction")
        page = client.get(f"{NEW}?membership={second.pk}").content.decode()
        assert f'data-reaction="{BOX}?membership={second.pk}"' in page

    def test_an_observer_files_nothing_and_is_told_so(self, cast: Cast) -> None:
        person = make_person("Смотрова Софья Сергеевна", "look@reis.example")
        observer = Membership.objects.create(user=person, customer=cast.reis, role="observer", sees_all=True)
        assert enter(observer).get(BOX).status_code == 403

    def test_of_no_organisation_nothing_is_told(self, cast: Cast) -> None:
        assert enter(make_person("Странников Пётр Ильич", "stray@new.example")).get(BOX).status_code == 403

    def test_staff_are_led_to_their_own_pages(self, cast: Cast) -> None:
        assert enter(cast.elena).get(BOX)["Location"] == "/admin/"

    def test_it_is_only_read(self, cast: Cast) -> None:
        assert enter(cast.anna).post(BOX).status_code == 405


class TestOnTheForm:
    def test_the_page_has_the_very_words_of_the_address(self, cast: Cast) -> None:
        client = enter(cast.anna)
        assert client.get(BOX).content.decode().strip() in client.get(NEW).content.decode()

    def test_a_refused_form_keeps_the_box_of_its_criticality(self, cast: Cast) -> None:
        client = enter(cast.anna)
        page = client.post(NEW, told(subject="", criticality="critical")).content.decode()
        assert client.get(BOX, {"criticality": "critical"}).content.decode().strip() in page
        assert 'data-chosen="critical"' in page

    def test_a_forged_criticality_is_none(self, cast: Cast) -> None:
        page = enter(cast.anna).post(NEW, told(criticality="urgent"))
        assert page.status_code == 422
        assert page.context["reaction"].criticality == ""

    def test_without_javascript_each_criticality_has_its_line(self, cast: Cast) -> None:
        page = enter(cast.anna, language="ru").get(NEW).content.decode().replace("\u00a0", " ")
        without = page.partition("<noscript>")[2].partition("</noscript>")[0]
        assert without.count("пн, 23 ноября, до 15:00") == 4
        for label in ("Критическая", "Высокая", "Средняя", "Низкая"):
            assert f"<dt>{label}</dt>" in without

    def test_without_a_contract_there_is_no_line_even_without_javascript(self, cast: Cast) -> None:
        Contract.objects.all().delete()
        assert "<noscript>" not in enter(cast.anna).get(NEW).content.decode()
