from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest
from django.conf import settings
from django.test import Client


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
