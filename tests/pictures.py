"""`make pictures`: every page and letter, light and dark, on a phone and on a screen, into docs/pictures.

The pages are those of tests/journeys/places.py, on a scratch desk with its demo data. A page that answers something
else than it should, breaks a rule or scrolls sideways is named, and the command fails; nothing is written then.
`python -m tests.pictures NAME…` draws only these.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
from PIL import Image
from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from helpdesk.local.environment import PROJECT
from tests.browser import find_browser, why_there_is_none
from tests.desk import Desk, wait_until
from tests.journeys.looking import HEIGHT, QUIET, Look, enter, troubles, window
from tests.journeys.places import ANNA, PLACES, Place, send
from tests.scratch_services import new_folder, scratch

FOLDER = PROJECT / "docs" / "pictures"
LOOKS: list[Look] = [("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)]
JUDGED = {("light", 1280), ("dark", 360)}  # axe looks here; what it finds depends on the theme and on the width
COLOURS = 64
TALLEST = 6000
"""Pixels: what is further down a list looks like what stands above it."""
WHOLE = {"components"}
"""Pages with something new further down."""

BORIS = "boris@reis.example"
"""Signs in on no page here: whoever does ends the links to a new password that he was sent before."""
FAILURE = Place("failure", "Сбой", "/cabinet/tickets/", ANNA, status=500)
ADD_PEOPLE = "from tests.journeys.newcomers import PASSWORD, add; add(); print(PASSWORD)"
LETTERS = """select distinct on (obligation) obligation, subject, html_body from notifications_outgoingemail
    where html_body <> '' and not is_sealed order by obligation, id"""


class Album:
    """The pictures of a run, made small in threads while the next page is opened."""

    def __init__(self) -> None:
        self.troubles: list[str] = []
        self.titles: dict[str, str] = {}
        self._pictures: dict[str, Future[bytes]] = {}
        self._threads = ThreadPoolExecutor(2)

    def draw(self, page: Page, name: str, title: str, look: Look) -> None:
        """The whole page, as if the window were as high as it is."""
        scheme, width = look
        height = page.evaluate("document.documentElement.scrollHeight")
        shown = height if name in WHOLE else min(max(height, HEIGHT), TALLEST)
        page.set_viewport_size({"width": width, "height": shown})
        raw = page.screenshot(animations="disabled", caret="hide")
        page.set_viewport_size({"width": width, "height": HEIGHT})
        self.titles[name] = title
        self._pictures[f"{name}-{scheme}-{width}.png"] = self._threads.submit(small, raw)

    def complain(self, trouble: str) -> None:
        """At once: a run takes minutes."""
        self.troubles.append(trouble)
        print(trouble, file=sys.stderr, flush=True)

    def finish(self) -> dict[str, bytes]:
        """File name to content."""
        return {name: future.result() for name, future in self._pictures.items()}


class People:
    """Who is signed in, so that everybody types the password once."""

    def __init__(self, browser: Browser, desk: Desk, password: str) -> None:
        self._browser, self._desk, self._password = browser, desk, password
        self._states: dict[str, StorageState] = {}

    @contextmanager
    def at(self, reader: str, look: Look) -> Iterator[Page]:
        """A window of that look, in which the reader has signed in; nobody for an empty one."""
        state = self._states.get(reader)
        context = window(self._browser, self._desk.address, *look, storage_state=state)
        page = context.new_page()
        if reader and not state:
            enter(page, reader, self._password)
            self._states[reader] = context.storage_state()
        yield page
        context.close()


def small(raw: bytes) -> bytes:
    """The same picture with few colours: pages have few, and without dithering the edges of letters stay clean."""
    with Image.open(io.BytesIO(raw)) as picture:
        few = picture.convert("RGB").quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    out = io.BytesIO()
    few.save(out, "PNG", optimize=True)
    return out.getvalue()


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where everything was drawn and nothing was wrong."""
    parser = argparse.ArgumentParser(prog="make pictures", description="Draws every page into docs/pictures.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these pages")
    wanted = parser.parse_args(arguments).names
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the desk must be stopped, and its folder removed
    path = find_browser()
    if path is None:
        print(f"No pictures: {why_there_is_none()}.", file=sys.stderr)
        return 1
    begin = time.monotonic()
    album = Album()
    try:
        with new_folder("pictures") as folder:
            desk = Desk(folder, demo=True).start()
            try:
                with sync_playwright() as playwright:
                    browser = playwright.chromium.launch(executable_path=path, args=QUIET)
                    draw_everything(browser, desk, album, wanted)
                    browser.close()
            finally:
                desk.stop()
    finally:
        scratch.down()
    return _finish(album, wanted, time.monotonic() - begin)


def _finish(album: Album, wanted: Sequence[str], seconds: float) -> int:
    unknown = [name for name in wanted if name not in album.titles]
    for name in unknown:
        album.complain(f"{name}: there is no such page.")
    if album.troubles:
        print("Nothing was written: mend this first.", file=sys.stderr)
        return 1
    pictures = album.finish()
    write(pictures, None if wanted else index(album.titles))
    size = sum(map(len, pictures.values())) / 1e6
    print(f"{len(pictures)} pictures of {len(album.titles)} pages in {seconds:.0f} s, {size:.1f} MB, in {FOLDER.name}.")
    return 0


def draw_everything(browser: Browser, desk: Desk, album: Album, wanted: Sequence[str]) -> None:
    """Pages by reader, so that everybody signs in once; then the letters, and last the page of a broken desk."""
    people = People(browser, desk, _manage(desk, "shell", "-v", "0", "-c", ADD_PEOPLE).strip())
    places = [*PLACES, *_new_password(browser, desk)]
    for look in LOOKS:
        for reader in dict.fromkeys(place.reader for place in places):
            mine = [place for place in places if place.reader == reader and place.name in (wanted or [place.name])]
            if mine:
                with people.at(reader, look) as page:
                    for place in mine:
                        _draw(page, place, album, look)
    _draw_letters(browser, desk, album, wanted)
    if FAILURE.name in (wanted or [FAILURE.name]):
        with _broken(desk):
            for look in LOOKS:
                with people.at(FAILURE.reader, look) as page:
                    _draw(page, FAILURE, album, look)


def _draw(page: Page, place: Place, album: Album, look: Look) -> None:
    try:
        for trouble in troubles(page, place, with_rules=look in JUDGED):
            album.complain(trouble)
        album.draw(page, place.name, place.says, look)
    except Exception as error:  # noqa: BLE001 - one page that fails must not hide what is wrong with the others
        album.complain(f"{place.name}: {str(error).splitlines()[0]}")


def _new_password(browser: Browser, desk: Desk) -> list[Place]:
    """The page behind the link of a real letter."""
    context = window(browser, desk.address, *LOOKS[0])
    page = context.new_page()
    page.goto("/accounts/password/reset/")
    page.locator("main form [name=email]").fill(BORIS)
    send("main form")(page)
    context.close()
    wait_until(lambda: bool(_links(desk)), 20, desk.output)
    link = _links(desk)[-1]
    form = Place("password-new", "Новый пароль", link)
    refused = Place("password-new-refused", "Новый пароль: пустой", link, act=send("main form"))
    return [form, refused]


def _links(desk: Desk) -> list[str]:
    """To a new password, out of the letters that the catcher holds; there are letters of other sorts too."""
    bodies = [letter.get_body(("plain",)) for letter in desk.letters() if letter["To"] == BORIS]
    found = [re.search(r"/accounts/password/reset/key/\S+", body.get_content()) for body in bodies if body]
    return [link.group() for link in found if link]


def _draw_letters(browser: Browser, desk: Desk, album: Album, wanted: Sequence[str]) -> None:
    """The HTML of one letter of each sort."""
    with closing(psycopg2.connect(_environment(desk)["DATABASE_URL"])) as connection, connection.cursor() as cursor:
        cursor.execute(LETTERS)
        found = [(f"letter-{name.replace('.', '-')}", subject, html) for name, subject, html in cursor.fetchall()]
    reset = [letter for letter in desk.letters() if letter["To"] == BORIS][-1]
    html = reset.get_body(("html",))
    found.append(("letter-account-password-reset", reset["Subject"], html.get_content() if html else ""))
    for look in LOOKS:
        context = window(browser, desk.address, *look)
        page = context.new_page()
        for name, subject, content in found:
            if name in (wanted or [name]):
                page.set_content(content)
                if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                    album.complain(f"{name}: the letter scrolls sideways at {look[1]}.")
                album.draw(page, name, f"Письмо: {subject}", look)
        context.close()


@contextmanager
def _broken(desk: Desk) -> Iterator[None]:
    """While the table of requests is not where it was."""
    with closing(psycopg2.connect(_environment(desk)["DATABASE_URL"])) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("set lock_timeout = '10s'; alter table tickets_ticket rename to gone")
        try:
            yield
        finally:
            cursor.execute("alter table gone rename to tickets_ticket")


def _environment(desk: Desk) -> dict[str, str]:
    lines = (desk.data / "local.env").read_text().splitlines()
    return {name: value.strip("'\"") for name, _, value in (line.partition("=") for line in lines if "=" in line)}


def _manage(desk: Desk, *command: str) -> str:
    environment = {**os.environ, "HELPDESK_DATA": str(desk.data)}
    command = (sys.executable, "manage.py", *command)
    ran = subprocess.run(command, cwd=PROJECT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return ran.stdout


def index(titles: dict[str, str]) -> str:
    """The README of the folder: four looks of each page in a row."""
    looks = [f"{scheme}-{width}" for scheme, width in LOOKS]
    rows = []
    for name, title in titles.items():
        cells = [
            f'<a href="{name}-{look}.png"><img src="{name}-{look}.png" width="180" alt="{look}"></a>' for look in looks
        ]
        rows.append(f"| {' | '.join([f'{title}<br>`{name}`', *cells])} |")
    head = ["page", *looks]
    return "\n".join(
        [
            "# Every page and letter",
            "",
            "Drawn by `make pictures` from the demo data of a scratch desk; whoever changes a page draws it anew.",
            "",
            f"| {' | '.join(head)} |",
            f"|{'---|' * len(head)}",
            *rows,
            "",
        ]
    )


def write(pictures: dict[str, bytes], readme: str | None) -> None:
    """Put all in place, each file as a whole; with the index, pictures of pages that are gone go too."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in pictures.items():
        _replace(FOLDER / name, content)
    if readme is not None:
        for old in FOLDER.glob("*.png"):
            if old.name not in pictures:
                old.unlink()
        _replace(FOLDER / "README.md", readme.encode())


def _replace(path: Path, content: bytes) -> None:
    new = path.with_name(f".{path.name}")
    new.write_bytes(content)
    new.replace(path)


if __name__ == "__main__":
    sys.exit(main())
