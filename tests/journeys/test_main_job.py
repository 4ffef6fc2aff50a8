"""The main job, end to end, for real: two people in two browsers, and the letters as the mail catcher received them."""

from __future__ import annotations

import re
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.desk import Desk, wait_until
from tests.journeys.conftest import SignIn

pytestmark = pytest.mark.journey

SECRET = "tayna-servera-88"


def letters_about(desk: Desk, number: str, words: str) -> list[EmailMessage]:
    """The letters of one request whose subject says these words, oldest first."""
    return [letter for letter in desk.letters() if letter["Subject"].startswith(f"[#{number}] {words}")]


def wait_for_letter(desk: Desk, number: str, words: str) -> EmailMessage:
    wait_until(lambda: bool(letters_about(desk, number, words)), 15, desk.output)
    return letters_about(desk, number, words)[-1]


def text_of(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\xa0", " ")


def fill_new_ticket(page: Page, subject: str) -> None:
    """Everything that 3.5a asks for."""
    page.get_by_role("link", name="Новая заявка").first.click()
    page.get_by_label("Коротко о проблеме").fill(subject)
    page.get_by_label("Описание", exact=False).first.fill(
        "С утра на карте стоят три машины.\nКоординаты не обновляются."
    )
    page.get_by_label("Шаги для повторения").fill("Открыть карту\nВыбрать машину 4512")
    page.get_by_label("Постоянно").check()
    page.get_by_label("Другой сервер").check()
    page.get_by_label("Адрес сервера").fill("10.1.4.77:8080")
    page.get_by_label("Логин").fill("admin")
    page.get_by_label("Пароль", exact=True).fill(SECRET)
    page.locator("input[name=access_rights][value=admin]").check()
    page.locator("input[name=version]").fill("4.2.1")
    page.get_by_label("Контроллер или ТС").fill("4512, КамАЗ А001АА")


@pytest.mark.clause("3.1.1")
@pytest.mark.clause("3.2.1")
@pytest.mark.clause("3.4.1")
@pytest.mark.clause("3.4.2")
@pytest.mark.clause("3.4.4")
@pytest.mark.clause("card.1")
@pytest.mark.clause("card.4")
@pytest.mark.clause("card.5")
def test_a_request_goes_from_the_cabinets_form_to_the_customers_answer(
    desk: Desk, sign_in: SignIn, tmp_path: Path
) -> None:
    subject = "Не приходят координаты с контроллера 4512, журнал во вложении"
    log = bytes(range(256)) * 500
    (tmp_path / "журнал.log").write_bytes(log)

    # Anna files. A field is missing first: 422, the summary, and everything typed is still there but the password.
    anna = sign_in("anna@reis.example")
    expect(anna.get_by_role("heading", level=1)).to_be_visible()
    fill_new_ticket(anna, subject)
    with anna.expect_response(lambda r: r.request.method == "POST") as refused:
        anna.get_by_role("button", name="Отправить заявку").click()
    assert refused.value.status == 422
    expect(anna).to_have_title(re.compile("^Ошибка: "))
    summary = anna.get_by_role("alert").first
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="Выберите критичность").click()
    expect(anna.get_by_label("Коротко о проблеме")).to_have_value(subject)
    expect(anna.get_by_label("Пароль", exact=True)).to_have_value("")
    assert SECRET not in anna.content()
    anna.get_by_label("Пароль", exact=True).fill(SECRET)
    anna.locator("input[name=criticality][value=high]").check()
    anna.locator("input[type=file][name=files]").set_input_files(tmp_path / "журнал.log")
    key = anna.locator("input[name=submission_key]").input_value()
    anna.get_by_role("button", name="Отправить заявку").dblclick()  # a double click makes one request
    anna.wait_for_url("**/sent/")
    heading = anna.get_by_role("heading", level=1).inner_text()
    number = re.sub(r"\D", "", heading)
    assert "принята" in heading and number

    # The confirmation is at the catcher: once, with text and HTML, without the secret.
    confirmation = wait_for_letter(desk, number, "Заявка принята")
    assert confirmation["To"] == "anna@reis.example"
    assert confirmation["Auto-Submitted"] == "auto-generated"
    assert confirmation.get_body(("html",)) is not None
    assert "Ожидаемая реакция" in text_of(confirmation)
    assert SECRET not in confirmation.as_string()

    # The same form once more, as a browser sends it again after the back button: still the same request.
    again = anna.request.post(
        "/cabinet/tickets/new/",
        form={
            "csrfmiddlewaretoken": anna.locator("input[name=csrfmiddlewaretoken]").first.input_value(),
            "submission_key": key,
            "subject": subject,
            "description": "С утра на карте стоят три машины.",
            "steps_unknown": "on",
            "frequency": "always",
            "server": "none",
            "version_unknown": "on",
            "criticality": "high",
            "contact_name": "Иванова Анна Павловна",
            "contact_phone": "8-3532-373-233",
            "contact_email": "anna@reis.example",
        },
    )
    assert again.url.endswith(f"/cabinet/tickets/{number}/sent/")
    assert len(letters_about(desk, number, "Заявка принята")) == 1
    anna.goto("/cabinet/tickets/")
    assert anna.get_by_role("link", name=subject).count() == 1

    # It stands in Elena's queue with the words why; she takes it.
    elena = sign_in("elena@desk.example")
    elena.goto(f"/admin/tickets/ticket/?q={number}")
    row = elena.get_by_role("row").filter(has_text=number)
    expect(row).to_contain_text(re.compile("Личный кабинет, по времени|Срок подходит"))
    row.get_by_role("link", name=subject).click()
    assert SECRET not in elena.content()
    elena.get_by_role("button", name="Взять в работу").click()
    expect(elena.locator("main")).to_contain_text("В работе")
    taken = wait_for_letter(desk, number, "Заявка в работе")
    assert "Петрова Е. С." in text_of(taken)
    assert taken["References"] == confirmation["Message-ID"]

    # Sergey has the page open from before and is told that she has it.
    sergey = sign_in("sergey@desk.example")
    sergey.goto(f"/admin/tickets/ticket/{number}/change/")
    assert sergey.get_by_role("button", name="Взять в работу").count() == 0
    expect(sergey.locator("main")).to_contain_text("Петрова Е. С.")

    # A note stays inside; a question goes out.
    elena.get_by_text("Внутренняя заметка", exact=True).first.click()
    elena.locator("textarea[name=note-body]").fill("Похоже на антенну, заметка для своих")
    elena.get_by_role("button", name="Сохранить заметку").click()
    expect(elena.locator("main")).to_contain_text("заметка для своих")
    elena.get_by_text("Ответ заказчику", exact=True).first.click()
    elena.locator("textarea[name=reply-body]").fill("Проверьте, горит ли индикатор связи на контроллере?")
    elena.locator("input[name=reply-after][value=waiting]").check()
    elena.get_by_role("button", name="Отправить ответ").click()
    question = wait_for_letter(desk, number, "Нужен ваш ответ")
    assert "индикатор связи" in text_of(question)
    assert "Auto-Submitted" not in question

    # Anna reads it on the site, without the note, gets her file back byte for byte, and answers.
    anna.goto(f"/cabinet/tickets/{number}/")
    expect(anna.locator("main")).to_contain_text("индикатор связи")
    assert "заметка для своих" not in anna.content()
    assert SECRET not in anna.content()
    with anna.expect_download() as download:
        anna.get_by_role("link", name="журнал.log").first.click()
    assert download.value.path().read_bytes() == log
    anna.get_by_label("Ваш ответ").fill("Горит красным, мигает.")
    anna.get_by_role("button", name="Отправить", exact=True).click()
    expect(anna.locator("main")).to_contain_text("Горит красным")

    # Elena resolves it with kind, component and outcome.
    elena.goto(f"/admin/tickets/ticket/{number}/change/")
    expect(elena.locator("main")).to_contain_text("Горит красным")
    open_move(elena, "Решить")
    choose(elena, "kind", "failure")
    choose(elena, "component", "controller")
    choose(elena, "outcome", "solved")
    elena.locator("textarea[name=resolve-text]").fill("Заменили антенну, координаты приходят.")
    elena.locator("form", has=elena.locator("textarea[name=resolve-text]")).get_by_role("button").last.click()
    resolved = wait_for_letter(desk, number, "Решена")
    assert "Заменили антенну" in text_of(resolved)

    # Anna reopens; the request is Elena's again, and the whole thread stands in time order with the history beside it.
    anna.goto(f"/cabinet/tickets/{number}/")
    anna.locator("#reopen summary").click()
    anna.get_by_label("Что изменилось?").fill("Через час снова пропали.")
    anna.locator("#reopen").get_by_role("button", name="Возобновить").click()
    expect(anna.locator("main")).to_contain_text("В работе")
    elena.reload()
    thread = elena.locator("main").inner_text()
    said = [
        "С утра на карте",
        "заметка для своих",
        "индикатор связи",
        "Горит красным",
        "Заменили антенну",
        "Через час снова",
    ]
    places = [thread.index(words) for words in said]
    assert places == sorted(places)
    assert len({letter["Message-ID"] for letter in letters_about(desk, number, "Заявка")}) == 2  # E1 and E2, once each


def open_move(page: Page, label: str) -> None:
    page.get_by_text(label, exact=True).first.click()


def choose(page: Page, field: str, value: str) -> None:
    """A radio or a select of the resolve panel."""
    radio = page.locator(f"input[name=resolve-{field}][value={value}]")
    if radio.count():
        radio.check()
    else:
        page.locator(f"select[name=resolve-{field}]").select_option(value)
