"""The verdict on a kill campaign: the ledger of those outside against what the desk holds in the end. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from tests.prove.ledger import CONTACT, LETTERS, TOPIC, Act, Book, Kill, Letter

MOST_REPEATS = 3
WINDOW = 0.5
"""Seconds from the mail server's 250 to the mark, on a machine that also kills: a sender's end in them may repeat."""
UNNOTICED = 0.3
"""Seconds that a letter may still be taken after its sender's end, before the mail server sees that he is gone."""
MARK_WAITS = 5.0
"""Seconds that a mark may wait for a killed PostgreSQL; the sender's end in them may repeat too."""


@dataclass(frozen=True)
class Request:
    """A request of the desk's database, with the digests of its files as they lie on the disk."""

    number: int
    key: str
    topic: str
    text: str
    digests: list[str]
    is_taken: bool


@dataclass(frozen=True)
class Record:
    """What the desk holds: requests newer than the ledger, and by the form's key the messages on them."""

    requests: list[Request]
    messages: dict[str, tuple[int, str]]


@dataclass(frozen=True)
class Judgement:
    """`is_clean` is the verdict; every list names what is wrong, for whoever has to find out why."""

    obligations: int
    """Letters that the acts of the ledger owe."""
    lost: list[str]
    """Acknowledged acts whose letter never came, or came and says something else."""
    acked_missing: list[str]
    """Acknowledged acts that the database does not hold as they were told, files included."""
    distinct_dup: list[str]
    """Obligations whose letters bear more than one Message-ID."""
    repeats: list[str]
    """Message-IDs that came once more, one for each time."""
    unexplained: list[str]
    """Those of them whose sender was not killed between the 250 and the mark."""
    orphans: list[str]
    """Requests and letters that nobody meant, and second requests of one form."""
    unanswered: list[str]
    """Acts that were never acknowledged, patiently as they were sent again."""
    max_delay: float
    """Seconds from an acknowledgement to its letter, the longest."""

    @property
    def is_clean(self) -> bool:
        wrong = [self.lost, self.acked_missing, self.distinct_dup, self.unexplained, self.orphans, self.unanswered]
        return not any(wrong) and len(self.repeats) <= MOST_REPEATS

    def __str__(self) -> str:
        where = f"(outside the window: {len(self.unexplained)})" if self.unexplained else "(window)"
        return (
            f"obligations={self.obligations} lost={len(self.lost)} distinct_dup={len(self.distinct_dup)}"
            f" smtp_repeats={len(self.repeats)}{where if self.repeats else ''}"
            f" acked_missing={len(self.acked_missing)} orphans={len(self.orphans)}"
            f" unanswered={len(self.unanswered)} max_delay={self.max_delay:.0f}s"
        )


@dataclass
class _Mail:
    """The letters by the obligation that they fulfil, and those that fulfil none."""

    by_obligation: dict[tuple[str, str], list[Letter]] = field(default_factory=lambda: defaultdict(list))
    strangers: list[str] = field(default_factory=list)


def judge(book: Book, record: Record) -> Judgement:
    """What was acknowledged is there and told by letter, once; and nothing is there that nobody meant."""
    mail = _sorted_mail(book)
    acknowledged = [act for key, act in book.intents.items() if key in book.acknowledged]
    repeats = [(first, second) for copies in mail.by_obligation.values() for first, second in _repeated(copies)]
    return Judgement(
        obligations=sum(act.kind in LETTERS for act in book.intents.values()),
        lost=[_told(act) for act in acknowledged if act.kind in LETTERS and not _is_told(act, mail)],
        acked_missing=[_told(act) for act in acknowledged if not _is_held(act, book.acknowledged[act.key][0], record)],
        distinct_dup=[
            " ".join(about)
            for about, copies in mail.by_obligation.items()
            if len({letter.message_id for letter in copies}) > 1
        ],
        repeats=[second.message_id for _, second in repeats],
        unexplained=[
            second.message_id for first, second in repeats if not _is_explained(first.at, second.at, book.kills)
        ],
        orphans=[*mail.strangers, *_unmeant(book, record)],
        unanswered=[_told(act) for key, act in book.intents.items() if key not in book.acknowledged],
        max_delay=max([0.0, *_delays(book, acknowledged, mail)]),
    )


def _sorted_mail(book: Book) -> _Mail:
    """Letters about older requests, or about none (a contract that ends), are no part of the campaign."""
    meant = {act.obligation: act for act in book.intents.values()}
    mail = _Mail()
    for letter in book.letters:
        if letter.number <= book.begins_after and TOPIC not in letter.subject + letter.text:
            continue
        number, about = letter.tells or (0, ("", ""))
        act = meant.get(about)
        known = book.acknowledged.get(act.key) if act else None
        if act is None or letter.recipients != [CONTACT] or (known and known[0] != number):
            mail.strangers.append(f"letter {letter.subject} to {letter.recipients}")
        else:
            mail.by_obligation[about].append(letter)
    return mail


def _is_told(act: Act, mail: _Mail) -> bool:
    """An answer's letter carries the answer; the others tell their request's subject."""
    words = act.text if act.kind == "answer" else act.topic
    copies = mail.by_obligation.get(act.obligation, [])
    return bool(copies) and all(words in letter.text for letter in copies)


def _is_held(act: Act, number: int, record: Record) -> bool:
    request = next((request for request in record.requests if request.number == number), None)
    if request is None or request.topic != act.topic:
        return False
    if act.kind == "filing":
        digests = [sha256(act.file).hexdigest()] if act.lines else []
        return (request.key, request.text, request.digests) == (act.key, act.text, digests)
    if act.kind == "take":
        return request.is_taken
    return record.messages.get(act.key) == (number, act.text)


def _repeated(copies: list[Letter]) -> Iterable[tuple[Letter, Letter]]:
    """Each letter that came once more, with the time before."""
    last: dict[str, Letter] = {}
    for letter in sorted(copies, key=lambda letter: letter.at):
        if letter.message_id in last:
            yield last[letter.message_id], letter
        last[letter.message_id] = letter


def _is_explained(first: float, second: float, kills: list[Kill]) -> bool:
    """Whether whoever sends was killed when he had the 250, or was about to, and the mark was not yet written."""
    ends = [kill.at for kill in kills if kill.part.startswith(("worker", "clock")) and kill.at < second]
    waits = [
        kill.at for kill in kills if kill.part.startswith("postgres") and first - MARK_WAITS < kill.at < first + WINDOW
    ]
    return any(
        first - UNNOTICED <= end <= first + WINDOW or any(first <= end <= since + MARK_WAITS for since in waits)
        for end in ends
    )


def _unmeant(book: Book, record: Record) -> Iterable[str]:
    filings = {act.key for act in book.intents.values() if act.kind == "filing"}
    topics = Counter(request.topic for request in record.requests)
    for request in record.requests:
        if request.key not in filings or topics[request.topic] > 1:
            yield f"request {request.number} {request.topic}"
    yield from (f"message {key}" for key in record.messages if key not in book.intents)


def _delays(book: Book, acknowledged: list[Act], mail: _Mail) -> Iterable[float]:
    for act in acknowledged:
        if copies := mail.by_obligation.get(act.obligation):
            yield min(letter.at for letter in copies) - book.acknowledged[act.key][1]


def _told(act: Act) -> str:
    return f"{act.kind} {act.topic}"
