"""The judge of the kill campaign on ledgers made by hand. Not slow: `make test` runs these."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from tests.prove.defects import DEFECTS, Defect
from tests.prove.judge import MARK_WAITS, WINDOW, Judgement, Record, Request, judge
from tests.prove.ledger import CONTACT, LETTERS, Act, Book, Kill, Ledger, Letter

FILING = Act("filing", "Живучесть 0001", "key-1", "Терминал молчит.", lines=3)
TAKE = Act("take", FILING.topic, "key-2", "")
ANSWER = Act("answer", FILING.topic, "key-3", "Перезагрузите терминал.")
REPLY = Act("reply", FILING.topic, "key-4", "Перезагрузил.")
ACTS = (FILING, TAKE, ANSWER, REPLY)
NUMBER, AT = 41, 1000.0
REQUEST = Request(NUMBER, "key-1", FILING.topic, FILING.text, [sha256(FILING.file).hexdigest()], is_taken=True)
MESSAGES = {"key-3": (NUMBER, ANSWER.text), "key-4": (NUMBER, REPLY.text)}


def letter(act: Act, *, after: float = 1.0, message_id: str = "", number: int = NUMBER) -> Letter:
    subject = f"[#{number}] {LETTERS[act.kind]}: {act.topic}"
    text = f"Заявка «{act.topic}»\n{act.text}"
    return Letter(AT + after, message_id or f"<{act.kind}@desk>", [CONTACT], subject, text)


def book(*more: Letter, kills: tuple[Kill, ...] = (), without: str = "") -> Book:
    """Everything was acknowledged at AT, and each letter came a second later, except that of the kind `without`."""
    letters = [letter(act) for act in (FILING, TAKE, ANSWER) if act.kind != without]
    acknowledged = {act.key: (NUMBER, AT) for act in ACTS}
    return Book(40, {act.key: act for act in ACTS}, {}, acknowledged, [*letters, *more], list(kills))


def judged(told: Book, *requests: Request, messages: dict[str, tuple[int, str]] = MESSAGES) -> Judgement:
    return judge(told, Record(list(requests or [REQUEST]), messages))


def test_a_campaign_without_a_fault_is_clean() -> None:
    older = replace(letter(FILING), subject="[#7] Заявка принята: Старая", text="Заявка «Старая»")
    found = judged(book(older, replace(older, subject="Договор заканчивается")))
    assert found.is_clean
    assert str(found) == (
        "obligations=3 lost=0 distinct_dup=0 smtp_repeats=0 acked_missing=0 orphans=0 unanswered=0 max_delay=1s"
    )


@pytest.mark.parametrize("kind", list(LETTERS))
def test_an_acknowledged_act_without_its_letter_is_lost(kind: str) -> None:
    found = judged(book(without=kind))
    assert found.lost == [f"{kind} {FILING.topic}"]
    assert not found.is_clean


def test_an_answer_whose_letter_says_something_else_is_lost() -> None:
    found = judged(book(replace(letter(ANSWER), text="Ответ без слов"), without="answer"))
    assert found.lost == [f"answer {FILING.topic}"]


@pytest.mark.parametrize(
    "request_held",
    [
        replace(REQUEST, number=42),
        replace(REQUEST, text="Терминал"),
        replace(REQUEST, digests=[]),
        replace(REQUEST, digests=["другой файл"]),
        replace(REQUEST, key="key-9"),
    ],
)
def test_a_filing_that_is_not_held_as_it_was_told_is_missing(request_held: Request) -> None:
    found = judged(book(), request_held)
    assert f"filing {FILING.topic}" in found.acked_missing
    assert not found.is_clean


def test_what_was_said_and_done_on_a_request_is_missing_where_it_is_not_held() -> None:
    found = judged(book(), replace(REQUEST, is_taken=False), messages={"key-3": (NUMBER, "Перезагрузите")})
    assert found.acked_missing == [f"{act.kind} {act.topic}" for act in (TAKE, ANSWER, REPLY)]


def test_two_letters_of_one_obligation_are_two_though_they_say_the_same() -> None:
    found = judged(book(letter(FILING, message_id="<other@desk>")))
    assert found.distinct_dup == [f"filing {FILING.topic}"]
    assert found.repeats == []
    assert not found.is_clean


@pytest.mark.parametrize(
    ("kills", "is_explained"),
    [
        ([], False),
        ([Kill(AT + 1.2, "worker-1", 1)], True),
        ([Kill(AT + 1.2, "clock-1", 1)], True),
        ([Kill(AT + 1.2, "web", 1)], False),
        ([Kill(AT + 1.2, "postgres", 1)], False),
        ([Kill(AT + 1 + WINDOW + 0.1, "worker-1", 1)], False),
        ([Kill(AT + 0.5, "worker-1", 1)], False),
        ([Kill(AT + 0.9, "postgres", 1), Kill(AT + 4, "worker-1 horse", 1)], True),
        ([Kill(AT + 0.9, "postgres with backends", 1), Kill(AT + 4, "worker-1", 1)], True),
        ([Kill(AT + 0.9, "postgres", 1), Kill(AT + 1 + MARK_WAITS, "worker-1", 1)], False),
        ([Kill(AT + 61.5, "worker-1", 1)], False),
    ],
)
def test_a_repeat_is_explained_by_the_end_of_its_sender_before_the_mark_alone(
    kills: list[Kill], is_explained: bool
) -> None:
    found = judged(book(letter(FILING, after=61), kills=tuple(kills)))
    assert found.repeats == ["<filing@desk>"]
    assert (found.unexplained == []) == is_explained == found.is_clean
    assert ("smtp_repeats=1(window)" in str(found)) == is_explained


def test_four_repeats_are_too_many_however_well_they_are_explained() -> None:
    repeats = [letter(FILING, after=after) for after in (61, 121, 181, 241)]
    kills = tuple(Kill(AT + after, "worker-1", 1) for after in (1.1, 61.1, 121.1, 181.1))
    assert judged(book(*repeats[:3], kills=kills)).is_clean
    found = judged(book(*repeats, kills=kills))
    assert found.unexplained == []
    assert not found.is_clean


@pytest.mark.parametrize(
    "stranger",
    [
        letter(replace(FILING, topic="Ничья")),
        letter(FILING, number=42),
        letter(FILING, number=7),
        replace(letter(FILING), subject="[#42] Заявка принята: Ничья", text="Заявка «Ничья»"),
        replace(letter(FILING), recipients=["clara@other.example"]),
        replace(letter(FILING), subject=f"[#{NUMBER}] Закрыта: {FILING.topic}"),
        replace(letter(FILING), subject="Без номера"),
    ],
)
def test_a_letter_that_nobody_meant_is_an_orphan(stranger: Letter) -> None:
    found = judged(book(stranger))
    assert len(found.orphans) == 1
    assert not found.is_clean


def test_requests_and_messages_that_nobody_meant_are_orphans() -> None:
    stranger = Request(42, "key-8", "Ничья", "", [], is_taken=False)
    twin = replace(REQUEST, number=43)
    assert judged(book(), REQUEST, stranger).orphans == ["request 42 Ничья"]
    assert len(judged(book(), REQUEST, twin).orphans) == 2
    assert judged(book(), messages={**MESSAGES, "key-9": (NUMBER, "Кто это?")}).orphans == ["message key-9"]


def test_an_act_that_was_never_acknowledged_may_be_done_but_is_told() -> None:
    told = book()
    del told.acknowledged["key-1"]
    found = judged(told)
    assert found.unanswered == [f"filing {FILING.topic}"]
    assert found.lost == found.orphans == found.acked_missing == []
    assert not found.is_clean


def test_the_longest_delay_is_from_the_acknowledgement_to_the_first_letter() -> None:
    told = book(letter(FILING, after=31), letter(FILING, after=91), without="filing")
    assert judged(told).max_delay == 31


def test_the_ledger_reads_back_what_was_written(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    ledger.begin(after=40)
    for act in ACTS:
        ledger.intend(act)
    assert ledger.in_flight() == 4
    ledger.keep(letter(FILING))  # a letter may be quicker than the answer
    for act in ACTS:
        ledger.acknowledge(act, NUMBER)
    assert ledger.in_flight() == 2
    ledger.keep(letter(TAKE))
    ledger.keep(letter(ANSWER))
    ledger.kill(Kill(AT, "web", 2))
    assert ledger.in_flight() == 0
    found = Book.read(ledger.path)
    assert (found.begins_after, found.kills) == (40, [Kill(AT, "web", 2)])
    assert found.letters == [letter(FILING), letter(TAKE), letter(ANSWER)]
    assert list(found.intents.values()) == list(ACTS)
    assert list(found.begun) == [act.key for act in ACTS]
    assert {number for number, at in found.acknowledged.values() if at <= time.monotonic()} == {NUMBER}
    assert all(json.loads(line) for line in ledger.path.read_text().splitlines())


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name.replace(" ", "-"))
def test_each_defect_of_the_controls_can_still_be_planted(defect: Defect, tmp_path: Path) -> None:
    project = defect.planted(tmp_path / "project")
    for edit in defect.edits:
        compile((project / edit.path).read_text(), edit.path, "exec")
