"""All working windows of some years side by side, searched by instant and by amount; see :mod:`sla.working_time`."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from sla.wall_clock import Stretches

SECOND: Final = 1_000_000
"""Microseconds of a second."""


class WindowTable:
    """All windows from `begin` to `end`, and the working time that went by before each.

    Window 0 is empty and opens at `begin`, so that every instant of the table has a window before it. `worked[i]` is
    the working time of the table before window i, `worked[i + 1]` that after it; the last entry is the total.

    Windows begin and end on whole seconds, so the columns count seconds, from `begin` on: 4 bytes an entry where a list
    takes 40. What the methods take and give are microseconds. A column is searched for the whole seconds of what is
    asked: those before where entries up to it are looked for, those after where entries from it on are.
    """

    __slots__ = ("begin", "end", "opens", "total", "worked")

    def __init__(self, begin: int, end: int, stretches: Stretches) -> None:
        self.begin, self.end = begin, end
        first = begin // SECOND
        lengths = (closes - opens for opens, closes in zip(stretches.opens, stretches.closes, strict=True))
        worked = [0, *accumulate(lengths, initial=0)]
        column = "I" if end - begin < SECOND << 32 else "q"  # 32 bits hold 136 years
        self.opens = array(column, [0, *(opens - first for opens in stretches.opens)])
        self.worked = array(column, worked)
        self.total = worked[-1] * SECOND

    def windows(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Opening and closing of each window from `first` to `last`, cut to them."""
        begin = bisect_right(self.opens, (first - self.begin) // SECOND) - 1
        for i in range(begin, bisect_left(self.opens, _up(last - self.begin))):
            opens = self.begin + self.opens[i] * SECOND
            closes = opens + (self.worked[i + 1] - self.worked[i]) * SECOND
            opens, closes = max(opens, first), min(closes, last)
            if opens < closes:
                yield opens, closes

    def worked_until(self, at: int) -> int:
        since = at - self.begin
        i = bisect_right(self.opens, since // SECOND)
        worked = since + (self.worked[i - 1] - self.opens[i - 1]) * SECOND
        limit = self.worked[i] * SECOND
        return worked if worked < limit else limit

    def is_open(self, at: int) -> bool:
        i = bisect_right(self.opens, second := (at - self.begin) // SECOND)
        return second - self.opens[i - 1] < self.worked[i] - self.worked[i - 1]

    def earliest(self, worked: int) -> int:
        """The first instant at which so much work is done; more than none, at most the total."""
        i = bisect_left(self.worked, -(-worked // SECOND)) - 1
        return self.begin + worked + (self.opens[i] - self.worked[i]) * SECOND

    def latest(self, worked: int) -> int:
        """The last instant at which no more work than that is done; less than the total."""
        i = bisect_right(self.worked, worked // SECOND) - 1
        return self.begin + worked + (self.opens[i] - self.worked[i]) * SECOND


def _up(microseconds: int) -> int:
    """The first whole second that is no earlier."""
    return -(-microseconds // SECOND)
