from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from helpdesk.demo.people import sign_ins
from tests.browser import browser_is_required, find_browser, why_there_is_none
from tests.desk import Desk
from tests.journeys.looking import QUIET, enter
from tests.scratch_services import new_folder

PASSWORDS = {person.email: person.password for person in sign_ins()}


@pytest.fixture(scope="session")
def desk() -> Iterator[Desk]:
    """The desk as `make run` brings it up, with its demo data: gunicorn, worker, clock, PostgreSQL, Valkey, catcher."""
    with new_folder("journey") as folder:
        desk = Desk(folder, demo=True).start()
        yield desk
        desk.stop()


@pytest.fixture(scope="session")
def browser_path() -> str:
    path = find_browser()
    if path is None:
        give_up = pytest.fail if browser_is_required() else pytest.skip
        give_up(why_there_is_none())
    return path


@pytest.fixture(scope="session")
def playwright(browser_path: str) -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright, browser_path: str) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=browser_path, args=QUIET)
    yield browser
    browser.close()


SignIn = Callable[[str], Page]


@pytest.fixture
def sign_in(browser: Browser, desk: Desk) -> Iterator[SignIn]:
    """sign_in("anna@reis.example") opens a browser context of its own and signs that demo person in."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def open_for(email: str) -> Page:
        context = browser.new_context(base_url=desk.address, locale="ru-RU", accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        enter(page, email, PASSWORDS[email])
        return page

    yield open_for
    for context in contexts:
        context.close()
    # A refused policy or a broken script is a failure even where the page still works; 4xx answers are told as such.
    assert [trouble for trouble in troubles if "status of 4" not in trouble] == []
