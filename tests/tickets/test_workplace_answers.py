"""Answers and notes at the workplace, with files; bad input, double clicks, and what came while somebody wrote."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from notifications.models import OutgoingEmail
from tests.cast import Cast, file_ticket
from tests.staff_pages import enter
from tests.tickets.workplace import (
    NOW,
    errors,
    letters,
    look,
    paper,
    press,
    shown,
    stored_files,
    taken,
    text_of,
    url,
)
from tickets import workflow
from tickets.models import Attachment
from tickets.statuses import Status

pytestmark = pytest.mark.usefixtures("at_half_past_ten")


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
