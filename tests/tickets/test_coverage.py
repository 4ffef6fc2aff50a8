"""A contract that was renewed backwards covers the requests that wait; nobody else's term is told to a customer."""

from __future__ import annotations

from datetime import date

import pytest

from customers.models import Contract
from notifications.models import OutgoingEmail
from tests.cast import MONDAY_TEN, Cast, file_ticket, moment
from tickets import breaches, jobs, replay, workflow
from tickets.models import Ticket

NOON = moment("2026-11-23 12:00")
NBSP = "\u00a0"


def letters(name: str = "term") -> list[OutgoingEmail]:
    return list(OutgoingEmail.objects.filter(obligation=f"ticket.{name}").order_by("pk"))


@pytest.fixture
def uncovered(cast: Cast) -> Cast:
    """The contract of ООО «Рейс» ended with the summer; grace is over."""
    cast.reis.contracts.update(ends_date=date(2026, 8, 31))
    return cast


def renew(cast: Cast, starts: date = date(2026, 9, 1)) -> None:
    Contract.objects.create(
        customer=cast.reis, number="2/2026", level=cast.standard, starts_date=starts, ends_date=date(2027, 8, 31)
    )


@pytest.mark.clause("3.6.2")
def test_a_contract_renewed_backwards_gives_the_term_from_receipt_and_a_letter(uncovered: Cast) -> None:
    ticket = file_ticket(uncovered.anna)
    assert (ticket.is_term_promised, ticket.limit_minutes) == (False, 480)
    jobs.cover_requests(NOON)
    assert letters() == []
    renew(uncovered)
    for _ in range(2):
        jobs.cover_requests(NOON)
    ticket.refresh_from_db()
    assert (ticket.is_term_promised, ticket.limit_minutes, ticket.due_at) == (True, 240, moment("2026-11-23 15:00"))
    assert ticket.reply_due_at == ticket.due_at
    assert ticket.reaction_windows == [
        [moment("2026-11-23 10:00").isoformat(), moment("2026-11-23 13:00").isoformat()],
        [moment("2026-11-23 14:00").isoformat(), moment("2026-11-23 15:00").isoformat()],
    ]
    [letter] = letters()
    assert "Ожидаемая реакция: пн, 23 ноября, до 15:00" in letter.text_body.replace(NBSP, " ")
    assert ticket.events.filter(code="ticket.covered").count() == 1
    assert [str(each) for each in replay.differences(lambda: NOON) if each] == []


@pytest.mark.clause("3.6.2")
def test_a_promise_that_is_broken_when_it_comes_is_a_breach_beside_that_of_the_term_inside(uncovered: Cast) -> None:
    """Inside within eight hours, by the contract within four: both are over on the next afternoon."""
    ticket, late = file_ticket(uncovered.anna), moment("2026-11-24 15:00")
    workflow.flip(at=late)
    renew(uncovered)
    for _ in range(2):
        jobs.cover_requests(late)
    assert list(ticket.breaches.order_by("pk").values_list("is_promised", "due_at")) == [
        (False, moment("2026-11-24 10:00")),
        (True, moment("2026-11-23 15:00")),
    ]
    ticket.refresh_from_db()
    shown = breaches.breach_of(ticket)
    assert shown and shown.is_promised
    assert [str(each) for each in replay.differences(lambda: late) if each] == []


def test_what_was_taken_has_ended_or_came_before_the_contract_keeps_what_it_has(uncovered: Cast) -> None:
    taken, withdrawn, early = (file_ticket(uncovered.anna) for _ in range(3))
    workflow.take(taken, by=uncovered.elena, at=NOON)
    workflow.close_by_customer(withdrawn, by=uncovered.anna, at=NOON)
    renew(uncovered, starts=date(2026, 11, 24))
    jobs.cover_requests(NOON)
    assert letters() == []
    assert not Ticket.objects.filter(is_term_promised=True).exists()
    assert early.due_at is not None


def test_the_day_of_receipt_is_that_of_the_desk(uncovered: Cast) -> None:
    """At one in the night of the 24th in Orenburg it is still the 23rd in UTC."""
    file_ticket(uncovered.anna, at=moment("2026-11-24 01:00"))
    renew(uncovered, starts=date(2026, 11, 24))
    jobs.cover_requests(moment("2026-11-24 09:00"))
    assert len(letters()) == 1


def test_a_promise_that_was_made_stays_whatever_contract_comes(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    renew(cast)
    jobs.cover_requests(NOON)
    ticket.refresh_from_db()
    assert ticket.due_at == moment("2026-11-23 15:00")
    assert letters() == []


@pytest.mark.clause("3.6.2")
def test_no_letter_tells_the_uncovered_a_term(uncovered: Cast) -> None:
    """Eight working hours from Monday at ten: till eleven on Tuesday."""
    ticket = file_ticket(uncovered.anna, criticality="high", at=MONDAY_TEN)
    workflow.change_criticality(ticket, "medium", reason="Карта работает.", by=uncovered.elena, at=NOON)
    workflow.take(ticket, by=uncovered.elena, at=NOON)
    workflow.answer(ticket, "Смотрим.", by=uncovered.elena, at=NOON)
    for letter in OutgoingEmail.objects.filter(to_address="anna@reis.example"):
        for body in (letter.subject, letter.text_body, letter.html_body):
            words = body.replace(NBSP, " ")
            for term in ("Ожидаемая реакция", "11:00", "24 ноября", "Без договора", "8 рабочих"):
                assert term not in words, f"{letter.obligation}: {term}"
