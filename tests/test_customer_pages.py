"""The page of a customer in the admin, with its contracts, people and servers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from html import unescape
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import LogEntry

from accounts.models import User
from customers.inn import has_valid_checksum
from customers.models import Contract, Customer, Server
from customers.vault import access
from customers.vault.access import AccessData
from sla.level_editing import Terms, create_level, publish_level
from sla.models import SupportLevel
from tests.cast import Cast, make_customer, moment
from tests.staff_pages import enter, formset, page_of, words

NOW = moment("2026-11-23 10:30")
CUSTOMERS = "/admin/customers/customer/"


@pytest.fixture(autouse=True)
def at_half_past_ten() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.parametrize(
    ("inn", "is_valid"),
    [
        ("7707083893", True),  # a bank's, 10 digits
        ("500100732259", True),  # the example of 12 digits that tax guides give
        ("7707083894", False),
        ("500100732258", False),
        ("500100732269", False),
        ("770708389", False),
        ("77070838931", False),
        ("", False),
        ("770708389x", False),
        ("٧٧٠٧٠٨٣٨٩٣", False),
    ],
)
def test_the_check_digits_of_a_taxpayer_number(inn: str, is_valid: bool) -> None:
    assert has_valid_checksum(inn) is is_valid


def save_customer(
    by: User,
    address: str,
    *,
    contracts: list[dict[str, Any]] | None = None,
    members: list[dict[str, Any]] | None = None,
    **fields: Any,
) -> Any:
    rows, people = contracts or [], members or []
    return enter(by).post(
        address,
        {
            **fields,
            **formset("contracts", rows, initial=sum("id" in row for row in rows)),
            **formset("memberships", people, initial=sum("id" in row for row in people)),
            **formset("servers", []),
        },
    )


def test_a_manager_adds_a_customer_with_a_contract_and_a_new_person(cast: Cast) -> None:
    response = save_customer(
        cast.maria,
        f"{CUSTOMERS}add/",
        name="  ООО «Новый   парк» ",
        inn="7707 0838 93",
        contracts=[
            {
                "number": "77/2026",
                "level": cast.standard.pk,
                "starts_date": "01.11.2026",
                "ends_date": "31.12.2027",
                "grace_days": 30,
            }
        ],
        members=[{"email": "Nina@Park.example", "full_name": "Нинова Нина Ниновна", "role": "administrator"}],
    )
    assert response.status_code == 302
    customer = Customer.objects.get(inn="7707083893")
    assert customer.name == "ООО «Новый парк»"
    assert customer.contracts.get().level == cast.standard
    person = customer.memberships.get().user
    assert (person.email, person.full_name, person.has_usable_password()) == (
        "nina@park.example", "Нинова Нина Ниновна", False,
    )  # fmt: skip
    assert LogEntry.objects.filter(user=cast.maria, object_id=customer.pk).exists()


@pytest.mark.parametrize(
    ("inn", "words"),
    [
        ("123", "В ИНН 10 или 12 цифр"),
        ("77070838931", "В ИНН 10 или 12 цифр"),
        ("770708389x", "В ИНН 10 или 12 цифр"),
        ("7707083894", "Проверьте ИНН: контрольная цифра не сходится"),
        ("5610000001", "Проверьте ИНН: контрольная цифра не сходится"),
    ],
)
def test_a_wrong_taxpayer_number_is_refused(cast: Cast, inn: str, words: str) -> None:
    response = save_customer(cast.maria, f"{CUSTOMERS}add/", name="ООО «Новый»", inn=inn)
    assert response.status_code == 200
    assert words in unescape(response.content.decode())
    assert not Customer.objects.filter(name="ООО «Новый»").exists()


def test_a_taxpayer_number_that_another_customer_has_names_him(cast: Cast) -> None:
    make_customer("ООО «Первый»", None, inn="7707083893")
    response = save_customer(cast.maria, f"{CUSTOMERS}add/", name="ООО «Второй»", inn="7707083893")
    assert "Этот ИНН уже записан: ООО «Первый»" in unescape(response.content.decode())


def test_a_contract_does_not_end_before_it_starts(cast: Cast) -> None:
    contract = {
        "number": "78", "level": cast.standard.pk, "grace_days": 0,
        "starts_date": "02.11.2026", "ends_date": "01.11.2026",
    }  # fmt: skip
    response = save_customer(cast.maria, f"{CUSTOMERS}add/", name="ООО «Новый»", inn="", contracts=[contract])
    assert "Договор не может закончиться раньше, чем начался" in unescape(response.content.decode())
    assert not Contract.objects.filter(number="78").exists()


@pytest.mark.parametrize(("starts", "is_offered"), [("31.10.2026", True), ("01.11.2026", False)])
def test_no_contract_begins_at_a_level_that_is_no_longer_offered(cast: Cast, starts: str, is_offered: bool) -> None:
    cast.standard.offered_until_date = date(2026, 10, 31)
    cast.standard.save()
    contract = {
        "number": "79", "level": cast.standard.pk, "grace_days": 0, "starts_date": starts, "ends_date": "31.12.2027",
    }  # fmt: skip
    response = save_customer(cast.maria, f"{CUSTOMERS}add/", name="ООО «Новый»", inn="", contracts=[contract])
    assert Contract.objects.filter(number="79").exists() is is_offered
    refusal = "Уровень «Стандарт» предлагается до 31 октября 2026 г."
    assert (refusal in unescape(response.content.decode()).replace("\u00a0", " ")) is not is_offered


def test_a_contract_at_such_a_level_is_still_prolonged(cast: Cast) -> None:
    cast.standard.offered_until_date = date(2024, 1, 1)
    cast.standard.save()
    row = cast.reis.contracts.get()
    contract = {
        "id": row.pk, "customer": cast.reis.pk, "number": row.number, "level": cast.standard.pk, "grace_days": 30,
        "starts_date": "01.01.2025", "ends_date": "31.12.2028",
    }  # fmt: skip
    address = f"{CUSTOMERS}{cast.reis.pk}/change/"
    save_customer(cast.maria, address, name=cast.reis.name, inn="", contracts=[contract])
    row.refresh_from_db()
    assert row.ends_date == date(2028, 12, 31)


def contract_at(cast: Cast, level: SupportLevel, starts: str = "01.12.2026") -> Any:
    """A new customer with a contract at that level."""
    contract = {"number": "80", "level": level.pk, "grace_days": 0, "starts_date": starts, "ends_date": "31.12.2027"}
    return save_customer(cast.maria, f"{CUSTOMERS}add/", name="ООО «Новый»", inn="", contracts=[contract])


def test_no_contract_is_made_at_the_internal_level(cast: Cast) -> None:
    internal = SupportLevel.objects.get(is_internal_default=True)
    html = words(contract_at(cast, internal))
    assert "Уровень «Без договора» — для заявок без договора. Выберите другой." in html
    assert not Contract.objects.filter(number="80").exists()


def test_no_contract_begins_before_its_level_promises_anything(cast: Cast) -> None:
    draft = create_level("Премиум", Terms(cast.calendar, 60, {}, date(2027, 1, 1)))
    for is_published, starts in ((False, "01.01.2027"), (True, "31.12.2026")):
        if is_published:
            publish_level(draft, at=NOW)
        html = words(contract_at(cast, draft.level, starts))
        assert "ещё ничего не обещает. Выберите другой уровень или более позднее начало." in html
        assert not Contract.objects.filter(number="80").exists()
    assert contract_at(cast, draft.level, "01.01.2027").status_code == 302
    assert Contract.objects.get(number="80").level == draft.level


def test_a_contract_chooses_among_levels_that_are_sold_and_keeps_its_own(cast: Cast) -> None:
    create_level("Премиум", Terms(cast.calendar, 60))
    html = page_of(cast.maria, f"{CUSTOMERS}add/")
    assert ">Стандарт</option>" in html
    for level in ("Без договора", "Премиум"):
        assert f">{level}</option>" not in html
    SupportLevel.objects.filter(is_internal_default=True).update(is_internal_default=False)
    SupportLevel.objects.filter(pk=cast.standard.pk).update(is_internal_default=True)
    html = page_of(cast.maria, f"{CUSTOMERS}{cast.reis.pk}/change/")
    assert f'<option value="{cast.standard.pk}" selected>Стандарт</option>' in html


def test_somebody_known_joins_by_his_address_and_nobody_stands_twice(cast: Cast) -> None:
    oil = f"{CUSTOMERS}{cast.oil.pk}/change/"
    kept = {"id": cast.clara.pk, "customer": cast.oil.pk, "role": "administrator"}
    same: dict[str, Any] = {"name": cast.oil.name, "inn": ""}
    joined = save_customer(cast.maria, oil, **same, members=[kept, {"email": "BORIS@reis.example", "role": "observer"}])
    assert joined.status_code == 302
    assert cast.boris.user.memberships.get(customer=cast.oil).role == "observer"
    assert User.objects.filter(email__iexact="boris@reis.example").count() == 1
    for email in ("clara@oil.example", "Clara@oil.example"):
        again = save_customer(cast.maria, oil, **same, members=[kept, {"email": email, "role": "member"}])
        assert "Этот человек уже есть в организации" in unescape(again.content.decode())
    twice = [{"email": "anna@reis.example", "role": "member"}] * 2
    assert "Этот человек уже есть" in unescape(
        save_customer(cast.maria, oil, **same, members=[kept, *twice]).content.decode()
    )


def test_a_new_person_needs_a_name(cast: Cast) -> None:
    response = save_customer(
        cast.maria, f"{CUSTOMERS}add/", name="ООО «Новый»", inn="", members=[{"email": "n@n.example", "role": "member"}]
    )
    assert "Введите ФИО, чтобы добавить его" in unescape(response.content.decode())
    assert not User.objects.filter(email="n@n.example").exists()


def test_a_membership_is_taken_away_and_the_person_stays(cast: Cast) -> None:
    kept = {"id": cast.clara.pk, "customer": cast.oil.pk, "role": "administrator", "DELETE": "on"}
    address = f"{CUSTOMERS}{cast.oil.pk}/change/"
    assert save_customer(cast.maria, address, name=cast.oil.name, inn="", members=[kept]).status_code == 302
    assert not cast.oil.memberships.exists()
    assert User.objects.filter(pk=cast.clara.user.pk).exists()


def test_whoever_only_reads_customers_changes_nothing(cast: Cast) -> None:
    address = f"{CUSTOMERS}{cast.reis.pk}/change/"
    html = page_of(cast.elena, address)
    assert "anna@reis.example" in html
    assert 'name="name"' not in html
    assert save_customer(cast.elena, address, name="ООО «Чужой»", inn="").status_code == 403
    cast.reis.refresh_from_db()
    assert cast.reis.name == "ООО «Рейс»"


def test_of_access_data_only_that_it_was_given(cast: Cast, boss: User) -> None:
    sealed = access.store(AccessData(login="root-login", password="s3cret-word"), at=NOW)
    Server.objects.create(customer=cast.reis, name="Основной", address="10.1.4.20", credential=sealed)
    Server.objects.create(customer=cast.reis, name="Запасной", address="10.1.4.21")
    html = page_of(boss, f"{CUSTOMERS}{cast.reis.pk}/change/")
    assert html.count("не передан") == 1
    assert html.count("передан") == 2
    for secret in ("root-login", "s3cret-word", sealed.login_sealed, str(sealed.pk)):
        assert secret not in html


def test_a_customer_leads_to_his_requests_in_the_queue(cast: Cast) -> None:
    address = f"/admin/tickets/ticket/?tab=open&customer={cast.reis.pk}"
    for page in (CUSTOMERS, f"{CUSTOMERS}{cast.reis.pk}/change/"):
        assert f'href="{address}"' in page_of(cast.elena, page)
    assert enter(cast.elena).get(address).status_code == 200


@pytest.mark.parametrize("words", ["рейс", "5610000001", "/2026"])
def test_customers_are_found_by_name_number_and_contract(cast: Cast, words: str) -> None:
    assert "ООО «Рейс»" in page_of(cast.elena, f"{CUSTOMERS}?q={words}")


def test_the_list_names_the_contract_of_today(cast: Cast) -> None:
    make_customer("ООО «Без договора»", None)
    cast.oil.contracts.update(ends_date=date(2026, 11, 1), grace_days=10)
    html = page_of(cast.elena, CUSTOMERS)
    assert "до 31 декабря 2027 г." in html
    assert html.count("договора нет") == 2
