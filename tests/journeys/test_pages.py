"""The main pages of the desk as a person meets them: on a phone and on a screen, in light and in dark."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.desk import Desk
from tests.journeys.conftest import PASSWORDS
from tests.journeys.looking import Look, enter, troubles, window
from tests.journeys.places import ANNA, CUSTOMER, ELENA, MARIA, NOBODY, STAFF, Place

pytestmark = pytest.mark.journey

LOOKS: list[Look] = [("light", 1280), ("dark", 360)]


@pytest.fixture(params=LOOKS, ids=[f"{scheme}-{width}" for scheme, width in LOOKS])
def page(request: pytest.FixtureRequest, browser: Browser, desk: Desk) -> Iterator[Page]:
    context = window(browser, desk.address, *request.param)
    yield context.new_page()
    context.close()


def all_troubles(page: Page, places: list[Place]) -> list[str]:
    return [trouble for place in places if place.in_suite for trouble in troubles(page, place)]


def test_pages_before_sign_in(page: Page) -> None:
    assert all_troubles(page, NOBODY) == []


def test_pages_of_a_customer(page: Page) -> None:
    enter(page, ANNA, PASSWORDS[ANNA])
    assert all_troubles(page, CUSTOMER) == []


@pytest.mark.parametrize("reader", [ELENA, MARIA], ids=["an-engineer", "a-manager"])
def test_pages_of_the_staff(page: Page, reader: str) -> None:
    enter(page, reader, PASSWORDS[reader])
    assert all_troubles(page, [place for place in STAFF if place.reader == reader]) == []
