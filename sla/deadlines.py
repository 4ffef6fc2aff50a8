"""Deadlines: from a limit in working minutes to the moments that a request is judged by (3.5b, 3.6).

The regulation promises a reaction within the level's limit, counted in working time only, from the moment at which
the request came in. Three moments follow and are stored, so that the queue's order needs no arithmetic: the request
is at risk from `at_risk_at` on, overdue after `due_at`, and gravely late after `grave_at`. The windows of working time
from receipt to deadline are kept beside them: they explain the deadline to staff and customer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sla.working_time import Window, WorkingTime


@dataclass(frozen=True, slots=True)
class Term:
    """The longest reaction that a level allows, in working minutes. Raises ValueError below one minute."""

    limit_minutes: int

    def __post_init__(self) -> None:
        if self.limit_minutes < 1:
            raise ValueError(f"A limit of {self.limit_minutes} minutes is too short. Give at least 1 working minute.")

    @property
    def limit(self) -> timedelta:
        return timedelta(minutes=self.limit_minutes)

    @property
    def risk_margin(self) -> timedelta:
        """At this much working time left a request is at risk: 25 % of the limit, at least 30 minutes, at most half."""
        return min(max(self.limit / 4, timedelta(minutes=30)), self.limit / 2)


def limit_for(base_minutes: int, by_criticality: Mapping[str, int], criticality: str | None) -> int:
    """The limit in working minutes for a criticality; one without a limit of its own, or unknown, takes the base."""
    if criticality is None:
        return base_minutes
    return by_criticality.get(criticality, base_minutes)


@dataclass(frozen=True, slots=True)
class Deadline:
    """What a request was promised, and why. All moments are in UTC.

    At risk: `at >= at_risk_at`; overdue: `at > due_at`; gravely late, by more than one further limit: `at > grave_at`.
    The lengths of `windows` add up to the limit. `ordinary_years` are the years from receipt to deadline whose days
    off the calendar does not know: in them the ordinary week was counted.
    """

    received_at: datetime
    limit_minutes: int
    due_at: datetime
    at_risk_at: datetime
    grave_at: datetime
    windows: tuple[Window, ...]
    ordinary_years: tuple[int, ...]


def deadline(calendar: WorkingTime, received_at: datetime, limit_minutes: int) -> Deadline:
    """The deadline of a request that came in at `received_at`, counted in working time only (3.5b).

    Raises ValueError for a naive moment or a limit below one minute, NoWorkingTime when the calendar has too little.
    """
    term = Term(limit_minutes)
    due_at = calendar.add(received_at, term.limit)
    return Deadline(
        received_at=received_at.astimezone(UTC),
        limit_minutes=limit_minutes,
        due_at=due_at,
        at_risk_at=calendar.add(received_at, term.limit - term.risk_margin),
        # Where one further limit ends on a closing moment, more than that has passed only when work begins again.
        grave_at=calendar.next_opening(calendar.add(due_at, term.limit)),
        windows=calendar.windows(received_at, due_at),
        ordinary_years=calendar.ordinary_years(received_at, due_at),
    )


def windows_to_json(windows: Iterable[Window]) -> list[list[str]]:
    """Windows as pairs of ISO 8601 instants in UTC."""
    return [[opens_at.isoformat(), closes_at.isoformat()] for opens_at, closes_at in windows]


def windows_from_json(stored: Iterable[Sequence[str]]) -> tuple[Window, ...]:
    """The inverse of windows_to_json. Raises ValueError on anything else."""
    return tuple(Window(_instant(opens_at), _instant(closes_at)) for opens_at, closes_at in stored)


def _instant(stored: str) -> datetime:
    instant = datetime.fromisoformat(stored)
    if instant.tzinfo is None:
        raise ValueError(f"“{stored}” has no time zone. A stored instant ends with its offset, as in +00:00.")
    return instant.astimezone(UTC)
