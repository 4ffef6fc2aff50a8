"""The stock pages of the admin: what they show and change, what they never show, what they cost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.admin_permissions import RoleAccess
from accounts.models import User
from accounts.roles import Role
from customers.models import Contract, Customer, Membership, Server
from helpdesk import schedule
from helpdesk.models import PeriodicJob
from notifications import outbox
from notifications.models import OutgoingEmail
from notifications.rendering import Letter
from sla.models import CalendarDay, SupportLevel
from tests.cast import (
    MONDAY_TEN,
    Cast,
    file_ticket,
    make_calendar,
    make_customer,
    make_person,
    moment,
    new_calendar_version,
    new_level_version,
)
from tests.staff_pages import enter, page_of

NOW = moment("2026-11-23 10:30")
CUSTOMERS = "/admin/customers/customer/"
PEOPLE = "/admin/accounts/user/"
LETTERS = "/admin/notifications/outgoingemail/"


@pytest.fixture(autouse=True)
def at_half_past_ten() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def letter(
    to: str = "anna@reis.example", *, state: str = "queued", is_sensitive: bool = False, **facts: Any
) -> OutgoingEmail:
    outbox.put(
        Letter("[#10001] Заявка принята", "Мы приняли заявку.\nСсылка: https://desk.example/r/1", "", "ru"),
        obligation="ticket.confirmation",
        about=f"test:{OutgoingEmail.objects.count()}",
        to=to,
        at=MONDAY_TEN,
        is_sensitive=is_sensitive,
    )
    row = OutgoingEmail.objects.latest("pk")
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
        "чт, 31 декабря", "рабочий, 9:00–17:00", "перерыв 13:00–14:00; Оренбург, UTC+5",
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
    assert "Текст скрыт" in html
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
    assert "Места в очереди<br><small>flip_rungs</small>" in html
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
