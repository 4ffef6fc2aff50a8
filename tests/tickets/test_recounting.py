"""Open requests after a calendar was published: each stands on the new hours, moved once, told once."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from notifications.models import OutgoingEmail
from notifications.rendering import Circular, render
from tests.cast import Cast, file_ticket, make_calendar, make_cast, moment, new_calendar_version
from tickets import emails, jobs, publishing, recounting, replay, thread, workflow
from tickets.models import Breach, Recalculation, Ticket, TicketEvent
from tickets.rank import Rung
from tickets.reaction import reaction_tag
from tickets.reports.lines import ContractMonth
from tickets.reports.months import Month
from tickets.workflow import passing

AT = moment("2026-11-23 10:30")
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
OFF: list[tuple[int, int]] = []
WHOLE = [(540, 780), (840, 1080)]
LONG = [(480, 1200)]
REASON = "Выходной по указу губернатора"
LETTER = "ticket.deadline_moved"


Calls = list[tuple[Any, ...]]


@pytest.fixture(autouse=True)
def called(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Who was called by the jobs. Nobody comes: the tests count anew themselves."""
    calls: Calls = []

    def ring(job: Any, *told: str, **more: Any) -> bool:
        calls.append((job, *told))
        return True

    monkeypatch.setattr("notifications.bell.ring", lambda *told, **more: True)
    monkeypatch.setattr("tickets.jobs.ring", ring)
    return calls


def publish(cast: Cast, days: dict[date, Any], *, at: datetime = AT, reason: str = REASON) -> Recalculation:
    draft = new_calendar_version(cast.calendar, days, published_at=None)
    return publishing.publish(draft, reason=reason, by=cast.maria, at=at)


def republish(cast: Cast, days: dict[date, Any], *, at: datetime = AT, reason: str = REASON) -> Recalculation:
    """Published, and all of it counted anew."""
    recalculation = publish(cast, days, at=at, reason=reason)
    assert recounting.recount(recalculation.pk, at=at) is False
    recalculation.refresh_from_db()
    return recalculation


def moved_events(ticket: Ticket) -> list[dict[str, Any]]:
    return [event.data for event in ticket.events.filter(code="deadline.moved").order_by("pk")]


def letters(ticket: Ticket) -> list[OutgoingEmail]:
    return list(OutgoingEmail.objects.filter(thread=f"ticket:{ticket.pk}", obligation=LETTER))


def facts(ticket: Ticket) -> dict[str, Any]:
    return dict(Ticket.objects.values().get(pk=ticket.pk))


def differ(at: datetime) -> list[str]:
    return [str(each) for each in replay.differences(lambda: at) if each]


# --- one request ----------------------------------------------------------------------------------------------------


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


# --- rungs and warnings ---------------------------------------------------------------------------------------------


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


# --- batches, kills, company ----------------------------------------------------------------------------------------


@pytest.fixture
def threes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recounting, "BATCH", 3)


def filed(cast: Cast, count: int) -> list[Ticket]:
    return [file_ticket(cast.anna, at=moment("2026-11-23 16:00")) for _ in range(count)]


def assert_all_counted_once(recalculation: Recalculation, count: int) -> None:
    assert list(Ticket.objects.open().hours()) == [recalculation.calendar_version_id]
    assert TicketEvent.objects.filter(code="deadline.moved").count() == count
    assert OutgoingEmail.objects.filter(obligation=LETTER).count() == count
    recalculation.refresh_from_db()
    assert (recalculation.done, recalculation.moved) == (count, count)
    assert recalculation.finished_at


def test_running_it_again_changes_nothing(cast: Cast, threes: None) -> None:
    tickets = filed(cast, 7)
    done = republish(cast, {TUESDAY: OFF})
    before = [facts(ticket) for ticket in tickets]
    assert recounting.recount(done.pk, at=AT + timedelta(hours=1)) is False
    assert [facts(ticket) for ticket in tickets] == before
    assert_all_counted_once(done, 7)


@pytest.mark.parametrize("dies_in", ["_write", "_tell", "terms_moved"])
def test_a_batch_that_dies_leaves_nothing_behind_and_is_counted_by_the_next(
    cast: Cast, threes: None, monkeypatch: pytest.MonkeyPatch, dies_in: str
) -> None:
    filed(cast, 7)
    done, calls = publish(cast, {TUESDAY: OFF}), []
    owner: Any = emails if dies_in == "terms_moved" else recounting
    real = getattr(owner, dies_in)

    def dying(*told: Any, **more: Any) -> Any:
        calls.append(1)
        result = real(*told, **more)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return result

    with monkeypatch.context() as patch:
        patch.setattr(owner, dies_in, dying)
        with pytest.raises(KeyboardInterrupt):
            recounting.recount(done.pk, at=AT)
    done.refresh_from_db()
    assert (done.done, done.moved, done.finished_at) == (3, 3, None)
    assert TicketEvent.objects.filter(code="deadline.moved").count() == 3
    assert OutgoingEmail.objects.filter(obligation=LETTER).count() == 3
    assert recounting.unfinished() == [done.pk]
    jobs.recalculate(str(done.pk))
    assert_all_counted_once(done, 7)
    assert recounting.unfinished() == []


def test_what_does_not_fit_into_the_time_is_left_for_the_next_job(
    cast: Cast, threes: None, monkeypatch: pytest.MonkeyPatch, called: Calls
) -> None:
    filed(cast, 7)
    done = publish(cast, {TUESDAY: OFF})
    assert recounting.recount(done.pk, at=AT, seconds=-1) is True
    monkeypatch.setattr(recounting.recount, "__kwdefaults__", {"seconds": -1})
    jobs.recalculate(str(done.pk))
    assert called == [(jobs.recalculate, str(done.pk))]


@pytest.mark.parametrize("is_redis_there", [True, False])
def test_the_clock_calls_a_worker_and_does_some_itself(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, is_redis_there: bool
) -> None:
    filed(cast, 2)
    done, rung = publish(cast, {TUESDAY: OFF}), []

    def ring(*told: Any, is_urgent: bool) -> bool:
        assert is_urgent
        rung.append(told)
        return is_redis_there

    monkeypatch.setattr("tickets.jobs.ring", ring)
    jobs.go_on_recalculating(AT)
    assert rung == [(jobs.recalculate, str(done.pk))]
    assert_all_counted_once(done, 2)
    jobs.go_on_recalculating(AT)
    assert len(rung) == 1


def test_a_request_that_was_filed_by_the_old_hours_meanwhile_is_found(cast: Cast) -> None:
    filed(cast, 1)
    old = cast.calendar.current()
    done = republish(cast, {TUESDAY: OFF})
    late = file_ticket(cast.anna, at=moment("2026-11-23 16:00"))
    assert late.calendar_version_id == done.calendar_version_id
    Ticket.objects.filter(pk=late.pk).update(
        calendar_version=old,
        due_at=moment("2026-11-24 11:00"),
        at_risk_at=moment("2026-11-24 10:00"),
        grave_at=moment("2026-11-24 16:00"),
    )
    assert recounting.unfinished() == [done.pk]
    jobs.recalculate(str(done.pk))
    assert_all_counted_once(done, 2)
    assert recounting.unfinished() == []


def test_a_request_that_is_opened_again_stands_on_the_new_hours_too(cast: Cast) -> None:
    ticket = workflow.close_by_customer(file_ticket(cast.anna, at=moment("2026-11-23 16:00")), by=cast.anna, at=AT)
    done = republish(cast, {TUESDAY: OFF})
    assert done.finished_at == AT  # there was nothing to count
    workflow.reply(ticket, "Всё-таки не работает", by=cast.anna, at=AT + timedelta(hours=1))
    assert recounting.unfinished() == [done.pk]
    jobs.recalculate(str(done.pk))
    ticket.refresh_from_db()
    assert (ticket.calendar_version_id, ticket.due_at) == (done.calendar_version_id, moment("2026-11-25 11:00"))


def test_of_two_calendars_published_in_a_row_the_second_takes_all_with_both_reasons(cast: Cast) -> None:
    (ticket,) = filed(cast, 1)
    first = publish(cast, {TUESDAY: OFF}, reason="Первая причина")
    second = publish(cast, {date(2026, 11, 25): OFF}, reason="Вторая причина")
    assert recounting.recount(first.pk, at=AT) is False
    first.refresh_from_db()
    assert (first.done, first.finished_at is None) == (0, False)
    recounting.recount(second.pk, at=AT)
    (told,) = moved_events(ticket)
    assert told["to"] == moment("2026-11-26 11:00").isoformat()
    assert told["reason"] == "Первая причина; Вторая причина"
    assert len(letters(ticket)) == 1
    assert recounting.unfinished() == []


def test_hours_that_are_too_few_for_one_request_hold_no_other(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    poor, well = filed(cast, 2)
    done = publish(cast, {TUESDAY: OFF})
    Ticket.objects.filter(pk=poor.pk).update(limit_minutes=2_000_000)
    assert recounting.recount(done.pk, at=AT) is False
    well.refresh_from_db()
    assert well.calendar_version_id == done.calendar_version_id
    done.refresh_from_db()
    assert (done.done, done.finished_at) == (1, None)


@pytest.fixture
def committed(transactional_db: None) -> Iterator[Cast]:
    yield make_cast()


def in_thread(work: Any) -> threading.Thread:
    def run() -> None:
        work()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_request_that_somebody_holds_is_not_waited_for(committed: Cast, threes: None) -> None:
    held, *_others = filed(committed, 4)
    done = publish(committed, {TUESDAY: OFF})
    with transaction.atomic():
        Ticket.objects.select_for_update().get(pk=held.pk)
        worker = in_thread(lambda: recounting.recount(done.pk, at=AT))
        worker.join(10)
        assert not worker.is_alive()
    done.refresh_from_db()
    assert (done.done, done.finished_at) == (3, None)
    recounting.recount(done.pk, at=AT)
    assert_all_counted_once(done, 4)


def test_three_workers_at_once_count_each_request_once(committed: Cast, threes: None) -> None:
    filed(committed, 20)
    done = publish(committed, {TUESDAY: OFF})
    start = threading.Barrier(3)

    def work() -> None:
        start.wait()
        recounting.recount(done.pk, at=AT)

    for worker in [in_thread(work) for _ in range(3)]:
        worker.join(30)
    recounting.recount(done.pk, at=AT)
    assert_all_counted_once(done, 20)


def test_a_filing_is_not_held_by_a_batch_in_progress(committed: Cast) -> None:
    filed(committed, 3)
    done = publish(committed, {TUESDAY: OFF})
    found: list[Ticket] = []
    with transaction.atomic():
        recounting.recount(done.pk, at=AT)
        filing = in_thread(lambda: found.append(file_ticket(committed.anna, at=AT)))
        filing.join(10)
        assert not filing.is_alive()
    assert found[0].calendar_version_id == done.calendar_version_id


# --- letters of many ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("name", ["Павел Сергеевич", "<b>O'Neil</b> & {{ x }}"])
def test_a_circular_is_to_each_reader_what_a_letter_of_his_own_would_be(db: None, language: str, name: str) -> None:
    words = {
        "number": "10427", "topic": f"Тема {name} " * 20, "url": "http://localhost:8000/cabinet/tickets/10427/",
        "before": "вт, 24 ноября, до 11:00", "after": "ср, 25 ноября, до 11:00", "reason": REASON,
        "greeting_name": name,
    }  # fmt: skip
    circular = Circular("ticket_deadline_moved", {"at": AT}, gaps=list(words), language=language)
    assert circular.to(words) == render("ticket_deadline_moved", {"at": AT, **words}, language=language)


def test_a_batch_asks_the_database_the_same_however_many_move(cast: Cast) -> None:
    def cost(count: int, day: date) -> int:
        Ticket.objects.all().update(status="closed", outcome="withdrawn", closed_at=AT)
        filed(cast, count)
        done = publish(cast, {day: OFF})
        with CaptureQueriesContext(connection) as queries:
            recounting.recount(done.pk, at=AT)
        return len(queries)

    few = cost(2, TUESDAY)
    assert cost(12, date(2026, 11, 25)) == few <= 18


# --- history --------------------------------------------------------------------------------------------------------


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
