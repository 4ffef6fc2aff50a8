"""Delivery to a real mail server in this process: nothing is mocked, the letters are those that the server accepted."""

from __future__ import annotations

import signal
import socket
import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.core.mail import get_connection
from django.db import connection
from django.utils import timezone
from pytest_django import Settings
from rq.timeouts import JobTimeoutException, UnixSignalDeathPenalty

from notifications import delivery, jobs, outbox
from notifications.models import OutgoingEmail
from tests.desk import wait_until
from tests.mail_server import MailServer
from tests.notifications.owing import drain_later, message_ids, owe, reread

pytestmark = pytest.mark.django_db
really_committed = pytest.mark.django_db(transaction=True)
"""For what another connection must see; emptying the tables afterwards takes longer than most tests."""
State = OutgoingEmail.State


# --- the plain case ---------------------------------------------------------------------------------------------------


@pytest.mark.clause("3.2.2")
def test_an_owed_letter_reaches_its_reader_once_with_its_fixed_message_id(mail_server: MailServer) -> None:
    row = owe()
    assert jobs.deliver_due() == 1
    assert jobs.deliver_due() == 0
    [letter] = mail_server.letters
    assert letter.recipients == ["anna@reis.example"]
    assert message_ids([letter]) == [row.message_id]
    assert letter.part("plain").strip() == "Мы приняли заявку."
    row = reread(row)
    assert (row.state, row.attempts, row.lease, row.last_error) == (State.SENT, 1, None, "")
    assert row.sent_at is not None


def test_letters_leave_in_the_order_in_which_they_became_due(mail_server: MailServer) -> None:
    now = timezone.now()
    late = owe("ticket:1", at=now - timedelta(minutes=1))
    early = owe("ticket:2", at=now - timedelta(minutes=2))
    twin = owe("ticket:3", at=now - timedelta(minutes=1))
    owe("ticket:4", at=now + timedelta(hours=1))
    assert delivery.deliver_due() == 3
    assert message_ids(mail_server.letters) == [early.message_id, late.message_id, twin.message_id]


def test_a_drain_ends_at_its_limit(mail_server: MailServer) -> None:
    for number in range(3):
        owe(f"ticket:{number}")
    assert delivery.deliver_due(limit=2) == 2
    assert len(mail_server.letters) == 2


def test_a_drain_begins_no_letter_after_its_time(mail_server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        owe(f"ticket:{number}")
    clock = SimpleNamespace(monotonic=lambda: 20.0 * len(mail_server.letters))  # each letter takes 20 seconds
    monkeypatch.setattr(delivery, "time", clock)
    assert delivery.deliver_due(seconds=30) == 2
    assert OutgoingEmail.objects.filter(state=State.QUEUED, attempts=0).count() == 3
    monkeypatch.undo()
    assert delivery.deliver_due() == 3


def test_a_sealed_letter_arrives_readable(mail_server: MailServer) -> None:
    owe(text="https://help.example/reset/1-secret/\n", is_sensitive=True)
    delivery.deliver_due()
    assert "1-secret" in mail_server.letters[0].part("plain")


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_a_temporary_refusal_defers_with_growing_waits_until_the_letter_is_sent(mail_server: MailServer) -> None:
    row = owe()
    mail_server.refuse_recipient.extend(["450 4.2.0 Greylisted"] * 3)
    waits, clock = [], 0.0
    for _ in range(3):
        with time_machine.travel(timezone.now() + timedelta(seconds=clock), tick=False):
            assert delivery.deliver_due() == 1
            row = reread(row)
            assert row.state == State.DEFERRED
            assert "Greylisted" in row.last_error
            waits.append((row.due_at - timezone.now()).total_seconds())
        clock += waits[-1] + 0.5
    assert waits == [15, 30, 60]
    assert drain_later(clock - 5) == 0, "it was tried before its time"
    assert drain_later(clock) == 1
    row = reread(row)
    assert (row.state, row.attempts, row.last_error) == (State.SENT, 4, "")
    assert message_ids(mail_server.letters) == [row.message_id]


def test_waits_grow_to_an_hour_and_no_further(mail_server: MailServer) -> None:
    row = owe()
    OutgoingEmail.objects.filter(pk=row.pk).update(attempts=60)
    mail_server.refuse_text.append("451 Try later")
    before = timezone.now()
    delivery.deliver_due()
    assert timedelta(minutes=59) < reread(row).due_at - before < timedelta(minutes=61)


@pytest.mark.parametrize("where", ["refuse_recipient", "refuse_text"])
def test_a_refusal_for_good_ends_as_failed_with_the_servers_words(mail_server: MailServer, where: str) -> None:
    row, other = owe(), owe("ticket:2")
    getattr(mail_server, where).append("550 5.1.1 No such person here")
    assert delivery.deliver_due() == 2
    row = reread(row)
    assert (row.state, row.lease, row.sent_at) == (State.FAILED, None, None)
    assert "550" in row.last_error
    assert "No such person here" in row.last_error
    assert message_ids(mail_server.letters) == [other.message_id], "the next letter goes on"
    assert drain_later(3600 * 24 * 7) == 0


def test_a_server_that_is_away_defers_the_letter(mail_server: MailServer, settings: Settings) -> None:
    row = owe()
    with socket.create_server(("127.0.0.1", 0)) as door:
        settings.EMAIL_PORT = door.getsockname()[1]
    assert delivery.deliver_due() == 1
    assert (reread(row).state, reread(row).lease) == (State.DEFERRED, None)
    assert "ConnectionRefused" in reread(row).last_error
    settings.EMAIL_PORT = mail_server.port
    drain_later(20)
    assert reread(row).state == State.SENT


def test_a_server_that_accepts_and_falls_silent_defers_the_letter(
    settings: Settings, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "ANSWER_WITHIN", 0.2)
    mail_server.pause = 0.6
    row = owe()
    delivery.deliver_due()
    assert reread(row).state == State.DEFERRED


@pytest.mark.parametrize("is_away", [True, False], ids=["away", "silent"])
def test_a_drain_ends_where_the_server_does_not_answer_and_leaves_the_others_due(
    settings: Settings, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch, is_away: bool
) -> None:
    monkeypatch.setattr(delivery, "ANSWER_WITHIN", 0.2)
    if is_away:
        with socket.create_server(("127.0.0.1", 0)) as door:
            settings.EMAIL_PORT = door.getsockname()[1]
    else:
        mail_server.pause = 0.6
    rows = [owe(f"ticket:{number}") for number in range(3)]
    assert delivery.deliver_due() == 1
    assert [reread(row).state for row in rows] == [State.DEFERRED, State.QUEUED, State.QUEUED]


@pytest.mark.parametrize(
    ("setting", "value"), [("EMAIL_HOST_PASSWORD", "wrong"), ("EMAIL_USE_TLS", True)], ids=["password", "tls"]
)
def test_a_mistake_in_our_own_settings_fails_no_letter(
    mail_server: MailServer, settings: Settings, setting: str, value: object
) -> None:
    settings.EMAIL_HOST_USER = "support"
    setattr(settings, setting, value)
    row = owe()
    delivery.deliver_due()
    assert reread(row).state == State.DEFERRED


def test_a_refused_sender_fails_no_letter(mail_server: MailServer) -> None:
    row = owe()
    mail_server.refuse_sender.append("530 5.7.0 Authentication required")
    delivery.deliver_due()
    assert reread(row).state == State.DEFERRED
    assert "Authentication required" in reread(row).last_error
    drain_later(20)
    assert reread(row).state == State.SENT


def test_a_letter_that_nobody_takes_for_five_days_is_given_up(mail_server: MailServer) -> None:
    row = owe(at=timezone.now() - timedelta(days=5) + timedelta(minutes=1))
    mail_server.refuse_recipient.extend(["450 Try later"] * 2)
    delivery.deliver_due()
    assert reread(row).state == State.DEFERRED
    drain_later(120)
    row = reread(row)
    assert row.state == State.FAILED
    assert "Try later" in row.last_error


def test_a_letter_that_is_sent_again_by_hand_is_tried_for_five_days_more(mail_server: MailServer) -> None:
    row = owe(at=timezone.now() - timedelta(days=6))
    mail_server.refuse_recipient.extend(["450 Try later"] * 3)
    delivery.deliver_due()
    assert reread(row).state == State.FAILED
    outbox.retry(row, at=timezone.now())
    delivery.deliver_due()
    assert reread(row).state == State.DEFERRED
    drain_later(3600 * 24 * 5 + 60)
    assert reread(row).state == State.FAILED


def test_a_backend_that_sends_nothing_without_a_word_is_not_believed(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "tests.notifications.silent_backend.EmailBackend"
    row = owe()
    delivery.deliver_due()
    assert reread(row).state == State.DEFERRED
    assert "sent nothing" in reread(row).last_error


# --- kills and races --------------------------------------------------------------------------------------------------


def test_a_killed_workers_letter_is_taken_again_with_the_same_message_id(mail_server: MailServer) -> None:
    row = owe()
    claimed = delivery.claim(timezone.now())  # and then the process is gone
    assert claimed == row
    assert delivery.deliver_due() == 0
    assert drain_later(delivery.LEASE.total_seconds() + 1) == 1
    row = reread(row)
    assert (row.state, row.attempts) == (State.SENT, 2)
    assert message_ids(mail_server.letters) == [row.message_id]


@really_committed
def test_a_database_that_goes_while_the_server_takes_the_letter_causes_no_second_copy(mail_server: MailServer) -> None:
    row = owe()
    connection.ensure_connection()
    backend = connection.connection.info.backend_pid

    def take_the_database_away() -> None:
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("select pg_terminate_backend(%s)", [backend])
        other.close()

    mail_server.before_accepting = take_the_database_away
    assert jobs.deliver_due() == 1
    assert reread(row).state == State.SENT
    drain_later(3600)
    assert message_ids(mail_server.letters) == [row.message_id]


def test_the_end_of_the_jobs_time_is_no_failed_try_of_the_letter(mail_server: MailServer) -> None:
    row = owe()
    main = threading.main_thread().ident
    assert main
    mail_server.before_accepting = lambda: signal.pthread_kill(main, signal.SIGALRM)
    with pytest.raises(JobTimeoutException), UnixSignalDeathPenalty(60, JobTimeoutException):
        jobs.deliver_due()
    row = reread(row)
    assert (row.state, row.last_error) == (State.SENDING, ""), "whether the server took it nobody knows: its lease runs"
    assert row.lease is not None
    assert drain_later(20) == 0, "a deferred letter would be due again by now"
    drain_later(delivery.LEASE.total_seconds() + 1)
    assert reread(row).state == State.SENT


def test_a_letter_that_ends_its_process_every_time_ends_as_failed(mail_server: MailServer) -> None:
    row, later = owe(), timezone.now()
    for _ in range(delivery.MOST_CRASHES):
        assert delivery.claim(later) == row
        later += delivery.LEASE + timedelta(seconds=1)
    with time_machine.travel(later):
        delivery.deliver_due()
    row = reread(row)
    assert row.state == State.FAILED
    assert "ended in the middle" in row.last_error
    assert mail_server.letters == []


def test_a_letter_given_up_for_its_crashes_may_be_tried_once_more(mail_server: MailServer) -> None:
    row = owe()
    OutgoingEmail.objects.update(state=State.FAILED, crashes=delivery.MOST_CRASHES, attempts=10)
    assert outbox.retry(row, at=timezone.now())
    delivery.deliver_due()
    assert reread(row).state == State.SENT
    assert not outbox.retry(row, at=timezone.now())


def test_a_long_deferred_letter_survives_one_killed_worker(mail_server: MailServer) -> None:
    row = owe()
    OutgoingEmail.objects.filter(pk=row.pk).update(attempts=100, state=State.DEFERRED, last_error="450 Try later")
    delivery.claim(timezone.now())
    drain_later(delivery.LEASE.total_seconds() + 1)
    assert reread(row).state == State.SENT


def test_only_crashes_in_a_row_count(mail_server: MailServer) -> None:
    row, later = owe(), timezone.now()
    for _ in range(2):
        for _ in range(delivery.MOST_CRASHES - 1):
            delivery.claim(later)
            later += delivery.LEASE + timedelta(seconds=1)
        mail_server.refuse_recipient.append("450 Try later")
        with time_machine.travel(later):
            delivery.deliver_due()
        row = reread(row)
        assert row.state == State.DEFERRED
        later = row.due_at


def test_crashes_after_a_refusal_are_counted_too(mail_server: MailServer) -> None:
    row, later = owe(), timezone.now()
    OutgoingEmail.objects.filter(pk=row.pk).update(state=State.DEFERRED, last_error="450 Try later")
    for _ in range(delivery.MOST_CRASHES):
        delivery.claim(later)
        later += delivery.LEASE + timedelta(seconds=1)
    with time_machine.travel(later):
        delivery.deliver_due()
    assert reread(row).state == State.FAILED


def test_a_worker_that_lost_its_lease_does_not_overwrite_the_other_ones_result(mail_server: MailServer) -> None:
    row = owe()
    slow = delivery.claim(timezone.now())
    assert slow is not None
    drain_later(delivery.LEASE.total_seconds() + 1)
    sent_at = reread(row).sent_at
    mail_server.refuse_text.append("550 Duplicate")
    server = get_connection()
    server.open()
    delivery.deliver(slow, server)
    server.close()
    row = reread(row)
    assert (row.state, row.sent_at, row.last_error) == (State.SENT, sent_at, "")


def test_a_worker_that_lost_its_lease_while_connecting_sends_nothing(mail_server: MailServer) -> None:
    owe()
    slow = delivery.claim(timezone.now())
    assert slow is not None
    drain_later(delivery.LEASE.total_seconds() + 1)
    server = get_connection()
    delivery.deliver(slow, server)
    server.close()
    assert len(mail_server.letters) == 1


@really_committed
def test_connecting_slowly_does_not_eat_the_lease(mail_server: MailServer) -> None:
    row = owe()
    taken = delivery.claim(timezone.now() - delivery.LEASE + timedelta(seconds=1))
    assert taken is None, "not due yet at that moment"
    OutgoingEmail.objects.update(due_at=timezone.now() - timedelta(hours=1))
    taken = delivery.claim(timezone.now() - timedelta(seconds=55))
    assert taken is not None
    leases = []

    def look() -> None:
        leases.append(reread(row).due_at - timezone.now())
        connection.close()

    mail_server.before_accepting = look
    server = get_connection()
    delivery.deliver(taken, server)
    server.close()
    assert leases[0] > delivery.LEASE - timedelta(seconds=5)


@really_committed
@pytest.mark.clause("3.2.1")
def test_two_drains_at_once_send_every_letter_once(mail_server: MailServer) -> None:
    rows = [owe(f"ticket:{number}") for number in range(20)]
    mail_server.pause = 0.01
    tried = []

    def wait_for_the_other() -> None:
        """Whoever comes first holds its letter until the other drain has sent one."""
        wait_until(OutgoingEmail.objects.filter(state=State.SENT).exists, 10)
        connection.close()

    def drain() -> None:
        tried.append(delivery.deliver_due())
        connection.close()

    mail_server.before_accepting = wait_for_the_other
    threads = [threading.Thread(target=drain) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(tried) == 20
    assert min(tried) > 0, "one of them did nothing: the test proves nothing"
    assert sorted(message_ids(mail_server.letters)) == sorted(row.message_id for row in rows)
    assert set(OutgoingEmail.objects.values_list("state", "attempts")) == {(State.SENT, 1)}


def test_one_connection_serves_a_whole_drain_and_a_broken_one_is_replaced(mail_server: MailServer) -> None:
    for number in range(4):
        owe(f"ticket:{number}")
    mail_server.refuse_text.append("421 Too many letters, goodbye")
    delivery.deliver_due()
    assert len(mail_server.letters) == 3
    drain_later(20)
    assert len(mail_server.letters) == 4
