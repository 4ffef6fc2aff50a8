"""The small shapes that the pages of both sides print: the customer's cabinet and the staff's desk."""

from __future__ import annotations

from dataclasses import dataclass

from tickets.reaction import Reaction


@dataclass(frozen=True, slots=True)
class Tag:
    """A status in the reader's words."""

    code: str
    label: str
    tone: str


@dataclass(frozen=True, slots=True)
class Notice:
    """The box above the thread."""

    tone: str
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class TabLink:
    """One tab above a list; `count` is what stands on it, None where nobody counts."""

    label: str
    url: str
    current: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class PageLink:
    """To the next page of a list, and back to the first. Without `next_label` the link says the usual words."""

    next_url: str | None
    first_url: str | None
    next_label: str = ""


@dataclass(frozen=True)
class Head:
    """What stands on top of the page of a request."""

    number: int
    subject: str
    url: str
    status: Tag
    reaction: Reaction | None
