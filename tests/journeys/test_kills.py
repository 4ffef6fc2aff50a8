"""Thirty requests with a file each are filed while every part of the desk is killed with -9, again and again."""

from __future__ import annotations

import random
import re
import threading
import time
import uuid
from collections import Counter
from urllib.parse import unquote

import psutil
import psycopg2
import pytest
from playwright.sync_api import APIRequestContext, Error, FilePayload, Playwright, sync_playwright

from helpdesk.demo.people import sign_ins
from tests.desk import PARTS, Desk, wait_until

pytestmark = pytest.mark.journey

REQUESTS = 30
SEED = 20261122


def _token(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found, page[:500]
    return found.group(1)


def _sign_in(playwright: Playwright, desk: Desk, email: str) -> APIRequestContext:
    password = next(person.password for person in sign_ins() if person.email == email)
    http = playwright.request.new_context(base_url=desk.address, timeout=5000)
    page = http.get("/accounts/login/").text()
    http.post("/accounts/login/", form={"csrfmiddlewaretoken": _token(page), "login": email, "password": password})
    assert "/cabinet/" in http.get("/cabinet/").url
    return http


def _file(http: APIRequestContext, subject: str, deadline: float) -> str:
    """File one request as a patient person does: on no answer, send the same form again. The acknowledged number."""
    form = {
        "subject": subject,
        "description": "Проверка живучести",
        "steps_unknown": "on",
        "frequency": "once",
        "server": "none",
        "version_unknown": "on",
        "criticality": "medium",
        "contact_name": "Иванова Анна Павловна",
        "contact_phone": "8-3532-373-233",
        "contact_email": "anna@reis.example",
        "submission_key": str(uuid.uuid4()),
    }
    file: FilePayload = {"name": "журнал.log", "mimeType": "text/plain", "buffer": subject.encode() * 1000}
    while time.monotonic() < deadline:
        try:
            page = http.get("/cabinet/tickets/new/")
            if page.status == 200:
                sent = http.post(
                    "/cabinet/tickets/new/",
                    multipart={**form, "csrfmiddlewaretoken": _token(page.text()), "files": file},
                    max_redirects=0,
                )
                assert sent.status != 422, re.findall(r"<a href=\"#id_[^<]*", sent.text())
                if sent.status == 302:
                    found = re.fullmatch(r"/cabinet/tickets/(\d+)/sent/", unquote(sent.headers["location"]))
                    assert found
                    return found.group(1)
        except Error:
            pass  # nobody answered: the web process was just killed
        time.sleep(0.2)
    raise AssertionError(f"«{subject}» was not acknowledged in time")


@pytest.mark.clause("3.2.1")
@pytest.mark.clause("3.5b.1")
@pytest.mark.clause("card.1")
def test_every_acknowledged_request_is_there_with_exactly_one_confirmation(desk: Desk) -> None:
    acknowledged: dict[str, str] = {}
    troubles: list[BaseException] = []

    def file_all() -> None:
        try:
            with sync_playwright() as own:  # Playwright belongs to one thread
                http = _sign_in(own, desk, "anna@reis.example")
                for i in range(REQUESTS):
                    subject = f"Живучесть {i + 1:02}"
                    acknowledged[subject] = _file(http, subject, time.monotonic() + 60)
        except BaseException as trouble:  # noqa: BLE001 - told to the main thread
            troubles.append(trouble)

    filing = threading.Thread(target=file_all)
    filing.start()
    chance = random.Random(SEED)
    _kill_the_worker_with_a_letter_in_its_hands(desk)
    victims = [part for part in PARTS if part != "mail"] * 2
    chance.shuffle(victims)
    for victim in victims:
        time.sleep(chance.uniform(0.3, 1.0))
        gone = desk.kill(victim)
        desk.wait_for(victim, other_than=gone, seconds=30)
    filing.join(timeout=300)
    assert troubles == []
    assert len(acknowledged) == REQUESTS == len(set(acknowledged.values()))

    numbers = list(acknowledged.values())

    def confirmations() -> Counter[str]:
        """Distinct Message-IDs of confirmations at the catcher, by request number."""
        seen = {(letter["Message-ID"], letter["Subject"]) for letter in desk.letters()}
        return Counter(subject.split("]")[0][2:] for _, subject in seen if "Заявка принята: Живучесть" in subject)

    # A letter that a killed worker had in its hands is taken again when its lease of a minute runs out.
    wait_until(lambda: set(numbers) <= set(confirmations()), 120, desk.output)
    assert confirmations() == Counter(numbers)

    with psycopg2.connect(_database(desk)) as connection, connection.cursor() as cursor:
        cursor.execute("select number::text, subject from tickets_ticket where subject like 'Живучесть %'")
        assert {subject: number for number, subject in cursor.fetchall()} == acknowledged
        cursor.execute(
            "select subject, path from tickets_attachment a join tickets_ticket t on t.id = a.ticket_id "
            "where subject like 'Живучесть %'"
        )
        files = {subject: (desk.data / "media" / path).read_bytes() for subject, path in cursor.fetchall()}
        assert files == {subject: subject.encode() * 1000 for subject in acknowledged}

        def settled() -> bool:
            cursor.execute("select count(*) from tickets_ticket where settled_at is null")
            return bool(cursor.fetchone() == (0,))

        wait_until(settled, 30, desk.output)
        cursor.execute("select state, count(*) from notifications_outgoingemail group by state")
        assert dict(cursor.fetchall()).keys() == {"sent"}


def _kill_the_worker_with_a_letter_in_its_hands(desk: Desk) -> None:
    """The mail server stands still, so the worker waits for it in the middle of a letter: just then it dies."""
    server = psutil.Process(desk.pid("mail"))
    server.suspend()
    try:
        with psycopg2.connect(_database(desk)) as connection, connection.cursor() as cursor:

            def has_begun() -> bool:
                cursor.execute(
                    "select count(*) from notifications_outgoingemail where subject like '%Живучесть%' and attempts > 0"
                )
                return bool(cursor.fetchone() != (0,))

            connection.autocommit = True
            wait_until(has_begun, 30, desk.output)
        worker = psutil.Process(desk.pid("worker"))
        for process in [*worker.children(recursive=True), worker]:  # the process of the job, too
            process.kill()
        desk.wait_for("worker", other_than=worker.pid, seconds=30)
    finally:
        server.resume()


def _database(desk: Desk) -> str:
    """What libpq needs to reach the desk's own PostgreSQL."""
    lines = (desk.data / "local.env").read_text().splitlines()
    url = next(line.partition("=")[2] for line in lines if line.startswith("DATABASE_URL="))
    return url.strip("'\"")


@pytest.mark.clause("3.2.1")
@pytest.mark.parametrize("how", ["gone", "silent"])
def test_without_redis_the_form_still_answers_and_the_clock_sends_the_letter(
    desk: Desk, playwright: Playwright, how: str
) -> None:
    http = _sign_in(playwright, desk, "anna@reis.example")
    valkey = psutil.Process(desk.pid("valkey"))
    supervisor = psutil.Process(desk.pid("supervisor"))
    if how == "gone":  # the supervisor sleeps, so that nobody brings it back
        supervisor.suspend()
        valkey.kill()
    else:
        valkey.suspend()
    try:
        subject = f"Без очереди заданий, {how}"
        number = _file(http, subject, time.monotonic() + 10)
        wait_until(lambda: any(f"[#{number}] Заявка принята" in letter["Subject"] for letter in desk.letters()), 20)
    finally:
        supervisor.resume()
        if how == "gone":
            desk.wait_for("valkey", other_than=valkey.pid)
        else:
            valkey.resume()
