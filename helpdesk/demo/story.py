"""What a story of the demo is: who asks what, and what happens then. The texts stand in `problems`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from helpdesk.demo.steps import Step


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
    server: int = 0
    """Which of the customer's saved servers it is about."""
    files: tuple[str, ...] = ()
    talk: tuple[Step, ...] = ()
    engineer: str = ""
    """Who must have it; otherwise any of the engineers."""
    hours: tuple[int, int] = (8, 19)
    """Between which hours of the day a customer writes it."""
    quiet_days: float | None = None
    """How many working days ago the last step was; None for a story that is over, anywhere in the ninety days."""
    repeats_previous: bool = False
    """The same person sent the story before this one a few minutes ago."""
    pressure: Pressure | None = None
    share: float = 0.5
    """For an untaken request: how far into the state of its pressure it is, from 0 to 1."""
