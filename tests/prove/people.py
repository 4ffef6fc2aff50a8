"""Customers and engineers who work at the desk while it is killed under them: each act goes into the ledger before and
after, and whoever gets no answer sends the very same form again."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from helpdesk.demo.people import PASSWORD
from tests.prove.ledger import CONTACT, TOPIC, Act, Ledger
from tests.visitor import Answer, File, NoAnswer, Visitor

PATIENCE = 60.0
"""Seconds that an act is sent again and again."""
AGAIN_AFTER = 0.15
PAIRS = [("anna", "elena"), ("boris", "sergey"), ("anna", "sergey"), ("boris", "elena")]
"""A customer and the engineer who works on his requests; each pair acts one after the other."""

Story = list[Act]


def stories(chance: random.Random, letters: int) -> list[Story]:
    """What happens to the requests, in order, so that `letters` are owed (rounded up to six): of three requests all are
    filed, one is taken and answered, one is answered at once, and in one the customer adds something."""
    told: list[Story] = []
    for number in range(-(-letters // 6) * 3):
        topic = f"{TOPIC} {number + 1:04}"
        kinds = ["filing", *(["take", "answer"], ["answer"], ["reply"])[number % 3]]
        told.append([_act(chance, kind, topic) for kind in kinds])
    return told


def _act(chance: random.Random, kind: str, topic: str) -> Act:
    key = str(uuid.UUID(int=chance.getrandbits(128), version=4))
    lines = chance.choice([0, 30, 3000]) if kind == "filing" else 0
    return Act(kind, topic, key, f"Проверка {key}: терминал не выходит на связь.", lines)


class Pair:
    """One customer and one engineer, signed in."""

    def __init__(self, address: str, customer: str, engineer: str) -> None:
        self.customer = Visitor(address, timeout=10).sign_in(f"{customer}@reis.example", PASSWORD)
        self.engineer = Visitor(address, timeout=10).sign_in(f"{engineer}@desk.example", PASSWORD)

    def do(self, act: Act, number: int) -> int:
        """Send the act's form once; the request's number. Raises NoAnswer where the answer does not acknowledge it."""
        if act.kind == "filing":
            files = [File("журнал.log", act.file)] if act.lines else []
            told = {"description": act.text, "contact_email": CONTACT}
            return self.customer.file_request(act.topic, key=uuid.UUID(act.key), files=files, **told)
        page, form = f"/admin/tickets/ticket/{number}", {"body": act.text, "submission_key": act.key}
        if act.kind == "take":
            return _acknowledged(self.engineer.post(f"{page}/take/", {}), f"{page}/change/", number)
        if act.kind == "answer":
            form = {f"reply-{name}": value for name, value in {**form, "after": "in_progress"}.items()}
            return _acknowledged(self.engineer.post(f"{page}/reply/", form), f"{page}/change/", number)
        page = f"/cabinet/tickets/{number}/"
        return _acknowledged(self.customer.post(f"{page}reply/", form), page, number)


def _acknowledged(answer: Answer, page: str, number: int) -> int:
    assert answer.status not in (403, 404, 409, 422), answer.text
    if answer.status != 302 or answer.location != page:
        raise NoAnswer(f"status {answer.status} {answer.location} instead of an acknowledgement")
    return number


class Crowd:
    """All pairs, each in a thread of its own; an act begins only when `allow` lets it."""

    def __init__(self, address: str, ledger: Ledger, told: Sequence[Story]) -> None:
        self.acts = sum(map(len, told))
        self._begun: list[str] = []
        self.troubles: list[BaseException] = []
        self._ledger = ledger
        self._permits = threading.Semaphore(0)
        self._allowed = 0
        self._is_over = threading.Event()
        pairs = [Pair(address, *names) for names in PAIRS]
        self._threads = [
            threading.Thread(target=self._work, args=(pair, told[turn :: len(pairs)]), daemon=True)
            for turn, pair in enumerate(pairs)
        ]

    @contextmanager
    def at_work(self) -> Iterator[Crowd]:
        """At the end everybody finishes what he has begun. Raises what went wrong among them."""
        for thread in self._threads:
            thread.start()
        try:
            yield self
        finally:
            self._is_over.set()
            for thread in self._threads:
                thread.join(2 * PATIENCE)
        assert self.troubles == []
        assert not any(thread.is_alive() for thread in self._threads)

    def allow(self, acts: int) -> None:
        """So many acts may have begun, counted from the start."""
        new = min(acts, self.acts) - self._allowed
        if new > 0:
            self._allowed += new
            self._permits.release(new)

    def keep_up(self, acts: int, *, but: int) -> None:
        """Allow so many acts, and wait until all `but` a few of them have begun, as long as somebody is patient."""
        self.allow(acts)
        ends = time.monotonic() + PATIENCE
        while len(self._begun) < min(acts, self.acts) - but and time.monotonic() < ends:
            time.sleep(0.02)

    def allow_one_more(self) -> None:
        self.allow(self._allowed + 1)

    def finish(self, seconds: float) -> None:
        """Let everything that is left be done, and wait for it."""
        self.allow(self.acts)
        ends = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, ends - time.monotonic()))

    @contextmanager
    def paced(self, every: float) -> Iterator[None]:
        """One act begins in `every` seconds while the block runs."""
        enough = threading.Event()

        def pace() -> None:
            while not enough.wait(every):
                self.allow_one_more()

        pacing = threading.Thread(target=pace, daemon=True)
        pacing.start()
        try:
            yield
        finally:
            enough.set()
            pacing.join()

    def _work(self, pair: Pair, told: Sequence[Story]) -> None:
        try:
            for story in told:
                number = 0
                for turn, act in enumerate(story, start=1):
                    if not self._may_begin():
                        return
                    self._begun.append(act.key)
                    number = self._patiently(pair.do, act, number)
                    if not number:  # what was to follow has nothing to follow on
                        self._begun.extend(left.key for left in story[turn:])
                        break
        except BaseException as trouble:  # noqa: BLE001 - told to the main thread
            self.troubles.append(trouble)

    def _may_begin(self) -> bool:
        while not self._permits.acquire(timeout=0.2):
            if self._is_over.is_set():
                return False
        return True

    def _patiently(self, do: Callable[[Act, int], int], act: Act, number: int) -> int:
        """The request's number; 0 where nobody acknowledged the act in all the time."""
        self._ledger.intend(act)
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            try:
                number = do(act, number)
            except NoAnswer:
                time.sleep(AGAIN_AFTER)
                continue
            self._ledger.acknowledge(act, number)
            return number
        return 0
