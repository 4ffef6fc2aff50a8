"""One request of a filled desk, with the rows that the verbs of tickets/workflow would have written about it.

Each method stands for the verb of the same name and leaves the same columns, event and letter behind; nothing is
saved here, the rows are lines for COPY.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random

from sla.deadlines import Deadline, windows_to_json
from sla.working_time import WorkingTime
from tests.bench import filling_words as words
from tests.bench.filling_base import Client, Person
from tests.bench.filling_sealed import sealed
from tickets.rank import INSTANT, place, urgency
from tickets.statuses import OPEN

NULL = "\\N"
MOST_MESSAGES, MOST_EVENTS, MOST_LETTERS = 16, 32, 16
"""How many ids each request has for its own rows: they stand before any row is written."""


def line(values: Sequence[object]) -> str:
    """One row in the text format of COPY. The texts hold no tab, line end or backslash of their own."""
    return "\t".join([_cell(value) for value in values])


def _cell(value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return NULL
    if value is True or value is False:
        return "t" if value else "f"
    return str(value)


class Rows:
    """The rows of many requests, by table, each with its moment: what was written later lies later on disk."""

    def __init__(self) -> None:
        self.tickets: list[tuple[datetime, str]] = []
        self.credentials: list[tuple[datetime, str]] = []
        self.attachments: list[tuple[datetime, str]] = []
        self.messages: list[tuple[datetime, str]] = []
        self.events: list[tuple[datetime, str]] = []
        self.breaches: list[tuple[datetime, str]] = []
        self.letters: list[tuple[datetime, str]] = []


class Request:
    def __init__(self, rows: Rows, rng: Random, index: int, pk: int, number: int) -> None:
        """`index` counts the requests of the filling from 0; ids of other tables follow from it."""
        self.rows, self.rng, self.index, self.pk, self.number = rows, rng, index, pk, number
        self.subject = words.subject(rng)
        self.client: Client | None = None
        self.author: Person | None = None
        self.channel = "cabinet"
        self.criticality = "medium"
        self.contact = ("", "", "", "")  # name, phone, its digits, email
        self.credential: str | None = None
        self.status = "new"
        self.engineer: int | None = None
        self.at_risk_at: datetime | None = None
        self.due_at: datetime | None = None
        self.grave_at: datetime | None = None
        self.confirmed_at: datetime | None = None
        self.reacted_at: datetime | None = None
        self.unanswered_since: datetime | None = None
        self.level_version: int | None = None
        self.last_message_at: datetime | None = None
        self.last_message_by_staff = False
        self.task, self.ground, self.kind, self.component, self.outcome = "", "", "", "", ""
        self.review_date: date | None = None
        self.deferred_until_date: date | None = None
        self.resolved_at: datetime | None = None
        self.closed_at: datetime | None = None
        self._messages = self._events = self._letters = 0
        self._first_letter = ""

    # --- what rank.place asks --------------------------------------------------------------------------------------
    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def is_reaction_pending(self) -> bool:
        return self.reacted_at is None and self.is_open

    @property
    def is_promised(self) -> bool:
        return bool(self.client and self.client.is_promised)

    # --- the verbs -------------------------------------------------------------------------------------------------
    def register(
        self, deadline: Deadline, registered_at: datetime, by: int | None, internal_version: int, calendar_version: int
    ) -> None:
        self.deadline, self.received_at, self.registered_at = deadline, deadline.received_at, registered_at
        self.at_risk_at, self.due_at, self.grave_at = deadline.at_risk_at, deadline.due_at, deadline.grave_at
        self.status_changed_at = self.updated_at = registered_at
        if key := self.credential:
            row = (key, sealed(key, "login", "support"), sealed(key, "password", "Vorota-17"), "", "", "admin",
                   registered_at, None)  # fmt: skip
            self.rows.credentials.append((registered_at, line(row)))
        self.unanswered_since = self.received_at
        self.level_version, self.calendar_version = internal_version, calendar_version
        if self.client:
            self.level_version = self.client.level_version
        told = {
            "channel": self.channel,
            "criticality": self.criticality,
            "received_at": self.received_at.isoformat(),
            "level_version": self.level_version,
            "calendar_version": calendar_version,
            "is_term_promised": self.is_promised,
            "limit_minutes": deadline.limit_minutes,
            "due_at": deadline.due_at.isoformat(),
        }
        self._event("ticket.registered", by, registered_at, **told)
        self._letter("confirmation", "Заявка получена", registered_at)

    def take(self, engineer: int, at: datetime) -> None:
        self._react(engineer, at)
        self._move("in_progress", at)
        self._letter("taken", "Заявка взята в работу", at)
        self._event("ticket.taken", engineer, at)

    def confirm_criticality(self, at: datetime) -> None:
        self.confirmed_at = at
        self._event("ticket.criticality_confirmed", self.engineer, at)

    def answer(self, engineer: int, at: datetime, *, waits: bool) -> None:
        takes = self._react(engineer, at)
        message = self._say("staff", engineer, at)
        if waits or self.status == "new":
            self._move("waiting" if waits else "in_progress", at)
        self._event("ticket.answered", engineer, at, message=message, takes=takes, waits=waits)
        self._letter("question" if waits else "answer", "Ответ", at, message)

    def note(self, engineer: int, at: datetime) -> None:
        updated_at = self.updated_at
        message = self._say("note", engineer, at)
        self._event("ticket.noted", engineer, at, message=message)
        self.updated_at = updated_at

    def reply(self, person: Person, at: datetime) -> None:
        message = self._say("customer", person.pk, at)
        if self.status == "waiting":
            self._move("in_progress", at)
        self._event("ticket.customer_replied", person.pk, at, message=message)

    def pass_to_development(self, engineer: int, review_date: date, at: datetime) -> None:
        self._move("development", at)
        self.task, self.review_date = f"АСС-{self.number}", review_date
        message = self._say("staff", engineer, at)
        told = {"task": self.task, "review_date": review_date.isoformat(), "message": message}
        self._event("ticket.passed_to_development", engineer, at, **told)
        self._letter("development", "Передана в разработку", at, message)

    def defer(self, engineer: int, until: date, at: datetime) -> None:
        self._move("deferred", at)
        self.ground, self.deferred_until_date = "insufficient_info", until
        message = self._say("staff", engineer, at)
        self._event("ticket.deferred", engineer, at, ground=self.ground, until=until.isoformat(), message=message)
        self._letter("deferred", "Отложена", at, message)

    def resolve(self, engineer: int, at: datetime) -> None:
        takes = self._react(engineer, at)
        self._move("resolved", at)
        self.kind = self.rng.choice(("failure", "failure", "consultation", "other"))
        self.component = self.rng.choice(("software", "software", "controller", "hardware", "network"))
        self.outcome, self.resolved_at = "consulted" if self.kind == "consultation" else "solved", at
        message = self._say("staff", engineer, at)
        told = {"kind": self.kind, "component": self.component, "outcome": self.outcome}
        self._event("ticket.resolved", engineer, at, **told, message=message, takes=takes)
        self._letter("resolved", "Решена", at, message)

    def close(self, engineer: int, at: datetime) -> None:
        """By the staff, for a reason of 3.8."""
        takes = self._react(engineer, at)
        self._move("closed", at)
        self.ground, self.closed_at = self.rng.choice(("not_reproducible", "out_of_scope")), at
        message = self._say("staff", engineer, at)
        self._event("ticket.closed", engineer, at, ground=self.ground, outcome="", message=message, takes=takes)
        self._letter("closed", "Закрыта", at, message)

    def close_resolved(self, by: int | None, at: datetime) -> None:
        """By the customer, or by the clock after five working days."""
        self._move("closed", at)
        self.closed_at = at
        self._event("ticket.closed", by, at)

    def withdraw(self, person: Person, at: datetime) -> None:
        self._move("closed", at)
        self.closed_at, self.outcome = at, "withdrawn"
        self._event("ticket.withdrawn", person.pk, at)
        self._letter("withdrawn", "Отозвана", at, about=f"ticket:{self.pk}:{at.isoformat()}")

    def remind(self, at: datetime) -> None:
        self._letter("reminder", "Напоминание", at, about=f"ticket:{self.pk}:{self.status_changed_at.isoformat()}")

    def flip(self, until: datetime) -> None:
        """The clock's events of an untaken request, up to that moment, and its breach if the term runs out by then."""
        moments = (self.deadline.at_risk_at, self.deadline.due_at + INSTANT, self.deadline.grave_at + INSTANT)
        for code, moment in zip(("at_risk", "overdue", "grave"), moments, strict=True):
            at = max(moment, self.registered_at)
            if at > until:
                break
            if code == "overdue":
                row = (self.pk, self.pk, self.deadline.due_at, self.is_promised, at)
                self.rows.breaches.append((at, line(row)))
            self._event(f"deadline.{code}", None, at)

    # --- the rows --------------------------------------------------------------------------------------------------
    def give_access(self) -> None:
        """Access data of a server that is not saved; before `register`, which dates it."""
        self.credential = f"{self.rng.getrandbits(128):032x}"

    def attach(self, name: str) -> None:
        """A file of the request itself: its row; the bytes are not written."""
        key = f"{self.rng.getrandbits(128):032x}"
        sha256 = f"{self.rng.getrandbits(256):064x}"
        row = (key, self.pk, None, name, "text/plain", 2048, sha256, f"bench/{key}", self.registered_at)
        self.rows.attachments.append((self.registered_at, line(row)))

    def write(self, now: datetime, hours: WorkingTime, key: str) -> None:
        """The request's own row, as it stands at `now`."""
        stands, client, rng = place(self, now), self.client, self.rng
        name, phone, digits, email = self.contact
        since = self.unanswered_since if self.is_open else None
        reply_due_at = hours.add(since, self.deadline.limit_minutes) if since else None
        warned = urgency(self, now).rung
        windows = json.dumps(windows_to_json(self.deadline.windows))
        row = (
            self.pk, self.number, client and client.pk, self.author and self.author.pk, self.channel, "ru", key, None,
            self.subject, words.description(rng), "Открыть карту\\nВыбрать машину", rng.choice(("always", "sometimes")),
            None if self.credential or not client else client.server,
            f"192.0.2.{self.index % 250}" if self.credential else client.address if client else "",
            self.credential, "4.2.1", "", self.criticality, self.confirmed_at, name, phone,
            digits, email, self.status, self.status_changed_at, self.engineer,
            self.received_at, self.registered_at, self.updated_at, self.level_version, self.calendar_version,
            self.is_promised, self.deadline.limit_minutes, self.due_at, self.at_risk_at,
            self.grave_at, windows, self.registered_at + timedelta(seconds=1), self.reacted_at, since, reply_due_at,
            warned and int(warned), int(stands.rung), stands.queue_at, stands.flip_at, self.last_message_at,
            self.last_message_by_staff, self.task, self.review_date, self.deferred_until_date, self.ground,
            self.kind, self.component, self.outcome, self.resolved_at, self.closed_at,
        )  # fmt: skip
        self.rows.tickets.append((self.registered_at, line(row)))

    def _move(self, to: str, at: datetime) -> None:
        self.status, self.status_changed_at, self.updated_at = to, at, at
        if to == "in_progress":
            self.review_date = self.deferred_until_date = self.resolved_at = self.closed_at = None
            self.ground = self.outcome = ""

    def _react(self, engineer: int, at: datetime) -> bool:
        self.engineer = self.engineer or engineer
        if self.reacted_at is not None:
            return False
        self.reacted_at = at
        return True

    def _say(self, kind: str, author: int, at: datetime) -> int:
        pk = self.index * MOST_MESSAGES + self._messages + 1
        self._messages += 1
        if kind != "note":
            self.last_message_at, self.last_message_by_staff = at, kind == "staff"
            self.unanswered_since = None if kind == "staff" else self.unanswered_since or at
        self.updated_at = at
        key = f"{self.rng.getrandbits(128):032x}"
        row = (pk, self.pk, kind, author, "", "cabinet", words.body(self.rng), key, at)
        self.rows.messages.append((at, line(row)))
        return pk

    def _event(self, code: str, by: int | None, at: datetime, **data: object) -> None:
        pk = self.index * MOST_EVENTS + self._events + 1
        self._events += 1
        self.rows.events.append((at, line((pk, self.pk, code, by, at, json.dumps(data, ensure_ascii=False)))))

    def _letter(self, name: str, title: str, at: datetime, message: int | None = None, *, about: str = "") -> None:
        """A letter that was sent two seconds later. Its text is one line: no page reads it."""
        to = self.contact[3]
        if not to:
            return
        pk = self.index * MOST_LETTERS + self._letters + 1
        self._letters += 1
        thread = f"ticket:{self.pk}"
        told = f"message:{message}" if message else about or thread
        message_id = f"<{self.rng.getrandbits(128):032x}@desk.example>"
        is_automatic = name in ("confirmation", "taken", "withdrawn", "reminder")
        row = (
            pk, f"ticket.{name}", told, thread, to, message_id, self._first_letter,
            f"[#{self.number}] {title}: {self.subject}", f"{title}. {self.subject}.", "", False, is_automatic, "ru",
            "sent", 1, 0, None, at + timedelta(seconds=61), at, at, at + timedelta(seconds=2), "",
        )  # fmt: skip
        self.rows.letters.append((at, line(row)))
        self._first_letter = self._first_letter or message_id
