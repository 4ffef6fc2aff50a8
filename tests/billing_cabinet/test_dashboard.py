"""«Главная»: what waits, what is open, what support owes."""

from __future__ import annotations

from datetime import date

import pytest

from accounts.roles import Role
from customers.models import Contract, Membership
from sla.models import SupportLevel
from tests.billing_cabinet.pages import closed, enter, later, text_of, travel
from tests.cast import MONDAY_TEN, Cast, file_ticket, make_person, moment, new_level_version
from tickets import workflow


def test_a_new_customer_is_invited_to_file(cast: Cast) -> None:
    page = text_of(enter(cast.anna).get("/cabinet/"))
    assert "No tickets yet. Describe your problem and we will respond during working hours." in page
    assert "Waiting for your reply" not in page


def test_when_all_is_closed_the_history_is_offered(cast: Cast) -> None:
    closed(cast)
    page = text_of(enter(cast.anna).get("/cabinet/"))
    assert "No open tickets." in page and "All tickets" in page


def test_open_requests_stand_latest_first_and_at_most_five(cast: Cast) -> None:
    for i in range(7):
        file_ticket(cast.anna, subject=f"Заявка {i}", at=later(i / 60))
    response = enter(cast.anna).get("/cabinet/")
    assert [row.subject for row in response.context["open_tickets"]] == [f"Заявка {i}" for i in (6, 5, 4, 3, 2)]
    assert response.context["open_count"] == 7


def test_what_waits_for_the_customer_stands_first_with_who_wrote_last(cast: Cast) -> None:
    old = file_ticket(cast.anna, subject="Старая")
    workflow.answer(old, "Какая версия?", by=cast.elena, at=MONDAY_TEN, waits_for_customer=True)
    for i in range(6):
        file_ticket(cast.anna, subject=f"Новее {i}", at=later(1))
    response = enter(cast.anna).get("/cabinet/")
    assert [row.subject for row in response.context["waiting"]] == ["Старая"]
    page = text_of(response)
    assert "Last message: support, today, 10:00" in page
    assert page.index("Старая") < page.index("Open tickets")


def test_a_member_counts_his_own_requests_only(cast: Cast) -> None:
    file_ticket(cast.anna)
    file_ticket(cast.boris)
    file_ticket(cast.clara)
    assert enter(cast.boris).get("/cabinet/").context["open_count"] == 1
    assert enter(cast.anna).get("/cabinet/").context["open_count"] == 2


class TestSupport:
    def test_level_term_hours_and_contract(self, cast: Cast) -> None:
        page = text_of(enter(cast.anna).get("/cabinet/"))
        assert "Support level Стандарт" in page
        assert "Reaction term 4 working hours" in page
        assert "Working hours Mon–Fri 9:00–18:00, break 13:00–14:00" in page
        assert f"Contract No. {cast.reis.pk}/2026, valid until 31 December 2027" in page
        assert "8-3532-373-233" in page

    def test_each_criticality_with_a_term_of_its_own(self, cast: Cast) -> None:
        new_level_version(cast.standard, critical=30)
        page = text_of(enter(cast.anna).get("/cabinet/"))
        assert "Reaction, critical criticality 30 min of working time" in page
        assert "Reaction, high criticality 4 working hours" in page

    def test_a_contract_in_its_grace_days_says_that_it_has_ended(self, cast: Cast) -> None:
        Contract.objects.filter(customer=cast.reis).update(ends_date=date(2026, 11, 1))
        page = text_of(enter(cast.anna).get("/cabinet/"))
        assert "ended on 1 November 2026" in page and "Support level Стандарт" in page

    def test_without_a_contract_no_term_is_named(self, cast: Cast) -> None:
        Contract.objects.filter(customer=cast.reis).delete()
        page = text_of(enter(cast.anna).get("/cabinet/"))
        assert "Support level" not in page and "8 working hours" not in page
        assert "Working hours Mon–Fri" in page

    def test_a_desk_without_any_level_still_opens(self, cast: Cast) -> None:
        Contract.objects.all().delete()
        SupportLevel.objects.update(is_internal_default=False)
        assert enter(cast.anna).get("/cabinet/").status_code == 200

    def test_the_day_is_the_days_of_the_desk(self, cast: Cast) -> None:
        """Five to midnight in Orenburg of the last day of grace is another day in UTC already, or not yet."""
        Contract.objects.filter(customer=cast.reis).update(ends_date=date(2026, 11, 23), grace_days=0)
        with travel(moment("2026-11-23 23:55")):
            assert "Support level" in text_of(enter(cast.anna).get("/cabinet/"))
        with travel(moment("2026-11-24 00:05")):
            assert "Support level" not in text_of(enter(cast.anna).get("/cabinet/"))


def test_staff_who_also_work_for_a_customer_get_the_cabinet(cast: Cast) -> None:
    person = make_person("Двойной Дмитрий Дмитриевич", "double@desk.example", Role.ENGINEER)
    Membership.objects.create(user=person, customer=cast.reis, role="member")
    response = enter(person).get("/cabinet/")
    assert response.status_code == 200
    assert "Staff pages" in response.content.decode()


@pytest.mark.clause("1.1")
def test_the_cabinet_is_a_section_of_the_site_that_takes_requests(cast: Cast) -> None:
    page = enter(cast.anna, language="ru").get("/cabinet/").content.decode()
    assert "Личный кабинет" in page and 'href="/cabinet/tickets/new/"' in page
