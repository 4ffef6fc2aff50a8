"""What a story of the demo is made of: who asks what, and what happens then. The texts stand in `problems`.

A step is one verb of `tickets.workflow`, with the words that go with it. `{-1}` in a text becomes the date of the day
before the text was written, `{+14}` the date two weeks after it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar


@dataclass(frozen=True)
class Step:
    """Something that happens to a request, and how long it takes until then.

    `pause` is the usual range, in working minutes for staff and in minutes of the clock for a customer; `days` sets
    working or calendar days instead.
    """

    is_staff: ClassVar[bool] = True
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

    pause = (4, 60)


class Confirm(Step):
    """The engineer agrees that it is critical."""

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

    is_staff = False
    pause = (12, 1300)


class Finish(Step):
    """The customer presses «Проблема решена» on what is resolved, or takes an open request back."""

    is_staff = False
    pause = (20, 2600)


class Pressure(Enum):
    """Where the reaction clock of an untaken request stands at the moment of the load."""

    CALM = "calm"
    AT_RISK = "at risk"
    OVERDUE = "overdue"
    GRAVE = "grave"


@dataclass(frozen=True)
class Story:
    """One request. `by` is «customer/person», or «имя; телефон; почта» of a stranger."""

    by: str
    subject: str
    description: str
    steps: str = ""
    criticality: str = "medium"
    frequency: str = "unknown"
    controller: str = ""
    channel: str = "cabinet"
    version: str = ""
    files: tuple[str, ...] = ()
    talk: tuple[Step, ...] = ()
    engineer: str = ""
    """Who must have it; otherwise any of the engineers."""
    hours: tuple[int, int] = (8, 19)
    """Between which hours of the day a customer writes it."""
    quiet_days: float | None = None
    """How many working days ago the last step was; None for a story that is over, anywhere in the ninety days."""
    pressure: Pressure | None = None
    share: float = 0.5
    """For an untaken request: how far into the state of its pressure it is, from 0 to 1."""
