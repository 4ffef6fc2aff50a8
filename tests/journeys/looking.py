"""What can be wrong with a page as a person meets it, whatever it shows."""

from __future__ import annotations

import re
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, StorageState

from tests.journeys.places import Place

QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
"""What Chromium is started with: no word to the network, no wish for a graphics card."""

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],  # the long lists of what is right would take half of the time
}
HEIGHT = 800
Scheme = Literal["light", "dark"]
Look = tuple[Scheme, int]  # theme and width
_WORDS = """(page) => {
  const copy = page.cloneNode(true);
  for (const code of copy.querySelectorAll("code, script, .letter-text")) code.remove();
  return copy.textContent;
}"""

_RUN_OVER = """() => [...document.querySelectorAll("td, th, dd")]
  .filter((cell) => cell.clientWidth && cell.scrollWidth > cell.clientWidth + 1)
  .map((cell) => cell.innerText.trim())"""


def window(
    browser: Browser, address: str, scheme: Scheme, width: int, *, storage_state: StorageState | None = None
) -> BrowserContext:
    """A Russian browser of that theme and width; `storage_state` of another window brings its sign-in along."""
    context = browser.new_context(
        base_url=address,
        locale="ru-RU",
        color_scheme=scheme,
        viewport={"width": width, "height": HEIGHT},
        storage_state=storage_state,
    )
    context.set_default_timeout(10_000)
    return context


def enter(page: Page, email: str, password: str) -> None:
    """Sign in."""
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Пароль", exact=True).fill(password)
    page.get_by_role("button", name="Войти").click()
    page.wait_for_load_state()


def troubles(page: Page, place: Place, *, with_rules: bool = True) -> list[str]:
    """Visit the page. What is wrong with it: its status, a broken policy or accessibility rule, a sideways scroll,
    words that leave their cell, mixed tongues. `with_rules` asks axe too, which costs most of the time."""
    said: list[str] = []
    address = place.find(page)
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    answer = place.visit(page, address)
    found = [line for line in said if "status of" not in line]
    if answer is None or answer.status != place.status:
        found.append(f"answered {answer and answer.status} instead of {place.status}")
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("scrolls sideways")
    for text in page.evaluate(_RUN_OVER):
        found.append(f"runs over the edge of its cell: {text!r}")
    if with_rules:
        for violation in Axe().run(page, options=RULES).response["violations"]:
            found.append(f"{violation['id']}: {[node['target'] for node in violation['nodes']]}")
    words = page.locator("main, #content").first.evaluate(_WORDS)
    if re.search(r"\b(?:ticket(?![.:])|the|your|and|with)\b", words, re.IGNORECASE):
        found.append("an English sentence on a Russian page")
    return [f"{place.name}, {address}: {trouble}." for trouble in found]
