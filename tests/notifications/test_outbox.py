from __future__ import annotations

import threading
from typing import Any

import django_rq
import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from notifications import bell, jobs, outbox
from notifications.composing import compose
from notifications.models import OutgoingEmail
from notifications.outbox import Owed
from notifications.rendering import Letter
from tests.cast import MONDAY_TEN
from tickets.jobs import recalculate

LETTER = Letter("Заявка принята", "Здравствуйте!\n", "<p>Здравствуйте!</p>\n", "ru")


def put(**changes: Any) -> OutgoingEmail:
    told: dict[str, Any] = {"obligation": "ticket.confirmation", "about": "ticket:1", "to": "anna@reis.example"}
    told |= changes
    outbox.put(LETTER, **{"at": MONDAY_TEN, **told})
    return OutgoingEmail.objects.get(obligation=told["obligation"], about=told["about"], to_address=told["to"])


@pytest.mark.django_db(transaction=True)
def test_a_fact_that_is_rolled_back_owes_nothing_and_rings_no_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[object] = []
    monkeypatch.setattr("notifications.bell.ring", lambda *told, **more: rung.append(told))
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        put()
        raise ZeroDivisionError
    assert OutgoingEmail.objects.count() == 0
    assert rung == []
    with transaction.atomic():
        put()
        assert rung == []
    assert len(rung) == 1


@pytest.mark.django_db
@pytest.mark.clause("3.2.1")
def test_an_obligation_that_is_put_twice_is_owed_once() -> None:
    first = put()
    assert put() == first
    put(about="ticket:2")
    put(to="boris@reis.example")
    put(obligation="ticket.taken")
    assert OutgoingEmail.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_two_who_owe_the_same_letter_at_the_same_instant_owe_it_once() -> None:
    start, rows = threading.Barrier(2), []

    def owe() -> None:
        start.wait()
        with transaction.atomic():
            rows.append(put().pk)
        connection.close()

    threads = [threading.Thread(target=owe) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows[0] == rows[1]
    assert OutgoingEmail.objects.count() == 1


@pytest.mark.django_db
def test_the_bell_rings_after_the_commit(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        put()
    assert len(callbacks) == 1


@pytest.mark.django_db(transaction=True)
def test_a_lost_bell_leaves_the_letter_queued_and_harms_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    dead = {"URL": "redis://127.0.0.1:9/0?socket_connect_timeout=1", "SERIALIZER": "rq.serializers.JSONSerializer"}
    monkeypatch.setitem(django_settings.RQ_QUEUES, "mail", dead)
    with transaction.atomic():
        row = put()
    row.refresh_from_db()
    assert row.state == OutgoingEmail.State.QUEUED
    assert "bell lost" in caplog.messages


def owed(number: int, to: str = "anna@reis.example") -> Owed:
    return Owed(LETTER, f"ticket:{number}:calendar:2", to, f"ticket:{number}")


@pytest.mark.django_db
def test_many_letters_are_owed_as_each_would_be_by_itself(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    first = put(thread="ticket:1", about="ticket:1")
    put(thread="ticket:1", about="message:1")
    put(thread="ticket:1", about="ticket:1", to="boris@reis.example")
    alone = put(thread="ticket:1", about="ticket:1:calendar:2", obligation="alone")
    with django_capture_on_commit_callbacks() as callbacks:
        outbox.put_many([owed(1), owed(2)], obligation="ticket.deadline_moved", at=MONDAY_TEN)
        outbox.put_many([], obligation="ticket.deadline_moved", at=MONDAY_TEN)
    assert len(callbacks) == 1
    one, other = OutgoingEmail.objects.filter(obligation="ticket.deadline_moved").order_by("pk")
    assert (one.in_reply_to, other.in_reply_to) == (first.message_id, "")
    different = {"id", "message_id", "obligation"}
    assert {name: value for name, value in vars(one).items() if name not in {*different, "_state"}} == {
        name: value for name, value in vars(alone).items() if name not in {*different, "_state"}
    }


@pytest.mark.django_db
def test_of_many_letters_one_that_is_owed_already_stays_as_it_is() -> None:
    told: dict[str, Any] = {"obligation": "ticket.deadline_moved", "at": MONDAY_TEN}
    outbox.put_many([owed(1)], **told)
    before = OutgoingEmail.objects.get()
    outbox.put_many([owed(1), owed(2), owed(1, "boris@reis.example")], **told)
    assert OutgoingEmail.objects.count() == 3
    assert OutgoingEmail.objects.get(pk=before.pk).message_id == before.message_id


def test_a_bell_rings_again_after_redis_has_dropped_its_connection() -> None:
    queue = django_rq.get_queue("mail")
    queue.empty()
    assert bell.ring(jobs.deliver_due, queue="mail")
    queue.connection.client_kill_filter(_type="normal", skipme=True)
    assert bell.ring(jobs.deliver_due, queue="mail")
    assert queue.count == 2
    queue.empty()


def test_what_is_urgent_comes_before_all_that_waits() -> None:
    queue = django_rq.get_queue("mail")
    queue.empty()
    bell.ring(jobs.deliver_due, queue="mail")
    bell.ring(recalculate, "7", is_urgent=True)
    assert [job.func_name for job in queue.get_jobs()] == ["tickets.jobs.recalculate", "notifications.jobs.deliver_due"]
    queue.empty()


@pytest.mark.django_db
def test_a_sensitive_letter_lies_sealed_and_is_readable_where_it_is_sent() -> None:
    link = "https://help.example/accounts/password/reset/key/1-secret/"
    letter = Letter("Новый пароль", f"Откройте {link}\n", f'<a href="{link}">Открыть</a>\n', "ru")
    outbox.put(
        letter, obligation="account.password_reset", about="x", to="anna@reis.example", at=MONDAY_TEN, is_sensitive=True
    )
    with connection.cursor() as cursor:
        cursor.execute("select o::text from notifications_outgoingemail o")
        [[stored]] = cursor.fetchall()
    assert "1-secret" not in stored
    assert "Откройте" not in stored
    row = OutgoingEmail.objects.get()
    assert row.bodies() == (letter.text, letter.html)
    assert compose(row).body == letter.text


@pytest.mark.django_db
def test_a_sealed_body_opens_in_its_own_letter_only() -> None:
    one, other = put(is_sensitive=True), put(about="ticket:2", is_sensitive=True)
    other.text_body = one.text_body
    with pytest.raises(ValueError, match="does not open"):
        other.bodies()


@pytest.mark.django_db
def test_later_letters_of_a_thread_answer_its_first_letter_to_the_same_reader() -> None:
    first = put(thread="ticket:1")
    stranger = put(thread="ticket:1", to="clara@oil.example")
    second = put(thread="ticket:1", about="message:1")
    third = put(thread="ticket:1", about="message:2")
    apart = put(about="message:3")
    assert [letter.in_reply_to for letter in (first, stranger, second, third, apart)] == [
        "",
        "",
        first.message_id,
        first.message_id,
        "",
    ]
