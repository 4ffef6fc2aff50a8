"""One open request after a calendar was published: it stands on the new hours, moved once, told once."""

from __future__ import annotations

import importlib
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from notifications.models import OutgoingEmail
from tests.cast import Cast, file_ticket, make_calendar, moment
from tests.tickets.recounted import (
    AT,
    LONG,
    MONDAY,
    OFF,
    REASON,
    TUESDAY,
    WHOLE,
    differ,
    facts,
    letters,
    moved_events,
    publish,
    republish,
)
from tickets import jobs, recounting, thread, workflow
from tickets.models import Breach, Ticket
from tickets.rank import Rung
from tickets.reaction import reaction_tag
from tickets.reports.lines import ContractMonth
from tickets.reports.months import Month
from tickets.workflow import passing

pytestmark = pytest.mark.usefixtures("called")


# --- one request ------------------------------------------------------------------------------------------------------


@pytest.mark.clause("3.6.2")
@pytest.mark.clause("3.5b.2")
def test_a_day_off_moves_the_deadline_its_windows_and_what_follows(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, at=moment("2026-11-23 16:00"))  # two hours on Monday, two on Tuesday
    assert ticket.due_at == moment("2026-11-24 11:00")
    done = republish(cast, {TUESDAY: OFF}, at=moment("2026-11-23 17:00"))
    ticket.refresh_from_db()
    assert ticket.calendar_version_id == done.calendar_version_id
    assert ticket.due_at == moment("2026-11-25 11:00")
    assert ticket.at_risk_at == moment("2026-11-25 10:00")
    assert ticket.grave_at == moment("2026-11-25 16:00")
    assert ticket.reaction_windows == [
        [moment("2026-11-23 16:00").isoformat(), moment("2026-11-23 18:00").isoformat()],
        [moment("2026-11-25 09:00").isoformat(), moment("2026-11-25 11:00").isoformat()],
    ]
    assert (ticket.rung, ticket.queue_at, ticket.flip_at) == (Rung.CABINET, ticket.received_at, ticket.at_risk_at)
    assert (done.total, done.done, done.moved) == (1, 1, 1)
    assert done.finished_at


@pytest.mark.clause("3.6.2")
def test_who_was_promised_sooner_is_told_once_why_it_is_later(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, at=moment("2026-11-23 16:00"))
    done = republish(cast, {TUESDAY: OFF}, at=moment("2026-11-23 17:00"))
    (event,) = ticket.events.filter(code="deadline.moved")
    assert event.by == cast.maria
    assert event.data == {
        "from": moment("2026-11-24 11:00").isoformat(),
        "to": moment("2026-11-25 11:00").isoformat(),
        "calendar_version": done.calendar_version_id,
        "is_term_promised": True,
        "reason": REASON,
    }
    (letter,) = letters(ticket)
    assert letter.to_address == "anna@reis.example"
    assert letter.in_reply_to == OutgoingEmail.objects.get(obligation="ticket.confirmation").message_id
    for words in (REASON, "вт, 24 ноября, до 11:00", "ср, 25 ноября, до 11:00"):
        assert words in letter.text_body.replace("\u00a0", " ")
        assert words in letter.html_body.replace("\u00a0", " ")


def test_a_term_that_comes_sooner_makes_an_event_and_no_letter(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, at=moment("2026-11-20 17:30"))
    republish(cast, {date(2026, 11, 21): WHOLE}, at=moment("2026-11-20 17:40"), reason="")
    ticket.refresh_from_db()
    assert ticket.due_at == moment("2026-11-21 12:30")
    assert len(moved_events(ticket)) == 1
    assert letters(ticket) == []


def test_a_term_that_was_never_promised_moves_without_a_letter(cast: Cast) -> None:
    cast.reis.contracts.update(ends_date=date(2025, 1, 2), grace_days=0)
    ticket = file_ticket(cast.anna, at=moment("2026-11-23 16:00"))
    republish(cast, {TUESDAY: OFF}, reason="")
    assert len(moved_events(ticket)) == 1
    assert letters(ticket) == []


def test_nothing_is_said_about_a_request_that_does_not_move_but_it_stands_on_the_new_hours(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    done = republish(cast, {TUESDAY: OFF}, reason="")
    ticket.refresh_from_db()
    assert ticket.calendar_version_id == done.calendar_version_id
    assert ticket.due_at == moment("2026-11-23 15:00")
    assert (moved_events(ticket), letters(ticket)) == ([], [])
    assert (done.done, done.moved) == (1, 0)


def test_a_contact_without_an_address_is_owed_no_letter(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, at=moment("2026-11-23 16:00"), contact_email="")
    republish(cast, {TUESDAY: OFF})
    assert len(moved_events(ticket)) == 1
    assert letters(ticket) == []


@pytest.mark.clause("3.6.2")
def test_a_request_that_was_reacted_to_keeps_what_it_was_judged_by(cast: Cast) -> None:
    ticket = workflow.take(file_ticket(cast.anna, at=moment("2026-11-23 16:00")), by=cast.elena, at=AT)
    since = moment("2026-11-23 17:00")
    Ticket.objects.filter(pk=ticket.pk).update(unanswered_since=since, reply_due_at=moment("2026-11-24 12:00"))
    before = facts(ticket)
    done = republish(cast, {TUESDAY: OFF}, reason="")
    assert facts(ticket) == before | {
        "newer_hours_id": done.calendar_version_id,
        "reply_due_at": moment("2026-11-25 12:00"),
    }
    assert (moved_events(ticket), letters(ticket)) == ([], [])
    assert recounting.unfinished() == []


@pytest.mark.clause("3.5b.2")
def test_longer_hours_change_nothing_in_what_was_reported_of_a_reaction(cast: Cast) -> None:
    """Two hours on Monday, an hour and a half on Tuesday, whatever hours come to be afterwards."""
    taken_at = moment("2026-11-24 10:30")
    ticket = workflow.take(file_ticket(cast.anna, at=moment("2026-11-23 16:00")), by=cast.elena, at=taken_at)
    month = ContractMonth.find(cast.reis.contracts.get(), Month(2026, 11))

    def told() -> tuple[Any, ...]:
        ticket.refresh_from_db()
        return list(month.lines(taken_at)), month.figures(taken_at), reaction_tag(ticket, taken_at, for_customer=False)

    before = told()
    assert before[0][0].reaction == timedelta(hours=3, minutes=30)
    republish(cast, {MONDAY: LONG, TUESDAY: LONG}, at=taken_at, reason="")
    assert told() == before
    workflow.answer(ticket, "Смотрим.", by=cast.elena, at=moment("2026-11-24 11:00"))
    workflow.reply(ticket, "Что слышно?", by=cast.anna, at=moment("2026-11-24 17:00"))
    ticket.refresh_from_db()
    assert ticket.reply_due_at == moment("2026-11-25 10:00"), "an answer is due by the new hours: 17–20, then 9–10"
    assert differ(moment("2026-11-24 17:00")) == []


def test_what_was_judged_by_hours_that_came_later_goes_back_to_those_of_its_day(cast: Cast) -> None:
    judged = cast.calendar.current()
    ticket = workflow.take(file_ticket(cast.anna, at=moment("2026-11-23 16:00")), by=cast.elena, at=AT)
    later = republish(cast, {TUESDAY: OFF}, at=AT + timedelta(hours=1)).calendar_version_id
    Ticket.objects.filter(pk=ticket.pk).update(calendar_version=later, newer_hours=None)
    pending = file_ticket(cast.anna, at=AT)
    migration = importlib.import_module("tickets.migrations.0008_reactions_keep_their_hours")
    for _ in range(2):
        with connection.cursor() as cursor:
            cursor.execute(migration.JUDGED)
    versions = Ticket.objects.order_by("pk").values_list("pk", "calendar_version", "newer_hours")
    assert list(versions) == [(ticket.pk, judged.pk, later), (pending.pk, later, None)]


def test_ended_requests_and_breaches_stay_untouched(cast: Cast) -> None:
    ended = workflow.close_by_customer(file_ticket(cast.anna, at=moment("2026-11-23 16:00")), by=cast.anna, at=AT)
    late = file_ticket(cast.anna, at=moment("2026-11-23 09:00"))
    breach = Breach.objects.create(
        ticket=late, due_at=moment("2026-11-23 13:00"), is_promised=True, noticed_at=AT + timedelta(days=1)
    )
    before = facts(ended)
    done = republish(cast, {MONDAY: OFF}, at=AT + timedelta(days=1))
    assert facts(ended) == before
    assert done.total == done.done == 1
    late.refresh_from_db()
    assert late.due_at == moment("2026-11-24 13:00")
    assert Breach.objects.get() == breach
    assert Breach.objects.get().due_at == breach.due_at


def test_a_request_of_another_calendar_stays_where_it_is(cast: Cast) -> None:
    file_ticket(cast.anna, at=moment("2026-11-23 16:00"))
    other = make_calendar("Шестидневка").current()
    stays = file_ticket(cast.clara, at=moment("2026-11-23 16:00"))
    Ticket.objects.filter(pk=stays.pk).update(calendar_version=other)
    assert republish(cast, {TUESDAY: OFF}).done == 1
    stays.refresh_from_db()
    assert stays.calendar_version == other


# --- rungs and warnings -----------------------------------------------------------------------------------------------


@pytest.mark.clause("3.6.1")
def test_an_overdue_request_is_counted_too_and_leaves_its_rung(cast: Cast) -> None:
    at = moment("2026-11-23 16:00")
    ticket = file_ticket(cast.anna, at=moment("2026-11-23 09:00"))  # due at 13:00
    passing.flip(at=at)
    Ticket.objects.filter(pk=ticket.pk).update(warned_rung=Rung.OVERDUE)
    republish(cast, {MONDAY: OFF}, at=at)
    ticket.refresh_from_db()
    assert ticket.due_at == moment("2026-11-24 13:00")
    assert (ticket.rung, ticket.queue_at, ticket.flip_at) == (Rung.CABINET, ticket.received_at, ticket.at_risk_at)
    assert ticket.warned_rung is None


def test_a_warning_stays_where_the_request_stays_in_the_state_it_was_for(cast: Cast) -> None:
    at = moment("2026-11-23 14:50")
    ticket = file_ticket(cast.anna, at=moment("2026-11-23 10:00"))  # due at 15:00
    Ticket.objects.filter(pk=ticket.pk).update(warned_rung=Rung.AT_RISK)
    republish(cast, {MONDAY: [(540, 780), (850, 1080)]}, at=at)
    ticket.refresh_from_db()
    assert ticket.due_at == moment("2026-11-23 15:10")
    assert ticket.warned_rung == Rung.AT_RISK


@pytest.mark.clause("3.6.2")
@pytest.mark.parametrize("late_by", [timedelta(), timedelta(hours=2)])
def test_a_term_that_would_be_over_already_stays_as_it_was_told(cast: Cast, late_by: timedelta) -> None:
    """Also where the worker comes only after the term that would have been ahead when the calendar was published."""
    ticket = file_ticket(cast.anna, at=moment("2026-11-20 17:30"))  # Friday; due on Monday at 12:30
    at = moment("2026-11-21 12:30") - late_by
    before, done = facts(ticket), publish(cast, {date(2026, 11, 21): WHOLE}, at=at, reason="")
    for _ in range(2):
        assert recounting.recount(done.pk, at=at + late_by) is False
    after = facts(ticket)
    assert {name for name in after if after[name] != before[name]} == {"newer_hours_id", "reply_due_at"}
    assert after["newer_hours_id"] == done.calendar_version_id
    assert (moved_events(ticket), letters(ticket), recounting.unfinished()) == ([], [], [])
    done.refresh_from_db()
    assert (done.done, done.moved, done.finished_at is None) == (1, 0, False)
    workflow.flip(at=at + timedelta(hours=30))
    assert not Breach.objects.exists()
    assert differ(at + timedelta(hours=30)) == []
    workflow.flip(at=moment("2026-11-23 13:00"))
    assert Breach.objects.get().due_at == moment("2026-11-23 12:30")


def test_a_term_that_stayed_moves_with_the_next_calendar_for_its_reason_alone(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, at=moment("2026-11-20 17:30"))  # Friday; due on Monday at 12:30
    republish(cast, {date(2026, 11, 21): WHOLE}, at=moment("2026-11-22 20:00"), reason="Дежурная суббота")
    done = republish(cast, {date(2026, 11, 21): OFF, MONDAY: OFF}, at=moment("2026-11-22 21:00"))
    ticket.refresh_from_db()
    assert (ticket.calendar_version_id, ticket.newer_hours_id) == (done.calendar_version_id, None)
    (told,) = moved_events(ticket)
    assert (told["to"], told["reason"]) == (moment("2026-11-24 12:30").isoformat(), REASON)
    assert differ(moment("2026-11-22 21:00")) == []


@pytest.mark.parametrize(
    ("at", "rung", "flips_at"),
    [
        ("2026-11-21 10:00", Rung.CABINET, "2026-11-21 11:30"),  # nothing is past yet
        ("2026-11-21 12:00", Rung.CABINET, "2026-11-21 11:30"),  # at risk
    ],
)
def test_a_moment_that_is_past_all_at_once_is_still_to_come_for_the_clock(
    cast: Cast, at: str, rung: Rung, flips_at: str
) -> None:
    ticket = file_ticket(cast.anna, at=moment("2026-11-20 17:30"))
    republish(cast, {date(2026, 11, 21): WHOLE}, at=moment(at), reason="")
    ticket.refresh_from_db()
    assert (ticket.rung, ticket.flip_at) == (rung, moment(flips_at))


def test_only_the_moments_that_were_still_ahead_come_once_more(cast: Cast) -> None:
    """At risk since 14:00 already and due at 15:00; by the new hours it is due at 14:45."""
    at = moment("2026-11-23 14:40")
    ticket = file_ticket(cast.anna, at=moment("2026-11-23 10:00"))
    passing.flip(at=at)
    republish(cast, {MONDAY: [(540, 780), (825, 1080)]}, at=at, reason="")
    ticket.refresh_from_db()
    assert ticket.due_at == moment("2026-11-23 14:45")
    assert (ticket.rung, ticket.queue_at) == (Rung.AT_RISK, ticket.due_at)
    passing.flip(at=at + timedelta(minutes=6))
    codes = list(ticket.events.order_by("pk").values_list("code", flat=True))
    assert codes == ["ticket.registered", "deadline.at_risk", "deadline.moved", "deadline.overdue"]


# --- history ----------------------------------------------------------------------------------------------------------


@pytest.mark.clause("3.4.4")
def test_staff_and_customer_read_in_the_history_that_the_term_moved_and_why(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, at=moment("2026-11-23 16:00"))
    republish(cast, {TUESDAY: OFF})
    words = "Срок реакции перенесён. Новый: ср, 25 ноября, до 11:00. Прежний: вт, 24 ноября, до 11:00"
    for reader in (cast.anna, cast.elena):
        told = [(line.words.replace("\u00a0", " "), line.note) for line in thread.history(ticket, reader)]
        assert (words, REASON) in told
        assert any(line.startswith("Письмо «Срок реакции перенесён» ожидает отправки") for line, _note in told)
    entries = [entry.words.replace("\u00a0", " ") for entry in thread.entries(ticket, cast.anna)]
    assert "Срок реакции перенесён: ср, 25 ноября, до 11:00" in entries


@pytest.mark.clause("3.6.2")
def test_a_term_that_was_never_promised_is_not_told_to_the_customer_when_it_moves(cast: Cast) -> None:
    cast.reis.contracts.update(ends_date=date(2025, 1, 2), grace_days=0)
    ticket = file_ticket(cast.anna, at=moment("2026-11-23 16:00"))
    republish(cast, {TUESDAY: OFF}, reason="")

    def told(reader: Any) -> str:
        history = [line.words for line in thread.history(ticket, reader)]
        return " ".join([*history, *(entry.words for entry in thread.entries(ticket, reader))])

    assert "Срок реакции" in told(cast.elena)
    assert "Срок реакции" not in told(cast.anna)


@pytest.mark.parametrize("is_old", [False, True])
@pytest.mark.clause("3.6.2")
def test_how_a_term_moved_before_it_was_promised_is_not_told_after_the_promise_either(cast: Cast, is_old: bool) -> None:
    """An event of old does not say whether its term was promised; what came after it does."""
    cast.reis.contracts.update(ends_date=date(2025, 1, 2), grace_days=0)
    ticket = file_ticket(cast.anna, at=moment("2026-11-23 16:00"))
    republish(cast, {TUESDAY: OFF}, reason="")
    cast.reis.contracts.update(ends_date=date(2027, 12, 31))
    jobs.cover_requests(AT)
    republish(cast, {date(2026, 11, 25): OFF})
    if is_old:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE tickets_ticketevent DISABLE TRIGGER USER")
            cursor.execute(
                "UPDATE tickets_ticketevent SET data = data - 'is_term_promised' WHERE code = 'deadline.moved'"
            )
            cursor.execute("ALTER TABLE tickets_ticketevent ENABLE TRIGGER USER")
    ticket.refresh_from_db()
    assert ticket.is_term_promised

    def told(reader: Any) -> list[str]:
        words = [line.words.replace("\u00a0", " ") for line in thread.history(ticket, reader)]
        return [line for line in words if line.startswith("Срок реакции перенесён")]

    moved = "Срок реакции перенесён. Новый: чт, 26 ноября, до 11:00. Прежний: ср, 25 ноября, до 11:00"
    assert told(cast.anna) == [moved]
    assert len(told(cast.elena)) == 2
