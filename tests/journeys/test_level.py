"""The example beside the terms of a level, in a browser: it follows what is typed, and keeps its words in trouble."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.desk import Desk
from tests.journeys.conftest import PASSWORDS
from tests.journeys.looking import enter, window
from tests.journeys.places import LEVELS, MARIA

pytestmark = pytest.mark.journey


@pytest.fixture
def form(browser: Browser, desk: Desk) -> Iterator[Page]:
    context = window(browser, desk.address, "light", 1280)
    page = context.new_page()
    enter(page, MARIA, PASSWORDS[MARIA])
    page.goto(f"{LEVELS}1/")
    yield page
    context.close()


def test_the_example_follows_what_is_typed_and_never_becomes_the_sign_in_page(form: Page) -> None:
    box = form.locator("[data-preview-box]")
    term = form.get_by_label("Срок реакции, рабочие часы")
    term.fill("30 мин")
    expect(box).to_contain_text("пт, до 18:00")
    old = box.inner_text()
    form.context.clear_cookies()  # the session has ended: the answer is the way to the sign-in
    with form.expect_request(lambda asked: "/preview/" in asked.url):
        term.fill("1 ч")
    form.wait_for_timeout(500)
    assert box.inner_text() == old
