"""Many open requests after a calendar was published: batches, kills, company, and letters to many."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from notifications.models import OutgoingEmail
from notifications.rendering import Circular, render
from tests.cast import Cast, file_ticket, make_cast, moment
from tests.tickets.recounted import (
    AT,
    LETTER,
    OFF,
    REASON,
    TUESDAY,
    Calls,
    facts,
    letters,
    moved_events,
    publish,
    republish,
)
from tickets import emails, jobs, recounting, workflow
from tickets.models import Recalculation, Ticket, TicketEvent

pytestmark = pytest.mark.usefixtures("called")


# --- batches, kills, company ------------------------------------------------------------------------------------------


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


# --- letters of many --------------------------------------------------------------------------------------------------


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
