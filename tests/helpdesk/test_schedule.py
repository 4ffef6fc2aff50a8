from __future__ import annotations

import os
import signal
import threading
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from helpdesk import schedule
from helpdesk.models import PeriodicJob
from helpdesk.schedule import Job
from notifications import delivery
from notifications.models import OutgoingEmail
from tests.cast import Cast, file_ticket, moment
from tests.mail_server import MailServer
from tickets import attachments
from tickets.jobs import RowsFailed


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    moments: list[datetime] = []
    monkeypatch.setattr(schedule, "SCHEDULE", {"count": Job(moments.append, timedelta(minutes=1), "Count")})
    return moments


@pytest.mark.django_db
def test_a_job_runs_when_it_is_due_and_not_again_before_its_time(ran: list[datetime]) -> None:
    schedule.register()
    now = timezone.now()
    for seconds in (0, 30, 59, 61):
        schedule.run_due(now + timedelta(seconds=seconds))
    assert ran == [now, now + timedelta(seconds=61)]


@pytest.mark.django_db
def test_time_that_steps_back_stops_no_job_and_hurries_none_under_a_second_clock(ran: list[datetime]) -> None:
    schedule.register()
    now = timezone.now()
    schedule.run_due(now)
    schedule.run_due(now - timedelta(seconds=4))  # the other machine's clock is a little behind
    assert ran == [now]
    back = now - timedelta(hours=1)
    for seconds in (0, 30, 61):
        schedule.run_due(back + timedelta(seconds=seconds))
    assert ran == [now, back, back + timedelta(seconds=61)]


@pytest.mark.django_db(transaction=True)
def test_a_clock_whose_connection_is_closed_by_the_server_goes_on(ran: list[datetime]) -> None:
    """A job that was working then leaves a connection on which even the note of its failure cannot be written."""

    def lose(at: datetime) -> None:
        ran.append(at)
        if len(ran) == 1:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        else:
            os.kill(os.getpid(), signal.SIGTERM)

    schedule.SCHEDULE["count"] = Job(lose, timedelta(milliseconds=100), "Lose")
    handlers = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    try:
        call_command("clock")
    finally:
        for number, handler in zip((signal.SIGTERM, signal.SIGINT), handlers, strict=True):
            signal.signal(number, handler)
    assert len(ran) == 2


@pytest.mark.django_db
def test_a_job_that_fails_is_recorded_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, ran: list[datetime]
) -> None:
    def fail(at: datetime) -> None:
        raise ValueError("no such table")

    monkeypatch.setitem(schedule.SCHEDULE, "a_failing", Job(fail, timedelta(minutes=1), "Fail"))
    schedule.register()
    assert schedule.run_due(timezone.now()) == 2
    assert len(ran) == 1
    assert PeriodicJob.objects.get(name="a_failing").last_error == "ValueError", "its words may quote a row"


@pytest.mark.django_db(transaction=True)
def test_of_many_clocks_one_runs_a_job(ran: list[datetime]) -> None:
    schedule.register()
    now, start = timezone.now(), threading.Barrier(6)

    def tick() -> None:
        start.wait()
        schedule.run_due(now)
        connection.close()

    clocks = [threading.Thread(target=tick) for _ in range(6)]
    for clock in clocks:
        clock.start()
    for clock in clocks:
        clock.join()
    assert len(ran) == 1


@pytest.mark.django_db
def test_a_clock_of_the_old_release_leaves_the_jobs_of_the_new_one(ran: list[datetime]) -> None:
    PeriodicJob.objects.create(name="new", next_run_at=timezone.now())
    schedule.register()
    assert set(PeriodicJob.objects.values_list("name", flat=True)) == {"count", "new"}
    assert schedule.run_due(timezone.now()) == 1


@pytest.mark.clause("3.2.1")
def test_with_redis_away_the_clock_sends_the_letters_itself(
    cast: Cast, settings: Settings, mailoutbox: list[object]
) -> None:
    dead = "redis://127.0.0.1:1/0?socket_timeout=1&socket_connect_timeout=1"
    settings.RQ_QUEUES = {name: {**queue, "URL": dead} for name, queue in settings.RQ_QUEUES.items()}
    file_ticket(cast.anna, at=timezone.now())
    schedule.send_letters(timezone.now())
    assert len(mailoutbox) == 1
    assert OutgoingEmail.objects.get().state == "sent"


def test_with_redis_away_a_slow_mail_server_holds_the_other_jobs_for_some_seconds_only(
    cast: Cast, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "ring", lambda *told, **more: False)
    for _ in range(4):
        file_ticket(cast.anna, at=timezone.now())
    with MailServer() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        clock = SimpleNamespace(monotonic=lambda: 3.0 * len(server.letters))  # each letter takes three seconds
        monkeypatch.setattr(delivery, "time", clock)
        schedule.send_letters(timezone.now())
        assert 1 <= len(server.letters) < 4, "and at least one, however slow the machine"


@pytest.mark.django_db
def test_what_has_expired_leaves_the_cache_and_what_counts_stays() -> None:
    cache.set("live", 1, 900)
    with time_machine.travel(timezone.now() - timedelta(hours=1)):
        cache.set("over", 1, 900)
    schedule.clear_cache(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM cache")
        assert [key for (key,) in cursor.fetchall()] == [":1:live"]


@pytest.mark.django_db
def test_a_job_some_of_whose_requests_failed_says_which(monkeypatch: pytest.MonkeyPatch, ran: list[datetime]) -> None:
    def fail(at: datetime) -> None:
        raise RowsFailed("1 of 3 requests failed, by id: 17")

    monkeypatch.setitem(schedule.SCHEDULE, "a_failing", Job(fail, timedelta(minutes=1), "Fail"))
    schedule.register()
    schedule.run_due(timezone.now())
    assert PeriodicJob.objects.get(name="a_failing").last_error == "1 of 3 requests failed, by id: 17"


def test_files_of_another_desk_are_told_in_numbers(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    attachments.write([SimpleUploadedFile("other.txt", b"of a customer")])
    monkeypatch.setattr(attachments, "LEFT_ALONE", timedelta(days=-1))
    schedule.register()
    schedule.run_due(timezone.now())
    assert "MEDIA_ROOT has 1 files" in PeriodicJob.objects.get(name="sweep_files").last_error


def test_every_job_of_the_schedule_runs_on_a_lived_in_desk(cast: Cast) -> None:
    file_ticket(cast.anna)
    with time_machine.travel(moment("2026-11-23 14:30"), tick=False):  # in working hours, late for the request
        schedule.register()
        assert schedule.run_due(timezone.now()) == len(schedule.SCHEDULE)
    assert not PeriodicJob.objects.exclude(last_error="").exists()
