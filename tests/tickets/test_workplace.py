"""The workplace: what it shows, what each button does, and what happens to bad input, double clicks and late clicks."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from customers.vault.access import AccessData
from notifications.models import OutgoingEmail
from tests.cast import MONDAY_TEN, Cast, file_ticket, moment
from tests.staff_pages import enter
from tickets import attachments, workflow
from tickets.models import Attachment, Message, Ticket
from tickets.statuses import GROUND_TEXTS, Status

NOW = moment("2026-11-23 10:30")
TOMORROW = "24.11.2026"


@pytest.fixture(autouse=True)
def at_half_past_ten() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def shown(response: Any) -> Any:
    """What the template of a page was given."""
    return SimpleNamespace(**response.context_data)


def url(ticket: Ticket, verb: str = "change") -> str:
    return f"/admin/tickets/ticket/{ticket.number}/{verb}/"


def look(user: User, ticket: Ticket) -> Any:
    response = enter(user).get(url(ticket))
    assert response.status_code == 200
    return shown(response)


def press(user: User, ticket: Ticket, verb: str, **fields: Any) -> Any:
    """Post a verb's form as the page would, and read the request again."""
    response = enter(user).post(url(ticket, verb), {f"{verb}-{name}": value for name, value in fields.items()})
    ticket.refresh_from_db()
    return response


def text_of(response: Any) -> str:
    return unescape(response.content.decode()).replace("\u00a0", " ")


def letters(code: str) -> list[OutgoingEmail]:
    return list(OutgoingEmail.objects.filter(obligation=f"ticket.{code}").order_by("pk"))


def taken(cast: Cast, by: User | None = None, **filing: Any) -> Ticket:
    return workflow.take(file_ticket(cast.anna, **filing), by=by or cast.elena, at=MONDAY_TEN)


def errors(response: Any, verb: str) -> dict[str, list[str]]:
    """The errors of a verb's form on the page that came back."""
    page = shown(response)
    forms = {move.code: move.form for move in page.moves} | {"reply": page.reply_form, "note": page.note_form}
    return {name: list(words) for name, words in forms[verb].errors.items()}


def stored_files() -> list[Path]:
    root = attachments.full_path("attachments")
    return [path for path in root.rglob("*") if path.is_file()] if root.exists() else []


def paper(name: str = "журнал.txt", content: bytes = b"12:00 no fix") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


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
        (date(2026, 11, 10), 30, "Договор закончился, идут льготные дни"),
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


# --- taking ---------------------------------------------------------------------------------------------------------


@pytest.mark.clause("3.4.1")
def test_taking_brings_to_the_workplace_and_tells_the_customer_once(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    assert look(cast.elena, ticket).take == {"url": url(ticket, "take")}
    response = press(cast.elena, ticket, "take")
    assert (response.status_code, response.headers["Location"]) == (302, url(ticket))
    assert (ticket.status, ticket.engineer, ticket.reacted_at) == (Status.IN_PROGRESS, cast.elena, NOW)
    press(cast.elena, ticket, "take")
    assert len(letters("taken")) == 1
    assert look(cast.elena, ticket).take is None


def test_who_comes_late_sees_who_has_it(cast: Cast) -> None:
    ticket = taken(cast)
    response = press(cast.sergey, ticket, "take")
    assert response.status_code == 409
    assert "Уже в работе: Петрова Е. С." in text_of(response)
    assert ticket.engineer == cast.elena


def test_the_page_says_what_was_done(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    response = enter(cast.elena).post(url(ticket, "take"), follow=True)
    html = text_of(response)
    assert "Готово." in html
    assert f"Заявка № {ticket.number} взята в работу." in html


# --- answering ------------------------------------------------------------------------------------------------------


def test_a_reply_that_waits_asks_the_customer(cast: Cast) -> None:
    ticket = taken(cast)
    response = press(cast.elena, ticket, "reply", body="Пришлите журнал.", after="waiting")
    assert response.status_code == 302
    assert ticket.status == Status.WAITING
    assert "Пришлите журнал." in letters("question")[0].text_body


def test_a_reply_may_leave_the_request_in_progress(cast: Cast) -> None:
    ticket = taken(cast)
    press(cast.elena, ticket, "reply", body="Смотрим.", after="in_progress")
    assert ticket.status == Status.IN_PROGRESS
    assert len(letters("answer")) == 1


@pytest.mark.clause("3.4.1")
def test_a_reply_to_a_new_request_takes_it(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    press(cast.elena, ticket, "reply", body="Смотрим.", after="in_progress")
    assert (ticket.engineer, ticket.reacted_at) == (cast.elena, NOW)
    assert letters("taken") == []
    assert "взята в работу" in letters("answer")[0].text_body


@pytest.mark.parametrize("body", ["", "   \n\t ", "\u202e\x00"])
def test_an_empty_reply_is_refused(cast: Cast, body: str) -> None:
    ticket = taken(cast)
    response = press(cast.elena, ticket, "reply", body=body, after="waiting")
    assert response.status_code == 422
    assert errors(response, "reply") == {"body": ["Напишите ответ"]}
    assert "<title>Ошибка: " in text_of(response)
    assert not ticket.messages.exists()


def test_a_reply_must_say_what_comes_after(cast: Cast) -> None:
    response = press(cast.elena, taken(cast), "reply", body="Смотрим.")
    assert response.status_code == 422
    assert errors(response, "reply") == {"after": ["Выберите, что дальше с заявкой"]}
    assert "Смотрим." in text_of(response)


@pytest.mark.parametrize("status", [Status.WAITING, Status.DEVELOPMENT, Status.DEFERRED])
def test_where_an_answer_moves_nothing_the_page_does_not_ask_what_comes_after(cast: Cast, status: Status) -> None:
    ticket = taken(cast)
    if status == Status.WAITING:
        workflow.answer(ticket, "Что на экране?", by=cast.elena, at=NOW, waits_for_customer=True)
    elif status == Status.DEVELOPMENT:
        workflow.pass_to_development(ticket, review_date=date(2026, 12, 1), by=cast.elena, at=NOW)
    else:
        workflow.defer(ticket, ground="insufficient_info", until=date(2026, 12, 1), text="Ждём.", by=cast.elena, at=NOW)
    assert "after" not in look(cast.elena, ticket).reply_form.fields
    assert press(cast.elena, ticket, "reply", body="Ещё одно.").status_code == 302
    assert ticket.status == status


def test_a_late_wish_to_wait_is_refused_with_the_text_kept(cast: Cast) -> None:
    ticket = taken(cast)
    workflow.pass_to_development(ticket, review_date=date(2026, 12, 1), by=cast.sergey, at=NOW)
    response = press(cast.elena, ticket, "reply", body="Пришлите журнал.", after="waiting")
    assert response.status_code == 409
    html = text_of(response)
    assert "«В разработке»" in html
    assert "Пришлите журнал." in html
    assert not ticket.messages.filter(kind="staff").exists()


def test_an_ended_request_takes_no_reply_but_a_note(cast: Cast) -> None:
    ticket = taken(cast)
    workflow.close(ticket, ground="out_of_scope", text="Нет.", by=cast.sergey, at=NOW)
    page = look(cast.elena, ticket)
    assert (page.reply_form, page.composer, page.moves) == (None, "note", [])
    response = press(cast.elena, ticket, "reply", body="Ещё одно.", after="in_progress")
    assert response.status_code == 409
    assert "Ещё одно." in text_of(response)
    assert press(cast.elena, ticket, "note", body="Позвонил.").status_code == 302


def test_a_double_click_sends_one_reply(cast: Cast) -> None:
    ticket, key = taken(cast), uuid.uuid4()
    for _ in range(2):
        response = press(
            cast.elena, ticket, "reply", body="Смотрим.", after="in_progress", submission_key=key, files=[paper()]
        )
        assert response.status_code == 302
    assert ticket.messages.count() == 1
    assert len(letters("answer")) == 1
    assert len(stored_files()) == Attachment.objects.count() == 1


def test_a_double_click_saves_one_note(cast: Cast) -> None:
    ticket, key = taken(cast), uuid.uuid4()
    for _ in range(2):
        press(cast.elena, ticket, "note", body="Позвонил.", submission_key=key)
    assert ticket.messages.count() == 1


# --- notes ----------------------------------------------------------------------------------------------------------


def test_a_note_stays_inside(cast: Cast) -> None:
    ticket = taken(cast)
    before, changed = OutgoingEmail.objects.count(), ticket.updated_at
    press(cast.elena, ticket, "note", body="Клиент путает серверы.")
    press(cast.elena, ticket, "reply", body="Смотрим.", after="in_progress")
    press(cast.elena, ticket, "resolve", kind="failure", component="software", outcome="solved", text="Починили.")
    assert OutgoingEmail.objects.count() == before + 2
    for letter in OutgoingEmail.objects.all():
        assert "путает" not in letter.text_body + letter.html_body + letter.subject
    client = Client()
    client.force_login(cast.anna.user)
    page = client.get(f"/cabinet/tickets/{ticket.number}/")
    assert page.status_code == 200
    assert "путает" not in page.content.decode()
    assert ticket.updated_at > changed


@pytest.mark.parametrize("body", ["", "  \n "])
def test_an_empty_note_is_refused_and_its_tab_stays_open(cast: Cast, body: str) -> None:
    response = press(cast.elena, taken(cast), "note", body=body)
    assert response.status_code == 422
    assert errors(response, "note") == {"body": ["Напишите заметку"]}
    assert shown(response).composer == "note"


# --- files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("verb", "extra"), [("reply", {"after": "in_progress"}), ("note", {})])
def test_files_go_with_a_message_and_come_back_byte_for_byte(cast: Cast, verb: str, extra: dict[str, str]) -> None:
    ticket = taken(cast)
    content = bytes(range(256)) * 10
    press(cast.elena, ticket, verb, body="Вот файл.", files=[paper("дамп.bin", content), paper()], **extra)
    message = ticket.messages.get()
    assert {file.name for file in message.attachments.all()} == {"дамп.bin", "журнал.txt"}
    response: Any = enter(cast.elena).get(f"/files/{message.attachments.get(name='дамп.bin').pk}/")
    assert b"".join(response.streaming_content) == content


def test_a_file_of_a_note_is_not_the_customers(cast: Cast) -> None:
    ticket = taken(cast)
    press(cast.elena, ticket, "note", body="Снимок стенда.", files=[paper()])
    assert enter(cast.anna.user).get(f"/files/{Attachment.objects.get().pk}/").status_code == 404


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([paper("пусто.txt", b"")], "Файл «пусто.txt» пустой."),
        ([paper("setup.exe", b"MZ" + b"\0" * 200)], "Файл «setup.exe» не принят: исполняемые файлы не принимаем."),
        ([paper(f"{index}.txt") for index in range(11)], "Можно приложить до 10 файлов."),
    ],
)
def test_a_file_that_cannot_be_taken_is_named_and_nothing_is_kept(
    cast: Cast, files: list[SimpleUploadedFile], words: str
) -> None:
    ticket = taken(cast)
    response = press(cast.elena, ticket, "reply", body="Вот файл.", after="in_progress", files=files)
    assert response.status_code == 422
    assert words in errors(response, "reply")["files"][0]
    assert "Вот файл." in text_of(response)
    assert (stored_files(), ticket.messages.count()) == ([], 0)


def test_after_an_error_the_files_must_be_chosen_again_and_the_page_says_so(cast: Cast) -> None:
    response = press(cast.elena, taken(cast), "reply", body="", after="in_progress", files=[paper()])
    assert errors(response, "reply")["files"] == ["Выберите файлы ещё раз: браузер их не сохраняет."]
    assert stored_files() == []


def test_a_refused_reply_leaves_no_file_behind(cast: Cast) -> None:
    ticket = taken(cast)
    workflow.close(ticket, ground="out_of_scope", text="Нет.", by=cast.sergey, at=NOW)
    assert press(cast.elena, ticket, "reply", body="Вот.", after="in_progress", files=[paper()]).status_code == 409
    assert stored_files() == []


# --- while you were writing -----------------------------------------------------------------------------------------


def test_a_message_that_came_meanwhile_stops_the_reply_and_keeps_the_text(cast: Cast) -> None:
    ticket = taken(cast)
    seen = look(cast.elena, ticket).reply_form.initial["seen"]
    workflow.reply(ticket, "Уже заработало!", by=cast.anna, at=NOW)
    workflow.reply(ticket, "Спасибо.", by=cast.anna, at=NOW)
    told = {"body": "Перезагрузите контроллер.", "after": "waiting"}
    response = press(cast.elena, ticket, "reply", seen=seen, **told)
    assert response.status_code == 409
    html = text_of(response)
    for words in (
        "Пока вы писали, пришли 2 новых сообщения.", "Перезагрузите контроллер.", "Уже заработало!",
        "Показать", "Отправить всё равно", 'id="new"',
    ):  # fmt: skip
        assert words in html
    assert not ticket.messages.filter(kind="staff").exists()
    # Whoever has been told may send it as it is.
    form = shown(response).reply_form
    assert press(cast.elena, ticket, "reply", seen=form["seen"].value(), **told).status_code == 302


def test_send_anyway_sends(cast: Cast) -> None:
    ticket = taken(cast)
    workflow.reply(ticket, "Уже заработало!", by=cast.anna, at=NOW)
    answer = {"reply-body": "Рады слышать.", "reply-after": "in_progress", "reply-seen": "0", "anyway": "1"}
    assert enter(cast.elena).post(url(ticket, "reply"), answer).status_code == 302
    assert ticket.messages.filter(kind="staff").count() == 1


def test_the_guard_says_that_files_must_be_chosen_again(cast: Cast) -> None:
    ticket = taken(cast)
    workflow.reply(ticket, "Уже заработало!", by=cast.anna, at=NOW)
    response = press(cast.elena, ticket, "reply", body="Вот.", after="waiting", seen=0, files=[paper()])
    assert "Выберите файлы ещё раз" in text_of(response)
    assert stored_files() == []


def test_a_colleagues_message_stops_nobody(cast: Cast) -> None:
    ticket = taken(cast)
    workflow.answer(ticket, "Я уже пишу.", by=cast.sergey, at=NOW)
    workflow.note(ticket, "Заметка.", by=cast.sergey, at=NOW)
    assert press(cast.elena, ticket, "reply", body="Смотрим.", after="waiting", seen=0).status_code == 302


# --- development ----------------------------------------------------------------------------------------------------


def test_passing_to_development_tells_the_customer_if_wished(cast: Cast) -> None:
    ticket = taken(cast)
    ready = look(cast.elena, ticket)
    form = next(move.form for move in ready.moves if move.code == "develop")
    assert form.initial["text"].startswith("Мы передали заявку в отдел разработки.")
    press(cast.elena, ticket, "develop", task=" DEV-17 ", review_date=TOMORROW, notify="on", text="Передали.")
    assert (ticket.status, ticket.development_task, ticket.review_date) == (
        Status.DEVELOPMENT, "DEV-17", date(2026, 11, 24),
    )  # fmt: skip
    assert len(letters("development")) == 1


def test_passing_to_development_may_stay_inside(cast: Cast) -> None:
    ticket = taken(cast)
    press(cast.elena, ticket, "develop", review_date=TOMORROW, text="Передали.")
    assert ticket.status == Status.DEVELOPMENT
    assert letters("development") == []
    assert press(cast.elena, ticket, "back").status_code == 302
    assert ticket.status == Status.IN_PROGRESS


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"text": "Передали."}, {"review_date": ["Введите дату не раньше завтрашней"]}),
        ({"review_date": TOMORROW, "notify": "on"}, {"text": ["Напишите текст заказчику"]}),
        (
            {"review_date": TOMORROW, "notify": "on", "text": "Номер …"},
            {"text": ["Допишите текст вместо многоточия"]},
        ),
    ],
)
def test_development_needs_a_day_and_what_is_told(
    cast: Cast, fields: dict[str, str], expected: dict[str, list[str]]
) -> None:
    ticket = taken(cast)
    response = press(cast.elena, ticket, "develop", **fields)
    assert response.status_code == 422
    assert errors(response, "develop") == expected
    assert ticket.status == Status.IN_PROGRESS


# --- putting off and closing: the grounds of 3.8 --------------------------------------------------------------------

GROUNDS = [
    pytest.param("not_reproducible", "невозможно повторить описанную проблему", marks=pytest.mark.clause("3.8.3")),
    pytest.param(
        "insufficient_info",
        "пользователь не может предоставить достаточно исходной информации",
        marks=pytest.mark.clause("3.8.4"),
    ),
    pytest.param(
        "requirements_violated",
        "пользователь выполняет действия в нарушение технических требований",
        marks=pytest.mark.clause("3.8.5"),
    ),
    pytest.param("out_of_scope", "вопрос выходит за рамки технической поддержки", marks=pytest.mark.clause("3.8.6")),
]


@pytest.mark.parametrize(("ground", "words"), GROUNDS)
def test_the_grounds_of_the_regulation_put_off_and_close(cast: Cast, ground: str, words: str) -> None:
    ticket = taken(cast)
    html = text_of(enter(cast.elena).get(url(ticket))).lower()
    assert html.count(f'<span class="hint">{words}') == 2  # in the panels of both moves
    press(cast.elena, ticket, "defer", reason=ground, until="1.12.2026", text="Вернёмся к этому.")
    assert (ticket.status, ticket.ground, ticket.deferred_until_date) == (Status.DEFERRED, ground, date(2026, 12, 1))
    assert look(cast.elena, ticket).notice.title == "Отложена, вернёмся 1\u00a0декабря"
    press(cast.elena, ticket, "close", reason=ground, text="Закрываем.")
    assert (ticket.status, ticket.ground, ticket.outcome) == (Status.CLOSED, ground, "")
    assert len(letters("deferred")) == len(letters("closed")) == 1


@pytest.mark.parametrize(("ground", "words"), GROUNDS)
def test_a_text_left_empty_is_filled_with_the_ready_one_and_sent_only_when_seen(
    cast: Cast, ground: str, words: str
) -> None:
    ticket = taken(cast)
    response = press(cast.elena, ticket, "close", reason=ground, text="")
    assert response.status_code == 422
    assert errors(response, "close") == {"text": ["Проверьте готовый текст и отправьте ещё раз"]}
    assert str(GROUND_TEXTS[ground])[:40] in text_of(response)
    assert ticket.status == Status.IN_PROGRESS


@pytest.mark.parametrize("ground", ["insufficient_info", "requirements_violated", "out_of_scope"])
@pytest.mark.parametrize("verb", ["defer", "close"])
def test_a_ready_text_with_its_gap_is_not_sent(cast: Cast, ground: str, verb: str) -> None:
    ticket = taken(cast)
    response = press(cast.elena, ticket, verb, reason=ground, until=TOMORROW, text=str(GROUND_TEXTS[ground]))
    assert response.status_code == 422
    assert errors(response, verb) == {"text": ["Допишите текст вместо многоточия"]}
    assert ticket.status == Status.IN_PROGRESS


@pytest.mark.parametrize("verb", ["defer", "close"])
def test_another_reason_is_for_seniors_with_words_of_their_own(cast: Cast, verb: str) -> None:
    ticket = taken(cast)
    told = {"reason": "other", "until": TOMORROW, "text": "По просьбе заказчика."}
    response = press(cast.elena, ticket, verb, **told)
    assert response.status_code == 422
    assert errors(response, verb) == {"reason": ["Выберите причину"]}
    assert "Иная причина" not in text_of(enter(cast.elena).get(url(ticket)))
    assert "Иная причина" in text_of(enter(cast.sergey).get(url(ticket)))
    empty = press(cast.sergey, ticket, verb, **{**told, "text": ""})
    assert errors(empty, verb) == {"text": ["Напишите текст заказчику"]}
    assert press(cast.sergey, ticket, verb, **told).status_code == 302
    assert ticket.ground == "other"


@pytest.mark.parametrize(
    ("until", "words"),
    [
        ("", "Введите дату не раньше завтрашней"),
        ("23.11.2026", "Введите дату не раньше завтрашней"),
        ("1.1.2020", "Введите дату не раньше завтрашней"),
        ("1.12.2062", "Введите дату в пределах года от сегодняшнего дня"),
        ("31.02.2027", "Введите дату как день.месяц.год, например 30.11.2026"),
        ("завтра", "Введите дату как день.месяц.год, например 30.11.2026"),
        ("9" * 400, "Введите дату как день.месяц.год, например 30.11.2026"),
    ],
)
def test_a_day_that_cannot_be_is_refused(cast: Cast, until: str, words: str) -> None:
    ticket = taken(cast)
    response = press(cast.elena, ticket, "defer", reason="not_reproducible", until=until, text="Вернёмся.")
    assert response.status_code == 422
    assert errors(response, "defer") == {"until": [words]}
    assert "Вернёмся." in text_of(response)
    assert ticket.status == Status.IN_PROGRESS


@pytest.mark.parametrize("until", ["24.11.2026", "24.11.26", "2026-11-24", " 24.11.2026 "])
def test_tomorrow_is_the_first_day_in_any_usual_spelling(cast: Cast, until: str) -> None:
    ticket = taken(cast)
    press(cast.elena, ticket, "defer", reason="not_reproducible", until=until, text="Вернёмся.")
    assert ticket.deferred_until_date == date(2026, 11, 24)


def test_tomorrow_is_counted_where_the_desk_works(cast: Cast) -> None:
    """At five to midnight in Orenburg it is still the 23rd, in UTC too; five minutes later only here it is the 24th."""
    ticket = taken(cast)
    with time_machine.travel(moment("2026-11-24 00:05"), tick=False):
        told = {"reason": "not_reproducible", "text": "Вернёмся."}
        assert press(cast.elena, ticket, "defer", until="24.11.2026", **told).status_code == 422
        assert press(cast.elena, ticket, "defer", until="25.11.2026", **told).status_code == 302


@pytest.mark.parametrize("reason", ["", "nonsense", "resolved"])
@pytest.mark.parametrize("verb", ["defer", "close"])
def test_a_reason_must_be_one_of_the_list(cast: Cast, verb: str, reason: str) -> None:
    ticket = taken(cast)
    response = press(cast.elena, ticket, verb, reason=reason, until=TOMORROW, text="Так вышло.")
    assert response.status_code == 422
    assert errors(response, verb) == {"reason": ["Выберите причину"]}


@pytest.mark.parametrize("outcome", ["solved", "workaround", "consulted", "withdrawn", "duplicate", "misdirected"])
def test_a_request_may_be_closed_with_an_outcome(cast: Cast, outcome: str) -> None:
    ticket = taken(cast)
    press(cast.elena, ticket, "close", reason=outcome, text="Закрываем.")
    assert (ticket.status, ticket.outcome, ticket.ground) == (Status.CLOSED, outcome, "")


def test_an_outcome_is_no_ground_to_put_off(cast: Cast) -> None:
    assert press(cast.elena, taken(cast), "defer", reason="solved", until=TOMORROW, text="Так.").status_code == 422


# --- resolving ------------------------------------------------------------------------------------------------------

RESOLUTION: dict[str, Any] = {
    "kind": "failure",
    "component": "controller",
    "outcome": "workaround",
    "text": "Прошивка откатана.",
}


@pytest.mark.clause("1.3")
def test_a_request_is_resolved_with_its_qualification(cast: Cast) -> None:
    ticket = taken(cast)
    assert press(cast.elena, ticket, "resolve", **RESOLUTION).status_code == 302
    assert (ticket.status, ticket.kind, ticket.component, ticket.outcome) == (
        Status.RESOLVED, "failure", "controller", "workaround",
    )  # fmt: skip
    assert "Прошивка откатана." in letters("resolved")[0].text_body
    assert {fact.label: fact.value for fact in look(cast.elena, ticket).qualification} == {
        "Вид": "Отказ", "Компонент": "Бортовой контроллер", "Итог": "Обходное решение",
    }  # fmt: skip


@pytest.mark.clause("1.3")
@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("kind", "Выберите вид обращения"),
        ("component", "Выберите, к чему относится заявка"),
        ("outcome", "Выберите итог"),
        ("text", "Напишите, что сделано"),
    ],
)
def test_nothing_of_the_qualification_may_be_missing(cast: Cast, missing: str, words: str) -> None:
    ticket = taken(cast)
    response = press(cast.elena, ticket, "resolve", **{**RESOLUTION, missing: ""})
    assert response.status_code == 422
    assert errors(response, "resolve") == {missing: [words]}
    assert ticket.status == Status.IN_PROGRESS
    assert '<details class="move" data-menu name="move" open>' in text_of(response)


@pytest.mark.clause("3.8.2")
def test_a_new_request_may_be_resolved_at_once_and_is_taken_by_that(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    press(cast.elena, ticket, "resolve", **RESOLUTION)
    assert (ticket.status, ticket.engineer, ticket.reacted_at) == (Status.RESOLVED, cast.elena, NOW)


@pytest.mark.parametrize("verb", ["develop", "defer", "resolve", "close"])
def test_a_move_that_a_colleague_made_impossible_says_so_and_keeps_the_text(cast: Cast, verb: str) -> None:
    ticket = taken(cast)
    workflow.resolve(ticket, **RESOLUTION, by=cast.sergey, at=NOW)
    workflow.close_by_customer(ticket, by=cast.anna, at=NOW)
    told = {"reason": "out_of_scope", "until": TOMORROW, "review_date": TOMORROW, "notify": "on"}
    response = press(cast.elena, ticket, verb, **{**RESOLUTION, **told, "text": "Мой длинный текст."})
    assert response.status_code == 409
    html = text_of(response)
    assert f"Заявка № {ticket.number}" in html
    assert "«Закрыта»" in html
    assert "Мой длинный текст." in html
    assert ticket.status == Status.CLOSED


# --- criticality ----------------------------------------------------------------------------------------------------


@pytest.mark.clause("3.6.4")
def test_an_engineer_confirms_what_the_customer_claims_to_be_critical(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, criticality="critical")
    page = look(cast.elena, ticket)
    assert "confirm" in {move.code for move in page.moves}
    assert page.ticket.criticality == "Критическая, не подтверждена"
    press(cast.elena, ticket, "confirm")
    assert ticket.criticality_confirmed_at == NOW
    page = look(cast.elena, ticket)
    assert "confirm" not in {move.code for move in page.moves}
    assert page.why == "Вне очереди: критическая"


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
        "Нарушение снято: Сергеев С. С., сегодня, 10:30. Причина: Не было связи у провайдера."
    )
    assert "annul" not in {move.code for move in page.moves}
    assert ("Нарушение снято: Сергеев С. С.", "Не было связи у провайдера.") in [
        (line.words.replace("\u00a0", " "), line.note) for line in page.history
    ]
    assert page.clock.breach, "it stays"


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


def test_whoever_does_not_work_on_requests_changes_no_criticality(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    assert press(cast.oleg, ticket, "criticality", criticality="low", reason="Так.").status_code == 403
    assert enter(cast.elena).get(url(ticket, "criticality")).status_code == 405
    assert "criticality" not in {move.code for move in look(cast.oleg, ticket).moves}
