"""A draft calendar is shown before it comes into force, and comes into force once."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.roles import NotAllowed, Role
from sla.editing import fingerprint
from sla.models import BusinessCalendar, CalendarVersion, WorkingHours
from tests.cast import Cast, file_ticket, make_cast, make_person, moment, new_calendar_version
from tickets import jobs, publishing, recounting, workflow
from tickets.models import Recalculation, Ticket
from tickets.publishing import AlreadyPublished, DraftChanged, PublishRefused, ReasonMissing

AT = moment("2026-11-23 17:00")
TUESDAY = date(2026, 11, 24)
OFF: list[tuple[int, int]] = []
REASON = "Выходной по указу губернатора"


@pytest.fixture(autouse=True)
def called(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Who was called, and with what; nobody comes."""
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr("notifications.bell.ring", lambda *told, **more: calls.append(told))
    return calls


def draft_of(cast: Cast, days: dict[date, Any] | None = None) -> CalendarVersion:
    return new_calendar_version(cast.calendar, {TUESDAY: OFF} if days is None else days, published_at=None)


def publish(draft: CalendarVersion, by: User, *, reason: str = REASON, seen: str = "") -> Recalculation:
    return publishing.publish(draft, reason=reason, by=by, at=AT, seen=seen)


# --- what would move ------------------------------------------------------------------------------------------------


@pytest.mark.clause("3.6.2")
def test_the_preview_counts_what_is_open_what_moves_and_which_way(cast: Cast) -> None:
    file_ticket(cast.anna, at=moment("2026-11-23 16:00"))  # later
    file_ticket(cast.anna, at=moment("2026-11-23 09:00"))  # stays
    file_ticket(cast.anna, at=moment("2026-11-27 17:30"))  # Friday: earlier, by a working Saturday
    workflow.take(file_ticket(cast.anna, at=moment("2026-11-23 16:00")), by=cast.elena, at=AT)  # judged already
    workflow.close_by_customer(file_ticket(cast.anna, at=moment("2026-11-23 16:00")), by=cast.anna, at=AT)
    draft = draft_of(cast, {TUESDAY: OFF, date(2026, 11, 28): [(540, 1080)]})
    told = publishing.preview(draft, at=AT)
    assert (told.open_count, told.moving, told.later, told.earlier, told.promised_later) == (4, 2, 1, 1, 1)


@pytest.mark.clause("3.6.2")
def test_the_preview_tells_apart_what_keeps_its_term_because_the_new_one_is_past(cast: Cast) -> None:
    """Filed on Friday evening, due on Monday at 12:30; by a working Saturday on Saturday at 12:30."""
    kept = file_ticket(cast.anna, at=moment("2026-11-20 17:30"))
    later = file_ticket(cast.anna, at=moment("2026-11-23 16:00"))
    draft = draft_of(cast, {date(2026, 11, 21): [(540, 780), (840, 1080)], TUESDAY: OFF})
    told = publishing.preview(draft, at=AT)
    assert (told.open_count, told.moving, told.later, told.earlier, told.kept) == (2, 1, 1, 0, 1)
    assert [moving.ticket for moving in told.most] == [later]
    assert publishing.preview(draft, at=moment("2026-11-20 18:00")).kept == 0
    recounting.recount(publish(draft, cast.maria).pk, at=AT)
    kept.refresh_from_db()
    assert kept.due_at == moment("2026-11-23 12:30")


def test_the_preview_shows_the_ten_that_move_most_by_working_time(cast: Cast) -> None:
    for hour in range(9, 18):
        file_ticket(cast.anna, at=moment(f"2026-11-23 {hour:02}:00"), subject=f"Пн {hour}")
    file_ticket(cast.clara, at=moment("2026-11-24 10:00"), subject="Вторник")
    for hour in range(9, 18):
        file_ticket(cast.anna, at=moment(f"2026-11-24 {hour:02}:30"))
    told = publishing.preview(draft_of(cast), at=AT)
    assert told.moving == 13
    # Monday's from 15:00 on were due on Tuesday: a whole day. Tuesday's begin anew on Wednesday at 9:00, due at 13:00.
    assert [moving.by_minutes for moving in told.most] == [480, 480, 480, 450, 420, 390, 330, 270, 240, 210]
    assert all(moving.after > moving.before for moving in told.most)
    with CaptureQueriesContext(connection) as queries:
        assert {str(moving.ticket.customer) for moving in told.most} <= {"ООО «Рейс»", "ООО «Транс-Ойл»"}
        assert all(moving.ticket.number and moving.ticket.subject for moving in told.most)
    assert len(queries) == 0


@pytest.mark.parametrize(
    ("days", "by_minutes"),
    [
        ({TUESDAY: OFF}, 480),  # a whole working day is taken away
        ({TUESDAY: [(600, 780), (840, 1080)]}, 60),  # an hour of the morning
        ({date(2026, 11, 23): [(540, 780), (840, 1140)]}, -60),  # Monday an hour longer
    ],
)
def test_how_far_a_request_moves_is_told_in_working_time(cast: Cast, days: dict[date, Any], by_minutes: int) -> None:
    file_ticket(cast.anna, at=moment("2026-11-23 16:00"))
    (moving,) = publishing.preview(draft_of(cast, days), at=AT).most
    assert moving.by_minutes == by_minutes


def test_the_preview_writes_nothing_and_asks_the_same_however_many_are_open(cast: Cast) -> None:
    draft = draft_of(cast)

    reads = ("SELECT", "SAVEPOINT", "DECLARE", "FETCH", "CLOSE", "RELEASE")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            publishing.preview(draft, at=AT)
        assert all(query["sql"].lstrip().startswith(reads) for query in queries)
        return len(queries)

    file_ticket(cast.anna, at=moment("2026-11-23 16:00"))
    few = cost()
    for _ in range(15):
        file_ticket(cast.clara, at=moment("2026-11-23 16:00"))
    assert cost() == few <= 10


def test_a_calendar_without_open_requests_moves_none(cast: Cast) -> None:
    told = publishing.preview(draft_of(cast), at=AT)
    assert (told.open_count, told.moving, told.most) == (0, 0, [])


# --- publishing -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_publishing_sets_the_version_and_calls_a_worker_once_it_is_committed(called: list[tuple[Any, ...]]) -> None:
    cast = make_cast()
    file_ticket(cast.anna, at=moment("2026-11-23 16:00"))
    called.clear()
    draft = draft_of(cast)
    done = publish(draft, cast.maria, reason=f"  {REASON}\n")
    draft.refresh_from_db()
    assert (draft.published_at, draft.reason) == (AT, REASON)
    assert cast.calendar.current() == draft
    assert (done.calendar_version, done.by, done.started_at) == (draft, cast.maria, AT)
    assert (done.total, done.done, done.moved, done.finished_at) == (1, 0, 0, None)
    assert called == [(jobs.recalculate, str(done.pk))]


def test_where_nothing_is_open_publishing_is_done_at_once(cast: Cast) -> None:
    done = publish(draft_of(cast), cast.maria, reason="")
    assert (done.total, done.finished_at) == (0, AT)


def test_the_first_version_of_a_calendar_can_be_published(cast: Cast) -> None:
    draft = CalendarVersion.objects.create(calendar=BusinessCalendar.objects.create(name="Новый"), number=1)
    WorkingHours.objects.create(version=draft, weekday=0, opens_minute=540, closes_minute=1080)
    assert publish(draft, cast.maria, reason="").total == 0


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.MANAGER, Role.ADMINISTRATOR}])
def test_only_managers_and_administrators_publish(cast: Cast, role: Role) -> None:
    draft = draft_of(cast)
    with pytest.raises(NotAllowed):
        publish(draft, make_person("Другой Человек", "other@desk.example", role))
    with pytest.raises(NotAllowed):
        publish(draft, cast.anna.user)
    assert not Recalculation.objects.exists()
    publish(draft, make_person("Админов Адам", "admin@desk.example", Role.ADMINISTRATOR))


def test_who_publishes_twice_has_published_once(cast: Cast) -> None:
    file_ticket(cast.anna, at=moment("2026-11-23 16:00"))
    draft = draft_of(cast)
    first = publish(draft, cast.maria)
    assert publish(draft, cast.maria, reason="Другая причина") == first
    draft.refresh_from_db()
    assert draft.reason == REASON


def test_what_somebody_else_has_published_names_him(cast: Cast) -> None:
    draft = draft_of(cast)
    publish(draft, cast.maria)
    with pytest.raises(AlreadyPublished, match="Маркова"):
        publish(draft, make_person("Админов Адам", "admin@desk.example", Role.ADMINISTRATOR))
    with pytest.raises(AlreadyPublished):
        publish(cast.calendar.versions.get(number=1), cast.maria)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_at_the_same_instant_one_wins_and_the_other_is_told() -> None:
    cast = make_cast()
    people = [cast.maria, make_person("Админов Адам Адамович", "admin@desk.example", Role.ADMINISTRATOR)]
    file_ticket(cast.anna, at=moment("2026-11-23 16:00"))
    draft, start, told = draft_of(cast), threading.Barrier(2), []

    def work(person: User) -> None:
        start.wait()
        try:
            publish(draft, person)
            told.append("won")
        except AlreadyPublished:
            told.append("told")
        connection.close()

    threads = [threading.Thread(target=work, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["told", "won"]
    assert Recalculation.objects.count() == 1


@pytest.mark.clause("3.6.2")
@pytest.mark.parametrize("reason", ["", "  \n "])
def test_a_promise_moves_later_only_with_a_reason(cast: Cast, reason: str) -> None:
    file_ticket(cast.anna, at=moment("2026-11-23 16:00"))
    draft = draft_of(cast)
    with pytest.raises(ReasonMissing):
        publish(draft, cast.maria, reason=reason)
    draft.refresh_from_db()
    assert draft.published_at is None
    assert not Recalculation.objects.exists()


def test_what_was_never_promised_and_what_comes_sooner_needs_no_reason(cast: Cast) -> None:
    cast.reis.contracts.update(ends_date=date(2025, 1, 2), grace_days=0)
    file_ticket(cast.anna, at=moment("2026-11-23 16:00"))
    file_ticket(cast.clara, at=moment("2026-11-27 17:30"))
    assert publish(draft_of(cast, {TUESDAY: OFF, date(2026, 11, 28): [(540, 1080)]}), cast.maria, reason="").total == 2


def test_a_calendar_without_working_time_is_refused(cast: Cast) -> None:
    bare = CalendarVersion.objects.create(calendar=cast.calendar, number=2)
    with pytest.raises(PublishRefused, match="рабочего времени"):
        publish(bare, cast.maria)
    WorkingHours.objects.create(
        version=bare, day=bare.days.create(date=TUESDAY), opens_minute=540, closes_minute=600
    )  # one hour, ever
    publish(bare, cast.maria)


def test_a_calendar_with_too_little_for_an_open_request_is_refused(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, at=moment("2026-11-23 16:00"))
    poor = CalendarVersion.objects.create(calendar=cast.calendar, number=2)
    WorkingHours.objects.create(version=poor, day=poor.days.create(date=TUESDAY), opens_minute=540, closes_minute=840)
    with pytest.raises(PublishRefused, match="рабочего времени"):
        publishing.preview(poor, at=AT)
    with pytest.raises(PublishRefused, match="рабочего времени"):
        publish(poor, cast.maria)
    workflow.take(ticket, by=cast.elena, at=AT)
    Ticket.objects.update(unanswered_since=AT + timedelta(days=1), reply_due_at=AT + timedelta(days=2))
    with pytest.raises(PublishRefused, match="рабочего времени"):
        publish(poor, cast.maria)


def test_a_zone_that_nobody_knows_is_refused_by_name(cast: Cast) -> None:
    draft = draft_of(cast)
    CalendarVersion.objects.filter(pk=draft.pk).update(zone="Mars/Phobos")
    with pytest.raises(PublishRefused, match="Mars/Phobos"):
        publish(draft, cast.maria)


def test_what_was_changed_since_it_was_seen_is_not_published(cast: Cast) -> None:
    draft = draft_of(cast)
    seen = fingerprint(draft)
    assert seen == fingerprint(CalendarVersion.objects.get(pk=draft.pk))
    draft.days.create(date=date(2026, 12, 31), name="Канун")
    with pytest.raises(DraftChanged):
        publish(draft, cast.maria, seen=seen)
    publish(draft, cast.maria, seen=fingerprint(draft))


def test_a_draft_that_was_discarded_cannot_be_published(cast: Cast) -> None:
    draft = draft_of(cast)
    CalendarVersion.objects.get(pk=draft.pk).hours.all().delete()
    CalendarVersion.objects.get(pk=draft.pk).delete()
    with pytest.raises(PublishRefused):
        publish(draft, cast.maria)
