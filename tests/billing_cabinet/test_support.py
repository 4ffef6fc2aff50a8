"""«Договор и поддержка», and the year of working days: what the organisation is served by."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.test import Client

from customers.models import Contract, Membership
from sla.models import BusinessCalendar, CalendarVersion, SupportLevel, WorkingHours
from tests.billing_cabinet.pages import enter, text_of, travel
from tests.cast import (
    MONDAY_TEN,
    Cast,
    file_ticket,
    make_level,
    make_person,
    moment,
    new_calendar_version,
    new_level_version,
)
from tickets import workflow

SUPPORT, DAYS = "/cabinet/support/", "/cabinet/working-days/"


def support(cast: Cast) -> str:
    return text_of(enter(cast.anna, language="ru").get(SUPPORT))


class TestSupport:
    @pytest.mark.clause("3.6.2")
    def test_it_says_level_terms_hours_and_contract(self, cast: Cast) -> None:
        page = support(cast)
        assert f"Договор № {cast.reis.pk}/2026, действует до 31 декабря 2027 г." in page
        assert "Организация ООО «Рейс» ИНН 5610000001 Уровень поддержки Стандарт" in page
        assert "пн–пт 9:00–18:00, перерыв 13:00–14:00 (Оренбург, UTC+5)" in page
        assert page.count("4 рабочих часа") == 4
        assert "После окончания договора его срок реакции действует ещё 30 дней." in page

    @pytest.mark.clause("3.6.2")
    def test_each_criticality_stands_with_its_meaning_and_its_term(self, cast: Cast) -> None:
        new_level_version(cast.standard, critical=30, low=600)
        page = support(cast)
        assert "Критическая Не работают основные сервисы 30 мин рабочего времени" in page
        assert "Высокая Работа сильно затруднена, обходного пути нет 4 рабочих часа" in page
        assert "Низкая Вопрос или консультация 10 рабочих часов" in page

    @pytest.mark.clause("3.7.1")
    @pytest.mark.clause("3.5b.3")
    def test_no_time_of_solution_is_promised(self, cast: Cast) -> None:
        page = support(cast)
        assert "Реакция — это начало обработки." in page
        assert "Срок решения зависит от критичности, сложности и необходимости передать вопрос в разработку." in page
        assert "Гарантировать время решения мы не можем." in page

    @pytest.mark.clause("3.5b.1")
    def test_requests_are_taken_round_the_clock_and_only_working_time_counts(self, cast: Cast) -> None:
        assert "Заявки принимаем круглосуточно. В срок реакции входит только рабочее время." in support(cast)

    @pytest.mark.clause("3.8.1")
    def test_the_usual_reaction_of_the_level_is_told_here_and_on_the_first_page(self, cast: Cast) -> None:
        for _n in range(10):
            workflow.take(file_ticket(cast.clara), by=cast.elena, at=MONDAY_TEN + timedelta(minutes=40))
        words = "половина заявок вашего уровня — до 40 мин рабочего времени, девять из десяти — до 40 мин."
        with travel(MONDAY_TEN + timedelta(hours=1)):
            client = enter(cast.anna, language="ru")
            for path in (SUPPORT, "/cabinet/"):
                assert f"{words} Это не обязательство." in text_of(client.get(path))

    def test_until_when_short_days_last_is_told_here_and_beside_the_year(self, cast: Cast) -> None:
        assert "Сокращённые дни" not in support(cast)
        new_calendar_version(cast.calendar, {date(2026, 12, 31): [(540, 780), (840, 1020)], date(2026, 6, 12): []})
        assert "Сокращённые дни: до 17:00" in support(cast)
        with travel(MONDAY_TEN):
            client = enter(cast.anna, language="ru")
            assert "Сокращённые дни: до 17:00" in text_of(client.get(DAYS))
            assert "Сокращённые дни" not in text_of(client.get(f"{DAYS}?year=2027"))

    def test_a_level_round_the_clock_says_so(self, cast: Cast) -> None:
        calendar = BusinessCalendar.objects.create(name="Всегда")
        CalendarVersion.objects.create(calendar=calendar, number=1, is_always_open=True, published_at=MONDAY_TEN)
        Contract.objects.filter(customer=cast.reis).update(level=make_level(calendar, "Премиум", 60))
        assert "круглосуточно (Оренбург, UTC+5)" in support(cast)
        with travel(MONDAY_TEN):
            page = text_of(enter(cast.anna, language="ru").get(f"{DAYS}?year=2027"))
        assert "365 рабочих дней" in page and "не заполнен" not in page

    def test_it_leads_to_the_working_days_and_is_led_to_from_every_page(self, cast: Cast) -> None:
        client = enter(cast.anna)
        assert f'href="{DAYS}"' in client.get(SUPPORT).content.decode()
        for path in ("/cabinet/", "/cabinet/tickets/", DAYS):
            assert f'href="{SUPPORT}"' in client.get(path).content.decode()


class TestContract:
    def ends(self, cast: Cast, day: date, grace: int = 30) -> str:
        cast.reis.contracts.filter(pk=cast.reis.contracts.earliest("pk").pk).update(ends_date=day, grace_days=grace)
        return support(cast)

    @pytest.mark.parametrize(
        ("day", "words"),
        [
            (date(2026, 12, 23), "Договор заканчивается через 30 дней"),
            (date(2026, 12, 14), "Договор заканчивается через 21 день"),
            (date(2026, 11, 25), "Договор заканчивается через 2 дня"),
            (date(2026, 11, 23), "Договор заканчивается сегодня"),
        ],
    )
    def test_thirty_days_before_its_end_it_is_told(self, cast: Cast, day: date, words: str) -> None:
        page = self.ends(cast, day)
        kept = day + timedelta(days=30)
        assert f"{words} Срок реакции по договору действует до {kept.day} " in page

    def test_earlier_nothing_is_told(self, cast: Cast) -> None:
        assert "заканчивается" not in self.ends(cast, date(2026, 12, 24))

    def follow(self, cast: Cast, starts: date, ends: date, grace: int = 30) -> None:
        Contract.objects.create(
            customer=cast.reis, number="следующий", level=cast.standard, starts_date=starts, ends_date=ends,
            grace_days=grace,
        )  # fmt: skip

    def test_nothing_is_told_where_the_next_one_is_entered(self, cast: Cast) -> None:
        self.follow(cast, date(2026, 11, 25), date(2027, 11, 24))
        assert "заканчивается" not in self.ends(cast, date(2026, 11, 24))

    def test_it_is_told_where_the_next_one_begins_after_a_gap(self, cast: Cast) -> None:
        self.follow(cast, date(2026, 11, 26), date(2027, 11, 25))
        assert "Договор заканчивается через 1 день" in self.ends(cast, date(2026, 11, 24))

    def test_a_short_one_that_is_over_does_not_outrank_the_running_one(self, cast: Cast) -> None:
        self.follow(cast, date(2026, 10, 20), date(2026, 11, 20))
        page = support(cast)
        assert f"Договор № {cast.reis.contracts.order_by('pk')[0].number}, действует" in page
        assert "закончился" not in page

    def test_of_two_that_are_over_the_one_that_still_serves_is_told(self, cast: Cast) -> None:
        self.follow(cast, date(2026, 11, 2), date(2026, 11, 10), grace=0)
        assert "закончился 1 ноября 2026 г." in self.ends(cast, date(2026, 11, 1))

    def test_in_its_grace_days_the_term_stands_and_until_when(self, cast: Cast) -> None:
        page = self.ends(cast, date(2026, 11, 1))
        assert "закончился 1 ноября 2026 г. Срок реакции по договору действует до 1 декабря 2026 г." in page
        assert page.count("4 рабочих часа") == 4

    def test_without_grace_none_is_named(self, cast: Cast) -> None:
        assert "После окончания договора" not in self.ends(cast, date(2027, 12, 31), grace=0)

    def test_the_day_is_the_desks(self, cast: Cast) -> None:
        self.ends(cast, date(2026, 11, 23), grace=0)
        with travel(moment("2026-11-23 23:55")):
            assert "Договор заканчивается сегодня" in support(cast)
        with travel(moment("2026-11-24 00:05")):
            assert "Срок реакции сообщим, когда проверим договор." in support(cast)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_who_has_no_contract_gets_no_term_on_any_of_these_pages(cast: Cast, language: str) -> None:
    for _n in range(10):  # there is something usual to tell, to others
        workflow.take(file_ticket(cast.clara), by=cast.elena, at=MONDAY_TEN + timedelta(minutes=40))
    Contract.objects.filter(customer=cast.reis).delete()
    client = enter(cast.anna, language=language)
    with travel(MONDAY_TEN + timedelta(hours=1)):
        for path in (SUPPORT, DAYS, "/cabinet/"):
            page = text_of(client.get(path))
            assert not re.search(
                r"рабочих час|working hours \d|\d working hour|40 (мин|min)|Стандарт|Без договора", page
            )
        page = text_of(client.get(SUPPORT))
    told = {
        "ru": ["Срок реакции сообщим, когда проверим договор.", "Действующего договора вашей организации мы не видим."],
        "en": [
            "We will tell the reaction term when we have checked the contract.",
            "We do not see a valid contract of your organisation.",
        ],
    }
    assert all(words in page for words in told[language])
    assert "8-3532-373-233" in page and "9:00–18:00" in page


def test_a_desk_without_any_level_still_opens(cast: Cast) -> None:
    Contract.objects.all().delete()
    SupportLevel.objects.update(is_internal_default=False)
    client = enter(cast.anna)
    assert client.get(SUPPORT).status_code == 200
    page = client.get(DAYS)
    assert page.status_code == 200
    assert "We will tell the working hours by phone. 8-3532-373-233" in text_of(page)
    assert client.get(f"{DAYS}?year=1999").status_code == 422


class TestWorkingDays:
    @pytest.fixture
    def filled(self, cast: Cast) -> Cast:
        """2026 with its holidays of November and a short day; of 2027 nothing is known."""
        version = new_calendar_version(
            cast.calendar,
            {
                date(2026, 11, 3): [(540, 780), (840, 1020)],
                date(2026, 11, 4): [],
                date(2026, 11, 5): [],
                date(2026, 12, 31): [],
            },
            published_at=None,
        )
        for day, name in ((3, "Сокращённый день"), (4, "День народного единства"), (5, "День народного единства")):
            version.days.filter(date=date(2026, 11, day)).update(name=name)
        version.published_at = moment("2026-01-01 00:00")
        version.save(update_fields=["published_at"])
        return cast

    def page(self, cast: Cast, year: str = "") -> str:
        return text_of(enter(cast.anna, language="ru").get(DAYS, {"year": year} if year else {}))

    @pytest.mark.clause("3.5b.2")
    def test_it_counts_the_days_of_this_year(self, filled: Cast) -> None:
        page = self.page(filled)
        assert "Рабочие дни 2026 года" in page
        assert re.search(r"258 рабочих дней .*\b1 .*107 выходных", page)
        assert "Обычная неделя: пн–пт 9:00–18:00, перерыв 13:00–14:00 (Оренбург, UTC+5)" in page
        assert "не заполнен" not in page

    def test_neighbours_of_one_name_stand_together(self, filled: Cast) -> None:
        page = self.page(filled)
        assert "3 ноября Сокращённый день 4–5 ноября День народного единства" in page

    def test_the_months_are_those_of_the_year(self, filled: Cast) -> None:
        shown = enter(filled.anna).get(DAYS, {"year": "2027"}).context["days"].months
        assert [month.first_date for month in shown] == [date(2027, month, 1) for month in range(1, 13)]

    def test_a_year_that_nobody_has_filled_says_so(self, filled: Cast) -> None:
        page = self.page(filled, "2027")
        assert "Календарь на 2027 год не заполнен. Сроки считаются по обычной неделе." in page
        assert re.search(r"261 рабочий день .*104 выходных", page)

    def test_it_leads_to_the_years_around(self, filled: Cast) -> None:
        def links() -> list[str]:
            page = enter(filled.anna).get(DAYS).content.decode()
            return re.findall(r'href="/cabinet/working-days/\?year=(\d+)"', page)

        assert links() == ["2026", "2027"]
        with travel(moment("2027-02-01 12:00")):
            assert links() == ["2026", "2027", "2028"]

    def test_the_year_is_that_of_the_desk(self, filled: Cast) -> None:
        with travel(moment("2026-12-31 23:55")):
            assert "Рабочие дни 2026 года" in self.page(filled)
        with travel(moment("2027-01-01 00:05")):
            assert "Рабочие дни 2027 года" in self.page(filled)

    @pytest.mark.parametrize("year", ["2025", "2028", "0", "-1", "2026.0", "abc", "<b>", "٢٠٢٦", "9" * 500])
    def test_a_year_that_is_not_shown_is_refused_with_those_that_are(self, filled: Cast, year: str) -> None:
        response = enter(filled.anna, language="ru").get(DAYS, {"year": year})
        assert response.status_code == 422
        page = text_of(response)
        assert f"Страницы за год «{year[:20]}» нет. Выберите год с 2026 по 2027." in page
        assert b"?year=2026" in response.content and b"<b></b>" not in response.content

    def test_a_draft_is_not_shown(self, filled: Cast) -> None:
        new_calendar_version(filled.calendar, {date(2026, 11, 23): []}, published_at=None)
        assert "258 рабочих дней" in self.page(filled)

    def test_each_customer_sees_the_calendar_of_his_level(self, filled: Cast) -> None:
        calendar = BusinessCalendar.objects.create(name="Суббота")
        version = CalendarVersion.objects.create(calendar=calendar, number=1)
        WorkingHours.objects.create(version=version, weekday=5, opens_minute=600, closes_minute=660)
        CalendarVersion.objects.filter(pk=version.pk).update(published_at=moment("2025-01-01 00:00"))
        Contract.objects.filter(customer=filled.oil).update(level=make_level(calendar, "Субботний", 60))
        theirs = text_of(enter(filled.clara, language="ru").get(DAYS))
        assert "52 рабочих дня" in theirs and "сб 10:00–11:00" in theirs
        assert "258 рабочих дней" in self.page(filled)


@pytest.mark.parametrize("path", [SUPPORT, DAYS])
class TestDoor:
    def test_who_has_not_signed_in_is_asked_to(self, cast: Cast, path: str) -> None:
        assert Client().get(path)["Location"] == f"/accounts/login/?next={path}"

    def test_an_observer_reads_it(self, cast: Cast, path: str) -> None:
        person = make_person("Смотрова Софья Сергеевна", "look@reis.example")
        observer = Membership.objects.create(user=person, customer=cast.reis, role="observer", sees_all=True)
        assert enter(observer).get(path).status_code == 200

    def test_of_no_organisation_there_is_nothing(self, cast: Cast, path: str) -> None:
        assert enter(make_person("Странников Пётр Ильич", "stray@new.example")).get(path).status_code == 403

    def test_staff_are_led_to_their_own_pages(self, cast: Cast, path: str) -> None:
        assert enter(cast.elena).get(path)["Location"] == "/admin/"

    def test_it_is_only_read(self, cast: Cast, path: str) -> None:
        assert enter(cast.anna).post(path).status_code == 405
