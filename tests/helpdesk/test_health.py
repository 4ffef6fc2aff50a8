"""The addresses of health: each alarm rings for its own trouble, alone, cheaply, and tells a stranger nothing more."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections import namedtuple
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import django_rq
import pytest
from django.contrib.postgres.functions import TransactionNow
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from psycopg2.extensions import make_dsn
from pytest_django import Settings
from rq import Worker
from rq.serializers import JSONSerializer

from helpdesk import alarms, health, pulse, schedule
from helpdesk.models import PeriodicJob
from notifications.models import OutgoingEmail
from tests.cast import Cast, file_ticket
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_seen_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_lookout", health.Lookout())


@pytest.fixture
def worker() -> Iterator[Worker]:
    queue = django_rq.get_queue("mail")
    worker = Worker([queue], connection=queue.connection, serializer=JSONSerializer)
    worker.register_birth()
    yield worker
    worker.register_death()


@pytest.fixture
def well(worker: Worker, settings: Settings) -> None:
    """A desk in order: a clock has just run, a worker listens, files can be written."""
    schedule.register()
    PeriodicJob.objects.update(last_run_at=timezone.now())
    Path(settings.MEDIA_ROOT).mkdir()


def names() -> dict[str, int]:
    return {alarm.name: alarm.count for alarm in alarms.ringing()}


def owe(**told: Any) -> OutgoingEmail:
    now = timezone.now()
    fields: dict[str, Any] = {
        "obligation": "probe",
        "about": f"probe:{OutgoingEmail.objects.count()}",
        "to_address": "a@reis.example",
        "subject": "Тайна",
        "created_at": now,
        "owed_at": now,
        "due_at": now,
    }
    return OutgoingEmail.objects.create(**fields | told)


def long_ago(**span: int) -> Any:
    return timezone.now() - timedelta(**span)


def break_clock() -> None:
    PeriodicJob.objects.update(last_run_at=TransactionNow() - timedelta(seconds=90))


def step_back() -> None:
    """What the jobs wrote before the time was set back by an hour."""
    PeriodicJob.objects.update(last_run_at=TransactionNow() + timedelta(hours=1))


def run_one_after_stepping_back() -> None:
    step_back()
    PeriodicJob.objects.filter(name="send_letters").update(last_run_at=timezone.now())


def break_job() -> None:
    PeriodicJob.objects.filter(name="flip_rungs").update(last_error="RowsFailed: 1 of 1")


def forget_job_of_another_release() -> None:
    PeriodicJob.objects.create(name="gone", next_run_at=timezone.now(), last_error="ImportError")


TROUBLES: list[tuple[Callable[[], object], dict[str, int]]] = [
    (lambda: None, {}),
    (lambda: [owe(due_at=long_ago(minutes=6)) for _ in range(3)], {"letters_late": 3}),
    (lambda: owe(due_at=long_ago(minutes=4)), {}),
    (lambda: owe(due_at=long_ago(minutes=-9)), {}),
    (
        lambda: (
            owe(state="deferred", due_at=long_ago(minutes=-9), owed_at=long_ago(minutes=40)),
            owe(state="sent", due_at=long_ago(minutes=1), sent_at=long_ago(minutes=1)),
        ),
        {"letters_deferred": 1},
    ),
    (lambda: owe(state="deferred", due_at=long_ago(minutes=-1), owed_at=long_ago(minutes=2)), {}),
    (
        lambda: (
            owe(state="deferred", due_at=long_ago(minutes=-1), owed_at=long_ago(minutes=4)),
            owe(state="sent", due_at=long_ago(minutes=5), sent_at=long_ago(minutes=4)),
        ),
        {"letters_deferred": 1},
    ),
    (
        lambda: (
            owe(state="deferred", due_at=long_ago(minutes=-1), owed_at=long_ago(minutes=20)),
            owe(state="sent", due_at=long_ago(minutes=2), sent_at=long_ago(minutes=2)),
        ),
        {},
    ),
    (lambda: owe(state="failed", due_at=long_ago(hours=23)), {"letters_failed": 1}),
    (lambda: owe(state="failed", due_at=long_ago(hours=25)), {}),
    (lambda: owe(state="sent", due_at=long_ago(hours=1), sent_at=long_ago(hours=1)), {}),
    (break_clock, {"clock_stopped": 90}),
    (lambda: PeriodicJob.objects.all().delete(), {"clock_stopped": 0}),
    (step_back, {"clock_stopped": 3600}),
    (run_one_after_stepping_back, {}),
    (break_job, {"job_failing": 1}),
    (forget_job_of_another_release, {}),
]


@pytest.mark.parametrize(("trouble", "expected"), TROUBLES)
def test_each_trouble_of_the_record_rings_its_own_alarm(
    well: None, trouble: Callable[[], object], expected: dict[str, int]
) -> None:
    trouble()
    assert names() == expected


@pytest.mark.django_db(transaction=True)
def test_the_clocks_pulse_is_a_job_of_the_last_minute_and_none_of_a_moment_to_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    monkeypatch.setenv("DATABASE_URL", make_dsn(**{name: told[name] for name in names if name in told}))
    schedule.register()
    for seconds, beats in ((3, True), (59, True), (62, False), (-3600, False)):
        PeriodicJob.objects.update(last_run_at=long_ago(hours=2))
        PeriodicJob.objects.filter(name="send_letters").update(last_run_at=long_ago(seconds=seconds))
        if beats:
            pulse.clock()
        else:
            with pytest.raises(pulse.NoPulse):
                pulse.clock()


def test_a_deadline_that_nobody_confirms_rings(well: None, cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    rows = Ticket.objects.filter(pk=ticket.pk)
    rows.update(settled_at=None, registered_at=long_ago(minutes=4))
    OutgoingEmail.objects.all().delete()
    assert names() == {}
    rows.update(registered_at=long_ago(minutes=6))
    assert names() == {"deadlines_unsettled": 1}


def test_no_worker_for_letters_rings(well: None, worker: Worker) -> None:
    worker.register_death()
    assert names() == {"workers_missing": 1}
    queue = django_rq.get_queue("default")
    other = Worker([queue], connection=queue.connection, serializer=JSONSerializer)
    other.register_birth()
    try:
        assert names() == {"workers_missing": 1}, "one that listens to another queue only sends no letters"
    finally:
        other.register_death()


def test_a_killed_worker_does_not_count_once_its_heartbeat_is_over(well: None, worker: Worker) -> None:
    worker.connection.delete(worker.key)
    try:
        assert names() == {"workers_missing": 1}
    finally:
        worker.connection.srem("rq:workers:mail", worker.key)
        worker.connection.srem("rq:workers", worker.key)


def test_redis_away_is_one_alarm_and_the_rest_is_still_told(well: None, settings: Settings) -> None:
    address = "redis://127.0.0.1:9/0?socket_connect_timeout=1"
    settings.RQ_QUEUES = {"mail": {"URL": address}, "default": {"URL": address}}
    owe(state="failed", due_at=timezone.now())
    assert names() == {"letters_failed": 1, "redis_away": 1}


def test_files_that_cannot_be_kept_ring(well: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    for total, free, rings in ((10**12, 6 * 10**10, False), (10**12, 4 * 10**10, True), (10**10, 9 * 10**8, True)):
        monkeypatch.setattr("helpdesk.alarms.shutil.disk_usage", lambda _, t=total, f=free: usage(t, t - f, f))
        assert names() == ({"disk_low": free // 10**6} if rings else {})
    monkeypatch.undo()
    shutil.rmtree(settings.MEDIA_ROOT)
    assert names() == {"files_unwritable": 1}
    Path(settings.MEDIA_ROOT).write_text("a file in its place")
    assert names() == {"files_unwritable": 1}


def test_a_silent_database_is_one_alarm(well: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(alarms, "connection", SimpleNamespace(cursor=refuse))
    assert names() == {"database_silent": 1}


@pytest.mark.django_db(transaction=True)
def test_a_question_that_takes_too_long_is_ended_and_fails_alone(well: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarms, "ANSWER_WITHIN_MS", 200)

    def letters_late() -> Iterator[alarms.Alarm]:
        alarms._ask("SELECT pg_sleep(20)")
        yield from ()

    monkeypatch.setattr(alarms, "letters_late", letters_late)
    owe(state="failed")
    begin = time.monotonic()
    assert names() == {"letters_late_unknown": 1, "letters_failed": 1}
    assert time.monotonic() - begin < 15, "long before the question would have ended by itself"
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",), "the limit must not outlive its question"


def test_a_probe_that_breaks_fails_alone(well: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def queue() -> Iterator[alarms.Alarm]:
        raise ValueError("in no plan")

    monkeypatch.setattr(alarms, "PROBES", [alarms.record, queue, alarms.files])
    owe(state="failed")
    assert names() == {"letters_failed": 1, "queue_unknown": 1}


def test_a_desk_in_order_answers_200_and_one_in_trouble_503(well: None, client: Client) -> None:
    answer = client.get("/health/desk")
    assert (answer.status_code, answer.json()) == (200, {"alarms": {}})
    assert "no-store" in answer["Cache-Control"]
    break_clock()
    health._lookout = health.Lookout()
    answer = client.get("/health/desk")
    assert answer.status_code == 503
    assert answer.json()["alarms"]["clock_stopped"]["count"] == 90
    assert client.get("/health/ready").status_code == 200, "a load balancer must go on sending people"
    assert client.post("/health/desk").status_code == 405


def test_a_stranger_learns_names_and_counts_and_nothing_of_anybody(well: None, client: Client, cast: Cast) -> None:
    ticket = file_ticket(cast.anna, at=timezone.now())
    PeriodicJob.objects.filter(name="flip_rungs").update(last_error=f"RowsFailed: {ticket.pk} {ticket.subject}")
    OutgoingEmail.objects.update(due_at=long_ago(hours=1), last_error="550 anna@reis.example is unknown")
    owe(state="failed", last_error="boris@reis.example")
    text = client.get("/health/desk").content.decode()
    assert set(json.loads(text)["alarms"]) == {"letters_late", "letters_failed", "job_failing"}
    assert (
        "reis.example" not in text and "Тайна" not in text and ticket.subject not in text and "RowsFailed" not in text
    )


def test_a_look_costs_few_questions_and_is_shared(well: None, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "FRESH_SECONDS", 600)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        for _ in range(50):
            assert client.get("/health/desk").status_code == 200
    assert len(asked) <= 8


def test_while_one_look_hangs_nobody_else_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    lookout, seen = health.Lookout(), alarms.Alarm("disk_low", 1, "")
    monkeypatch.setattr(alarms, "ringing", lambda: [seen])
    monkeypatch.setattr(health, "FRESH_SECONDS", 0.05)
    assert lookout.alarms() == [seen]
    hangs, ends = threading.Event(), threading.Event()

    def hang() -> list[alarms.Alarm]:
        hangs.set()
        ends.wait(10)
        return []

    monkeypatch.setattr(alarms, "ringing", hang)
    time.sleep(0.06)
    thread = threading.Thread(target=lookout.alarms)
    thread.start()
    try:
        assert hangs.wait(5)
        assert lookout.alarms() == [seen], "what was seen before"
        monkeypatch.setattr(health, "STUCK_SECONDS", -1)
        assert [alarm.name for alarm in lookout.alarms()] == ["look_stuck"]
    finally:
        ends.set()
        thread.join(10)
    time.sleep(0.06)
    monkeypatch.setattr(alarms, "ringing", list)
    assert lookout.alarms() == [], "the next look is a new one"
