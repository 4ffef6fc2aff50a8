from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from helpdesk import schedule
from helpdesk.models import PeriodicJob
from helpdesk.schedule import Job
from notifications.models import OutgoingEmail
from tests.cast import Cast, file_ticket


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    moments: list[datetime] = []
    monkeypatch.setattr(schedule, "SCHEDULE", {"count": Job(moments.append, timedelta(minutes=1))})
    return moments


@pytest.mark.django_db
def test_a_job_runs_when_it_is_due_and_not_again_before_its_time(ran: list[datetime]) -> None:
    schedule.register()
    now = timezone.now()
    for seconds in (0, 30, 59, 61):
        schedule.run_due(now + timedelta(seconds=seconds))
    assert ran == [now, now + timedelta(seconds=61)]


@pytest.mark.django_db
def test_a_job_that_fails_is_recorded_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, ran: list[datetime]
) -> None:
    def fail(at: datetime) -> None:
        raise ValueError("no such table")

    monkeypatch.setitem(schedule.SCHEDULE, "a_failing", Job(fail, timedelta(minutes=1)))
    schedule.register()
    assert schedule.run_due(timezone.now()) == 2
    assert len(ran) == 1
    assert PeriodicJob.objects.get(name="a_failing").last_error == "ValueError: no such table"


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
def test_rows_of_jobs_that_no_longer_exist_disappear(ran: list[datetime]) -> None:
    PeriodicJob.objects.create(name="gone", next_run_at=timezone.now())
    schedule.register()
    assert set(PeriodicJob.objects.values_list("name", flat=True)) == {"count"}


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


def test_every_job_of_the_schedule_runs_on_a_lived_in_desk(cast: Cast) -> None:
    file_ticket(cast.anna)
    schedule.register()
    assert schedule.run_due(timezone.now()) == len(schedule.SCHEDULE)
    assert not PeriodicJob.objects.exclude(last_error="").exists()
