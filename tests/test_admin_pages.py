"""The stock pages of the admin: what they show and change, what they never show, what they cost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.admin_permissions import RoleAccess
from accounts.models import User
from accounts.roles import Role
from customers.inn import has_valid_checksum
from customers.models import Contract, Customer, Membership, Server
from customers.vault import access
from customers.vault.access import AccessData
from helpdesk import schedule
from helpdesk.models import PeriodicJob
from notifications import outbox
from notifications.models import OutgoingEmail
from notifications.rendering import Letter
from sla.models import CalendarDay, SupportLevel
from tests.cast import (
    MONDAY_TEN,
    PASSWORD,
    Cast,
    file_ticket,
    make_calendar,
    make_customer,
    make_person,
    moment,
    new_calendar_version,
    new_level_version,
)
from tests.staff_pages import enter

NOW = moment("2026-11-23 10:30")
CUSTOMERS = "/admin/customers/customer/"
PEOPLE = "/admin/accounts/user/"
LETTERS = "/admin/notifications/outgoingemail/"


@pytest.fixture(autouse=True)
def at_half_past_ten() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def page_of(user: User, address: str) -> str:
    response = enter(user).get(address)
    assert response.status_code == 200, address
    return unescape(response.content.decode()).replace("\u00a0", " ")


def letter(
    to: str = "anna@reis.example", *, state: str = "queued", is_sensitive: bool = False, **facts: Any
) -> OutgoingEmail:
    row = outbox.put(
        Letter("[#10001] Заявка принята", "Мы приняли заявку.\nСсылка: https://desk.example/r/1", "", "ru"),
        obligation="ticket.confirmation",
        about=f"test:{OutgoingEmail.objects.count()}",
        to=to,
        at=MONDAY_TEN,
        is_sensitive=is_sensitive,
    )
    OutgoingEmail.objects.filter(pk=row.pk).update(state=state, **facts)
    row.refresh_from_db()
    return row


# --- every page -----------------------------------------------------------------------------------------------------


def every_page(cast: Cast, boss: User) -> list[str]:
    """The list, one row's page, its history and, where people are added, the form, of every registered page."""
    file_ticket(cast.anna)
    Server.objects.create(customer=cast.reis, name="Основной", address="10.1.4.20")
    schedule.register()
    found = ["/admin/", "/admin/password_change/"]
    for model, pages in admin.site._registry.items():
        opts = model._meta
        base = f"/admin/{opts.app_label}/{opts.model_name}/"
        found += [f"/admin/{opts.app_label}/", base]
        if base == "/admin/tickets/ticket/":
            continue
        row = model._default_manager.order_by("pk").last()
        assert row, model
        found += [f"{base}{row.pk}/change/", f"{base}{row.pk}/history/"]
        if pages.add_act:  # type: ignore[attr-defined]
            found.append(f"{base}add/")
    return [*found, f"{PEOPLE}{boss.pk}/password/"]


def test_every_page_opens_and_obeys_the_strict_policy(cast: Cast, boss: User) -> None:
    client = enter(boss)
    for address in every_page(cast, boss):
        response = client.get(address, follow=address.startswith("/admin/sla/"))
        if address == "/admin/password_change/":
            assert response.status_code in {200, 302}
            continue
        assert response.status_code == 200, address
        policy = response.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        html = response.content.decode()
        assert not re.search(r"<[^>]+\sstyle\s*=", html), address
        assert not re.search(r"<[^>]+\son[a-z]+\s*=", html), address
        assert not re.search(r"<script(?![^>]*(\ssrc=|type=\"application/json\"))[^>]*>", html), address
        assert not re.search(r"(src|href)=\"(https?:)?//", html), address


def test_every_page_asks_the_roles_table(cast: Cast) -> None:
    """Pages that packages bring along would be open to all staff: the queue's of workers, the groups of Django."""
    assert {model.__name__ for model in admin.site._registry} == {
        "Ticket", "Customer", "User", "SupportLevel", "BusinessCalendar", "OutgoingEmail", "PeriodicJob",
    }  # fmt: skip
    for pages in admin.site._registry.values():
        assert isinstance(pages, RoleAccess)
        inlines = [inline for inline in pages.inlines if not issubclass(inline, RoleAccess)]
        assert inlines == []


def test_nothing_is_deleted_from_these_pages(cast: Cast, boss: User) -> None:
    file_ticket(cast.anna)
    schedule.register()
    for model in admin.site._registry:
        row = model._default_manager.order_by("pk").last()
        assert row
        opts = model._meta
        address = f"/admin/{opts.app_label}/{opts.model_name}/{row.pk}/delete/"
        assert enter(boss).post(address, {"post": "yes"}).status_code in {403, 404}, address
        assert model._default_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize(
    "address", [f"{CUSTOMERS}0/change/", f"{CUSTOMERS}abc/change/", f"{PEOPLE}999999/change/", f"{LETTERS}x/change/"]
)
def test_a_row_that_does_not_exist_is_no_error(boss: User, address: str) -> None:
    response = enter(boss).get(address, follow=True)
    assert response.status_code == 200
    assert response.redirect_chain == [("/admin/", 302)]


def fill(cast: Cast, count: int) -> None:
    """Another `count` customers with all that hangs on them, people with roles, and letters."""
    for index in range(count):
        customer = make_customer(f"ООО «Парк {Customer.objects.count()}»", cast.standard)
        person = make_person("Петров Пётр Петрович", f"p{User.objects.count()}@park.example", Role.OPERATOR)
        Membership.objects.create(user=person, customer=customer)
        Membership.objects.create(user=person, customer=cast.reis)
        Server.objects.create(customer=cast.reis, name="Сервер", address=f"10.0.0.{Server.objects.count()}")
        Contract.objects.create(
            customer=cast.reis,
            number=f"старый {Contract.objects.count()}",
            level=cast.standard,
            starts_date=date(2020, 1, 1),
            ends_date=date(2020, 12, 31),
        )
        letter(f"to{index}@park.example")
        last = cast.calendar.current().days.count()
        new_calendar_version(cast.calendar, {date(2026, 1, 1) + timedelta(days=last): [(540, 600)]})
        SupportLevel.objects.create(name=f"Уровень {SupportLevel.objects.count()}")


def test_no_page_asks_a_query_for_each_row(cast: Cast, boss: User) -> None:
    schedule.register()
    addresses = [
        CUSTOMERS,
        f"{CUSTOMERS}?q=Парк",
        f"{CUSTOMERS}{cast.reis.pk}/change/",
        PEOPLE,
        f"{PEOPLE}?staff_roles__role__exact=operator",
        f"{PEOPLE}{boss.pk}/change/",
        LETTERS,
        f"{LETTERS}?state__exact=queued",
        "/admin/sla/supportlevel/",
        f"/admin/sla/supportlevel/{cast.standard.pk}/",
        "/admin/sla/businesscalendar/",
        f"/admin/sla/businesscalendar/{cast.calendar.pk}/2026/",
        "/admin/helpdesk/periodicjob/",
    ]

    def costs() -> dict[str, int]:
        client, found = enter(boss), {}
        for address in addresses:
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            found[address] = len(queries)
        return found

    fill(cast, 3)
    few = costs()
    fill(cast, 20)
    assert costs() == few
    assert max(few.values()) <= 20, few


# --- customers ------------------------------------------------------------------------------------------------------


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


def formset(prefix: str, rows: list[dict[str, Any]], *, initial: int = 0) -> dict[str, Any]:
    told = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": initial}
    return told | {f"{prefix}-{index}-{name}": value for index, row in enumerate(rows) for name, value in row.items()}


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


# --- people ---------------------------------------------------------------------------------------------------------


def save_person(by: User, person: User, roles: list[dict[str, Any]], **fields: Any) -> Any:
    told = {
        "email": person.email, "full_name": person.full_name, "address_as": "", "phone": "", "language": "ru",
        "is_active": "on", **fields,
    }  # fmt: skip
    inline = formset("staff_roles", roles, initial=sum("id" in row for row in roles))
    data = {key: value for key, value in (told | inline).items() if value is not None}
    return enter(by).post(f"{PEOPLE}{person.pk}/change/", data)


def test_an_administrator_gives_and_takes_roles(cast: Cast, boss: User) -> None:
    assert save_person(boss, cast.maria, [{"user": cast.maria.pk, "role": "auditor"}]).status_code == 302
    maria = User.objects.get(pk=cast.maria.pk)
    assert maria.roles == {Role.MANAGER, Role.AUDITOR}
    row = maria.staff_roles.get(role="manager")
    taken = [{"id": row.pk, "user": maria.pk, "role": "manager", "DELETE": "on"}]
    assert save_person(boss, maria, taken).status_code == 302
    assert User.objects.get(pk=maria.pk).roles == {Role.AUDITOR}


def test_a_role_is_not_given_twice(cast: Cast, boss: User) -> None:
    twice = [{"user": cast.maria.pk, "role": "auditor"}] * 2
    assert save_person(boss, cast.maria, twice).status_code == 200
    assert User.objects.get(pk=cast.maria.pk).roles == {Role.MANAGER}


def test_nobody_locks_himself_out(cast: Cast, boss: User) -> None:
    row = boss.staff_roles.get()
    gone = [{"id": row.pk, "user": boss.pk, "role": "administrator", "DELETE": "on"}]
    response = save_person(boss, boss, gone)
    assert "Снять роль администратора с себя нельзя" in unescape(response.content.decode())
    swapped = [{"id": row.pk, "user": boss.pk, "role": "operator"}]
    assert save_person(boss, boss, swapped).status_code == 200
    kept = [{"id": row.pk, "user": boss.pk, "role": "administrator"}]
    assert save_person(boss, boss, kept, is_active=None).status_code == 302
    boss = User.objects.get(pk=boss.pk)
    assert boss.is_active
    assert boss.roles == {Role.ADMINISTRATOR}


def test_who_has_left_is_shut_out_and_stays_in_the_history(cast: Cast, boss: User) -> None:
    client = enter(cast.elena)
    row = cast.elena.staff_roles.get()
    kept = [{"id": row.pk, "user": cast.elena.pk, "role": "engineer"}]
    assert save_person(boss, cast.elena, kept, is_active=None).status_code == 302
    assert client.get("/admin/tickets/ticket/").status_code == 302
    assert not Client().login(email="elena@desk.example", password=PASSWORD)


def test_an_address_belongs_to_one_person_in_any_case(cast: Cast, boss: User) -> None:
    row = cast.elena.staff_roles.get()
    kept = [{"id": row.pk, "user": cast.elena.pk, "role": "engineer"}]
    response = save_person(boss, cast.elena, kept, email="ANNA@reis.example")
    assert "Этот e-mail уже у другого человека" in unescape(response.content.decode())


def new_person(by: User, **fields: Any) -> Any:
    told = {
        "email": "Nova@desk.example", "full_name": "Новая Нина Ниновна", "phone": "", "language": "ru", **fields,
    }  # fmt: skip
    return enter(by).post(f"{PEOPLE}add/", told | formset("staff_roles", [{"role": "operator"}]))


def test_a_new_colleague_is_added_and_sets_a_password_by_a_letter(cast: Cast, boss: User) -> None:
    assert new_person(boss, send_link="on").status_code == 302
    person = User.objects.get(email="nova@desk.example")
    assert not person.has_usable_password()
    assert person.roles == {Role.OPERATOR}
    row = OutgoingEmail.objects.get(to_address="nova@desk.example")
    assert row.is_sealed
    assert "/accounts/password/reset/key/" in row.bodies()[0]


def test_the_link_may_be_sent_later_to_those_who_may_sign_in(cast: Cast, boss: User) -> None:
    assert new_person(boss).status_code == 302
    assert not OutgoingEmail.objects.exists()
    cast.maria.is_active = False
    cast.maria.save()
    person = User.objects.get(email="nova@desk.example")
    link = {"action": "send_password_link", "_selected_action": [person.pk, cast.maria.pk]}
    response = enter(boss).post(PEOPLE, link, follow=True)
    assert "Ссылка отправлена: 1 человек." in response.content.decode()
    assert OutgoingEmail.objects.get().to_address == "nova@desk.example"


def set_password(by: User, person: User, password: str) -> Any:
    told = {"usable_password": "true", "password1": password, "password2": password, "set-password": "1"}
    return enter(by).post(f"{PEOPLE}{person.pk}/password/", told)


def test_an_administrator_may_set_a_password_and_a_weak_one_is_refused(cast: Cast, boss: User) -> None:
    for weak in ("12345", "password1", "elena@desk.example"):
        assert set_password(boss, cast.elena, weak).status_code == 200, weak
    assert set_password(boss, cast.elena, "neozhidanny-kustarnik").status_code == 302
    assert User.objects.get(pk=cast.elena.pk).check_password("neozhidanny-kustarnik")


def test_the_hash_of_a_password_is_not_shown(cast: Cast, boss: User) -> None:
    html = page_of(boss, f"{PEOPLE}{cast.elena.pk}/change/")
    assert cast.elena.password not in html
    assert cast.elena.password.rpartition("$")[2] not in html


# --- levels and calendars -------------------------------------------------------------------------------------------


@pytest.mark.clause("3.6.2")
def test_a_level_is_read_with_its_terms_and_its_calendar(cast: Cast) -> None:
    new_level_version(cast.standard, critical=60)
    html = page_of(cast.maria, f"/admin/sla/supportlevel/{cast.standard.pk}/")
    for words in ("4 рабочих часа", "критическая: 1 рабочий час", "«Пятидневка»", "действует с 1 июня 2025 г."):
        assert words in html
    assert "4 рабочих часа" in page_of(cast.maria, "/admin/sla/supportlevel/")


def test_a_calendar_is_read_with_its_week_and_its_days(cast: Cast) -> None:
    version = new_calendar_version(cast.calendar, {date(2026, 12, 31): [(540, 1020)]}, published_at=None)
    CalendarDay.objects.create(version=version, date=date(2027, 1, 1), name="Новый год")
    version.published_at = MONDAY_TEN
    version.save()
    address = f"/admin/sla/businesscalendar/{cast.calendar.pk}/"
    html = page_of(cast.maria, f"{address}2026/") + page_of(cast.maria, f"{address}2027/")
    for words in (
        "пн–пт 9:00–18:00, перерыв 13:00–14:00", "пт, 1 января", "Новый год",
        "чт, 31 декабря", "рабочий, 9:00–17:00", "Asia/Yekaterinburg",
    ):  # fmt: skip
        assert words in html


@pytest.mark.parametrize("page", ["supportlevel", "businesscalendar"])
def test_published_versions_are_not_edited(cast: Cast, boss: User, page: str) -> None:
    row = cast.standard.pk if page == "supportlevel" else cast.calendar.pk
    assert enter(boss).post(f"/admin/sla/{page}/{row}/change/", {"name": "Другое"}).status_code == 405


def test_the_list_of_calendars_asks_as_much_for_ten_as_for_one(cast: Cast, boss: User) -> None:
    client = enter(boss)
    page = "/admin/sla/businesscalendar/"
    with CaptureQueriesContext(connection) as one:
        client.get(page)
    for number in range(9):
        make_calendar(f"Календарь {number}")
    with CaptureQueriesContext(connection) as ten:
        client.get(page)
    assert len(ten) == len(one)


# --- letters --------------------------------------------------------------------------------------------------------


def test_a_letter_is_read_as_text_with_what_went_wrong(cast: Cast) -> None:
    row = letter(state="failed", attempts=7, last_error="SMTPRecipientsRefused: 550 no such user")
    html = page_of(cast.elena, f"{LETTERS}{row.pk}/change/")
    for words in ("Мы приняли заявку.", "550 no such user", "anna@reis.example", "Не отправлено"):
        assert words in html


def test_what_stands_in_a_letter_cannot_run(cast: Cast) -> None:
    row = letter()
    OutgoingEmail.objects.filter(pk=row.pk).update(text_body="<script>alert(1)</script>", subject="<b>x")
    for page in (LETTERS, f"{LETTERS}{row.pk}/change/"):
        assert "<script>alert" not in enter(cast.elena).get(page).content.decode()


def test_a_sealed_letter_is_not_read_by_anybody(cast: Cast, boss: User) -> None:
    row = letter(is_sensitive=True)
    html = page_of(boss, f"{LETTERS}{row.pk}/change/")
    assert "Содержание запечатано" in html
    assert "desk.example/r/1" not in html
    assert row.text_body not in html


def again(by: User, *rows: OutgoingEmail) -> Any:
    return enter(by).post(LETTERS, {"action": "send_again", "_selected_action": [row.pk for row in rows]}, follow=True)


def test_a_failed_letter_is_sent_again_with_its_message_id(cast: Cast, boss: User) -> None:
    failed = letter(state="failed", attempts=21, last_error="550")
    sent = letter("clara@oil.example", state="sent", sent_at=NOW)
    response = again(boss, failed, sent)
    assert "1 письмо уйдёт ещё раз." in response.content.decode()
    before = failed.message_id
    failed.refresh_from_db()
    sent.refresh_from_db()
    assert (failed.state, failed.attempts, failed.due_at, failed.message_id) == ("queued", 0, NOW, before)
    assert sent.state == "sent"


def test_only_an_administrator_sends_letters_again(cast: Cast) -> None:
    failed = letter(state="failed", last_error="550")
    for person in (cast.oleg, cast.elena, cast.sergey, cast.maria):
        assert "send_again" not in page_of(person, LETTERS)
        again(person, failed)
    failed.refresh_from_db()
    assert failed.state == "failed"


@pytest.mark.parametrize("state", ["queued", "deferred", "sent"])
def test_what_has_not_failed_is_left_alone(db: None, state: str) -> None:
    row = letter(state=state, attempts=3, sent_at=NOW if state == "sent" else None)
    assert outbox.retry(row, at=NOW) is False
    row.refresh_from_db()
    assert (row.state, row.attempts) == (state, 3)


# --- the clock ------------------------------------------------------------------------------------------------------


def test_the_jobs_of_the_clock_are_read_with_their_errors(cast: Cast, boss: User) -> None:
    schedule.register()
    job = PeriodicJob.objects.get(name="flip_rungs")
    job.last_error = "OperationalError: gone"
    job.save()
    html = page_of(boss, "/admin/helpdesk/periodicjob/")
    assert "flip_rungs" in html
    assert "OperationalError: gone" in html


# --- what an address may ask ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        f"{PEOPLE}?email__regex=(",
        f"{PEOPLE}?full_name__contains=%00",
        f"{PEOPLE}?staff_roles__role__exact=%00",
        f"{PEOPLE}?last_login__year=99999999",
        f"{PEOPLE}?password__startswith=a",
        f"{CUSTOMERS}?inn__regex=(((",
        f"{LETTERS}?state__exact=%00",
        f"{LETTERS}?text_body__contains=key",
        "/admin/helpdesk/periodicjob/?name=%00",
        "/admin/r/1/1/",
    ],
)
def test_an_address_asks_only_what_the_page_offers(cast: Cast, boss: User, address: str) -> None:
    """Neither an error page nor an oracle: a list answers to its own filters."""
    assert enter(boss).get(address).status_code in {400, 404}


@pytest.mark.parametrize(
    "address",
    [f"{PEOPLE}?is_active__exact=1", f"{PEOPLE}?staff_roles__role__exact=engineer", f"{LETTERS}?state__exact=failed"],
)
def test_the_filters_that_a_page_offers_work(cast: Cast, boss: User, address: str) -> None:
    assert enter(boss).get(address).status_code == 200


def test_an_administrator_says_who_is_on_duty(cast: Cast, boss: User) -> None:
    roles = [{"id": row.pk, "user": cast.elena.pk, "role": row.role} for row in cast.elena.staff_roles.all()]
    assert save_person(boss, cast.elena, roles, is_on_duty="on").status_code == 302
    cast.elena.refresh_from_db()
    assert cast.elena.is_on_duty
