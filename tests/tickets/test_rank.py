"""The order of 3.6 as a table: six rungs, their boundaries, and the moments at which time alone moves a request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from tickets.rank import INSTANT, Place, Rung, place

START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
RISK, DUE, GRAVE = START + timedelta(hours=3), START + timedelta(hours=4), START + timedelta(hours=8)


@dataclass
class Request:
    criticality: str = "medium"
    channel: str = "cabinet"
    received_at: datetime = START
    at_risk_at: datetime | None = RISK
    due_at: datetime | None = DUE
    grave_at: datetime | None = GRAVE
    is_open: bool = True
    is_reaction_pending: bool = True


@pytest.mark.clause("3.6.1")
@pytest.mark.clause("3.6.3")
@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (START, Place(Rung.CABINET, START, RISK)),
        (RISK - INSTANT, Place(Rung.CABINET, START, RISK)),
        (RISK, Place(Rung.AT_RISK, DUE, DUE + INSTANT)),
        (DUE, Place(Rung.AT_RISK, DUE, DUE + INSTANT)),
        (DUE + INSTANT, Place(Rung.OVERDUE, DUE, GRAVE + INSTANT)),
        (GRAVE, Place(Rung.OVERDUE, DUE, GRAVE + INSTANT)),
        (GRAVE + INSTANT, Place(Rung.GRAVE, DUE, None)),
    ],
)
def test_time_moves_a_request_up_its_rungs(at: datetime, expected: Place) -> None:
    assert place(Request(), at) == expected


@pytest.mark.clause("3.6.3")
@pytest.mark.parametrize("channel", ["email", "phone", "fax", "letter"])
def test_other_channels_stand_behind_the_cabinet(channel: str) -> None:
    assert place(Request(channel=channel), START).rung == Rung.OTHER > place(Request(), START).rung


@pytest.mark.clause("3.6.4")
@pytest.mark.clause("3.6.5")
@pytest.mark.parametrize(("at", "flip_at"), [(START, RISK), (DUE + INSTANT, GRAVE + INSTANT), (GRAVE + INSTANT, None)])
def test_a_critical_request_stands_out_of_turn_whatever_its_deadline(at: datetime, flip_at: datetime | None) -> None:
    """And the clock comes to see it when its deadline is near or has passed."""
    assert place(Request(criticality="critical", channel="letter"), at) == Place(Rung.OUT_OF_TURN, START, flip_at)


def test_a_request_that_was_taken_stands_by_time() -> None:
    assert place(Request(is_reaction_pending=False), GRAVE + INSTANT) == Place(Rung.CABINET, START, None)


def test_a_request_without_a_term_stands_by_time() -> None:
    request = Request(at_risk_at=None, due_at=None, grave_at=None)
    assert place(request, GRAVE) == Place(Rung.CABINET, START, None)


def test_a_critical_request_that_has_ended_is_no_longer_out_of_turn() -> None:
    assert place(Request(criticality="critical", is_open=False, is_reaction_pending=False), START).rung == Rung.CABINET


@pytest.mark.parametrize("at", [START, RISK, DUE, DUE + INSTANT, GRAVE])
def test_the_next_flip_always_lies_ahead_and_changes_the_rung(at: datetime) -> None:
    now = place(Request(), at)
    assert now.flip_at is not None and now.flip_at > at
    assert place(Request(), now.flip_at).rung != now.rung
