"""Stored clocks equal those that the history gives; whatever is spoilt is named."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import MONDAY_TEN, Cast, file_ticket, make_cast, moment, new_level_version
from tickets import replay, workflow
from tickets.models import Ticket

ELEVEN, NOON = moment("2026-11-23 11:00"), moment("2026-11-23 12:00")
LATE = moment("2026-11-23 15:20")
NOW = moment("2026-11-25 10:00")
RESOLUTION: dict[str, Any] = {"kind": "failure", "component": "software", "outcome": "solved", "text": "Готово."}


def differ(at: Any = NOW) -> list[str]:
    return [str(each) for each in replay.differences(lambda: at) if each]


@pytest.fixture
def stories(cast: Cast) -> Cast:
    """A request for each way that the clocks may have gone, as it stands on Wednesday."""
    new_level_version(cast.standard, critical=60)
    file_ticket(cast.anna)
    file_ticket(cast.anna, criticality="critical")
    in_time, late, withdrawn, back, talked, developed = (file_ticket(cast.anna) for _ in range(6))
    workflow.take(in_time, by=cast.elena, at=ELEVEN)
    workflow.answer(late, "Смотрим.", by=cast.elena, at=LATE)
    workflow.reply(late, "Ждём.", by=cast.anna, at=LATE)
    workflow.close_by_customer(withdrawn, by=cast.anna, at=LATE)
    workflow.close_by_customer(back, by=cast.anna, at=ELEVEN)
    workflow.reply(back, "Всё же не работает.", by=cast.anna, at=NOON)
    workflow.answer(talked, "Версия?", by=cast.elena, at=NOON, waits_for_customer=True)
    workflow.reply(talked, "4.2.1", by=cast.anna, at=NOON)
    workflow.resolve(talked, **RESOLUTION, by=cast.elena, at=NOON)
    workflow.reply(talked, "Снова.", by=cast.anna, at=NOON)
    workflow.note(talked, "Похоже на сеть.", by=cast.elena, at=NOON)
    workflow.take(developed, by=cast.elena, at=NOON)
    workflow.pass_to_development(developed, review_date=date(2026, 12, 1), text="Да.", by=cast.elena, at=NOON)
    cast.oil.contracts.all().delete()
    file_ticket(cast.clara)
    for at in (LATE, moment("2026-11-24 12:00"), NOW):
        workflow.flip(at=at)
    return cast


@pytest.mark.clause("3.5b.2")
@pytest.mark.clause("card.2")
def test_the_clocks_are_what_the_history_gives(stories: Cast) -> None:
    assert differ() == []


SPOILT = {
    "due_at": "due_at = due_at + interval '1 second'",
    "at_risk_at": "at_risk_at = at_risk_at - interval '1 second'",
    "reacted_at": "reacted_at = reacted_at + interval '1 second' WHERE reacted_at IS NOT NULL",
    "unanswered_since": "unanswered_since = NULL",
    "reply_due_at": "reply_due_at = reply_due_at + interval '1 second'",
    "rung": "rung = 5 WHERE rung = 2",
    "flip_at": "flip_at = now() + interval '90 days'",
    "limit_minutes": "limit_minutes = limit_minutes + 1",
    "is_term_promised": "is_term_promised = false",
}


@pytest.mark.parametrize("field", SPOILT)
def test_each_spoilt_value_is_named(stories: Cast, field: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE tickets_ticket SET {SPOILT[field]}")  # noqa: S608 - of this file
    assert any(f": {field} is " in words for words in differ())


def test_a_breach_that_is_missing_is_named_and_so_is_one_too_many(stories: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE tickets_breach CASCADE")
        assert len([words for words in differ() if "the term of its breach is nothing" in words]) == 6
        in_time = Ticket.objects.filter(reacted_at=ELEVEN).get()
        cursor.execute(
            "INSERT INTO tickets_breach (ticket_id, due_at, is_promised, noticed_at) VALUES (%s, %s, true, %s)",
            [in_time.pk, LATE, NOW],
        )
    assert any(f"Ticket {in_time.number}: the term of its breach" in words for words in differ())


def test_a_clock_that_is_a_few_seconds_behind_is_no_difference(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    assert ticket.at_risk_at is not None
    assert differ(ticket.at_risk_at + timedelta(seconds=20)) == []
    assert len(differ(ticket.at_risk_at + timedelta(minutes=2))) == 3


def test_an_old_history_without_its_term_is_read_by_the_versions_of_the_request(cast: Cast) -> None:
    file_ticket(cast.anna)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE tickets_ticketevent DISABLE TRIGGER USER")
        cursor.execute("""UPDATE tickets_ticketevent SET data = '{"channel": "cabinet"}'""")
        cursor.execute("ALTER TABLE tickets_ticketevent ENABLE TRIGGER USER")
    assert differ(MONDAY_TEN) == []


def test_the_command_says_that_all_agree(cast: Cast) -> None:
    file_ticket(cast.anna)
    file_ticket(cast.boris)
    said = StringIO()
    with time_machine.travel(MONDAY_TEN, tick=False):
        call_command("check_clocks", stdout=said)
    assert said.getvalue() == "2 requests agree with their history.\n"


def test_the_command_names_each_difference_and_fails(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    file_ticket(cast.boris)
    Ticket.objects.filter(pk=ticket.pk).update(unanswered_since=ELEVEN)
    said = StringIO()
    with time_machine.travel(MONDAY_TEN, tick=False), pytest.raises(CommandError, match="1 of 2 requests differ"):
        call_command("check_clocks", stdout=said)
    assert said.getvalue() == (
        f"Ticket {ticket.number}: unanswered_since is 2026-11-23T06:00:00+00:00, and its history gives "
        "2026-11-23T05:00:00+00:00.\n"
    )


@pytest.mark.django_db(transaction=True)
def test_who_takes_a_request_while_it_is_compared_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the reading of the request and that of its history, as on a desk in use."""
    cast = make_cast()
    ticket, read = file_ticket(cast.anna), replay._steps

    def steps(first: int, last: int) -> Any:
        def take() -> None:
            workflow.take(ticket, by=cast.elena, at=MONDAY_TEN)
            connection.close()

        taker = threading.Thread(target=take)
        taker.start()
        taker.join()
        return read(first, last)

    with monkeypatch.context() as patched:
        patched.setattr(replay, "_steps", steps)
        assert differ(MONDAY_TEN) == []
    assert differ(MONDAY_TEN) == []
    ticket.refresh_from_db()
    assert ticket.reacted_at == MONDAY_TEN


def test_the_moment_is_read_anew_for_each_chunk(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "CHUNK", 1)
    file_ticket(cast.anna)
    file_ticket(cast.boris)
    moments = iter([MONDAY_TEN, NOW, NOW])
    assert len([each for each in replay.differences(lambda: next(moments)) if each]) == 4


def test_the_requests_are_read_in_chunks(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "CHUNK", 2)
    for _ in range(5):
        file_ticket(cast.anna)
    with CaptureQueriesContext(connection) as queries:
        assert list(replay.differences(lambda: MONDAY_TEN)) == [None] * 5
    assert len(queries) <= 3 * 4 + 1 + 4
