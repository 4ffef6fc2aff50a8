"""The password that a customer gives for his server is nowhere to be read."""

from __future__ import annotations

import logging

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from tests.billing_cabinet.pages import NEW, SECRET, address, enter, told
from tests.cast import Cast
from tickets.models import Ticket

KEY = b"-----BEGIN OPENSSH PRIVATE KEY-----"
NOTE = "jump-host-77"


def everything_stored() -> str:
    """Every column of every table as text, bytes too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        rows = []
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608 - names from the catalogue
            rows += [row for (row,) in cursor.fetchall()]
    return "\n".join(rows)


def file_with_secrets(cast: Cast) -> str:
    """A request with every secret; the words of all pages that follow."""
    client = enter(cast.anna)
    key = SimpleUploadedFile("id_rsa", KEY)
    sent = client.post(NEW, told(access_note=NOTE, access_key=key, save_server="on"), follow=True)
    ticket = Ticket.objects.get()
    paths = ["/cabinet/", "/cabinet/tickets/", address("ticket_detail", ticket), f"{NEW}?like={ticket.number}"]
    return sent.content.decode() + "".join(client.get(path).content.decode() for path in paths)


@pytest.mark.clause("3.5a.4")
def test_the_database_holds_no_secret_in_the_clear(cast: Cast) -> None:
    file_with_secrets(cast)
    stored = everything_stored()
    assert "10.1.4.77:8080" in stored  # the scan sees what is there
    for secret in (SECRET, KEY.decode(), NOTE):
        assert secret not in stored
        assert secret.encode().hex() not in stored


def test_no_page_shows_a_secret(cast: Cast) -> None:
    pages = file_with_secrets(cast)
    for secret in (SECRET, KEY.decode(), NOTE):
        assert secret not in pages


def test_a_refused_form_does_not_give_the_password_back(cast: Cast) -> None:
    page = enter(cast.anna).post(NEW, told(subject="")).content.decode()
    assert SECRET not in page
    assert 'type="password"' in page


def test_a_refused_form_stores_nothing_of_it(cast: Cast) -> None:
    enter(cast.anna).post(NEW, told(subject="", save_server="on"))
    assert SECRET not in everything_stored()
    assert "10.1.4.77:8080" not in everything_stored()


def test_the_log_holds_no_secret(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        file_with_secrets(cast)
        enter(cast.anna).post(NEW, told(subject=""))
    logged = "\n".join(str(record.__dict__) for record in caplog.records if record.name != "django.db.backends")
    assert SECRET not in logged and KEY.decode() not in logged


@pytest.mark.parametrize("failing", ["tickets.intake.access.store", "tickets.intake.emails.confirmation"])
def test_a_crash_while_filing_tells_no_secret_and_leaves_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, failing: str
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(failing, fail)
    client = enter(cast.anna)
    client.raise_request_exception = False
    page = client.post(NEW, told())
    assert page.status_code == 500
    assert SECRET not in page.content.decode() and SECRET not in caplog.text
    assert Ticket.objects.count() == 0
    assert SECRET not in everything_stored()


def test_the_browser_is_told_not_to_fill_in_the_password(cast: Cast) -> None:
    field = enter(cast.anna).get(NEW).content.decode().partition('name="access_password"')[2].partition(">")[0]
    assert 'autocomplete="new-password"' in field
