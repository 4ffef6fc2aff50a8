"""«Ожидаемая реакция» in a browser: it follows choice and clock, moves nothing, and keeps its words in trouble."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.desk import Desk
from tests.journeys.conftest import PASSWORDS
from tests.journeys.looking import enter, window
from tests.journeys.places import ANNA

pytestmark = pytest.mark.journey

NEW = "/cabinet/tickets/new/"
ENDPOINT = "**/cabinet/tickets/new/reaction/**"
NOTHING_CHOSEN = "Выберите критичность, и мы покажем срок реакции."


@pytest.fixture(params=[1280, 360])
def form(request: pytest.FixtureRequest, browser: Browser, desk: Desk) -> Iterator[Page]:
    context = window(browser, desk.address, "light", request.param)
    page = context.new_page()
    enter(page, ANNA, PASSWORDS[ANNA])
    page.clock.install()
    page.goto(NEW)
    yield page
    context.close()


def place_on_page(page: Page, selector: str) -> float:
    """How far from the top of the page, wherever it is scrolled to."""
    top: float = page.evaluate(
        "selector => document.querySelector(selector).getBoundingClientRect().top + scrollY", selector
    )
    return top


def choose(page: Page, criticality: str) -> None:
    with page.expect_response(ENDPOINT) as answer:
        page.locator(f".choice:has([value={criticality}])").click()
    assert answer.value.status == 200


@pytest.mark.clause("3.6.2")
def test_the_box_follows_the_choice_and_moves_nothing(form: Page) -> None:
    box = form.get_by_role("status").filter(has_text="Реакция")
    expect(box).to_contain_text(NOTHING_CHOSEN)
    before = place_on_page(form, "#g4")
    for criticality in ("critical", "low", "critical", "high"):
        choose(form, criticality)
        expect(box).to_contain_text("Ожидаемая реакция: ")
        expect(box).to_contain_text("Срок решения зависит от критичности, сложности")
        calls = box.get_by_text("Критическую заявку можем взять вне очереди")
        expect(calls).to_have_count(1 if criticality == "critical" else 0)
        assert place_on_page(form, "#g4") == before


def test_the_box_is_asked_for_anew_every_minute_while_somebody_looks(form: Page) -> None:
    with form.expect_response(ENDPOINT) as answer:
        form.clock.run_for(60_000)
    assert answer.value.status == 200


def test_trouble_leaves_the_old_words(form: Page) -> None:
    box = form.get_by_role("status").filter(has_text="Реакция")
    choose(form, "high")
    expect(box).to_contain_text("Ожидаемая реакция: ")
    old = box.inner_text()
    form.route(ENDPOINT, lambda route: route.abort())
    form.clock.run_for(60_000)
    form.route(ENDPOINT, lambda route: route.fulfill(status=500, body="oops"))
    form.clock.run_for(60_000)
    form.unroute(ENDPOINT)
    form.context.clear_cookies()  # the session has ended: the answer is the way to the sign-in
    form.clock.run_for(60_000)
    form.wait_for_timeout(300)
    assert box.inner_text() == old


def test_without_javascript_each_criticality_tells_its_reaction(browser: Browser, desk: Desk) -> None:
    context = browser.new_context(base_url=desk.address, locale="ru-RU", java_script_enabled=False)
    page = context.new_page()
    enter(page, ANNA, PASSWORDS[ANNA])
    page.goto(NEW)
    lines = page.locator(".reaction-lines > div")
    assert [line.split("\n")[0] for line in lines.all_inner_texts()] == ["Критическая", "Высокая", "Средняя", "Низкая"]
    expect(page.get_by_text(NOTHING_CHOSEN)).to_be_hidden()
    context.close()
