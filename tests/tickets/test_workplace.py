"""The workplace: what it shows, which buttons stand there, its clocks."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.roles import Role
from customers.vault.access import AccessData
from tests.cast import MONDAY_TEN, Cast, file_ticket, make_person, moment
from tests.staff_pages import enter
from tests.tickets.workplace import (
    NOW,
    RESOLUTION,
    TOMORROW,
    errors,
    letters,
    look,
    press,
    taken,
    text_of,
    url,
)
from tickets import workflow
from tickets.models import Message, Ticket
from tickets.statuses import Status

pytestmark = pytest.mark.usefixtures("at_half_past_ten")


# --- what it shows --------------------------------------------------------------------------------------------------


@pytest.mark.clause("card.5")
def test_the_workplace_shows_the_request_its_people_and_its_term(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, at=moment("2026-11-20 17:30"), access=AccessData(login="root", password="s3cret"))
    page = look(cast.elena, ticket)
    assert (page.ticket.number, page.ticket.customer, page.ticket.status.label) == (
        ticket.number, "ООО «Рейс»", "Новая",
    )  # fmt: skip
    assert [line.replace("\u00a0", " ") for line in page.clock.lines] == [
        "Принята: 20 ноября, 17:30",
        "Срок: пн, 23 ноября, до 12:30",
        "Уровень «Стандарт», 4 рабочих часа",
    ]
    assert [line.replace("\u00a0", " ") for line in page.clock.explanation.lines][2:-1] == [
        "пт, 20 ноября, 17:30–18:00: 30 мин",
        "сб–вс, 21–22 ноября: 2 нерабочих дня",
        "пн, 23 ноября, 9:00–12:30: 3 ч 30 мин",
    ]
    assert page.clock.used_percent == 50
    assert {fact.label: fact.value for fact in page.contact_facts} == {
        "ФИО": "Иванова Анна Павловна", "Телефон": "8-3532-373-233", "E-mail": "anna@reis.example",
    }  # fmt: skip
    html = text_of(enter(cast.elena).get(url(ticket)))
    for words in ("С утра на карте нет трёх машин.", "10.1.4.20", "Договор", "Выбрать машину 4512"):
        assert words in html


def test_access_data_never_stands_on_the_page(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, access=AccessData(login="root-login", password="s3cret-word", note="порт 2222"))
    html = text_of(enter(cast.elena).get(url(ticket)))
    assert "Права" in html
    for secret in ("root-login", "s3cret-word", "порт 2222", "v1."):
        assert secret not in html
    client = enter(cast.elena)
    with CaptureQueriesContext(connection) as queries:
        client.get(url(ticket))
    assert "_sealed" not in "".join(query["sql"] for query in queries)


def test_what_a_customer_writes_cannot_run_on_the_page(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, subject="<script>alert(1)</script>", description="<img src=x onerror=alert(1)>")
    workflow.reply(ticket, "<script>alert(2)</script>", by=cast.anna, at=MONDAY_TEN)
    html = enter(cast.elena).get(url(ticket)).content.decode()
    assert "<script>alert" not in html
    assert "<img src=x" not in html


def test_the_thread_stands_in_time_order_with_notes_and_events(cast: Cast) -> None:
    ticket = taken(cast)
    workflow.note(ticket, "Похоже на старую прошивку.", by=cast.sergey, at=MONDAY_TEN + timedelta(minutes=1))
    workflow.answer(ticket, "Смотрим.", by=cast.elena, at=MONDAY_TEN + timedelta(minutes=2))
    workflow.reply(ticket, "Ждём.", by=cast.anna, at=MONDAY_TEN + timedelta(minutes=3))
    entries = look(cast.elena, ticket).entries
    assert [entry.kind for entry in entries if entry.kind != "event"] == ["note", "staff", "customer"]
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)


def test_other_open_requests_of_the_customer_stand_beside(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    others = [file_ticket(cast.boris, at=MONDAY_TEN + timedelta(minutes=step)) for step in range(6)]
    file_ticket(cast.clara)
    workflow.close(others[0], ground="out_of_scope", text="Нет.", by=cast.elena, at=NOW)
    assert [row.number for row in look(cast.elena, ticket).open_tickets] == [it.number for it in others[1:6]]


def test_the_neighbours_follow_the_queue(cast: Cast) -> None:
    first, middle, last = (file_ticket(cast.anna, at=MONDAY_TEN + timedelta(minutes=step)) for step in range(3))
    page = look(cast.elena, middle)
    assert (page.previous_url, page.following_url) == (url(first), url(last))
    assert look(cast.elena, first).previous_url is None
    assert look(cast.elena, last).following_url is None


@pytest.mark.parametrize(
    ("ends", "grace", "warning"),
    [
        (date(2027, 12, 31), 30, None),
        (date(2026, 11, 10), 30, "Договор закончился, идёт льготный срок"),
        (date(2026, 10, 1), 30, "закончился 1 октября 2026"),
    ],
)
def test_a_contract_that_has_ended_is_named(cast: Cast, ends: date, grace: int, warning: str | None) -> None:
    ticket = file_ticket(cast.anna)
    cast.reis.contracts.update(ends_date=ends, grace_days=grace)
    said = look(cast.elena, ticket).customer_warning
    assert said is None if warning is None else warning in said.replace("\u00a0", " ")


def test_a_customer_without_a_contract_is_named_and_the_term_is_internal(cast: Cast) -> None:
    cast.reis.contracts.all().delete()
    page = look(cast.elena, file_ticket(cast.anna))
    assert page.customer_warning == "Действующего договора нет"
    assert "внутренний срок" in page.clock.lines[-1]


@pytest.mark.parametrize("number", ["0", "999999", "9" * 30])
def test_a_number_that_nobody_has_is_not_found(cast: Cast, number: str) -> None:
    assert enter(cast.elena).get(f"/admin/tickets/ticket/{number}/change/").status_code == 404
    for verb in ("take", "reply", "note", "defer"):
        assert enter(cast.elena).post(f"/admin/tickets/ticket/{number}/{verb}/").status_code == 404


@pytest.mark.parametrize("number", ["abc", "-1", "1.5", "%00"])
def test_what_is_no_number_is_not_found(cast: Cast, number: str) -> None:
    assert enter(cast.elena).get(f"/admin/tickets/ticket/{number}/change/").status_code == 404


VERBS = ("take", "reply", "note", "develop", "back", "defer", "resolve", "close", "confirm")


@pytest.mark.parametrize("verb", VERBS)
def test_verbs_are_posted(cast: Cast, verb: str) -> None:
    assert enter(cast.elena).get(url(file_ticket(cast.anna), verb)).status_code == 405


def test_verbs_need_the_token_of_the_page(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.elena)
    assert client.post(url(ticket, "take")).status_code == 403
    ticket.refresh_from_db()
    assert ticket.status == Status.NEW


def test_stock_pages_that_add_or_delete_requests_do_not_exist(cast: Cast) -> None:
    number = file_ticket(cast.anna).number
    for path in ("add/", f"{number}/delete/", f"{number}/history/", f"{number}/"):
        assert enter(cast.sergey).get(f"/admin/tickets/ticket/{path}").status_code == 404


def test_ten_messages_cost_fourteen_queries_at_most(cast: Cast) -> None:
    def cost(ticket: Ticket) -> int:
        client = enter(cast.elena)
        client.get(url(ticket))
        # Another minute has begun: the footer's hours are read again.
        with time_machine.travel(NOW + timedelta(minutes=1), tick=False), CaptureQueriesContext(connection) as queries:
            client.get(url(ticket))
        return len(queries)

    short, long = taken(cast), taken(cast)
    file_ticket(cast.boris)
    for step in range(5):
        workflow.answer(long, "Что на экране?", by=cast.sergey, at=MONDAY_TEN + timedelta(minutes=step))
        workflow.reply(long, "Пусто.", by=cast.boris, at=MONDAY_TEN + timedelta(minutes=step))
        workflow.note(long, "Странно.", by=cast.elena, at=MONDAY_TEN + timedelta(minutes=step))
    assert cost(short) == cost(long) <= 14


# --- which buttons stand there --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "offered"),
    [
        (Status.NEW, {"resolve", "close"}),
        (Status.IN_PROGRESS, {"develop", "defer", "resolve", "close"}),
        (Status.WAITING, {"back", "defer", "resolve", "close"}),
        (Status.DEVELOPMENT, {"back", "defer", "resolve", "close"}),
        (Status.DEFERRED, {"back", "resolve", "close"}),
        (Status.RESOLVED, set()),
        (Status.CLOSED, set()),
    ],
)
def test_a_status_offers_its_moves(cast: Cast, status: Status, offered: set[str]) -> None:
    ticket = file_ticket(cast.anna) if status == Status.NEW else taken(cast)
    soon = date(2026, 12, 1)
    if status == Status.WAITING:
        workflow.answer(ticket, "Что там?", by=cast.elena, at=NOW, waits_for_customer=True)
    elif status == Status.DEVELOPMENT:
        workflow.pass_to_development(ticket, review_date=soon, by=cast.elena, at=NOW)
    elif status == Status.DEFERRED:
        workflow.defer(ticket, ground="not_reproducible", until=soon, text="Ждём.", by=cast.elena, at=NOW)
    elif status == Status.RESOLVED:
        workflow.resolve(ticket, **RESOLUTION, by=cast.elena, at=NOW)
    elif status == Status.CLOSED:
        workflow.close(ticket, ground="out_of_scope", text="Нет.", by=cast.elena, at=NOW)
    page = look(cast.elena, ticket)
    assert {move.code for move in page.moves} - {"criticality"} == offered
    assert ("criticality" in {move.code for move in page.moves}) is (status not in {Status.RESOLVED, Status.CLOSED})
    # Whoever may not work sees the page without them.
    for reader in (cast.oleg, cast.maria):
        page = look(reader, ticket)
        assert (page.moves, page.take, page.reply_form, page.note_form) == ([], None, None, None)


def test_a_customers_message_brings_the_request_back_and_the_note_of_the_day_is_gone(cast: Cast) -> None:
    ticket = taken(cast)
    press(cast.elena, ticket, "defer", reason="not_reproducible", until=TOMORROW, text="Ждём.")
    workflow.reply(ticket, "Повторилось!", by=cast.anna, at=NOW)
    page = look(cast.elena, ticket)
    assert (page.ticket.status.code, page.notice) == ("in_progress", None)
    assert Message.objects.filter(ticket=ticket).count() == 2


@pytest.mark.parametrize("verb", ["resolve", "close", "defer", "develop"])
def test_a_move_over_a_message_that_nobody_has_read_shows_it_first(cast: Cast, verb: str) -> None:
    ticket = taken(cast)
    workflow.reply(ticket, "Стало ещё хуже!", by=cast.anna, at=NOW)
    fields: dict[str, dict[str, Any]] = {
        "resolve": RESOLUTION,
        "close": {"reason": "out_of_scope", "text": "Не к нам."},
        "defer": {"reason": "out_of_scope", "until": "01.12.2026", "text": "Позже."},
        "develop": {"review_date": "01.12.2026", "notify": "on", "text": "Передали."},
    }
    before = ticket.status
    response = press(cast.elena, ticket, verb, **fields[verb], seen=0)
    assert response.status_code == 409 and ticket.status == before
    assert "пришло 1 новое сообщение" in text_of(response).replace("\xa0", " ")
    seen = ticket.messages.get(kind="customer").pk
    assert f'name="{verb}-seen" value="{seen}"' in response.content.decode()
    assert press(cast.elena, ticket, verb, **fields[verb], seen=seen).status_code == 302
    assert ticket.status != before


# --- the clocks -----------------------------------------------------------------------------------------------------


def test_by_when_an_answer_is_due_is_told_to_the_staff(cast: Cast) -> None:
    ticket = taken(cast)
    assert any(line.startswith("Ответ до: пн, 23") for line in look(cast.elena, ticket).clock.lines)
    with time_machine.travel(moment("2026-11-23 15:40"), tick=False):
        assert "Ответ просрочен на 40\u00a0мин" in look(cast.elena, ticket).clock.lines
    with time_machine.travel(moment("2026-11-23 15:00") + timedelta(seconds=20), tick=False):
        assert "Ответ просрочен меньше чем на минуту" in look(cast.elena, ticket).clock.lines
    workflow.answer(ticket, "Смотрим.", by=cast.elena, at=NOW)
    assert not any("Ответ" in line for line in look(cast.elena, ticket).clock.lines)


def test_the_first_answer_of_an_untaken_request_is_its_reaction(cast: Cast) -> None:
    assert not any("Ответ" in line for line in look(cast.elena, file_ticket(cast.anna)).clock.lines)


def breached(cast: Cast) -> Ticket:
    return workflow.take(file_ticket(cast.anna, at=moment("2026-11-20 10:00")), by=cast.elena, at=NOW)


def test_a_breach_stands_on_the_card_and_in_the_history(cast: Cast) -> None:
    page = look(cast.elena, breached(cast))
    assert page.clock.breach.replace("\u00a0", " ") == "Срок истёк без реакции: 20 ноября, 15:00"
    assert "Срок реакции нарушен" in [line.words for line in page.history]
    assert look(cast.elena, taken(cast)).clock.breach == ""


@pytest.mark.parametrize(("person", "offered"), [("sergey", True), ("elena", False), ("maria", False), ("oleg", False)])
def test_annulling_is_offered_to_seniors_where_there_is_a_breach(cast: Cast, person: str, offered: bool) -> None:
    user = getattr(cast, person)
    assert ("annul" in {move.code for move in look(user, breached(cast)).moves}) is offered
    assert "annul" not in {move.code for move in look(user, file_ticket(cast.anna)).moves}


def test_a_senior_annuls_a_breach_and_the_page_says_who_and_why(cast: Cast) -> None:
    ticket = breached(cast)
    assert press(cast.sergey, ticket, "annul", reason="Не было связи у провайдера.").status_code == 302
    page = look(cast.sergey, ticket)
    assert page.clock.annulment.replace("\u00a0", " ") == (
        "Нарушение аннулировано: Сергеев С. С., сегодня, 10:30. Причина: Не было связи у провайдера."
    )
    assert "annul" not in {move.code for move in page.moves}
    assert ("Нарушение аннулировано: Сергеев С. С.", "Не было связи у провайдера.") in [
        (line.words.replace("\u00a0", " "), line.note) for line in page.history
    ]
    assert page.clock.breach, "it stays"


def test_who_annuls_second_reads_that_another_did_and_why(cast: Cast) -> None:
    other = make_person("Старцев Олег Игоревич", "star@desk.example", Role.SENIOR)
    ticket = breached(cast)
    assert press(other, ticket, "annul", reason="Авария у провайдера.").status_code == 302
    response = press(cast.sergey, ticket, "annul", reason="Не было связи.")
    assert response.status_code == 409
    assert "Нарушение уже снято (Старцев О. И.). Причина: Авария у провайдера." in text_of(response)
    assert "Не было связи." in text_of(response), "what was typed is still there"
    assert press(other, ticket, "annul", reason="Авария у провайдера.").status_code == 302, "a double click"


def test_annulling_needs_a_reason_a_senior_and_a_breach(cast: Cast) -> None:
    ticket = breached(cast)
    response = press(cast.sergey, ticket, "annul", reason=" ")
    assert response.status_code == 422
    assert errors(response, "annul") == {"reason": ["Напишите, почему нарушение не учитывается"]}
    assert press(cast.elena, ticket, "annul", reason="Так вышло.").status_code == 403
    assert Client().post(url(ticket, "annul")).status_code == 302
    assert enter(cast.anna.user).post(url(ticket, "annul")).status_code in {302, 403}
    assert enter(cast.sergey).get(url(ticket, "annul")).status_code == 405
    assert press(cast.sergey, file_ticket(cast.anna), "annul", reason="Так вышло.").status_code == 409


@pytest.mark.clause("3.6.4")
def test_an_engineer_changes_the_criticality_with_a_reason(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, criticality="critical")
    assert "criticality" in {move.code for move in look(cast.elena, ticket).moves}
    response = press(cast.elena, ticket, "criticality", criticality="medium", reason="Карта работает.")
    assert response.status_code == 302
    assert (ticket.criticality, ticket.rung) == ("medium", 5)
    assert "Карта работает." in letters("criticality")[0].text_body


@pytest.mark.parametrize(
    ("told", "errors_of_form"),
    [
        ({"criticality": "low", "reason": ""}, {"reason": ["Напишите заказчику, почему"]}),
        ({"criticality": "medium", "reason": "Так."}, {"criticality": ["Критичность уже такая. Выберите другую."]}),
        ({"criticality": "", "reason": "Так."}, {"criticality": ["Выберите критичность"]}),
    ],
)
def test_a_change_of_criticality_that_says_too_little_is_refused(
    cast: Cast, told: dict[str, str], errors_of_form: dict[str, list[str]]
) -> None:
    ticket = file_ticket(cast.anna)
    response = press(cast.elena, ticket, "criticality", **told)
    assert response.status_code == 422
    assert errors(response, "criticality") == errors_of_form
    assert ticket.criticality == "medium"


@pytest.mark.clause("3.6.4")
def test_critical_is_offered_to_seniors_and_where_it_is_so_already(cast: Cast) -> None:
    """What engineers are offered instead is the word who may."""
    ticket, critical = file_ticket(cast.anna), file_ticket(cast.anna, criticality="critical")

    def field(person: User, request: Ticket) -> Any:
        (form,) = (move.form for move in look(person, request).moves if move.code == "criticality")
        return form["criticality"]

    def offered(person: User, request: Ticket) -> bool:
        return "critical" in [code for code, _label in field(person, request).field.choices]

    assert [offered(cast.elena, ticket), offered(cast.sergey, ticket), offered(cast.elena, critical)] == [
        False, True, True,
    ]  # fmt: skip
    assert field(cast.elena, ticket).help_text.startswith("Критической заявку делает только старший")
    assert press(cast.elena, ticket, "criticality", criticality="critical", reason="Стоит.").status_code == 422
    response = press(cast.sergey, ticket, "criticality", criticality="critical", reason=" ")
    assert errors(response, "criticality") == {"reason": ["Напишите, почему заявка идёт вне очереди"]}
    assert press(cast.sergey, ticket, "criticality", criticality="critical", reason="Стоит.").status_code == 302
    assert (ticket.criticality, ticket.rung) == ("critical", 1)
    assert letters("criticality") == []


def test_whoever_does_not_work_on_requests_changes_no_criticality(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    assert press(cast.oleg, ticket, "criticality", criticality="low", reason="Так.").status_code == 403
    assert enter(cast.elena).get(url(ticket, "criticality")).status_code == 405
    assert "criticality" not in {move.code for move in look(cast.oleg, ticket).moves}
