"""A changed criticality counts the request's own term anew, and the customer learns why his is lower or later."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.roles import NotAllowed
from notifications.models import OutgoingEmail
from tests.cast import MONDAY_TEN, Cast, file_ticket, moment, new_calendar_version, new_level_version
from tickets import replay, thread, workflow
from tickets.models import Breach, Ticket
from tickets.rank import Rung

ELEVEN = moment("2026-11-23 11:00")
NBSP = "\u00a0"


@pytest.fixture
def cast_with_terms(cast: Cast) -> Cast:
    """Critical within an hour, low within eight, the others within four."""
    new_level_version(cast.standard, critical=60, low=480)
    return cast


def letters() -> list[OutgoingEmail]:
    return list(OutgoingEmail.objects.filter(obligation="ticket.criticality"))


def change(cast: Cast, ticket: Ticket, to: str, reason: str = "", **told: Any) -> Ticket:
    workflow.change_criticality(ticket, to, reason=reason, **{"by": cast.elena, "at": ELEVEN, **told})
    ticket.refresh_from_db()
    return ticket


@pytest.mark.clause("3.6.2")
@pytest.mark.clause("3.6.4")
def test_lowering_counts_the_term_from_receipt_and_tells_the_customer_why(cast_with_terms: Cast) -> None:
    ticket = file_ticket(cast_with_terms.anna, criticality="critical")
    assert ticket.due_at == moment("2026-11-23 11:00")
    change(cast_with_terms, ticket, "low", "Карта работает, не видно одной машины.")
    assert (ticket.criticality, ticket.limit_minutes, ticket.due_at) == ("low", 480, moment("2026-11-24 10:00"))
    assert (ticket.unanswered_since, ticket.reply_due_at) == (MONDAY_TEN, ticket.due_at)
    assert (ticket.rung, ticket.queue_at) == (Rung.CABINET, MONDAY_TEN)
    [letter] = letters()
    text = letter.text_body.replace(NBSP, " ")
    assert letter.to_address == "anna@reis.example"
    assert letter.subject.endswith("Критичность теперь низкая: Не приходят координаты с контроллера 4512")
    assert "Причина: Карта работает, не видно одной машины." in text
    assert "Ожидаемая реакция: вт, 24 ноября, до 10:00" in text
    event = ticket.events.get(code="ticket.criticality_changed")
    assert event.data == {
        "from": "critical", "to": "low", "reason": "Карта работает, не видно одной машины.", "is_told": True,
        "due_from": "2026-11-23T06:00:00+00:00", "due_to": "2026-11-24T05:00:00+00:00",
    }  # fmt: skip


@pytest.mark.clause("3.6.4")
def test_raising_brings_the_term_forward_without_a_letter_and_is_confirmed(cast_with_terms: Cast) -> None:
    ticket = file_ticket(cast_with_terms.anna)
    change(cast_with_terms, ticket, "critical", "Стоит весь парк.", by=cast_with_terms.sergey)
    assert (ticket.due_at, ticket.rung) == (ELEVEN, Rung.OUT_OF_TURN)
    assert ticket.criticality_confirmed_at == ELEVEN
    assert letters() == []
    assert change(cast_with_terms, ticket, "high", "Обошли.").criticality_confirmed_at is None


@pytest.mark.clause("3.6.4")
def test_only_a_senior_takes_a_request_out_of_turn_and_says_why(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    with pytest.raises(NotAllowed):
        change(cast, ticket, "critical", "Стоит весь парк.")
    with pytest.raises(workflow.ReasonNeeded, match="вне очереди"):
        change(cast, ticket, "critical", by=cast.sergey)
    ticket.refresh_from_db()
    assert (ticket.criticality, ticket.rung) == ("medium", Rung.CABINET)
    assert change(cast, ticket, "critical", "Стоит весь парк.", by=cast.sergey).rung == Rung.OUT_OF_TURN


def test_lowering_needs_a_reason(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, criticality="high")
    with pytest.raises(workflow.ReasonNeeded):
        change(cast, ticket, "medium")
    ticket.refresh_from_db()
    assert ticket.criticality == "high"


def test_a_promise_that_moves_later_needs_a_reason_though_the_criticality_is_raised(cast: Cast) -> None:
    new_level_version(cast.standard, high=480)
    ticket = file_ticket(cast.anna)
    with pytest.raises(workflow.ReasonNeeded):
        change(cast, ticket, "high")
    change(cast, ticket, "high", "Так записано в вашем уровне.")
    assert len(letters()) == 1


def test_a_term_that_only_works_inside_moves_in_silence_and_stands_in_no_letter(cast_with_terms: Cast) -> None:
    internal = cast_with_terms.standard
    cast_with_terms.reis.contracts.all().delete()
    new_level_version(type(internal).objects.get(is_internal_default=True), minutes=480, low=960)
    ticket = change(cast_with_terms, file_ticket(cast_with_terms.anna), "low", "Это вопрос.")
    assert ticket.limit_minutes == 960
    for body in (letters()[0].text_body, letters()[0].html_body):
        assert "Ожидаемая реакция" not in body
        assert "24 ноября" not in body.replace(NBSP, " ")


def test_after_the_reaction_only_the_word_changes(cast_with_terms: Cast) -> None:
    ticket = workflow.take(file_ticket(cast_with_terms.anna), by=cast_with_terms.elena, at=ELEVEN)
    due_at = ticket.due_at
    change(cast_with_terms, ticket, "low", "Это вопрос.")
    assert (ticket.criticality, ticket.due_at, ticket.limit_minutes) == ("low", due_at, 240)
    assert "Ожидаемая реакция" not in letters()[0].text_body


def test_the_versions_that_the_request_keeps_count(cast_with_terms: Cast) -> None:
    ticket = file_ticket(cast_with_terms.anna)
    new_level_version(cast_with_terms.standard, critical=5)
    new_calendar_version(cast_with_terms.calendar, {MONDAY_TEN.date(): []})
    change(cast_with_terms, ticket, "critical", "Стоит весь парк.", by=cast_with_terms.sergey)
    assert ticket.due_at == ELEVEN


def test_a_term_that_had_run_out_stays_a_breach(cast_with_terms: Cast) -> None:
    ticket = file_ticket(cast_with_terms.anna, criticality="critical")
    due_at = ticket.due_at
    change(cast_with_terms, ticket, "low", "Карта работает.", at=moment("2026-11-23 11:01"))
    assert Breach.objects.get().due_at == due_at
    assert [str(each) for each in replay.differences(lambda: moment("2026-11-23 11:02")) if each] == []


def test_a_term_that_comes_forward_into_the_past_is_a_breach(cast_with_terms: Cast) -> None:
    noon, ticket = moment("2026-11-23 12:00"), file_ticket(cast_with_terms.anna)
    change(cast_with_terms, ticket, "critical", "Стоит весь парк.", by=cast_with_terms.sergey, at=noon)
    assert Breach.objects.get().due_at == ticket.due_at == ELEVEN
    assert [str(each) for each in replay.differences(lambda: noon) if each] == []


def test_warnings_are_told_anew_for_the_new_term(cast_with_terms: Cast) -> None:
    ticket = file_ticket(cast_with_terms.anna)
    workflow.warn(ticket.pk, at=moment("2026-11-23 14:30"))
    assert change(cast_with_terms, ticket, "low", "Это вопрос.", at=moment("2026-11-23 14:40")).warned_rung is None
    workflow.warn(ticket.pk, at=moment("2026-11-23 17:40"))
    ticket.refresh_from_db()
    assert ticket.warned_rung == Rung.AT_RISK


def test_the_same_change_twice_is_one(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, criticality="high")
    for _ in range(2):
        change(cast, ticket, "low", "Это вопрос.", at=ELEVEN + timedelta(minutes=1))
    assert len(letters()) == 1
    assert ticket.events.filter(code="ticket.criticality_changed").count() == 1


@pytest.mark.parametrize("person", ["oleg", "maria"])
def test_only_who_works_on_requests_changes_it(cast: Cast, person: str) -> None:
    with pytest.raises(NotAllowed):
        change(cast, file_ticket(cast.anna), "low", "Так.", by=getattr(cast, person))


def test_an_ended_request_keeps_its_criticality(cast: Cast) -> None:
    ticket = workflow.close_by_customer(file_ticket(cast.anna), by=cast.anna, at=ELEVEN)
    with pytest.raises(workflow.MoveNotAllowed):
        change(cast, ticket, "low", "Так.")


def test_a_reason_that_was_not_told_to_the_customer_is_not_in_his_history(cast: Cast) -> None:
    ticket = change(cast, file_ticket(cast.anna), "critical", "Похоже на общий сбой.", by=cast.sergey)
    notes = [line.note for line in thread.history(ticket, cast.anna)]
    assert "Похоже на общий сбой." not in notes
    ticket.refresh_from_db()
    words = {line.words.replace(NBSP, " "): line.note for line in thread.history(ticket, cast.elena)}
    assert words["Критичность: средняя → критическая, Сергеев С. С."] == "Похоже на общий сбой."
