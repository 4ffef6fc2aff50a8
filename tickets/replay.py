"""Proof of the clocks: recompute from the history of each request what its clocks should say, and compare.

What counts is the history alone: events and messages, in the order in which they were written. Only what nobody can
change (receipt, channel) and the calendar versions that a request stands on now, for its reaction and for its reply,
are read from the request itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db import connection, transaction

from sla import deadlines
from sla.calendars import working_time_of
from sla.models import LevelVersion
from sla.working_time import NoWorkingTime
from tickets import clock
from tickets.models import Breach, Message, Ticket, TicketEvent
from tickets.rank import INSTANT, place

CHUNK = 1000
LAG = timedelta(minutes=1)
"""How far behind the clock may be: what fell due within it may be stored already, or not yet."""

_ENDS = {"ticket.resolved", "ticket.closed", "ticket.withdrawn"}
_REOPENS = "ticket.reopened"
_MOVES = {"ticket.criticality_changed", "ticket.covered", "deadline.moved"}
_TOLD = {
    "ticket.registered", "ticket.taken", "ticket.answered", "ticket.customer_replied", "ticket.deferred",
    "ticket.passed_to_development", "deadline.overdue", *_ENDS, _REOPENS, *_MOVES,
}  # fmt: skip
_READ = (
    "number", "channel", "criticality", "received_at", "level_version", "calendar_version", "newer_hours",
    "is_term_promised", "limit_minutes", "due_at", "at_risk_at", "grave_at", "reacted_at", "unanswered_since",
    "reply_due_at", "rung", "queue_at", "flip_at",
)  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """What a request stores, and what its history gives instead."""

    number: int
    field: str
    stored: object
    computed: object

    def __str__(self) -> str:
        return (
            f"Ticket {self.number}: {self.field} is {_words(self.stored)}, and its history gives "
            f"{_words(self.computed)}."
        )


@dataclass
class _Course:
    """A request as far as its history was read. It is what rank.place looks at."""

    channel: str
    criticality: str
    received_at: datetime
    level_version: int | None
    calendar_version: int | None
    is_term_promised: bool
    limit_minutes: int | None = None
    due_at: datetime | None = None
    at_risk_at: datetime | None = None
    grave_at: datetime | None = None
    reacted_at: datetime | None = None
    is_open: bool = True
    unanswered_since: datetime | None = None
    breaches: dict[bool, datetime] = field(default_factory=dict)
    """When the term was due that ran out: the promised one under True, the one that worked inside under False."""

    @property
    def is_reaction_pending(self) -> bool:
        return self.reacted_at is None and self.is_open

    def count(self) -> None:
        """The deadline, by the versions that are known so far."""
        if self.level_version is None:
            self.count_by(None)
            return
        base, by_criticality = _limits(self.level_version)
        self.count_by(deadlines.limit_for(base, by_criticality, self.criticality))

    def count_by(self, limit: int | None) -> None:
        """The deadline of that limit, by the calendar version that is known so far."""
        self.limit_minutes = self.due_at = self.at_risk_at = self.grave_at = None
        if limit is None or self.calendar_version is None:
            return
        try:
            term = deadlines.deadline(working_time_of(self.calendar_version), self.received_at, limit)
        except NoWorkingTime:
            return
        self.limit_minutes = limit
        self.due_at, self.at_risk_at, self.grave_at = term.due_at, term.at_risk_at, term.grave_at

    def pass_until(self, at: datetime) -> None:
        """Time goes by: a term that has run out without a reaction is a breach."""
        if self.is_reaction_pending and self.due_at and at > self.due_at:
            self.breaches.setdefault(self.is_term_promised, self.due_at)


@dataclass(frozen=True)
class _Step:
    """An event of the history, with the kind of the message that was written with it."""

    code: str
    at: datetime
    data: Mapping[str, Any]
    message: str = ""


def differences(now: Callable[[], datetime]) -> Iterator[Difference | None]:
    """For each request, by number of entry, what differs; None for one that agrees. Reads in chunks, in constant
    memory, however many requests there are. `now` is asked for each chunk: the desk works on meanwhile."""
    last: int | None = 0
    while last is not None:
        with _one_moment():
            found, last = _differences_after(last, now())
        yield from found


@contextmanager
def _one_moment() -> Iterator[None]:
    """All that is read inside is of one moment: a request and its history, while others work on both. Inside of a
    transaction of the caller's it is for him to see to that."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _differences_after(last: int, at: datetime) -> tuple[list[Difference | None], int | None]:
    """What differs in the next chunk, and its last request; None where there is none behind `last`."""
    some = list(Ticket.objects.filter(pk__gt=last).order_by("pk").only(*_READ)[:CHUNK])
    if not some:
        return [], None
    steps = _steps(some[0].pk, some[-1].pk)
    breaches: dict[int, dict[bool, datetime]] = defaultdict(dict)
    for pk, is_promised, due_at in Breach.objects.filter(ticket__in=some).values_list(
        "ticket", "is_promised", "due_at"
    ):
        breaches[pk][is_promised] = due_at
    found: list[Difference | None] = []
    for ticket in some:
        found += list(_compare(ticket, _replay(ticket, steps[ticket.pk]), breaches[ticket.pk], at)) or [None]
    return found, some[-1].pk


def _steps(first: int, last: int) -> Mapping[int, list[_Step]]:
    """The histories of the requests from `first` to `last`, by request. A message stands where its event does; one
    that no event names stands by its moment."""
    span = {"ticket__gte": first, "ticket__lte": last}
    messages: dict[int, dict[int, tuple[str, datetime]]] = defaultdict(dict)
    spoken = Message.objects.filter(**span).exclude(kind=Message.Kind.NOTE).order_by("pk")
    for pk, ticket, kind, created_at in spoken.values_list("pk", "ticket", "kind", "created_at"):
        messages[ticket][pk] = kind, created_at
    steps: dict[int, list[_Step]] = defaultdict(list)
    events = TicketEvent.objects.filter(**span, code__in=_TOLD).order_by("ticket", "pk")
    for ticket, code, at, data in events.values_list("ticket", "code", "at", "data"):
        kind, _created_at = messages[ticket].pop(data.get("message", 0), ("", at))
        steps[ticket].append(_Step(code, at, data, kind))
    for ticket, left in messages.items():
        if left:
            steps[ticket] += [_Step("", created_at, {}, kind) for kind, created_at in left.values()]
            steps[ticket].sort(key=lambda step: (step.at, bool(step.code)))
    return steps


def _replay(ticket: Ticket, steps: list[_Step]) -> _Course:
    changes = [step.data["from"] for step in steps if step.code == "ticket.criticality_changed"]
    course = _Course(
        channel=ticket.channel,
        criticality=changes[0] if changes else ticket.criticality,
        received_at=ticket.received_at,
        level_version=ticket.level_version_id,
        calendar_version=ticket.calendar_version_id,
        is_term_promised=ticket.is_term_promised,
    )
    for step in steps:
        _follow(course, step)
    if course.calendar_version != ticket.calendar_version_id:
        # Counted anew by another version without a move: nobody was told, the moments around may differ all the same.
        course.calendar_version = ticket.calendar_version_id
        course.count_by(course.limit_minutes)
    return course


def _follow(course: _Course, step: _Step) -> None:
    """One step of the history."""
    # A recalculation leaves breaches to the clock, which may not have come before it.
    course.pass_until(step.at - LAG if step.code == "deadline.moved" else step.at)
    if step.code == "ticket.registered":
        course.criticality = step.data.get("criticality", course.criticality)
        _promise(course, step.data)
        course.unanswered_since = course.received_at
    elif step.code == "ticket.criticality_changed":
        course.criticality = step.data["to"]
        if course.is_reaction_pending:
            course.count()
    elif step.code in _MOVES:
        _promise(course, step.data)
    if (step.code == "ticket.taken" or step.data.get("takes")) and course.reacted_at is None:
        course.reacted_at = step.at
    if step.message:
        is_answer = step.message == Message.Kind.STAFF
        course.unanswered_since = None if is_answer else course.unanswered_since or step.at
    if step.code in _ENDS:
        course.is_open, course.unanswered_since = False, None
    elif step.code == _REOPENS:
        course.is_open = True
    course.pass_until(step.at)


def _promise(course: _Course, data: Mapping[str, Any]) -> None:
    """The versions that the event names; those that it does not name stay."""
    course.level_version = data.get("level_version", course.level_version)
    course.calendar_version = data.get("calendar_version", course.calendar_version)
    course.is_term_promised = data.get("is_term_promised", course.is_term_promised)
    course.count()


def _compare(ticket: Ticket, course: _Course, breaches: dict[bool, datetime], at: datetime) -> Iterator[Difference]:
    computed: dict[str, object] = {
        "reacted_at": course.reacted_at,
        "is_term_promised": course.is_term_promised,
        "limit_minutes": course.limit_minutes,
        "due_at": course.due_at,
        "at_risk_at": course.at_risk_at,
        "grave_at": course.grave_at,
        "unanswered_since": course.unanswered_since,
        "reply_due_at": clock.reply_due(ticket.hours_id, course.limit_minutes, course.unanswered_since),
    }
    is_being_flipped = ticket.flip_at is not None and at - LAG < ticket.flip_at <= at
    stands = place(course, ticket.flip_at - INSTANT if is_being_flipped and ticket.flip_at else at)
    computed |= {"rung": int(stands.rung), "queue_at": stands.queue_at, "flip_at": stands.flip_at}
    for name, value in computed.items():
        if getattr(ticket, name) != value:
            yield Difference(ticket.number, name, getattr(ticket, name), value)
    course.pass_until(at if course.is_term_promised in breaches else at - LAG)
    for is_promised in (True, False):
        stored, known = breaches.get(is_promised), course.breaches.get(is_promised)
        if stored != known:
            yield Difference(ticket.number, "the term of its breach", stored, known)


@cache
def _limits(level_version: int) -> tuple[int, dict[str, int]]:
    """The limits of a published version, which never change."""
    version = LevelVersion.objects.get(pk=level_version)
    return version.base_minutes, version.by_criticality


def _words(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return "nothing" if value is None else str(value)
