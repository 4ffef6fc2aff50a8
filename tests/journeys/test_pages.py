"""Every page of the desk as a person meets it: on a phone and on a screen, in light and in dark."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.desk import Desk
from tests.journeys.conftest import PASSWORDS

pytestmark = pytest.mark.journey

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
LOOKS = [("light", 1280), ("dark", 360)]
NOBODY = ["/accounts/login/", "/accounts/password/reset/", "/nothing/here/"]
CUSTOMER = [
    "/cabinet/",
    "/cabinet/tickets/",
    "/cabinet/tickets/?tab=all",
    "/cabinet/tickets/?q=zzz",
    "/cabinet/tickets/new/",
    "ticket",
    "sent",
    "/accounts/password/change/",
    "/accounts/logout/",
]
STAFF = [
    "/admin/tickets/ticket/",
    "/admin/tickets/ticket/?tab=closed",
    "/admin/tickets/ticket/?q=zzz",
    "ticket",
    "/admin/customers/customer/",
    "/admin/",
]


@pytest.fixture(params=LOOKS, ids=[f"{scheme}-{width}" for scheme, width in LOOKS])
def page(request: pytest.FixtureRequest, browser: Browser, desk: Desk) -> Iterator[Page]:
    scheme, width = request.param
    context = browser.new_context(
        base_url=desk.address, locale="ru-RU", color_scheme=scheme, viewport={"width": width, "height": 800}
    )
    yield context.new_page()
    context.close()


def enter(page: Page, email: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Пароль", exact=True).fill(PASSWORDS[email])
    page.get_by_role("button", name="Войти").click()
    page.wait_for_load_state()


def troubles_of(page: Page, address: str) -> list[str]:
    """What is wrong with a page: an error, a broken policy or accessibility rule, a sideways scroll, mixed tongues."""
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    response = page.goto(address)
    found = [line for line in said if "status of 404" not in line]
    if response is None or response.status not in {200, 404}:
        found.append(f"status {response and response.status}")
    width = page.viewport_size["width"] if page.viewport_size else 0
    if page.evaluate("document.documentElement.scrollWidth") > width:
        found.append("scrolls sideways")
    for violation in Axe().run(page, options=RULES).response["violations"]:
        targets = [node["target"] for node in violation["nodes"]]
        found.append(f"{violation['id']}: {targets}")
    if re.search(r"\b(?:ticket|the|your|and|with)\b", page.locator("main, #content").first.inner_text(), re.IGNORECASE):
        found.append("an English sentence on a Russian page")
    return [f"{address}: {trouble}" for trouble in found]


def first_ticket(page: Page, address: str) -> str:
    page.goto(address)
    link = page.locator("main a[href*='/tickets/1'], main a[href*='/ticket/1']").first.get_attribute("href")
    assert link
    return link


def test_pages_before_sign_in(page: Page) -> None:
    assert [trouble for address in NOBODY for trouble in troubles_of(page, address)] == []


def test_pages_of_a_customer(page: Page) -> None:
    enter(page, "anna@reis.example")
    ticket = first_ticket(page, "/cabinet/tickets/?tab=all")
    places = {"ticket": ticket, "sent": f"{ticket}sent/"}
    assert [trouble for address in CUSTOMER for trouble in troubles_of(page, places.get(address, address))] == []


def test_pages_of_an_engineer(page: Page) -> None:
    enter(page, "elena@desk.example")
    places = {"ticket": first_ticket(page, "/admin/tickets/ticket/")}
    assert [trouble for address in STAFF for trouble in troubles_of(page, places.get(address, address))] == []
