"""A breach of the reaction term: written once, by whoever sees it first; annulled by another row, never deleted."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import InternalError

from accounts.roles import NotAllowed
from tests.cast import MONDAY_TEN, Cast, file_ticket, make_cast, moment
from tickets import breaches, intake, workflow
from tickets.models import Breach, Ticket, TicketEvent
from tickets.rank import INSTANT

DUE = moment("2026-11-23 15:00")  # of a request that came at ten
LATE = moment("2026-11-23 15:20")
RESOLUTION: dict[str, Any] = {"kind": "failure", "component": "software", "outcome": "solved", "text": "Готово."}


def events(ticket: Ticket) -> list[str]:
    return list(TicketEvent.objects.filter(ticket=ticket).order_by("pk").values_list("code", flat=True))


@pytest.mark.clause("3.6.2")
def test_the_clock_writes_a_breach_the_moment_after_the_term(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    workflow.flip(at=DUE)
    assert not Breach.objects.exists(), "a reaction at the very moment is in time"
    workflow.flip(at=DUE + INSTANT)
    breach = Breach.objects.get()
    assert (breach.ticket, breach.due_at, breach.is_promised, breach.noticed_at) == (ticket, DUE, True, DUE + INSTANT)
    assert events(ticket) == ["ticket.registered", "deadline.at_risk", "deadline.overdue"]


@pytest.mark.clause("3.6.2")
def test_a_critical_request_is_late_too_though_it_keeps_its_place(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, criticality="critical")
    for at in (DUE, LATE, moment("2026-11-25 10:00")):
        workflow.flip(at=at)
    assert Breach.objects.get().ticket == ticket
    assert events(ticket)[1:] == ["deadline.at_risk", "deadline.overdue", "deadline.grave"]


def test_a_clock_that_stood_still_writes_the_breach_when_it_runs_again(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    workflow.flip(at=moment("2026-11-25 10:00"))
    assert Breach.objects.get().due_at == DUE
    assert events(ticket)[1:] == ["deadline.overdue", "deadline.grave"]


@pytest.mark.parametrize("verb", ["take", "answer", "resolve", "close"])
def test_a_late_reaction_writes_the_breach_that_no_clock_has_seen(cast: Cast, verb: str) -> None:
    ticket = file_ticket(cast.anna)
    verbs: dict[str, Any] = {
        "take": lambda: workflow.take(ticket, by=cast.elena, at=LATE),
        "answer": lambda: workflow.answer(ticket, "Смотрим.", by=cast.elena, at=LATE),
        "resolve": lambda: workflow.resolve(ticket, **RESOLUTION, by=cast.elena, at=LATE),
        "close": lambda: workflow.close(ticket, text="Нет.", ground="out_of_scope", by=cast.elena, at=LATE),
    }
    verbs[verb]()
    breach = Breach.objects.get()
    assert (breach.due_at, breach.noticed_at) == (DUE, LATE)
    workflow.flip(at=moment("2026-11-25 10:00"))
    assert events(ticket).count("deadline.overdue") == 1


def test_a_reaction_in_time_is_no_breach(cast: Cast) -> None:
    workflow.take(file_ticket(cast.anna), by=cast.elena, at=DUE)
    workflow.flip(at=LATE)
    assert not Breach.objects.exists()


def test_who_withdraws_after_the_term_was_kept_waiting_and_who_does_so_before_was_not(cast: Cast) -> None:
    workflow.close_by_customer(file_ticket(cast.anna), by=cast.anna, at=DUE)
    assert not Breach.objects.exists()
    late = file_ticket(cast.anna)
    workflow.close_by_customer(late, by=cast.anna, at=LATE)
    assert Breach.objects.get().ticket == late


def test_a_request_that_comes_back_after_its_term_is_late_at_once(cast: Cast) -> None:
    ticket = workflow.close_by_customer(file_ticket(cast.anna), by=cast.anna, at=moment("2026-11-23 11:00"))
    workflow.reply(ticket, "Всё же не работает.", by=cast.anna, at=LATE)
    assert Breach.objects.get().noticed_at == LATE


def test_paper_that_is_registered_after_its_term_is_late_at_once(cast: Cast) -> None:
    filing = intake.Filing("Нет связи", "С утра.", "medium", "Иванова А. П.", "", "")
    ticket = intake.register(
        filing, customer=cast.reis, channel="letter", received_at=MONDAY_TEN, at=LATE, by=cast.oleg
    )
    assert Breach.objects.get().noticed_at == LATE
    assert events(ticket) == ["ticket.registered", "deadline.overdue"]


def test_a_term_that_only_works_inside_was_not_promised(cast: Cast) -> None:
    cast.reis.contracts.all().delete()
    file_ticket(cast.anna)
    workflow.flip(at=moment("2026-11-24 18:00"))
    assert Breach.objects.get().is_promised is False


@pytest.mark.django_db(transaction=True)
def test_however_many_clocks_run_a_breach_is_written_once() -> None:
    cast = make_cast()
    tickets = [file_ticket(cast.anna) for _ in range(12)]
    start = threading.Barrier(4)

    def run(take: Ticket | None = None) -> None:
        start.wait()
        while workflow.flip(at=LATE, limit=2):
            pass
        if take:
            workflow.take(take, by=cast.elena, at=LATE + timedelta(minutes=1))
        connection.close()

    threads = [threading.Thread(target=run, args=[ticket]) for ticket in (None, None, None, tickets[0])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Breach.objects.count() == len(tickets)
    assert TicketEvent.objects.filter(code="deadline.overdue").count() == len(tickets)


# --- annulment ------------------------------------------------------------------------------------------------------


def breached(cast: Cast) -> Breach:
    workflow.take(file_ticket(cast.anna), by=cast.elena, at=LATE)
    return Breach.objects.get()


def test_a_senior_annuls_a_breach_with_a_reason_and_both_rows_stay(cast: Cast) -> None:
    breach = breached(cast)
    first = breaches.annul(breach, reason="Не было связи у провайдера.", by=cast.sergey, at=LATE)
    again = breaches.annul(breach, reason="Другая причина.", by=cast.sergey, at=LATE + timedelta(hours=1))
    assert first == again
    assert (again.reason, again.by, again.at) == ("Не было связи у провайдера.", cast.sergey, LATE)
    assert events(breach.ticket).count("breach.annulled") == 1
    assert breaches.annulment_of(Breach.objects.get()) == first


@pytest.mark.parametrize("person", ["elena", "oleg", "maria"])
def test_nobody_but_a_senior_annuls(cast: Cast, person: str) -> None:
    breach = breached(cast)
    with pytest.raises(NotAllowed):
        breaches.annul(breach, reason="Так вышло.", by=getattr(cast, person), at=LATE)
    assert breaches.annulment_of(breach) is None


@pytest.mark.parametrize("statement", ["DELETE FROM tickets_breach", "UPDATE tickets_breach SET due_at = noticed_at"])
def test_the_database_keeps_a_breach_as_it_was_written(cast: Cast, statement: str) -> None:
    breached(cast)
    with pytest.raises(InternalError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
