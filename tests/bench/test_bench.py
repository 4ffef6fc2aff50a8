"""The bench itself: what it fills is consistent, and what it says about figures is right."""

from __future__ import annotations

import copy
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from customers.models import Customer
from customers.vault import access
from customers.vault.models import Credential
from notifications.models import OutgoingEmail
from tests.bench import working_time_beside
from tests.bench.__main__ import main
from tests.bench.comparing import changes
from tests.bench.figures import Series, percentile, ratios
from tests.bench.filling import NotEmpty, fill
from tests.bench.filling_check import check
from tests.bench.goals import growth, verdicts
from tests.bench.table import report
from tests.cast import moment
from tickets.models import Message, Ticket
from tickets.statuses import OPEN, Status

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
TICKETS = 300


def line(**told: Any) -> dict[str, Any]:
    return {
        "n": 120, "p50_ms": 20.0, "p95_ms": 25.0, "cpu_app_ms": 18.0, "cpu_db_ms": 2.0, "cpu_ms": 20.0, "n_8": 300,
        "p50_8_ms": 80.0, "p95_8_ms": 90.0, "per_s_8": 100.0, "cpu_8_ms": 21.0, "ratio": 2.0, "ratio_cpu": 2.0,
        "ratio_8": 2.0, "yardstick": "list", "yardstick_p50_ms": 10.0, "sql": 8.0, "sql_brackets": 0.0, "bytes": 100,
        **told,
    }  # fmt: skip


@pytest.fixture
def run() -> dict[str, Any]:
    """A run of two sizes that meets every goal."""
    size = {
        "filling": {"rows": {"tickets_message": 31_000}, "open": 500, "mib": 109.0, "fill_seconds": 4.0},
        "yardsticks": {"hello": line(), "list": line(sql=4.0), "row": line(sql=5.0)},
        "lines": {
            "queue": line(),
            "queue_open": line(),
            "queue_open_deep": line(),
            "filing": line(yardstick="row", sql=20.0),
        },
        "letters_out": {"letters": 1000, "per_s": 250.0, "cpu_ms": 2.0},
    }
    run = {
        "sizes": {"10000": size, "100000": copy.deepcopy(size)},
        "deadline": {
            "us": {"4": 1.6, "27": 1.6, "2000": 1.7},
            "explained_us": {"4": 20.0, "27": 30.0, "2000": 500.0},
            "beside": {
                "per_s": {"engine": {"4": 600_000, "2000": 590_000}, "walker": {"4": 3_000, "2000": 10}},
                "times": {"walker": {"4": 200.0, "2000": 59_000.0}},
                "same": {"engine": {"4": 1.0, "2000": 1.0}, "walker": {"4": 1.0, "2000": 0.95}},
            },
            "year_bytes": {"usual": 5_200, "hourly": 88_000},
        },
        "footprint": {"mib": 400.0, "parts": {"web": 150.0}},
    }
    return {**run, "growth": growth(run)}


@pytest.fixture
def filled(db: None) -> dict[str, int]:
    return fill(TICKETS, now=NOW)


def test_a_filled_desk_is_what_the_desk_itself_would_hold(filled: dict[str, int]) -> None:
    assert check(now=NOW) == []
    assert filled["tickets_ticket"] == Ticket.objects.count() == TICKETS
    assert filled["tickets_message"] == Message.objects.count()
    assert filled["notifications_outgoingemail"] == OutgoingEmail.objects.count() > TICKETS
    assert set(Ticket.objects.values_list("status", flat=True)) >= {Status.NEW, Status.WAITING, Status.CLOSED}
    assert Ticket.objects.filter(status__in=OPEN).exists()
    assert Customer.objects.count() == 1000
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_index WHERE indrelid = 'tickets_ticket'::regclass AND NOT indisunique")
        assert cursor.fetchone()[0] > 10, "the indexes are back"


def test_a_filled_desk_has_access_data_that_opens_and_is_not_filled_again(filled: dict[str, int]) -> None:
    assert access.copy(Credential.objects.order_by("pk")[0], at=NOW).password_sealed
    with pytest.raises(NotEmpty):
        fill(TICKETS, now=NOW)


SPOILT = {
    "stands on rung": "UPDATE tickets_ticket SET rung = 7 - rung WHERE status = 'new'",
    "is due at": "UPDATE tickets_ticket SET due_at = due_at - interval '1 second', at_risk_at = received_at",
    "nobody has settled": "UPDATE tickets_ticket SET settled_at = NULL WHERE status = 'new'",
    "one confirmation": "DELETE FROM notifications_outgoingemail WHERE obligation = 'ticket.confirmation'",
    "last message": "DELETE FROM tickets_message WHERE kind = 'staff'",
    "unanswered_since is": "UPDATE tickets_ticket SET unanswered_since = NULL WHERE status = 'new'",
    "the term of its breach": "TRUNCATE tickets_breach CASCADE",
    "The sequence of number": "SELECT setval('tickets_ticket_number', 1)",
}


def test_the_check_names_what_a_filling_got_wrong(filled: dict[str, int]) -> None:
    following = Ticket.objects.order_by("-number")[0].number + 1
    for fault, spoil in SPOILT.items():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(spoil)
            assert any(fault in told for told in check(now=NOW)), fault
            transaction.set_rollback(True)
    with connection.cursor() as cursor:  # sequences do not roll back
        cursor.execute("SELECT setval('tickets_ticket_number', %s)", [following])


def test_the_same_number_and_moment_fill_the_same_requests(db: None) -> None:
    from tests.bench.filling_base import make_base
    from tests.bench.filling_course import Plan, rows_of

    plan = Plan(200, NOW, 10_001, make_base(NOW))
    first, second = rows_of(plan, 50, 90), rows_of(plan, 50, 90)
    assert first.tickets == second.tickets
    assert first.letters == second.letters
    assert rows_of(plan, 90, 130).tickets[0] != first.tickets[0]
    assert all(at <= NOW + timedelta(0) for at, _line in first.events)


def test_a_percentile_is_a_value_that_was_seen() -> None:
    values = [float(value) for value in range(1, 101)]
    assert percentile(values, 0.5) == 50
    assert percentile(values, 0.95) == 95
    assert percentile([3.0], 0.95) == 3


def test_a_line_is_told_in_yardsticks() -> None:
    page = Series([0.020] * 10, cpu_app=0.15, cpu_db=0.05, times_8=[0.1] * 30, seconds_8=1.5, cpu_8=0.6).record()
    yard = Series([0.010] * 10, cpu_app=0.08, cpu_db=0.0, times_8=[0.05] * 60, seconds_8=1.5, cpu_8=0.5).record()
    assert page["cpu_ms"] == 20
    assert ratios(page, yard) == {"ratio": 2.0, "ratio_cpu": 2.5, "ratio_8": 2.0}


def test_a_run_that_meets_the_goals_says_so(run: dict[str, Any]) -> None:
    judged = verdicts(run)
    assert {it.line for it in judged} >= {"queue", "filing", "letters_out", "deadline", "deadline 4 h", "footprint"}
    assert all(it.met for it in judged)
    assert f"{len(judged)} of {len(judged)} goals are met." in report(run, judged, [])


def test_each_missed_goal_is_named(run: dict[str, Any]) -> None:
    large = run["sizes"]["100000"]
    large["lines"]["queue"].update(ratio=2.51, sql=11.0)
    large["lines"]["queue_open_deep"].update(ratio=2.3)
    large["letters_out"].update(per_s=150.0)
    run["deadline"]["us"]["2000"] = 30.0
    run["deadline"]["year_bytes"]["hourly"] = 144_000
    run["footprint"]["mib"] = 1100.0
    run["growth"] = growth(run)
    missed = {(it.line, it.wanted) for it in verdicts(run) if not it.met}
    assert missed == {
        ("queue", "≤ 2.5 × Y-list"), ("queue", "≤ 10 SQL"), ("queue", "≤ 1.2 × growth"),
        ("queue_open_deep", "≤ 1.1 × queue_open"), ("queue_open_deep", "≤ 1.1 × growth"),
        ("letters_out", "≥ 200/s"), ("letters_out", "≤ 1.1 × growth"),
        ("deadline 2000 h", "≤ 3 µs"), ("deadline", "≤ 1.5 × from 4 h to 2000 h"), ("footprint", "≤ 1024 MiB"),
        ("year of windows, hourly", "≤ 100 kB"),
    }  # fmt: skip


def test_the_engine_is_told_beside_other_libraries(run: dict[str, Any]) -> None:
    told = report(run, [], [])
    assert re.search(r"^engine +600,000 +590,000 +100%$", told, re.MULTILINE)
    assert re.search(r"^walker +3,000 \(1/200.0\) +10 \(1/59,000.0\) +95%$", told, re.MULTILINE)


def test_every_library_adds_the_same_working_time_on_the_same_calendar() -> None:
    ours = working_time_beside.calendar()
    for name, contender in working_time_beside.contenders(ours).items():
        for day in ("2026-11-20 17:30", "2026-12-30 17:00", "2026-11-22 18:40", "2026-11-20 13:30"):
            at = moment(day)
            answer = contender.told(contender.add(4)(contender.given(at)))
            assert answer == ours.add(at, 240), (name, day)


def test_a_contender_is_measured_with_ratios_and_agreement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working_time_beside, "SECONDS", 0.0)
    told = working_time_beside.beside([4])
    assert set(told["per_s"]) == {"engine", "workclock", "timegrid", "businesstimedelta"}
    assert set(told["times"]) == set(told["per_s"]) - {"engine"}
    assert all(share == {"4": 1.0} for share in told["same"].values())


def test_the_bytes_of_a_year_grow_with_its_windows() -> None:
    usual = working_time_beside.year_bytes(working_time_beside.calendar())
    assert 0 < usual < 10_000 < working_time_beside.year_bytes(working_time_beside.hourly()) < 100_000


def test_a_line_is_slower_only_where_time_and_cpu_agree(run: dict[str, Any]) -> None:
    now = copy.deepcopy(run)
    lines = now["sizes"]["10000"]["lines"]
    lines["queue"].update(ratio=3.0, ratio_cpu=2.8)
    lines["queue_open"].update(ratio=3.0)
    lines["filing"].update(ratio=1.0, ratio_cpu=1.2, sql=19.0)
    words = {(it.line, it.size): it.word for it in changes(run, now)}
    assert words["queue", "10000"] == "SLOWER"
    assert words["queue_open", "10000"] == "same"
    assert words["filing", "10000"] == "faster"
    assert ("filing, SQL", "10000") in words
    assert words["queue", "100000"] == "same"


@pytest.mark.parametrize("arguments", [["--sizes", "many"], ["--sizes", "5"], ["--sizes", ""]])
def test_a_size_that_is_none_is_refused_in_one_sentence(arguments: list[str], capsys: Any) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert "expected numbers from 1000 to 10000000" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["{", '{"format": 0}'])
def test_a_former_file_that_cannot_be_read_stops_before_anything_is_measured(
    content: str, tmp_path: Path, capsys: Any
) -> None:
    former = tmp_path / "bench.json"
    former.write_text(content)
    assert main(["--compare", str(former)]) == 1
    assert "cannot go on" in capsys.readouterr().err
