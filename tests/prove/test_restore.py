"""A whole desk is backed up while it works, and comes back elsewhere: on another server, under another role, whole.

The judge is not the desk: tables are compared by PostgreSQL's own digests, files with what the clients have sent.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from helpdesk.backup.manifest import Manifest
from helpdesk.demo.people import PASSWORD
from helpdesk.local.environment import PROJECT, host_of
from helpdesk.local.postgres import PORT
from helpdesk.local_services import LocalServices
from sealing.keyring import KeyRing, generate_key
from tests.desk import free_port, wait_until
from tests.mail_server import MailServer
from tests.prove.conftest import Verdict
from tests.scratch_services import SETTINGS, new_folder
from tests.stand import WEB, Stand
from tests.visitor import File, NoAnswer, Visitor

pytestmark = pytest.mark.prove

FILINGS = 300
SEED = 20261125
KILLS = 8
"""Of the backup, and as many of the restore."""
ROLE_PASSWORD = "другой пароль"


@dataclass
class Elsewhere:
    """A second machine: a PostgreSQL of its own, a role that owns one database and nothing else."""

    folder: Path
    services: LocalServices
    environment: dict[str, str]
    database: str = ""

    def make_database(self, name: str) -> None:
        """An empty database, the one that commands lead to from now on, and an empty folder for files."""
        with closing(self._connect("app", "postgres")) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f"CREATE DATABASE {name} OWNER desk_owner")
        self.database = name
        host = host_of(self.services.sockets)
        self.environment["DATABASE_URL"] = f"postgresql://desk_owner:other@{host}:{PORT}/{name}"
        self.environment["MEDIA_ROOT"] = str(self.folder / f"media-{name}")

    @property
    def media(self) -> Path:
        return Path(self.environment["MEDIA_ROOT"])

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return _query(self._connect("desk_owner", self.database), sql)

    def _connect(self, role: str, database: str) -> Any:
        return psycopg2.connect(host=str(self.services.sockets), port=PORT, user=role, dbname=database)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def manage(self, *arguments: str) -> str:
        ran = self.run(*arguments)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout


def _query(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    with closing(connection):
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())


@pytest.fixture(scope="module")
def working() -> Iterator[Stand]:
    with new_folder("working") as folder, MailServer() as mail, Stand(folder, mail_port=mail.port) as stand:
        yield stand


@pytest.fixture(scope="module")
def elsewhere(working: Stand) -> Iterator[Elsewhere]:
    with new_folder("elsewhere") as folder:
        services = LocalServices(folder)
        services.claim()
        services.start(services.valkey)
        services.start(services.postgres)
        own = {
            "REDIS_URL": services.redis_url,
            "STATIC_ROOT": working.environment["STATIC_ROOT"],
            "SITE_URL": "http://localhost:8000",
        }
        second = Elsewhere(folder, services, working.environment | own)
        with closing(second._connect("app", "postgres")) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("CREATE ROLE desk_owner LOGIN PASSWORD 'other' NOSUPERUSER NOCREATEDB NOCREATEROLE")
        yield second
        services.down()


class Filing:
    """Requests with files, filed by two people until they are told to stop; every acknowledged one is kept."""

    def __init__(self, address: str) -> None:
        self.acknowledged: dict[int, tuple[str, bytes]] = {}
        self.seconds: list[float] = []
        self.troubles: list[BaseException] = []
        self._address = address
        self._is_over = threading.Event()

    def file(self, visitor: Visitor, subject: str, chance: random.Random) -> None:
        content = chance.randbytes(chance.choice([500, 20_000, 400_000]))
        begun = time.monotonic()
        number = visitor.file_request(subject, files=[File("журнал.bin", content)])
        self.seconds.append(time.monotonic() - begun)
        self.acknowledged[number] = (subject, content)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._go_on, args=(name,)) for name in ("anna", "boris")]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            for thread in threads:
                thread.join(60)

    def _go_on(self, name: str) -> None:
        chance = random.Random(name)
        try:
            visitor = Visitor(self._address).sign_in(f"{name}@reis.example", PASSWORD)
            turn = 0
            while not self._is_over.is_set():
                turn += 1
                self.file(visitor, f"Во время копии {name} {turn}", chance)
                time.sleep(0.05)
        except (NoAnswer, AssertionError) as trouble:
            self.troubles.append(trouble)


@pytest.fixture(scope="module")
def filed(working: Stand) -> Filing:
    """A few hundred requests before the first backup; some with access data."""
    filing, chance = Filing(working.address), random.Random(SEED)
    visitor = Visitor(working.address, keeps_connection=True).sign_in("anna@reis.example", PASSWORD)
    for number in range(1, FILINGS + 1):
        filing.file(visitor, f"До копии {number}", chance)
    visitor.close()
    return filing


@dataclass(frozen=True)
class Copies:
    """Two backups: one taken in the middle of the work, one of a desk that stood still."""

    busy: Path
    quiet: Path
    keys: Path
    before: set[int]
    """Requests that were acknowledged before the busy one began."""
    backup_seconds: float
    longest_filing: float


@pytest.fixture(scope="module")
def copies(working: Stand, filed: Filing) -> Copies:
    folder, keys = working.folder / "backups", working.folder / "keys"
    with filed.going_on():
        time.sleep(2)
        before, filed.seconds = set(filed.acknowledged), []
        begun = time.monotonic()
        working.manage("backup", str(folder), "--keys", str(keys))
        seconds = time.monotonic() - begun
    assert filed.troubles == []
    for name in [name for name in working.parts if name not in ("postgres", "valkey")]:
        working.parts.pop(name).end()
    working.manage("backup", str(folder), "--keys", str(keys))
    busy, quiet = sorted(folder.iterdir())
    return Copies(busy, quiet, keys, before, seconds, max(filed.seconds))


def _digests(query: Any) -> dict[str, tuple[int, str]]:
    """Rows and a digest of every table, by PostgreSQL itself."""
    tables = query("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    digest = "SELECT count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM"
    return {table: query(f"{digest} {table} t")[0] for (table,) in tables}


def _size(folder: Path) -> float:
    """Megabytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


@pytest.fixture(scope="module")
def restored(elsewhere: Elsewhere, copies: Copies) -> tuple[Elsewhere, float]:
    """The quiet backup in another database; the seconds that restore and verification took."""
    elsewhere.make_database("quiet")
    begun = time.monotonic()
    elsewhere.manage("restore", str(copies.quiet), "--keys", str(copies.keys / copies.quiet.name), "--verify")
    return elsewhere, time.monotonic() - begun


def test_a_desk_comes_back_whole_under_another_role(
    working: Stand, filed: Filing, copies: Copies, restored: tuple[Elsewhere, float], verdict: Verdict
) -> None:
    elsewhere, seconds = restored
    manifest = Manifest.read(copies.quiet)
    was, now = _digests(working.query), _digests(elsewhere.query)
    different = [name for name in was.keys() | now.keys() if was.get(name) != now.get(name)]
    files = elsewhere.query(
        "SELECT number, subject, path, sha256 FROM tickets_ticket t JOIN tickets_attachment a ON a.ticket_id = t.id"
    )
    wrong = [
        path for _, _, path, digest in files if sha256((elsewhere.media / path).read_bytes()).hexdigest() != digest
    ]
    told = {number: (subject, (elsewhere.media / path).read_bytes()) for number, subject, path, _ in files}
    lost = [number for number, filing in filed.acknowledged.items() if told.get(number) != filing]
    verdict(
        "restore",
        f"rows={manifest.rows} tables={len(was)} letters={manifest.letters} files={len(files)}"
        f" media={manifest.attachment_bytes / 1e6:.1f}MB dump={manifest.dump_bytes / 1e6:.1f}MB"
        f" backup_beside_filings={copies.backup_seconds:.1f}s longest_filing_meanwhile={copies.longest_filing:.2f}s"
        f" restore_and_verify={seconds:.1f}s different_tables={len(different)} wrong_files={len(wrong)}"
        f" lost={len(lost)}",
    )
    assert different == wrong == lost == []
    assert manifest.attachments == len(files) >= FILINGS
    assert elsewhere.query("SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [(False,)]
    assert {owner for (owner,) in elsewhere.query("SELECT tableowner FROM pg_tables WHERE schemaname = 'public'")} == {
        "desk_owner"
    }


def test_a_backup_of_a_working_desk_holds_every_request_that_was_acknowledged_before_it(
    working: Stand, filed: Filing, copies: Copies, elsewhere: Elsewhere
) -> None:
    elsewhere.make_database("busy")
    elsewhere.manage("migrate", "--verbosity", "0")  # an empty desk may be migrated already
    assert "Verified" in elsewhere.manage("restore", str(copies.busy), "--verify")
    files = elsewhere.query(
        "SELECT number, subject, path FROM tickets_ticket t JOIN tickets_attachment a ON a.ticket_id = t.id"
    )
    told = {number: (subject, (elsewhere.media / path).read_bytes()) for number, subject, path in files}
    assert copies.before <= told.keys() & filed.acknowledged.keys()
    for number in told.keys() & filed.acknowledged.keys():
        assert told[number] == filed.acknowledged[number]
    during = filed.acknowledged.keys() - copies.before
    assert len(during) > 5, "nobody filed while the backup was taken"
    _serves_pages_and_opens_what_is_sealed(elsewhere, *next(iter(filed.acknowledged.items())))
    newest = max(number for number, _, _ in files)
    assert elsewhere.query("SELECT max(number) FROM tickets_ticket")[0][0] > newest


def _serves_pages_and_opens_what_is_sealed(elsewhere: Elsewhere, number: int, filing: tuple[str, bytes]) -> None:
    """The restored desk works: sign-in, a request's page, its file, a new request, a sealed value."""
    port = free_port()
    address = f"http://localhost:{port}"
    environment = elsewhere.environment | {"PORT": str(port), "SITE_URL": address}
    log = (elsewhere.folder / "web.log").open("wb")
    web = subprocess.Popen([sys.executable, *WEB], cwd=PROJECT, env=environment, stdout=log, stderr=log)
    try:
        visitor = Visitor(address)

        def is_ready() -> bool:
            with suppress(NoAnswer):
                return visitor.get("/health/ready").status == 200
            return False

        wait_until(is_ready, 60)
        visitor.sign_in("anna@reis.example", PASSWORD)
        subject, content = filing
        page = visitor.get(f"/cabinet/tickets/{number}/")
        assert subject in page.text
        attachment = "SELECT a.id FROM tickets_attachment a JOIN tickets_ticket t ON t.id = a.ticket_id"
        ((pk,),) = elsewhere.query(f"{attachment} WHERE number = {number}")
        assert visitor.get(f"/files/{pk}/").body == content
        assert visitor.file_request("После восстановления") > number
    finally:
        web.terminate()
        web.wait(40)
        log.close()
    ring = KeyRing.parse(SETTINGS["VAULT_KEYS"])
    sealed = elsewhere.query("SELECT id, password_sealed FROM vault_credential WHERE password_sealed <> ''")
    assert sealed
    assert all(ring.open_text(token, f"vault.credential:{pk}:password") for pk, token in sealed)


def test_every_single_change_is_found_and_named(
    copies: Copies, restored: tuple[Elsewhere, float], verdict: Verdict
) -> None:
    elsewhere, _ = restored
    elsewhere.environment["DATABASE_URL"] = elsewhere.environment["DATABASE_URL"].rpartition("/")[0] + "/quiet"
    elsewhere.environment["MEDIA_ROOT"] = str(elsewhere.folder / "media-quiet")
    elsewhere.database = "quiet"
    ((path, message_id, ticket),) = elsewhere.query(
        "SELECT (SELECT max(path) FROM tickets_attachment), (SELECT max(message_id) FROM notifications_outgoingemail),"
        " (SELECT max(id) FROM tickets_ticket)"
    )

    def complaint(**environment: str) -> str:
        ran = elsewhere.run("restore", str(copies.quiet), "--only-verify", **environment)
        assert "Traceback" not in ran.stderr
        assert (ran.returncode == 0) == (ran.stderr == "")
        return ran.stderr

    def change(table: str, assignment: str, condition: str) -> None:
        elsewhere.query(f"UPDATE {table} SET {assignment} WHERE {condition} RETURNING 1")  # noqa: S608

    stored = elsewhere.media / path
    content = stored.read_bytes()
    caught = []
    assert complaint() == ""
    stored.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    caught.append(f"The file {stored} has the digest" in complaint())
    stored.write_bytes(content)
    change("notifications_outgoingemail", "subject = subject || '.'", f"message_id = '{message_id}'")
    caught.append(f"The letter {message_id} is not as it was" in complaint())
    change("notifications_outgoingemail", "subject = left(subject, -1)", f"message_id = '{message_id}'")
    change("tickets_ticket", "description = description || '.'", f"id = {ticket}")
    caught.append("The table tickets_ticket differs in one of its rows" in complaint())
    change("tickets_ticket", "description = left(description, -1)", f"id = {ticket}")
    caught.append("key 'test' is not the key it was sealed with" in complaint(VAULT_KEYS=generate_key("test")))
    is_clean_again = complaint() == ""
    verdict("restore", f"changed file, letter, row, key: caught={sum(caught)} of {len(caught)}")
    assert caught == [True] * 4
    assert is_clean_again


def test_a_backup_that_was_killed_leaves_nothing_that_looks_like_one(
    working: Stand, copies: Copies, verdict: Verdict
) -> None:
    folder, chance = working.folder / "killed-backups", random.Random(SEED)
    begun = time.monotonic()
    working.manage("backup", str(working.folder / "timed-backups"))
    half, seconds = 0, time.monotonic() - begun
    for _ in range(KILLS):
        _kill(working.environment, ["backup", str(folder)], chance.uniform(0.5, 1.0) * seconds)
        for found in folder.iterdir() if folder.exists() else []:
            half += found.name.endswith(".part")
            if not found.name.endswith(".part"):
                Manifest.read(found)
    working.manage("backup", str(folder))
    assert not list(folder.glob("*.part"))
    verdict("restore", f"backups killed={KILLS} half_made={half} left=0")
    assert half > 0, "no kill fell into the work"


def test_a_restore_that_was_killed_is_started_again_until_it_is_whole(
    elsewhere: Elsewhere, copies: Copies, restored: tuple[Elsewhere, float], verdict: Verdict
) -> None:
    chance, half, tries = random.Random(SEED), 0, 0
    for number in range(KILLS):
        elsewhere.make_database(f"killed_{number}")
        _kill(elsewhere.environment, ["restore", str(copies.quiet)], chance.uniform(0.3, 0.9) * restored[1])
        half += (elsewhere.media / ".restoring").exists()

        def is_whole() -> bool:
            nonlocal tries
            tries += 1
            ran = elsewhere.run("restore", str(copies.quiet), "--verify")
            assert ran.returncode == 0 or "pg_restore still works" in ran.stderr or "is in use" in ran.stderr, (
                ran.stderr
            )
            return ran.returncode == 0 or "is in use" in ran.stderr

        wait_until(is_whole, 60)
        assert elsewhere.run("restore", str(copies.quiet), "--only-verify").returncode == 0
    verdict("restore", f"restores killed={KILLS} half_made={half} started_again={tries}")
    assert half > 0, "no kill fell into the work"


def _kill(environment: dict[str, str], arguments: list[str], seconds: float) -> None:
    """kill -9 of the command alone: its pg_dump or pg_restore is left to itself."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)
    process.wait()
