"""The steps of a story: each is one verb of `tickets.workflow`, with the words that go with it.

`{-1}` in a text becomes the date of the day before the text was written, `{+14}` the date two weeks after it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True)
class Step:
    """Something that happens to a request, and how long it takes until then.

    `pause` is the usual range, in working minutes for staff and in minutes of the clock for a customer; `days` sets
    working or calendar days instead.
    """

    is_staff: ClassVar[bool] = True
    is_reaction: ClassVar[bool] = True
    pause: ClassVar[tuple[int, int]] = (5, 45)

    text: str = ""
    files: tuple[str, ...] = ()
    days: float = field(default=0, kw_only=True)


class Take(Step):
    """«Взять в работу»"""


class Answer(Step):
    """A reply that leaves the request in work."""

    pause = (10, 100)


class Ask(Step):
    """A reply that waits for the customer."""

    pause = (8, 80)


class Note(Step):
    """An internal note."""

    is_reaction = False
    pause = (4, 60)


class Confirm(Step):
    """The engineer agrees that it is critical."""

    is_reaction = False
    pause = (1, 6)


class Resume(Step):
    """Back to work from waiting or development."""

    pause = (600, 3600)


@dataclass(frozen=True)
class Develop(Step):
    """Handed over to development until a day of review."""

    pause = (20, 240)
    task: str = field(kw_only=True)
    review_days: int = field(default=14, kw_only=True)


@dataclass(frozen=True)
class Defer(Step):
    """Put off for a reason of 3.8, and for so many days."""

    pause = (10, 150)
    ground: str = field(kw_only=True)
    until_days: int = field(kw_only=True)


@dataclass(frozen=True)
class Resolve(Step):
    pause = (15, 420)
    kind: str = field(kw_only=True)
    component: str = field(kw_only=True)
    outcome: str = field(default="solved", kw_only=True)


@dataclass(frozen=True)
class Close(Step):
    pause = (15, 300)
    ground: str = field(default="", kw_only=True)
    outcome: str = field(default="", kw_only=True)


class Reply(Step):
    """The customer writes."""

    is_staff = is_reaction = False
    pause = (12, 1300)


class Finish(Step):
    """The customer presses «Проблема решена» on what is resolved, or takes an open request back."""

    is_staff = is_reaction = False
    pause = (20, 2600)
