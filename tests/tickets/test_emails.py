"""Which letter a request owes, to whom, how often, and what it says."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone, translation

from customers.models import Membership
from notifications.models import OutgoingEmail
from tests.cast import MONDAY_TEN, Cast, file_ticket, make_customer, make_person, moment
from tickets import attachments, emails, workflow
from tickets.models import Ticket

LATER = MONDAY_TEN + timedelta(hours=1)
NBSP = "\u00a0"


def letters(ticket: Ticket, code: str = "") -> list[OutgoingEmail]:
    """What the request owes, or the letters of one kind, in the order in which they were written."""
    rows = OutgoingEmail.objects.filter(thread=emails.thread_of(ticket)).order_by("pk")
    return list(rows.filter(obligation=f"ticket.{code}") if code else rows)


def text_of(ticket: Ticket, code: str) -> str:
    [letter] = letters(ticket, code)
    return letter.text_body.replace(NBSP, " ")


# --- the confirmation -------------------------------------------------------------------------------------------------


@pytest.mark.clause("3.2.1")
@pytest.mark.clause("3.2.2")
def test_filing_owes_one_confirmation_to_the_contact_of_the_request(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, contact_email="dispatcher@reis.example")
    [letter] = letters(ticket)
    assert (letter.obligation, letter.to_address) == ("ticket.confirmation", "dispatcher@reis.example")
    assert letter.subject == f"[#{ticket.number}] Заявка принята: Не приходят координаты с контроллера 4512"
    assert letter.due_at == MONDAY_TEN
    assert letter.is_automatic


def test_a_confirmation_says_what_was_received_when_and_when_to_expect_a_reaction(cast: Cast) -> None:
    text = text_of(file_ticket(cast.anna, criticality="high", at=moment("2026-11-22 18:40")), "confirmation")
    assert "Здравствуйте, Анна Павловна!" in text
    assert "Получена: 22 ноября 2026 г., 18:40, личный кабинет\n" in text
    assert "Критичность: высокая\n" in text
    assert "Ожидаемая реакция: пн, 23 ноября, до 13:00\n" in text


@pytest.mark.clause("3.5b.3")
def test_a_confirmation_says_what_the_time_of_solution_depends_on(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    sentence = "Срок решения зависит от критичности, сложности и необходимости передать вопрос в разработку."
    assert sentence in text_of(ticket, "confirmation")
    assert sentence in letters(ticket)[0].html_body


def test_without_a_valid_contract_a_confirmation_names_no_term(cast: Cast) -> None:
    stranger = make_customer("ООО «Без договора»", None)
    person = make_person("Ложкин Лев Львович", "lev@none.example")
    ticket = file_ticket(Membership.objects.create(user=person, customer=stranger, role=Membership.Role.MEMBER))
    assert ticket.due_at is not None, "an internal term keeps it from starving"
    [letter] = letters(ticket)
    for body in (letter.text_body, letter.html_body):
        assert "Срок реакции сообщим, когда проверим договор." in body
        assert "Ожидаемая реакция" not in body
        assert "Начнём обработку" not in body
        assert "18:00" not in body


@pytest.mark.parametrize(
    ("lacks", "asked"),
    [
        ({"steps": ""}, ["— шаги для повторения."]),
        ({"version": ""}, ["— версию программы."]),
        ({"steps": "", "version": ""}, ["— шаги для повторения;", "— версию программы."]),
        ({"steps": "", "contact_phone": ""}, ["— шаги для повторения;", "— телефон для связи."]),
        ({}, []),
    ],
)
def test_a_confirmation_asks_for_what_is_missing_and_for_nothing_else(
    cast: Cast, lacks: dict[str, Any], asked: list[str]
) -> None:
    text = text_of(file_ticket(cast.anna, **lacks), "confirmation")
    assert [line for line in text.splitlines() if line.startswith("— ")] == asked
    assert ("Чтобы мы быстрее нашли причину, добавьте:" in text) is bool(asked)


def test_a_confirmation_does_not_ask_for_the_version_of_a_saved_server(cast: Cast) -> None:
    server = cast.reis.servers.create(address="10.1.4.20", name="Основной", version="4.2.1")
    assert "версию программы" not in text_of(file_ticket(cast.anna, server=server, version=""), "confirmation")


def test_times_are_the_desks_whoever_causes_the_letter(cast: Cast) -> None:
    with timezone.override("Asia/Tokyo"):
        text = text_of(file_ticket(cast.anna), "confirmation")
    assert "23 ноября 2026 г., 10:00" in text
    assert text.count("Время — Оренбург (UTC+5)") == 1


def test_a_letter_speaks_the_language_of_the_request_whoever_causes_it(cast: Cast) -> None:
    cast.anna.user.language = "en"
    ticket = file_ticket(cast.anna, subject="No coordinates")
    with translation.override("ru"):
        workflow.take(ticket, by=cast.elena, at=LATER)
    [letter] = letters(ticket, "taken")
    assert letter.subject == f"[#{ticket.number}] Ticket in progress: No coordinates"
    assert "If we need more details, we will write to you." in letter.text_body


@pytest.mark.parametrize(
    ("told", "greeting"),
    [
        ({}, "Здравствуйте, Анна Павловна!"),
        (
            {"contact_email": "other@reis.example", "contact_name": "Иванов Павел Сергеевич"},
            "Здравствуйте, Павел Сергеевич!",
        ),
        ({"contact_email": "other@reis.example", "contact_name": "Диспетчер"}, "Здравствуйте!"),
    ],
    ids=["author", "contact", "unknown"],
)
def test_a_letter_greets_its_reader_by_name_where_the_name_is_known(
    cast: Cast, told: dict[str, Any], greeting: str
) -> None:
    assert text_of(file_ticket(cast.anna, **told), "confirmation").startswith(f"{greeting}\n")


def test_a_person_is_addressed_as_he_asked(cast: Cast) -> None:
    cast.anna.user.address_as = "Аня"
    assert text_of(file_ticket(cast.anna), "confirmation").startswith("Здравствуйте, Аня!\n")


def test_a_request_without_an_address_owes_no_letter(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, contact_email="")
    workflow.answer(ticket, "Посмотрим.", by=cast.elena, at=LATER)
    assert OutgoingEmail.objects.count() == 0


# --- that work has begun ----------------------------------------------------------------------------------------------


@pytest.mark.clause("3.4.1")
def test_that_work_has_begun_is_told_once_in_a_requests_life(cast: Cast) -> None:
    ticket = workflow.take(file_ticket(cast.anna), by=cast.elena, at=LATER)
    workflow.take(ticket, by=cast.elena, at=LATER)
    workflow.answer(ticket, "Проверяем.", by=cast.elena, at=LATER)
    workflow.resolve(
        ticket, kind="failure", component="software", outcome="solved", text="Готово.", by=cast.elena, at=LATER
    )
    workflow.reply(ticket, "Снова не работает.", by=cast.anna, at=LATER)
    workflow.take(ticket, by=cast.elena, at=LATER)
    assert len(letters(ticket, "taken")) == 1
    begun = [letter.obligation for letter in letters(ticket) if "взята в работу" in letter.text_body]
    assert begun == ["ticket.taken"]
    assert "Инженер: Петрова Е. С." in text_of(ticket, "taken")


@pytest.mark.clause("3.4.1")
@pytest.mark.parametrize("code", ["answer", "question", "resolved", "closed"])
def test_what_takes_a_new_request_by_itself_opens_with_the_same_sentence(cast: Cast, code: str) -> None:
    ticket = file_ticket(cast.anna)
    if code == "resolved":
        told: Any = {"kind": "failure", "component": "software", "outcome": "solved"}
        workflow.resolve(ticket, text="Готово.", by=cast.elena, at=LATER, **told)
    elif code == "closed":
        workflow.close(ticket, text="Это дубль.", outcome="duplicate", by=cast.elena, at=LATER)
    else:
        workflow.answer(ticket, "Ответ.", by=cast.elena, at=LATER, waits_for_customer=code == "question")
    assert [letter.obligation for letter in letters(ticket)] == ["ticket.confirmation", f"ticket.{code}"]
    _greeting, _, opening = text_of(ticket, code).partition("\n\n")
    assert opening.startswith(f"Заявка № {ticket.number} взята в работу.\n\n")


# --- the correspondence -----------------------------------------------------------------------------------------------


def test_an_answer_carries_its_text_its_author_and_the_names_of_its_files(cast: Cast) -> None:
    ticket = workflow.take(file_ticket(cast.anna), by=cast.elena, at=LATER)
    files = attachments.write([SimpleUploadedFile(name, b"1") for name in ("схема & план.txt", "отчёт.txt")])
    workflow.answer(ticket, "Первая строка\n\n  <вторая> & «третья»", by=cast.elena, at=LATER, files=files)
    [letter] = letters(ticket, "answer")
    assert letter.subject.startswith(f"[#{ticket.number}] Ответ: ")
    text = letter.text_body.replace(NBSP, " ")
    assert "Первая строка\n\n  <вторая> & «третья»\n\nПетрова Е. С., инженер технической поддержки\n" in text
    assert "Файлы (2): отчёт.txt, схема & план.txt — в заявке" in text
    assert "&lt;вторая&gt; &amp; «третья»" in letter.html_body
    assert "отчёт.txt, схема &amp; план.txt" in letter.html_body
    assert "взята в работу" not in text
    assert "Мы ждём вашего ответа" not in text
    assert not letter.is_automatic


def test_a_question_says_that_we_wait(cast: Cast) -> None:
    ticket = workflow.take(file_ticket(cast.anna), by=cast.elena, at=LATER)
    workflow.answer(ticket, "Когда это началось?", by=cast.elena, at=LATER, waits_for_customer=True)
    [letter] = letters(ticket, "question")
    assert letters(ticket, "answer") == []
    assert letter.subject.startswith(f"[#{ticket.number}] Нужен ваш ответ: ")
    for body in (letter.text_body, letter.html_body):
        assert "Мы ждём вашего ответа. Без него продолжить не получится." in body


def test_an_internal_note_is_never_mailed(cast: Cast) -> None:
    ticket = workflow.take(file_ticket(cast.anna), by=cast.elena, at=LATER)
    before = len(letters(ticket))
    workflow.note(ticket, "Секрет-4711", by=cast.elena, at=LATER)
    assert len(letters(ticket)) == before
    workflow.answer(ticket, "Уточните время.", by=cast.elena, at=LATER, waits_for_customer=True)
    workflow.note(ticket, "Секрет-4711", by=cast.elena, at=LATER)
    workflow.remind(ticket, at=LATER + timedelta(days=7))
    assert len(letters(ticket, "reminder")) == 1
    for letter in letters(ticket):
        assert "Секрет-4711" not in letter.subject + letter.text_body + letter.html_body


def test_a_reminder_repeats_the_question_and_comes_once_for_each_time_that_we_wait(cast: Cast) -> None:
    ticket = workflow.take(file_ticket(cast.anna), by=cast.elena, at=LATER)
    workflow.answer(ticket, "Когда это началось?", by=cast.elena, at=LATER, waits_for_customer=True)
    for days in (7, 8, 30):
        workflow.remind(ticket, at=LATER + timedelta(days=days))
    assert "Когда это началось?" in text_of(ticket, "reminder")
    again = LATER + timedelta(days=31)
    workflow.reply(ticket, "Вчера.", by=cast.anna, at=again)
    workflow.answer(ticket, "Во сколько?", by=cast.elena, at=again, waits_for_customer=True)
    workflow.remind(ticket, at=again + timedelta(days=7))
    assert ["Во сколько?" in letter.text_body for letter in letters(ticket, "reminder")] == [False, True]


def test_every_letter_of_a_request_answers_its_first_one(cast: Cast) -> None:
    ticket = workflow.take(file_ticket(cast.anna), by=cast.elena, at=LATER)
    workflow.answer(ticket, "Проверяем.", by=cast.elena, at=LATER)
    first, *later = letters(ticket)
    assert first.in_reply_to == ""
    assert [letter.in_reply_to for letter in later] == [first.message_id] * 2


# --- the moves --------------------------------------------------------------------------------------------------------


@pytest.mark.clause("3.7.1")
def test_a_deferral_gives_its_ground_and_its_day_and_promises_nothing(cast: Cast) -> None:
    ticket = workflow.take(file_ticket(cast.anna), by=cast.elena, at=LATER)
    workflow.defer(
        ticket, ground="insufficient_info", until=date(2026, 12, 1), text="Нужен журнал.", by=cast.elena, at=LATER
    )
    text = text_of(ticket, "deferred")
    assert letters(ticket, "deferred")[0].subject.startswith(
        f"[#{ticket.number}] Отложена, вернёмся к ней 1 декабря: Не приходят"
    )
    assert "не может предоставить достаточно исходной информации" in text
    assert "Вернёмся к заявке: 1 декабря 2026 г.\n" in text
    assert "Нужен журнал." in text
    assert "будет решен" not in text


def test_a_ground_in_a_seniors_own_words_brings_no_words_of_the_regulation(cast: Cast) -> None:
    ticket = workflow.take(file_ticket(cast.anna), by=cast.sergey, at=LATER)
    workflow.close(ticket, ground="other", text="Стенд разобран.", by=cast.sergey, at=LATER)
    text = text_of(ticket, "closed")
    assert "Стенд разобран." in text
    assert "Причина по регламенту" not in text
    assert "вы не согласны, напишите в заявке в течение 30 дней" in text


def test_development_is_told_only_where_the_engineer_writes_to_the_customer(cast: Cast) -> None:
    review = date(2026, 12, 1)
    silent = workflow.take(file_ticket(cast.anna), by=cast.elena, at=LATER)
    workflow.pass_to_development(silent, review_date=review, task="DEV-7", by=cast.elena, at=LATER)
    assert letters(silent, "development") == []
    told = workflow.take(file_ticket(cast.anna), by=cast.elena, at=LATER)
    workflow.pass_to_development(told, review_date=review, task="DEV-7", text="Передали.", by=cast.elena, at=LATER)
    text = text_of(told, "development")
    assert "передана в разработку" in text
    assert "DEV-7" not in text, "the task's number is ours"


def test_a_resolution_says_what_was_done_and_how_to_open_the_request_again(cast: Cast) -> None:
    ticket = workflow.take(file_ticket(cast.anna), by=cast.elena, at=LATER)
    workflow.resolve(
        ticket,
        kind="failure",
        component="software",
        outcome="workaround",
        text="Включили обходной канал.",
        by=cast.elena,
        at=LATER,
    )
    text = text_of(ticket, "resolved")
    assert "Итог: обходное решение\n" in text
    assert "Включили обходной канал." in text
    assert "напишите в заявке в течение 30 дней — она откроется снова" in text


def test_withdrawing_is_confirmed_each_time(cast: Cast) -> None:
    ticket = workflow.close_by_customer(file_ticket(cast.anna), by=cast.anna, at=LATER)
    workflow.close_by_customer(ticket, by=cast.anna, at=LATER)
    assert len(letters(ticket, "withdrawn")) == 1
    workflow.reply(ticket, "Всё-таки не работает.", by=cast.anna, at=LATER + timedelta(hours=1))
    workflow.close_by_customer(ticket, by=cast.anna, at=LATER + timedelta(hours=2))
    assert len(letters(ticket, "withdrawn")) == 2


def test_closing_a_resolved_request_needs_no_letter(cast: Cast) -> None:
    ticket = workflow.take(file_ticket(cast.anna), by=cast.elena, at=LATER)
    workflow.resolve(
        ticket, kind="failure", component="software", outcome="solved", text="Готово.", by=cast.elena, at=LATER
    )
    before = len(letters(ticket))
    workflow.close_by_customer(ticket, by=cast.anna, at=LATER)
    assert len(letters(ticket)) == before
