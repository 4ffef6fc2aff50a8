"""The figures of a report: counts of each result, and how long reactions took."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from tickets.reports.reactions import Result

FEW: Final = 20
"""Under so many reactions median and 90 % say little, and the report says so (ux.md 3.17)."""
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts add up to `received`. Lengths are working time; None where there was no reaction at all."""

    received: int
    in_time: int
    late: int
    annulled: int
    running: int
    withdrawn: int
    reactions: int
    median: timedelta | None
    ninetieth: timedelta | None
    longest_delay: timedelta | None

    @property
    def share_in_time(self) -> float | None:
        """Per cent of those that count, which are in time or late, rounded down to a tenth: 100 means all of them.

        Annulled breaches are neither: they are told apart.
        """
        counted = self.in_time + self.late
        return (1000 * self.in_time // counted) / 10 if counted else None

    @property
    def is_little(self) -> bool:
        """Whether there are too few reactions for median and 90 % to say much."""
        return 0 < self.reactions < FEW


class Counted(Protocol):
    """What a tally reads of a judged request."""

    @property
    def result(self) -> Result: ...

    @property
    def reaction(self) -> timedelta | None: ...

    @property
    def late(self) -> timedelta: ...


class Tally:
    """Adds up judged requests one by one: eight bytes for each reaction are all that it keeps."""

    def __init__(self) -> None:
        self._results: Counter[Result] = Counter()
        self._reactions = array("q")
        self._longest_delay: timedelta | None = None

    def add(self, judged: Counted) -> None:
        self._results[judged.result] += 1
        if judged.reaction is not None:
            self._reactions.append(judged.reaction // _MICROSECOND)
        if judged.result is Result.LATE and (self._longest_delay is None or judged.late > self._longest_delay):
            self._longest_delay = judged.late

    def figures(self) -> Figures:
        lengths = sorted(self._reactions)
        return Figures(
            received=self._results.total(),
            in_time=self._results[Result.IN_TIME],
            late=self._results[Result.LATE],
            annulled=self._results[Result.ANNULLED],
            running=self._results[Result.RUNNING],
            withdrawn=self._results[Result.WITHDRAWN],
            reactions=len(lengths),
            median=_length(lengths, 50),
            ninetieth=_length(lengths, 90),
            longest_delay=self._longest_delay,
        )


def nearest_rank(ordered: Sequence[int], percent: int) -> int:
    """The smallest of the values that at least so many per cent of them do not exceed; `ordered` ascends, not empty.

    It is always one of the values, so that everybody finds the very request in the table. 50 is the median; of an
    even number that is the lower of the two in the middle.
    """
    return ordered[-(-len(ordered) * percent // 100) - 1]


def _length(ordered: Sequence[int], percent: int) -> timedelta | None:
    return nearest_rank(ordered, percent) * _MICROSECOND if ordered else None
