"""The memory of those outside: what people meant to do, what the desk acknowledged, which letters the mail server took.

Every line of a person is on the disk before the next thing happens. The desk never sees the file, so it cannot agree
with it by mistake: the kill campaign is judged by what is read back from here.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.mail_server import MailServer, Received

CONTACT = "anna@reis.example"
"""Where the letters of every request of the campaign go."""
TOPIC = "Живучесть"
"""How the subjects of the campaign's requests begin, and of no other."""
LETTERS = {"filing": "Заявка принята", "take": "Заявка в работе", "answer": "Ответ"}
"""The acts that owe the customer a letter, and how its subject begins. A customer's reply owes none."""
_SUBJECT = re.compile(rf"\[#(\d+)\] ({'|'.join(LETTERS.values())}): (.+)")
_FRESH = 5.0  # seconds: an older letter waits for its lease, nobody has it in hand


@dataclass(frozen=True)
class Act:
    """What a person does once, however often the form is sent: `key` is the form's, `topic` its request's subject."""

    kind: str
    topic: str
    key: str
    text: str
    lines: int = 0
    """Length of the file that goes along; 0 for none."""

    @property
    def file(self) -> bytes:
        return f"{self.key}\n".encode() * self.lines

    @property
    def obligation(self) -> tuple[str, str]:
        """A request owes at most one letter of each kind here."""
        return self.kind, self.topic


@dataclass(frozen=True)
class Letter:
    """What the mail server took; `at` is just before its 250."""

    at: float
    message_id: str
    recipients: list[str]
    subject: str
    text: str

    @property
    def tells(self) -> tuple[int, tuple[str, str]] | None:
        """The request's number and the obligation that it fulfils; None where it speaks of something else."""
        found = _SUBJECT.fullmatch(self.subject)
        if not found:
            return None
        kind = next(kind for kind, words in LETTERS.items() if words == found[2])
        return int(found[1]), (kind, found[3])

    @property
    def number(self) -> int:
        """Of the request, whatever the letter says about it; 0 without one."""
        found = re.match(r"\[#(\d+)\]", self.subject)
        return int(found[1]) if found else 0


@dataclass(frozen=True)
class Kill:
    at: float
    part: str
    in_flight: int
    """How many acts of the last seconds had no answer or no letter yet."""


@dataclass
class Book:
    """The ledger as it was read back. Moments are of the machine's monotonic clock."""

    begins_after: int = 0
    """The greatest number that a request had before the first act."""
    intents: dict[str, Act] = field(default_factory=dict)
    begun: dict[str, float] = field(default_factory=dict)
    """By the act's key: when its form was first sent."""
    acknowledged: dict[str, tuple[int, float]] = field(default_factory=dict)
    """By the act's key: the request's number, and when the answer came."""
    letters: list[Letter] = field(default_factory=list)
    kills: list[Kill] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> Book:
        book = cls()
        for line in path.read_text().splitlines():
            told = json.loads(line)
            match told.pop("what"):
                case "begin":
                    book.begins_after = told["after"]
                case "intent":
                    book.begun[told["key"]] = told.pop("at")
                    book.intents[told["key"]] = Act(**told)
                case "acknowledged":
                    book.acknowledged[told["key"]] = told["number"], told["at"]
                case "letter":
                    book.letters.append(Letter(**told))
                case "kill":
                    book.kills.append(Kill(**told))
        return book


class Ledger:
    """The writing side, for any number of threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # One write of a line at the end of a file is never mixed with another.
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._open: dict[tuple[str, str], float] = {}
        self._told: set[tuple[str, str]] = set()

    def begin(self, *, after: int) -> None:
        self._write("begin", {"after": after})

    def intend(self, act: Act) -> None:
        """Before the form is sent for the first time."""
        self._open[act.obligation] = at = time.monotonic()
        self._write("intent", {**asdict(act), "at": at})

    def acknowledge(self, act: Act, number: int) -> None:
        """After the answer that says so."""
        self._write("acknowledged", {"key": act.key, "number": number, "at": time.monotonic()})
        if act.kind not in LETTERS or act.obligation in self._told:
            self._open.pop(act.obligation, None)

    def keep(self, letter: Letter) -> None:
        """Before the mail server's 250. `sync` is for after it."""
        self._append("letter", asdict(letter))
        if letter.tells:
            self._told.add(letter.tells[1])
            self._open.pop(letter.tells[1], None)

    def kill(self, kill: Kill) -> None:
        self._write("kill", asdict(kill))

    def in_flight(self) -> int:
        """How many acts of the last seconds have no answer or no letter yet."""
        now = time.monotonic()
        return sum(1 for begun in list(self._open.values()) if now - begun < _FRESH)

    def sync(self) -> None:
        os.fsync(self._file)

    def _write(self, what: str, told: dict[str, Any]) -> None:
        self._append(what, told)
        self.sync()

    def _append(self, what: str, told: dict[str, Any]) -> None:
        line = json.dumps({"what": what, **told}, ensure_ascii=False)
        os.write(self._file, f"{line}\n".encode())


class Sink(MailServer):
    """The mail server of the campaign: a letter is in the ledger before its 250 leaves, and on the disk just after.

    Whatever takes time between the two lengthens the window in which the end of the sender must cause a repeat.
    """

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self.last_at = time.monotonic()
        self._ledger = ledger

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        came = Received(envelope.mail_from or "", list(envelope.rcpt_tos), envelope.original_content or b"")
        message = came.message
        letter = Letter(0.0, message["Message-ID"], came.recipients, message["Subject"], came.part("plain"))
        answer = await super().handle_DATA(server, session, envelope)
        self.last_at = time.monotonic()
        self._ledger.keep(replace(letter, at=self.last_at))
        asyncio.get_running_loop().run_in_executor(None, self._ledger.sync)
        return answer
