from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from accounts.roles import NotAllowed
from notifications.models import OutgoingEmail
from tests.cast import MONDAY_TEN, Cast, file_ticket, make_cast, moment
from tickets import workflow
from tickets.models import Message, Ticket, TicketEvent
from tickets.rank import Rung
from tickets.statuses import Status
from tickets.workflow import passing

LATER = MONDAY_TEN + timedelta(hours=1)
RESOLUTION: dict[str, Any] = {
    "kind": "failure",
    "component": "software",
    "outcome": "solved",
    "text": "Перезапустили службу приёма.",
}


def letters(code: str) -> int:
    return OutgoingEmail.objects.filter(obligation=f"ticket.{code}").count()


def codes(ticket: Ticket) -> list[str]:
    return list(TicketEvent.objects.filter(ticket=ticket).order_by("at", "pk").values_list("code", flat=True))


# --- taking -------------------------------------------------------------------------------------------------------


@pytest.mark.clause("3.4.1")
def test_taking_stops_the_clock_and_tells_the_customer_once(cast: Cast) -> None:
    ticket = workflow.take(file_ticket(cast.anna), by=cast.elena, at=LATER)
    assert (ticket.status, ticket.engineer, ticket.reacted_at) == (Status.IN_PROGRESS, cast.elena, LATER)
    workflow.take(ticket, by=cast.elena, at=LATER)
    assert letters("taken") == 1
    assert codes(ticket) == ["ticket.registered", "ticket.taken"]


def test_whoever_comes_second_is_told_who_has_it(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    workflow.take(ticket, by=cast.elena, at=LATER)
    with pytest.raises(workflow.AlreadyTaken, match="Петрова") as told:
        workflow.take(ticket, by=cast.sergey, at=LATER)
    assert told.value.engineer == cast.elena


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_at_the_same_instant_one_wins_and_one_letter_is_owed() -> None:
    cast = make_cast()
    for _ in range(5):
        ticket = file_ticket(cast.anna)
        before = letters("taken")
        start = threading.Barrier(2)
        told: list[str] = []

        def take(by: object, ticket: Ticket = ticket, start: threading.Barrier = start, told: list[str] = told) -> None:
            start.wait()
            try:
                workflow.take(ticket, by=by, at=LATER)  # type: ignore[arg-type]
                told.append("won")
            except workflow.AlreadyTaken as refusal:
                told.append(refusal.engineer.short_name)
            connection.close()

        threads = [threading.Thread(target=take, args=[person]) for person in (cast.elena, cast.sergey)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ticket.refresh_from_db()
        assert ticket.engineer is not None
        assert sorted(told) == sorted(["won", ticket.engineer.short_name])
        assert letters("taken") == before + 1


Verb = Callable[[Ticket, Cast, object], object]
STAFF_VERBS: dict[str, Verb] = {
    "take": lambda t, c, by: workflow.take(t, by=by, at=LATER),  # type: ignore[arg-type]
    "answer": lambda t, c, by: workflow.answer(t, "Ответ", by=by, at=LATER),  # type: ignore[arg-type]
    "note": lambda t, c, by: workflow.note(t, "Заметка", by=by, at=LATER),  # type: ignore[arg-type]
    "develop": lambda t, c, by: workflow.pass_to_development(t, review_date=date(2026, 12, 1), by=by, at=LATER),  # type: ignore[arg-type]
    "defer": lambda t, c, by: workflow.defer(
        t,
        ground="out_of_scope",
        until=date(2026, 12, 1),
        text="Позже",
        by=by,  # type: ignore[arg-type]
        at=LATER,
    ),
    "resume": lambda t, c, by: workflow.resume(t, by=by, at=LATER),  # type: ignore[arg-type]
    "resolve": lambda t, c, by: workflow.resolve(t, **RESOLUTION, by=by, at=LATER),  # type: ignore[arg-type]
    "close": lambda t, c, by: workflow.close(t, text="Нет", ground="out_of_scope", by=by, at=LATER),  # type: ignore[arg-type]
    "confirm": lambda t, c, by: workflow.confirm_criticality(t, by=by, at=LATER),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("verb", STAFF_VERBS)
@pytest.mark.parametrize("person", ["oleg", "maria", "anna"])
def test_only_engineers_and_seniors_work_on_requests(cast: Cast, verb: str, person: str) -> None:
    ticket = file_ticket(cast.boris)
    by = cast.anna.user if person == "anna" else getattr(cast, person)
    with pytest.raises(NotAllowed):
        STAFF_VERBS[verb](ticket, cast, by)
    ticket.refresh_from_db()
    assert ticket.status == Status.NEW
    assert codes(ticket) == ["ticket.registered"]


def test_a_blocked_engineer_may_nothing(cast: Cast) -> None:
    cast.elena.is_active = False
    with pytest.raises(NotAllowed):
        workflow.take(file_ticket(cast.anna), by=cast.elena, at=LATER)


# --- correspondence -----------------------------------------------------------------------------------------------


@pytest.mark.clause("3.4.1")
def test_an_answer_takes_a_new_request_first_and_its_letter_says_so(cast: Cast) -> None:
    ticket = workflow.answer(file_ticket(cast.anna), "Уже смотрим.", by=cast.elena, at=LATER)
    assert (ticket.status, ticket.reacted_at, ticket.engineer) == (Status.IN_PROGRESS, LATER, cast.elena)
    assert letters("taken") == 0
    letter = OutgoingEmail.objects.get(obligation="ticket.answer")
    assert "взята в работу" in letter.text_body


def test_a_question_waits_for_the_customer_and_his_answer_brings_it_back(cast: Cast) -> None:
    ticket = workflow.answer(file_ticket(cast.anna), "Какая версия?", by=cast.elena, at=LATER, waits_for_customer=True)
    assert ticket.status == Status.WAITING
    assert letters("question") == 1
    ticket = workflow.reply(ticket, "4.2.1", by=cast.anna, at=LATER)
    assert (ticket.status, ticket.engineer) == (Status.IN_PROGRESS, cast.elena)


def test_a_note_is_for_colleagues_and_changes_nothing_that_a_customer_can_see(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    updated = ticket.updated_at
    ticket = workflow.note(ticket, "Похоже на № 10020", by=cast.elena, at=LATER)
    ticket.refresh_from_db()
    assert ticket.status == Status.NEW and ticket.reacted_at is None
    assert ticket.updated_at == updated and ticket.last_message_at is None
    assert not Message.objects.for_customer().exists()
    assert OutgoingEmail.objects.exclude(obligation="ticket.confirmation").count() == 0


def test_the_same_submission_is_written_once(cast: Cast) -> None:
    ticket, key = file_ticket(cast.anna), uuid.uuid4()
    for _ in range(2):
        workflow.reply(ticket, "Ещё одна машина", by=cast.anna, at=LATER, key=key)
    assert Message.objects.count() == 1


def test_the_same_key_on_another_request_or_in_other_hands_is_another_message(cast: Cast) -> None:
    first, second, key = file_ticket(cast.anna), file_ticket(cast.anna), uuid.uuid4()
    workflow.reply(first, "Первое", by=cast.anna, at=LATER, key=key)
    workflow.reply(second, "Второе", by=cast.anna, at=LATER, key=key)
    workflow.answer(first, "Ответ", by=cast.elena, at=LATER, key=key)
    assert Message.objects.count() == 3


def test_an_observer_reads_and_does_not_write(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    cast.boris.role = "observer"
    for verb in (
        lambda: workflow.reply(ticket, "Текст", by=cast.boris, at=LATER),
        lambda: workflow.close_by_customer(ticket, by=cast.boris, at=LATER),
    ):
        with pytest.raises(workflow.MoveNotAllowed):
            verb()


# --- moves ----------------------------------------------------------------------------------------------------------


def in_status(cast: Cast, status: str) -> Ticket:
    """A request that came to the status by the verbs."""
    ticket = file_ticket(cast.anna)
    if status == Status.NEW:
        return ticket
    ticket = workflow.take(ticket, by=cast.elena, at=LATER)
    if status == Status.WAITING:
        return workflow.answer(ticket, "Какая версия?", by=cast.elena, at=LATER, waits_for_customer=True)
    if status == Status.DEVELOPMENT:
        return workflow.pass_to_development(
            ticket, review_date=date(2026, 12, 1), task="DEV-7", text="Передали.", by=cast.elena, at=LATER
        )
    if status == Status.DEFERRED:
        return workflow.defer(
            ticket, ground="insufficient_info", until=date(2026, 12, 1), text="Ждём данных.", by=cast.elena, at=LATER
        )
    if status == Status.RESOLVED:
        return workflow.resolve(ticket, **RESOLUTION, by=cast.elena, at=LATER)
    if status == Status.CLOSED:
        return workflow.close(ticket, text="Не наше.", ground="out_of_scope", by=cast.elena, at=LATER)
    return ticket


# regulation.md, «Statuses and moves»: what each verb makes of each status; a dash refuses.
MOVES = {
    #               new            in_progress    waiting        development    deferred       resolved       closed
    "wait":        ["waiting",     "waiting",     "waiting",     "-",           "-",           "-",           "-"],
    "answer":      ["in_progress", "in_progress", "waiting",     "development", "deferred",    "-",           "-"],
    "develop":     ["-",           "development", "-",           "-",           "-",           "-",           "-"],
    "defer":       ["-",           "deferred",    "deferred",    "deferred",    "-",           "-",           "-"],
    "resume":      ["-",           "-",           "in_progress", "in_progress", "in_progress", "-",           "-"],
    "resolve":     ["resolved",    "resolved",    "resolved",    "resolved",    "resolved",    "-",           "-"],
    "close":       ["closed",      "closed",      "closed",      "closed",      "closed",      "-",           "-"],
    "reply":       ["new"] + ["in_progress"] * 6,
    "withdraw":    ["closed"] * 7,
}  # fmt: skip


@pytest.mark.parametrize(
    ("verb", "status", "to"),
    [(verb, status, to) for verb, row in MOVES.items() for status, to in zip(Status.values, row, strict=True)],
)
def test_the_table_of_moves_holds(cast: Cast, verb: str, status: str, to: str) -> None:
    ticket = in_status(cast, status)
    verbs: dict[str, Callable[[], Ticket]] = {
        **{name: lambda name=name: STAFF_VERBS[name](ticket, cast, cast.elena) for name in STAFF_VERBS},  # type: ignore[misc]
        "wait": lambda: workflow.answer(ticket, "Версия?", by=cast.elena, at=LATER, waits_for_customer=True),
        "reply": lambda: workflow.reply(ticket, "Добавляю", by=cast.anna, at=LATER),
        "withdraw": lambda: workflow.close_by_customer(ticket, by=cast.anna, at=LATER),
    }
    before = codes(ticket)
    if to == "-":
        with pytest.raises(workflow.MoveNotAllowed):
            verbs[verb]()
        assert codes(ticket) == before
    else:
        verbs[verb]()
    ticket.refresh_from_db()
    assert ticket.status == (status if to == "-" else to)


def test_a_request_never_leaves_new_without_a_reaction(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    with pytest.raises(IntegrityError, match="leaving_new_needs_a_reaction"), transaction.atomic():
        Ticket.objects.filter(pk=ticket.pk).update(status="in_progress")


@pytest.mark.clause("1.3")
def test_resolving_needs_its_qualification(cast: Cast) -> None:
    ticket = in_status(cast, Status.RESOLVED)
    assert (ticket.kind, ticket.component, ticket.outcome) == ("failure", "software", "solved")
    assert letters("resolved") == 1
    with pytest.raises(IntegrityError, match="resolution_is_qualified"), transaction.atomic():
        Ticket.objects.filter(pk=ticket.pk).update(kind="")


@pytest.mark.clause("3.8.3")
@pytest.mark.clause("3.8.4")
@pytest.mark.clause("3.8.5")
@pytest.mark.clause("3.8.6")
@pytest.mark.parametrize("ground", ["not_reproducible", "insufficient_info", "requirements_violated", "out_of_scope"])
def test_a_request_is_put_off_or_closed_for_the_four_reasons(cast: Cast, ground: str) -> None:
    ticket = in_status(cast, Status.IN_PROGRESS)
    workflow.defer(ticket, ground=ground, until=date(2026, 12, 1), text="Позже.", by=cast.elena, at=LATER)
    ticket = workflow.close(ticket, text="Закрываем.", ground=ground, by=cast.elena, at=LATER)
    assert (ticket.status, ticket.ground) == (Status.CLOSED, ground)
    assert letters("deferred") == letters("closed") == 1


def test_another_reason_is_for_seniors(cast: Cast) -> None:
    ticket = in_status(cast, Status.IN_PROGRESS)
    with pytest.raises(NotAllowed):
        workflow.close(ticket, text="Так вышло.", ground="other", by=cast.elena, at=LATER)
    assert workflow.close(ticket, text="Так вышло.", ground="other", by=cast.sergey, at=LATER).ground == "other"


def test_closing_needs_a_ground_or_an_outcome_and_not_both(cast: Cast) -> None:
    ticket = in_status(cast, Status.IN_PROGRESS)
    wrong: list[dict[str, Any]] = [{}, {"ground": "out_of_scope", "outcome": "duplicate"}]
    for words in wrong:
        with pytest.raises(workflow.MoveNotAllowed):
            workflow.close(ticket, text="Нет", by=cast.elena, at=LATER, **words)


# --- coming back ----------------------------------------------------------------------------------------------------


def test_a_customers_message_reopens_a_resolved_request_to_its_engineer(cast: Cast) -> None:
    ticket = workflow.reply(in_status(cast, Status.RESOLVED), "Снова нет координат", by=cast.anna, at=LATER)
    assert (ticket.status, ticket.engineer, ticket.outcome, ticket.resolved_at) == ("in_progress", cast.elena, "", None)
    assert codes(ticket)[-1] == "ticket.reopened"


def test_a_reopened_request_goes_to_nobody_if_its_engineer_has_left(cast: Cast) -> None:
    ticket = in_status(cast, Status.RESOLVED)
    cast.elena.is_active = False
    cast.elena.save()
    assert workflow.reply(ticket, "Снова", by=cast.anna, at=LATER).engineer is None


@pytest.mark.parametrize("left", ["blocked", "another role"])
def test_whoever_is_here_may_take_what_somebody_who_left_had(cast: Cast, left: str) -> None:
    ticket = in_status(cast, Status.IN_PROGRESS)
    if left == "blocked":
        User.objects.filter(pk=cast.elena.pk).update(is_active=False)
    else:
        cast.elena.staff_roles.all().delete()
    assert workflow.take(ticket, by=cast.sergey, at=LATER).engineer == cast.sergey
    assert letters("taken") == 1


@pytest.mark.parametrize("status", [Status.IN_PROGRESS, Status.DEFERRED])
def test_nothing_comes_back_to_an_engineer_who_has_left(cast: Cast, status: str) -> None:
    ticket = in_status(cast, status)
    User.objects.filter(pk=cast.elena.pk).update(is_active=False)
    if status == Status.DEFERRED:
        ticket = workflow.wake(ticket, at=moment("2026-12-01 00:00"))
    else:
        ticket = workflow.reply(ticket, "Что слышно?", by=cast.anna, at=LATER)
    assert ticket.engineer is None
    assert ticket in Ticket.objects.next_for(cast.sergey)


def test_a_second_question_asks_again_and_the_waiting_begins_anew(cast: Cast) -> None:
    ticket = in_status(cast, Status.WAITING)
    again = moment("2026-11-26 12:00")
    ticket = workflow.answer(ticket, "И ещё: какой порт?", by=cast.elena, at=again)
    assert letters("question") == 2
    assert TicketEvent.objects.filter(ticket=ticket).latest("pk").data["waits"] is True
    assert passing.due_to_remind(moment("2026-11-27 12:00")) == []


@pytest.mark.parametrize("verb", ["defer", "resolve", "close", "develop"])
def test_a_double_click_on_a_move_moves_once(cast: Cast, verb: str) -> None:
    ticket, key = in_status(cast, Status.IN_PROGRESS), uuid.uuid4()
    moves: dict[str, Callable[[], Ticket]] = {
        "defer": lambda: workflow.defer(
            ticket, ground="out_of_scope", until=date(2026, 12, 1), text="Позже", by=cast.elena, at=LATER, key=key
        ),
        "resolve": lambda: workflow.resolve(ticket, **RESOLUTION, by=cast.elena, at=LATER, key=key),
        "close": lambda: workflow.close(ticket, text="Нет", ground="out_of_scope", by=cast.elena, at=LATER, key=key),
        "develop": lambda: workflow.pass_to_development(
            ticket, review_date=date(2026, 12, 1), text="Передали", by=cast.elena, at=LATER, key=key
        ),
    }
    before = len(codes(ticket))
    assert moves[verb]().status == moves[verb]().status
    assert len(codes(ticket)) == before + 1


def test_after_thirty_days_a_closed_request_needs_a_new_one(cast: Cast) -> None:
    ticket = in_status(cast, Status.CLOSED)
    with pytest.raises(workflow.MoveNotAllowed, match="30"):
        workflow.reply(ticket, "Снова", by=cast.anna, at=LATER + timedelta(days=30, seconds=1))
    assert workflow.reply(ticket, "Снова", by=cast.anna, at=LATER + timedelta(days=30)).status == Status.IN_PROGRESS


def test_a_request_withdrawn_before_anybody_took_it_comes_back_as_new(cast: Cast) -> None:
    ticket = workflow.close_by_customer(file_ticket(cast.anna), by=cast.anna, at=LATER)
    assert (ticket.status, ticket.outcome, ticket.reacted_at) == (Status.CLOSED, "withdrawn", None)
    assert letters("withdrawn") == 1
    ticket = workflow.reply(ticket, "Всё же не работает", by=cast.anna, at=LATER)
    assert (ticket.status, ticket.outcome) == (Status.NEW, "")


def test_a_customer_closes_what_was_resolved_and_its_outcome_stays(cast: Cast) -> None:
    ticket = workflow.close_by_customer(in_status(cast, Status.RESOLVED), by=cast.anna, at=LATER)
    assert (ticket.status, ticket.outcome) == (Status.CLOSED, "solved")


# --- by the passing of time -----------------------------------------------------------------------------------------


@pytest.mark.clause("3.6.1")
def test_a_request_climbs_its_rungs_as_the_deadline_passes(cast: Cast) -> None:
    ticket = file_ticket(
        cast.anna
    )  # 10:00, due 15:00, at risk from 14:00 (an hour of work before), grave from Tuesday 11:00
    seen = []
    for clock in ("12:59", "13:00", "15:00", "15:01"):
        workflow.flip(at=moment(f"2026-11-23 {clock}"))
        ticket.refresh_from_db()
        seen.append(Rung(ticket.rung))
    workflow.flip(at=moment("2026-11-24 11:01"))
    ticket.refresh_from_db()
    assert [*seen, Rung(ticket.rung)] == [Rung.CABINET, Rung.AT_RISK, Rung.AT_RISK, Rung.OVERDUE, Rung.GRAVE]
    assert codes(ticket)[1:] == ["deadline.at_risk", "deadline.overdue", "deadline.grave"]
    assert ticket.flip_at is None


def test_a_taken_request_climbs_no_more(cast: Cast) -> None:
    ticket = workflow.take(file_ticket(cast.anna), by=cast.elena, at=LATER)
    assert workflow.flip(at=moment("2026-12-01 10:00")) == 0
    assert ticket.rung == Rung.CABINET


def test_a_moment_that_no_longer_holds_is_cleared_without_a_word(cast: Cast) -> None:
    ticket = workflow.take(file_ticket(cast.anna), by=cast.elena, at=LATER)
    before = codes(ticket)
    Ticket.objects.filter(pk=ticket.pk).update(rung=Rung.AT_RISK, flip_at=LATER)
    assert workflow.flip(at=LATER) == 1
    ticket.refresh_from_db()
    assert (ticket.rung, ticket.flip_at, codes(ticket)) == (Rung.CABINET, None, before)


def test_a_deferred_request_wakes_on_its_day_and_not_before(cast: Cast) -> None:
    ticket = in_status(cast, Status.DEFERRED)
    assert workflow.wake(ticket, at=moment("2026-11-30 23:59")).status == Status.DEFERRED
    ticket = workflow.wake(ticket, at=moment("2026-12-01 00:00"))
    assert (ticket.status, ticket.deferred_until_date, ticket.ground) == (Status.IN_PROGRESS, None, "")


def test_a_resolved_request_closes_by_itself_after_five_working_days(cast: Cast) -> None:
    ticket = in_status(cast, Status.RESOLVED)  # resolved on Monday
    assert workflow.close_resolved(ticket, at=moment("2026-11-30 23:59")).status == Status.RESOLVED
    assert workflow.close_resolved(ticket, at=moment("2026-12-01 00:00")).status == Status.CLOSED


def test_a_customer_is_reminded_once_after_three_working_days(cast: Cast) -> None:
    ticket = in_status(cast, Status.WAITING)
    workflow.remind(ticket, at=moment("2026-11-26 18:00"))
    assert letters("reminder") == 0
    assert passing.due_to_remind(moment("2026-11-27 00:00")) == [ticket]
    for day in ("27", "28"):
        workflow.remind(ticket, at=moment(f"2026-11-{day} 00:00"))
    assert letters("reminder") == 1
    assert passing.due_to_remind(moment("2026-11-28 12:00")) == []


def test_each_time_of_waiting_has_its_own_reminder(cast: Cast) -> None:
    ticket = in_status(cast, Status.WAITING)
    workflow.remind(ticket, at=moment("2026-11-27 12:00"))
    ticket = workflow.reply(ticket, "Вот она: 4.2.1", by=cast.anna, at=moment("2026-11-27 13:00"))
    again = moment("2026-11-27 14:00")
    ticket = workflow.answer(ticket, "А журнал?", by=cast.elena, at=again, waits_for_customer=True)
    assert passing.due_to_remind(moment("2026-12-03 15:00")) == [ticket]
    workflow.remind(ticket, at=moment("2026-12-03 15:00"))
    assert letters("reminder") == 2
