"""One request that cannot be worked costs itself, not those behind it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError

from tests.cast import MONDAY_TEN, Cast, file_ticket
from tickets import jobs, recalculation
from tickets.models import Ticket
from tickets.workflow import passing

REACTED = {"reacted_at": MONDAY_TEN}
LATER = MONDAY_TEN + timedelta(days=60)


def failing_first(verb: Any, error: Exception, tried: list[int]) -> Any:
    """The verb, which cannot work the first request that it is given."""

    def work(row: Any, *, at: Any) -> Any:
        tried.append(row if isinstance(row, int) else row.pk)
        if len(tried) == 1:
            raise error
        return verb(row, at=at)

    return work


@pytest.mark.parametrize(
    ("job", "module", "verb", "state"),
    [
        (jobs.settle_deadlines, recalculation, "settle", {}),
        (
            jobs.wake_deferred,
            passing,
            "wake",
            {"status": "deferred", "ground": "not_reproducible", "deferred_until_date": MONDAY_TEN.date()} | REACTED,
        ),
        (
            jobs.close_resolved,
            passing,
            "close_resolved",
            {"status": "resolved", "kind": "failure", "component": "software", "outcome": "solved"}
            | {"resolved_at": MONDAY_TEN}
            | REACTED,
        ),
        (jobs.remind_customers, passing, "remind", {"status": "waiting"} | REACTED),
    ],
)
def test_a_request_that_cannot_be_worked_holds_no_other_and_is_named(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, job: Any, module: Any, verb: str, state: dict[str, Any]
) -> None:
    rows = {file_ticket(cast.anna).pk for _ in range(3)}
    Ticket.objects.update(status_changed_at=MONDAY_TEN, **state)
    tried: list[int] = []
    monkeypatch.setattr(module, verb, failing_first(getattr(module, verb), ValueError("of this row"), tried))
    with pytest.raises(jobs.RowsFailed) as failure:
        job(LATER)
    assert (len(tried), set(tried)) == (3, rows)
    assert str(failure.value) == f"1 of 3 requests failed, by id: {tried[0]}"


def test_a_database_that_is_away_ends_the_round(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        file_ticket(cast.anna)
    tried: list[int] = []
    monkeypatch.setattr(recalculation, "settle", failing_first(None, OperationalError("gone"), tried))
    with pytest.raises(OperationalError):
        jobs.settle_deadlines(LATER)
    assert len(tried) == 1
