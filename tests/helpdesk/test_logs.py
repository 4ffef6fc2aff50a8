from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from typing import Any

import django_rq
import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client
from rq.worker import SimpleWorker

from helpdesk.local.environment import PROJECT
from notifications.bell import ring
from tests.cast import Cast, file_ticket
from tests.desk import free_port
from tickets.models import Ticket


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the desk's own handler writes, line by line."""
    stream = io.StringIO()
    handler = next(handler for handler in logging.getLogger().handlers if handler.filters)
    assert isinstance(handler, logging.StreamHandler)
    monkeypatch.setattr(handler, "stream", stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_about_a_page_names_the_place_and_never_the_address(lines: Any, db: None) -> None:
    Client().get("/cabinet/nothing/here/?q=Иванова+89123456789")
    (line,) = [line for line in lines() if line["logger"] == "django.request"]
    assert line["message"] == "GET no such page"
    assert "Иванова" not in json.dumps(line, ensure_ascii=False) and "nothing" not in json.dumps(line)


def test_a_message_with_control_characters_stays_one_line_of_json(lines: Any) -> None:
    logging.getLogger("helpdesk").warning("one\ntwo\x1b[31m", extra={"ticket": 17})
    (line,) = lines()
    assert (line["message"], line["ticket"], line["level"]) == ("one\ntwo\x1b[31m", 17, "WARNING")


def test_the_log_is_in_utc(lines: Any) -> None:
    logging.getLogger("helpdesk").warning("now")
    assert lines()[0]["timestamp"].endswith("+00:00")
    assert settings.TIME_ZONE != "UTC"


def break_a_row(ticket_id: str) -> None:
    """What PostgreSQL says of this quotes the whole row."""
    try:
        with transaction.atomic():
            Ticket.objects.filter(pk=ticket_id).update(status="bogus")
    except IntegrityError as error:
        raise ValueError(f"this row: {error}") from error


def is_told(line: dict[str, Any]) -> bool:
    """Whether a line says where it broke and how, and nothing of the customer's."""
    text = json.dumps(line, ensure_ascii=False)
    assert "anna@reis.example" not in text
    assert "координаты" not in text
    return "IntegrityError" in text and "ValueError" in text and "break_a_row" in text


def test_an_error_is_written_as_places_and_kinds(lines: Any, cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    try:
        break_a_row(str(ticket.pk))
    except ValueError as error:
        logging.getLogger("helpdesk").exception("it broke: %s", error, extra={"ticket": ticket.pk})
    (line,) = [line for line in lines() if line["logger"] == "helpdesk"]
    assert is_told(line)
    assert (line["message"], line["ticket"]) == ("it broke: ValueError", ticket.pk)


def test_a_page_that_breaks_is_written_the_same_way(lines: Any, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = file_ticket(cast.anna)
    monkeypatch.setattr(
        "helpdesk.health.connection", type("Broken", (), {"cursor": lambda _: break_a_row(str(ticket.pk))})()
    )
    response = Client(raise_request_exception=False).get("/health/ready")
    assert response.status_code == 500
    (line,) = [line for line in lines() if line["logger"] == "django.request"]
    assert is_told(line)
    assert f"Код: {line['code']}." in response.content.decode(), "by it the line is found"
    assert f'href="tel:{settings.SUPPORT_PHONE}"' in response.content.decode()


@pytest.mark.django_db
def test_a_job_that_breaks_is_written_the_same_way_by_the_worker(lines: Any, cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    queue = django_rq.get_queue("default")
    queue.empty()
    assert ring(break_a_row, str(ticket.pk))
    SimpleWorker([queue], connection=queue.connection, serializer=queue.serializer).work(burst=True)
    (line,) = [line for line in lines() if line["logger"] == "rq.worker"]
    assert is_told(line)
    assert line["job_id"] in line["message"]


@pytest.mark.django_db
def test_a_job_that_breaks_leaves_none_of_its_words_in_redis(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    queue = django_rq.get_queue("default")
    queue.empty()
    assert ring(break_a_row, str(ticket.pk))
    (job_id,) = queue.job_ids
    django_rq.get_worker("default", worker_class="rq.worker.SimpleWorker", serializer=queue.serializer).work(burst=True)
    job = queue.fetch_job(job_id)
    assert job is not None and job.is_failed
    (result,) = job.results()
    assert not result.exc_string and not job._exc_info


def test_the_process_that_holds_the_web_processes_writes_json_too() -> None:
    """It speaks where one of them is stuck, is killed, or does not start, as here."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SECRET_KEY")}
    environment["WEB_CONCURRENCY"] = "1"  # a second process that fails at the same moment changes how the first ends
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "gunicorn",
            "--config",
            "python:helpdesk.gunicorn",
            "--bind",
            f"127.0.0.1:{free_port()}",
        ],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 3
    lines = [json.loads(line) for line in ran.stderr.splitlines() if not line.startswith("SECRET_KEY is not set.")]
    assert {"Reason: Worker failed to boot."} <= {line["message"] for line in lines}
    assert {(line["level"], line["logger"]) for line in lines} == {("ERROR", "gunicorn.error")}


def test_the_web_servers_own_line_about_an_error_holds_no_address_and_no_words(lines: Any, cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    log = logging.getLogger("gunicorn.error")
    assert "stderr" in [handler.name for handler in log.handlers], "in place of gunicorn's own"
    try:
        break_a_row(str(ticket.pk))
    except ValueError:
        log.exception("Error handling request %s", "/accounts/password/reset/key/1-secret/")
    (line,) = [line for line in lines() if line["logger"] == "gunicorn.error"]
    assert is_told(line)
    assert "secret" not in json.dumps(line)
