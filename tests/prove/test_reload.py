"""A new release rolls out while requests are filed: twenty reloads of the web, new workers and clocks beside the old
ones, a migration in the middle. Nobody is refused, nothing is lost, and old pages still find their files."""

from __future__ import annotations

import random
import re
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from helpdesk.demo.people import PASSWORD
from helpdesk.local.environment import PROJECT
from tests.desk import wait_until
from tests.mail_server import MailServer
from tests.prove.conftest import Verdict
from tests.stand import CLOCK, WORKER, Stand
from tests.visitor import Answer, File, NoAnswer, Visitor

pytestmark = pytest.mark.prove

RELOADS = 20
MIGRATES_AT = 10
"""The reload that brings the new release."""
SEED = 20261124
_NOT_COPIED = shutil.ignore_patterns(".venv", ".data", ".git", ".*_cache", "__pycache__", "staticfiles", "pictures")


@dataclass
class Filing:
    """One request that was acknowledged, or why it was not."""

    subject: str
    content: bytes
    is_slow: bool
    number: int = 0
    seconds: float = 0.0
    trouble: str = ""


@dataclass
class Crowd:
    """People who file one request after another, each in a thread of his own, until they are told to stop."""

    address: str
    filings: list[Filing] = field(default_factory=list)
    troubles: list[BaseException] = field(default_factory=list)
    _is_over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def filing(self) -> Iterator[None]:
        people = [
            (self._file_by_form, "anna", True),
            (self._file_by_form, "anna", False),
            (self._file_by_form, "boris", True),
            (self._file_by_form, "boris", False),
            (self._upload_slowly, "anna", False),
        ]
        threads = [
            threading.Thread(target=self._work, args=(how, name, keeps, number))
            for number, (how, name, keeps) in enumerate(people, start=1)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            for thread in threads:
                thread.join(60)
            assert not any(thread.is_alive() for thread in threads)

    def _work(self, how: Callable[[Visitor, Filing], int], name: str, keeps: bool, number: int) -> None:
        chance = random.Random(SEED + number)
        try:
            visitor = Visitor(self.address, keeps_connection=keeps).sign_in(f"{name}@reis.example", PASSWORD)
            turn = 0
            while not self._is_over.is_set():
                turn += 1
                content = chance.randbytes(chance.choice([900, 30_000, 300_000]))
                filing = Filing(f"Обновление {number}-{turn:04}", content, is_slow=how == self._upload_slowly)
                begun = time.monotonic()
                try:
                    filing.number = how(visitor, filing)
                except NoAnswer as error:
                    filing.trouble = str(error)
                filing.seconds = time.monotonic() - begun
                self.filings.append(filing)
                time.sleep(chance.uniform(0.05, 0.4))
            visitor.close()
        except BaseException as trouble:  # noqa: BLE001 - told to the main thread
            self.troubles.append(trouble)

    def _file_by_form(self, visitor: Visitor, filing: Filing) -> int:
        return visitor.file_request(filing.subject, files=[File("журнал.log", filing.content)])

    def _upload_slowly(self, visitor: Visitor, filing: Filing) -> int:
        """As a phone at the edge of coverage: an upload that begins on the old code and ends after its workers."""
        return _Slow(self.address, cookies=visitor.cookies).file_request(
            filing.subject, files=[File("журнал.log", filing.content)]
        )


class _Slow(Visitor):
    """Sends the body of a form in pieces over four seconds."""

    def _send(self, method: str, path: str, body: bytes, own: Mapping[str, str]) -> Answer:
        def pieces() -> Iterator[bytes]:
            step = len(body) // 20 + 1
            for begin in range(0, len(body), step):
                yield body[begin : begin + step]
                time.sleep(0.2)

        own = {**own, "Content-Length": str(len(body))} if body else own
        return super()._send(method, path, pieces() if body else b"", own)  # type: ignore[arg-type]


class Release:
    """The copied project: the old release, then a new one with a migration, a changed page and a changed style."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(PROJECT, folder, ignore=_NOT_COPIED)

    def become_new(self, stand: Stand) -> str:
        """What an upgrade does before the processes are replaced; the migration's own words."""
        models = self.folder / "tickets" / "models.py"
        text = models.read_text()
        assert text.count(_BEFORE) == 1
        models.write_text(text.replace(_BEFORE, f"{_NEW_FIELD}{_BEFORE}"))
        stand.manage("makemigrations", "tickets", "--name", "expand", "--verbosity", "0")
        for style in (self.folder / "static").rglob("*.css"):
            style.write_text(f"{style.read_text()}\n/* {_SIGN} */\n")
        page = self.folder / "templates" / "cabinet" / "ticket_new.html"
        page.write_text(page.read_text().replace("{% block content %}", f"{{% block content %}}<!-- {_SIGN} -->", 1))
        stand.manage("collectstatic", "--no-input", "--verbosity", "0")
        return _migrate(stand)


_SIGN = "the new release"
_BEFORE = "    status = models.CharField("
_NEW_FIELD = "    site_name = models.CharField(max_length=100, null=True, blank=True)\n"


def _migrate(stand: Stand) -> str:
    """With a limit on the wait for a lock: behind a waiting ALTER TABLE every request would wait too."""
    before = stand.environment.get("PGOPTIONS", "")
    stand.environment["PGOPTIONS"] = "-c lock_timeout=2s"
    try:
        for _ in range(5):
            with suppress(AssertionError):
                return stand.manage("migrate")
        return stand.manage("migrate")
    finally:
        stand.environment["PGOPTIONS"] = before


def _reload(stand: Stand) -> float:
    """HUP, and wait until only new processes are left; the seconds that it took."""
    master = psutil.Process(stand.parts["web"].pid)
    old = {child.pid for child in master.children()}
    begun = time.monotonic()
    master.send_signal(signal.SIGHUP)
    wait_until(lambda: len(now := {c.pid for c in master.children()}) >= 2 and not now & old, 60, stand.output)
    wait_until(stand.answers, 30, stand.output)
    return time.monotonic() - begun


def _replace(stand: Stand, kind: str, command: list[str], number: int) -> None:
    """The new one first, then the old one may finish what it does."""
    (old,) = (name for name in stand.parts if name.startswith(kind))
    new = f"{kind}-{number}"
    stand.keep(new, command)
    wait_until(lambda: stand.is_back(new), 60, stand.output)
    stand.parts.pop(old).end(seconds=60)


def _static_files(visitor: Visitor) -> set[str]:
    return set(re.findall(r'(?:href|src)="(/static/[^"]+)"', visitor.get("/cabinet/tickets/new/").text))


@pytest.mark.clause("3.2.1")
@pytest.mark.clause("card.1")
def test_a_release_rolls_out_and_no_filing_is_refused_or_lost(scratch_folder: Path, verdict: Verdict) -> None:
    release = Release(scratch_folder.with_name(f"{scratch_folder.name}-project"))
    with MailServer() as mail, Stand(scratch_folder, mail_port=mail.port, project=release.folder) as stand:
        crowd = Crowd(stand.address)
        reader = Visitor(stand.address).sign_in("anna@reis.example", PASSWORD)
        old_files, seconds = _static_files(reader), []
        with crowd.filing():
            for number in range(1, RELOADS + 1):
                if number == MIGRATES_AT:
                    assert re.search(r"tickets\.\d{4}_expand\.\.\. OK", release.become_new(stand))
                seconds.append(_reload(stand))
                if number % 4 == 0:
                    _replace(stand, "worker", WORKER, number)
                if number % 5 == 0:
                    _replace(stand, "clock", CLOCK, number)
                time.sleep(0.3)
        new_page = reader.get("/cabinet/tickets/new/").text
        new_files = _static_files(reader)
        served = {path: reader.get(path).status for path in old_files | new_files}
        found = _judge(stand, mail, crowd)
        longest = max(filing.seconds for filing in crowd.filings if not filing.is_slow)
        verdict(
            "reload",
            f"seed={SEED} reloads={len(seconds)} migrations=1 filings={len(crowd.filings)} refused={len(found.refused)}"
            f" lost={len(found.lost)} without_letter={len(found.unanswered)} repeated={found.repeats}"
            f" longest_filing={longest:.2f}s longest_reload={max(seconds):.1f}s",
        )
        assert crowd.troubles == []
        assert len(crowd.filings) > 100, "too few filed for the proof to mean anything"
        assert any(filing.number for filing in crowd.filings if filing.is_slow), "no slow upload outlived a reload"
        assert found.refused == []
        assert found.lost == []
        assert found.unanswered == []
        assert found.repeats == 0
        assert _SIGN in new_page
        assert old_files != new_files
        assert set(served.values()) == {200}
        assert stand.query("select count(*) from information_schema.columns where column_name = 'site_name'") == [(1,)]


@dataclass(frozen=True)
class Found:
    refused: list[str]
    lost: list[str]
    unanswered: list[str]
    repeats: int


def _judge(stand: Stand, mail: MailServer, crowd: Crowd) -> Found:
    """What became of every filing: the database, the disk and the mail server are asked, not the desk."""
    taken = [filing for filing in crowd.filings if filing.number]
    media = Path(stand.environment["MEDIA_ROOT"])
    stored = {
        number: (subject, media / path)
        for number, subject, path in stand.query(
            "select number, subject, path from tickets_ticket t join tickets_attachment a on a.ticket_id = t.id"
        )
    }
    lost = []
    for filing in taken:
        subject, path = stored.get(filing.number, ("", media))
        if subject != filing.subject or not path.is_file() or path.read_bytes() != filing.content:
            lost.append(filing.subject)

    def confirmations() -> dict[int, list[str]]:
        ids: dict[int, list[str]] = {}
        for letter in list(mail.letters):
            told = re.match(r"\[#(\d+)\] Заявка принята: Обновление", letter.message["Subject"])
            if told:
                ids.setdefault(int(told.group(1)), []).append(letter.message["Message-ID"])
        return ids

    with suppress(AssertionError):
        wait_until(lambda: confirmations().keys() >= {filing.number for filing in taken}, 90)
    sent = confirmations()
    return Found(
        refused=[f"{filing.subject}: {filing.trouble}" for filing in crowd.filings if not filing.number],
        lost=lost,
        unanswered=[filing.subject for filing in taken if len(set(sent.get(filing.number, []))) != 1],
        repeats=sum(len(ids) - len(set(ids)) for ids in sent.values()),
    )
