"""The reply clock: from the oldest message that nobody has answered, the request itself being the first."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from tests.cast import MONDAY_TEN, Cast, file_ticket, moment
from tickets import workflow
from tickets.models import Ticket

Clock = tuple[datetime | None, datetime | None]
STOPPED: Clock = (None, None)
ELEVEN, NOON = moment("2026-11-23 11:00"), moment("2026-11-23 12:00")
RESOLUTION: dict[str, Any] = {"kind": "failure", "component": "software", "outcome": "solved", "text": "Готово."}


def reply_clock(ticket: Ticket) -> Clock:
    ticket.refresh_from_db()
    return ticket.unanswered_since, ticket.reply_due_at


@pytest.mark.clause("3.5b.2")
def test_the_request_itself_is_the_first_message_that_waits(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    assert reply_clock(ticket) == (MONDAY_TEN, moment("2026-11-23 15:00")) == (ticket.received_at, ticket.due_at)


def test_taking_is_no_answer(cast: Cast) -> None:
    ticket = workflow.take(file_ticket(cast.anna), by=cast.elena, at=ELEVEN)
    assert reply_clock(ticket)[0] == MONDAY_TEN


def test_a_note_is_no_answer(cast: Cast) -> None:
    ticket = workflow.note(file_ticket(cast.anna), "Похоже на сеть.", by=cast.elena, at=ELEVEN)
    assert reply_clock(ticket)[0] == MONDAY_TEN


def test_an_answer_answers_all(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    workflow.reply(ticket, "И ещё одна машина.", by=cast.anna, at=ELEVEN)
    assert reply_clock(workflow.answer(ticket, "Смотрим.", by=cast.elena, at=NOON)) == STOPPED


@pytest.mark.parametrize("waits", [True, False])
def test_the_next_message_starts_it_anew_by_working_time(cast: Cast, waits: bool) -> None:
    ticket = file_ticket(cast.anna)
    workflow.answer(ticket, "Какая версия?", by=cast.elena, at=ELEVEN, waits_for_customer=waits)
    evening = moment("2026-11-23 19:30")
    workflow.reply(ticket, "4.2.1", by=cast.anna, at=evening)
    workflow.reply(ticket, "Точнее, 4.2.2", by=cast.anna, at=moment("2026-11-23 20:00"))
    assert reply_clock(ticket) == (evening, moment("2026-11-24 13:00")), "from the oldest, not the newest"


def test_a_deferral_and_a_handing_over_answer_by_their_text(cast: Cast) -> None:
    silent, told, deferred = (workflow.take(file_ticket(cast.anna), by=cast.elena, at=ELEVEN) for _ in range(3))
    workflow.pass_to_development(silent, review_date=date(2026, 12, 1), by=cast.elena, at=NOON)
    workflow.pass_to_development(told, review_date=date(2026, 12, 1), text="Передали.", by=cast.elena, at=NOON)
    workflow.defer(deferred, ground="insufficient_info", until=date(2026, 12, 1), text="Ждём.", by=cast.elena, at=NOON)
    assert reply_clock(silent)[0] == MONDAY_TEN
    assert reply_clock(told) == reply_clock(deferred) == STOPPED


def test_what_has_ended_waits_for_no_reply(cast: Cast) -> None:
    resolved = workflow.resolve(file_ticket(cast.anna), **RESOLUTION, by=cast.elena, at=NOON)
    closed = workflow.close(file_ticket(cast.anna), text="Не наше.", ground="out_of_scope", by=cast.elena, at=NOON)
    withdrawn = workflow.close_by_customer(file_ticket(cast.anna), by=cast.anna, at=NOON)
    assert [reply_clock(ticket) for ticket in (resolved, closed, withdrawn)] == [STOPPED] * 3


def test_a_reopened_request_waits_from_the_message_that_reopened_it(cast: Cast) -> None:
    resolved = workflow.resolve(file_ticket(cast.anna), **RESOLUTION, by=cast.elena, at=ELEVEN)
    withdrawn = workflow.close_by_customer(file_ticket(cast.anna), by=cast.anna, at=ELEVEN)
    for ticket in (resolved, withdrawn):
        workflow.reply(ticket, "Снова нет координат.", by=cast.anna, at=NOON)
        assert reply_clock(ticket) == (NOON, moment("2026-11-23 17:00"))


def test_a_request_without_a_term_knows_since_when_and_no_moment(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    Ticket.objects.filter(pk=ticket.pk).update(
        level_version=None, calendar_version=None, is_term_promised=False, limit_minutes=None, due_at=None,
        at_risk_at=None, grave_at=None,
    )  # fmt: skip
    workflow.answer(ticket, "Смотрим.", by=cast.elena, at=ELEVEN)
    workflow.reply(ticket, "Ждём.", by=cast.anna, at=NOON)
    assert reply_clock(ticket) == (NOON, None)
