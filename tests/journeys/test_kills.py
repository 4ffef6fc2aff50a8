"""Requests with files are filed while each part of the desk is killed with -9 once; `make prove` kills hundreds."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import Counter

import psutil
import psycopg2
import pytest

from helpdesk.demo.people import sign_ins
from tests.desk import PARTS, Desk, wait_until
from tests.visitor import File, Visitor, patiently

pytestmark = pytest.mark.journey

REQUESTS = 15
SEED = 20261122


def anna(desk: Desk) -> Visitor:
    password = next(person.password for person in sign_ins() if person.email == "anna@reis.example")
    return Visitor(desk.address, timeout=5).sign_in("anna@reis.example", password)


@pytest.mark.clause("3.2.1")
@pytest.mark.clause("3.5b.1")
@pytest.mark.clause("card.1")
def test_every_acknowledged_request_is_there_with_exactly_one_confirmation(desk: Desk) -> None:
    visitor = anna(desk)
    acknowledged: dict[str, int] = {}
    troubles: list[BaseException] = []

    def file_all() -> None:
        try:
            for i in range(REQUESTS):
                subject = f"Живучесть {i + 1:02}"
                file = File("журнал.log", subject.encode() * 1000)
                acknowledged[subject] = patiently(visitor, subject, seconds=60, key=uuid.uuid4(), files=[file])
                time.sleep(0.2)
        except BaseException as trouble:  # noqa: BLE001 - told to the main thread
            troubles.append(trouble)

    filing = threading.Thread(target=file_all)
    filing.start()
    chance = random.Random(SEED)
    victims = [part for part in PARTS if part != "mail"]
    chance.shuffle(victims)
    for victim in victims:
        time.sleep(chance.uniform(0.2, 0.6))
        gone = desk.kill(victim)
        desk.wait_for(victim, other_than=gone, seconds=30)
    filing.join(timeout=300)
    assert troubles == []
    assert len(acknowledged) == REQUESTS == len(set(acknowledged.values()))

    numbers = [str(number) for number in acknowledged.values()]

    def confirmations() -> Counter[str]:
        """Distinct Message-IDs of confirmations at the catcher, by request number."""
        seen = {(letter["Message-ID"], letter["Subject"]) for letter in desk.letters()}
        return Counter(subject.split("]")[0][2:] for _, subject in seen if "Заявка принята: Живучесть" in subject)

    with psycopg2.connect(_database(desk)) as connection, connection.cursor() as cursor:
        # A letter that a killed worker had in its hands is taken again when its lease runs out: not waited for here.
        cursor.execute("update notifications_outgoingemail set due_at = now() where state = 'sending'")
        connection.commit()
        wait_until(lambda: set(numbers) <= set(confirmations()), 60, desk.output)
        assert confirmations() == Counter(numbers)
        cursor.execute("select number, subject from tickets_ticket where subject like 'Живучесть %'")
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

        def sent() -> bool:
            cursor.execute("select distinct state from notifications_outgoingemail")
            return cursor.fetchall() == [("sent",)]

        wait_until(sent, 90, desk.output)


def _database(desk: Desk) -> str:
    """What libpq needs to reach the desk's own PostgreSQL."""
    lines = (desk.data / "local.env").read_text().splitlines()
    url = next(line.partition("=")[2] for line in lines if line.startswith("DATABASE_URL="))
    return url.strip("'\"")


@pytest.mark.clause("3.2.1")
@pytest.mark.parametrize("how", ["gone", "silent"])
def test_without_redis_the_form_still_answers_and_the_clock_sends_the_letter(desk: Desk, how: str) -> None:
    visitor = anna(desk)
    valkey = psutil.Process(desk.pid("valkey"))
    supervisor = psutil.Process(desk.pid("supervisor"))
    if how == "gone":  # the supervisor sleeps, so that nobody brings it back
        supervisor.suspend()
        valkey.kill()
    else:
        valkey.suspend()
    try:
        number = patiently(visitor, f"Без очереди заданий, {how}", seconds=10, key=uuid.uuid4())
        wait_until(lambda: any(f"[#{number}] Заявка принята" in letter["Subject"] for letter in desk.letters()), 20)
    finally:
        supervisor.resume()
        if how == "gone":
            desk.wait_for("valkey", other_than=valkey.pid)
        else:
            valkey.resume()
