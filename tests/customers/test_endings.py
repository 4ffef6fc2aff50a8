"""Thirty days before a contract ends both sides are told, once for each end."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from accounts.roles import Role
from customers import jobs
from customers.models import Contract, Membership
from notifications.models import OutgoingEmail
from tests.cast import Cast, make_person, moment

END = date(2026, 12, 31)
NBSP = "\u00a0"


def noon(day: date) -> datetime:
    return moment(f"{day:%Y-%m-%d} 12:00")


def letters() -> list[OutgoingEmail]:
    return list(OutgoingEmail.objects.filter(obligation="contract.ends").order_by("pk"))


@pytest.fixture
def contract(cast: Cast) -> Contract:
    contract = cast.reis.contracts.get()
    contract.ends_date = END
    contract.save()
    return contract


@pytest.mark.parametrize(("days", "is_told"), [(31, False), (30, True), (7, True), (0, True), (-1, False)])
def test_the_notice_goes_within_thirty_days_and_not_after_the_end(contract: Contract, days: int, is_told: bool) -> None:
    jobs.tell_of_endings(noon(END - timedelta(days=days)))
    assert bool(letters()) is is_told


def test_it_goes_to_the_administrators_and_the_managers_once(cast: Cast, contract: Contract) -> None:
    make_person("Ушедшая Мария", "left@desk.example", Role.MANAGER, is_active=False)
    second = make_person("Вторая Анна Петровна", "second@reis.example")
    for days in (30, 29, 1):
        jobs.tell_of_endings(noon(END - timedelta(days=days)))
        Membership.objects.get_or_create(user=second, customer=cast.reis, role=Membership.Role.ADMINISTRATOR)
    assert [letter.to_address for letter in letters()] == ["anna@reis.example", "maria@desk.example"]
    customer, manager = (letter.text_body.replace(NBSP, " ") for letter in letters())
    assert (
        f"Договор технической поддержки № {contract.number} (ООО «Рейс») заканчивается 31 декабря 2026 г." in customer
    )
    assert "Чтобы сохранить уровень поддержки" in customer and "Следующего договора" not in customer
    assert "Следующего договора пока нет." in manager
    assert f"/admin/customers/customer/{cast.reis.pk}/change/" in manager
    assert "/admin/" not in customer


def test_another_end_is_told_anew(contract: Contract) -> None:
    jobs.tell_of_endings(noon(date(2026, 12, 10)))
    contract.ends_date = date(2027, 12, 31)
    contract.save()
    jobs.tell_of_endings(noon(date(2027, 12, 10)))
    assert len(letters()) == 4 + 2, "the contract of ООО «Транс-Ойл» ends with 2027 too"


def test_a_contract_that_is_followed_by_another_ends_in_silence(cast: Cast, contract: Contract) -> None:
    Contract.objects.create(
        customer=cast.reis, number="2", level=cast.standard, starts_date=END + timedelta(days=1),
        ends_date=END + timedelta(days=365),
    )  # fmt: skip
    jobs.tell_of_endings(noon(date(2026, 12, 10)))
    assert letters() == []
