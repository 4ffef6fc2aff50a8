"""A day off is moved: the manager sees first what it does, publishes it, and the customer's term, its explanation and a
letter say so."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import psycopg2
import pytest
from playwright.sync_api import expect

from tests.desk import Desk
from tests.journeys.conftest import PASSWORDS, SignIn
from tests.journeys.test_kills import _database
from tests.journeys.test_main_job import text_of, wait_for_letter
from tests.scratch_services import new_folder
from tests.visitor import Visitor

pytestmark = pytest.mark.journey

ORENBURG = ZoneInfo("Asia/Yekaterinburg")
REASON = "Авария на подстанции, здание закрыто"


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    """A desk of its own: the others' calendar stays as it is."""
    with new_folder("calendar") as folder:
        desk = Desk(folder, demo=True).start()
        yield desk
        desk.stop()


def due_of(desk: Desk, number: int) -> datetime:
    with psycopg2.connect(_database(desk)) as connection, connection.cursor() as cursor:
        cursor.execute("select due_at from tickets_ticket where number = %s", [number])
        ((due_at,),) = cursor.fetchall()
        assert isinstance(due_at, datetime)
        return due_at.astimezone(ORENBURG)


def test_only_escape_and_the_sign_itself_close_the_form_of_a_day(desk: Desk, sign_in: SignIn) -> None:
    page = sign_in("maria@desk.example")
    page.goto("/admin/sla/businesscalendar/1/2027/?day=2027-11-03#day")
    name, sign = page.locator("#day").get_by_label("Название"), page.locator("[data-close-day]")
    name.fill("Переезд")
    for key in ("Tab", "Shift+Tab", "ArrowDown", "a"):
        sign.focus()
        page.keyboard.press(key)
        expect(name).to_have_value("Переезд")
    page.keyboard.press("Escape")
    expect(name).to_have_count(0)
    page.locator('[data-date="2027-11-03"]').click()
    sign.focus()
    page.keyboard.press("Enter")
    expect(name).to_have_count(0)


@pytest.mark.clause("3.5b.2")
@pytest.mark.clause("3.6.2")
@pytest.mark.clause("card.2")
def test_a_published_day_off_moves_the_term_its_explanation_and_sends_a_letter(desk: Desk, sign_in: SignIn) -> None:
    subject = "Не приходят координаты, день закрыли"
    anna = Visitor(desk.address).sign_in("anna@reis.example", PASSWORDS["anna@reis.example"])
    number = anna.file_request(subject, key=uuid.uuid4())
    before = due_of(desk, number)

    # Maria closes the day of the term; until she publishes it, nothing moves.
    maria = sign_in("maria@desk.example")
    maria.goto(f"/admin/sla/businesscalendar/1/{before.year}/?day={before:%Y-%m-%d}#day")
    day = maria.locator("#day form").first
    day.get_by_label("Выходной").check()
    day.get_by_label("Название").fill("Закрыто")
    day.get_by_role("button").last.click()
    assert due_of(desk, number) == before
    maria.get_by_role("link", name="Опубликовать…").click()
    expect(maria.locator("#h-moves")).to_contain_text(re.compile(r"Измен[а-я]+ срок[а-я]* \d+ открыт"))
    expect(maria.locator(".publish-table").last).to_contain_text("позже")

    # Without a reason it is refused: customers were told another term.
    maria.get_by_role("button", name="Опубликовать").click()
    expect(maria.get_by_role("alert").first).to_be_visible()
    assert due_of(desk, number) == before
    maria.get_by_label("Причина изменения").fill(REASON)
    maria.get_by_role("button", name="Опубликовать").click()
    expect(maria.get_by_role("heading", name="Сроки всех открытых заявок пересчитаны")).to_be_visible(timeout=20_000)

    after = due_of(desk, number)
    assert after.date() > before.date()
    letter = text_of(wait_for_letter(desk, str(number), "Срок реакции перенесён"))
    assert REASON in letter
    assert f"до {after.hour}:{after.minute:02}" in letter

    # Anna's page: the new term, why it is this one, and the line of history with the reason.
    page = sign_in("anna@reis.example")
    page.goto(f"/cabinet/tickets/{number}/")
    page.get_by_text("Почему этот срок").click()
    explanation = page.locator("details:has-text('Почему этот срок')").first
    expect(explanation).to_contain_text(f"{after.day}")
    expect(page.locator("#details")).to_contain_text(REASON)
