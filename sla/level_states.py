"""What has become of each version of a level: which is in force, which is to come, which was replaced."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum, auto

from django.utils import timezone

from sla.models import LevelVersion, in_force


class State(Enum):
    DRAFT = auto()
    COMING = auto()
    IN_FORCE = auto()
    REPLACED = auto()


def states(versions: Sequence[LevelVersion], at: datetime) -> list[State]:
    """The state of each version of a level, newest first. What is published later and begins no later replaces."""
    current, today = in_force(versions, at), timezone.localdate(at)
    found: list[State] = []
    taken_from = date.max
    for version in versions:
        if version.published_at is None:
            found.append(State.DRAFT)
            continue
        first = first_day(version)
        if version == current:
            found.append(State.IN_FORCE)
        else:
            found.append(State.COMING if today < first < taken_from else State.REPLACED)
        taken_from = min(taken_from, first)
    return found


def coming(versions: Sequence[LevelVersion], at: datetime) -> list[LevelVersion]:
    """Published versions whose day is still to come, newest first."""
    return [version for version, state in zip(versions, states(versions, at), strict=True) if state is State.COMING]


def first_day(version: LevelVersion) -> date:
    """From which day on a published version holds. Raises ValueError for a draft without a day."""
    if version.valid_from_date:
        return version.valid_from_date
    if version.published_at is None:
        raise ValueError(f"{version} is a draft: it holds from no day.")
    return timezone.localdate(version.published_at)
