"""The dated days of one year as a plan: what differs from the ordinary week, before it becomes rows of a calendar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sla.wall_clock import Hours


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """A dated day: its windows, none on a day off, and its name."""

    windows: Hours
    name: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """What one date was and becomes; None is the ordinary weekday."""

    date: date
    before: PlannedDay | None
    after: PlannedDay | None


def differences(before: Mapping[date, PlannedDay], after: Mapping[date, PlannedDay]) -> list[Difference]:
    """Each date that changes its windows or its name, in order."""
    return [
        Difference(day, before.get(day), after.get(day))
        for day in sorted(before.keys() | after.keys())
        if before.get(day) != after.get(day)
    ]
