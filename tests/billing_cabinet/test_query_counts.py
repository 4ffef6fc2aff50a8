"""How many questions a page asks of the database, whatever it shows."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.billing_cabinet.pages import NEW, address, closed, enter, later, make_server, resolved, told
from tests.cast import Cast, file_ticket
from tickets import workflow
from tickets.attachments import write
from tickets.models import Ticket

MOST = 10


@pytest.fixture
def busy(cast: Cast) -> Ticket:
    """An organisation with a page of everything; the request with the longest thread."""
    file = SimpleUploadedFile("log.txt", b"line")
    for i in range(30):
        file_ticket(cast.boris if i % 2 else cast.anna, at=later(i), server=make_server(cast, f"С{i}", f"10.0.0.{i}"))
    for i in range(7):
        asked = file_ticket(cast.anna, at=later(i))
        workflow.answer(asked, "Вопрос", by=cast.elena, at=later(i), waits_for_customer=True)
        resolved(cast, at=later(i))
        closed(cast, at=later(i))
    ticket = file_ticket(cast.anna, files=[file])
    for i in range(15):
        workflow.answer(ticket, "Ответ", by=cast.elena, at=later(i), files=write([file]))
        workflow.note(ticket, "Заметка", by=cast.sergey, at=later(i))
        workflow.reply(ticket, "Реплика", by=cast.anna, at=later(i), files=write([file]))
    return ticket


def queries(client: Client, path: str) -> list[str]:
    """What the second view asks: the first warms the calendars that a process keeps."""
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return [query["sql"] for query in captured.captured_queries]


def test_a_page_asks_little(cast: Cast, busy: Ticket) -> None:
    client = enter(cast.anna)
    lists = [
        "/cabinet/",
        "/cabinet/tickets/",
        "/cabinet/tickets/?tab=all&scope=mine",
        "/cabinet/tickets/?q=карт&tab=all",
        NEW,
        f"{NEW}reaction/?criticality=critical",
        "/cabinet/support/",
        "/cabinet/working-days/",
    ]
    for path in [*lists, address("ticket_detail", busy), address("ticket_sent", busy)]:
        asked = queries(client, path)
        assert len(asked) <= MOST, path + "\n".join(asked)


def test_a_page_asks_the_same_of_much_as_of_little(cast: Cast, busy: Ticket) -> None:
    """Nothing on a page costs a question for each row."""
    for path in ("/cabinet/", "/cabinet/tickets/", NEW, "/cabinet/support/"):
        assert len(queries(enter(cast.anna), path)) <= len(queries(enter(cast.clara), path)) + 1
    short = file_ticket(cast.anna)
    client = enter(cast.anna)
    assert len(queries(client, address("ticket_detail", busy))) == len(queries(client, address("ticket_detail", short)))


FILINGS: list[dict[str, Any]] = [
    {"server": "none"},
    {"access_later": "on"},
    {},
    {"save_server": "on"},
]


@pytest.mark.parametrize("changes", FILINGS)
def test_filing_asks_little(cast: Cast, changes: dict[str, Any]) -> None:
    client = enter(cast.anna)
    client.get("/cabinet/")
    files = [SimpleUploadedFile(f"{i}.txt", b"a") for i in range(10)]
    with CaptureQueriesContext(connection) as captured:
        assert client.post(NEW, told(files=files, **changes)).status_code == 302
    asked = [query["sql"] for query in captured.captured_queries if "SAVEPOINT" not in query["sql"]]
    assert len(asked) <= 22, "\n".join(asked)


def test_sealed_secrets_are_not_even_loaded_for_a_page(cast: Cast) -> None:
    client = enter(cast.anna)
    client.post(NEW, told())
    asked = queries(client, address("ticket_detail", Ticket.objects.get()))
    assert not [sql for sql in asked if "_sealed" in sql]
