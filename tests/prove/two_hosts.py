"""The desk on two hosts in production's shape: web, clock, PostgreSQL and Valkey on one, a worker and the mail server
on another. PostgreSQL and Valkey listen on the network and ask for passwords; the desk's role is no superuser."""

from __future__ import annotations

import os
import re
import secrets
import socket
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import redis
from aiosmtpd.smtp import SMTP, Envelope, Session
from psycopg2.errors import LockNotAvailable

from helpdesk.demo.people import PASSWORD
from helpdesk.local.postgres import DATABASE, PORT, PostgreSQL
from helpdesk.local.stop import Stop
from helpdesk.local.valkey import Valkey
from helpdesk.local_services import LocalServices
from tests.desk import wait_until
from tests.mail_server import MailServer
from tests.prove.namespaces import Network
from tests.stand import WORKER, Stand
from tests.visitor import File, NoAnswer, Visitor
from tickets.recalculation import SWEEP_AFTER

ROLE = "desk"
VALKEY_PORT = 6379
# A host that vanished in the middle of a transaction holds its locks until the server notices: 60 s, not two hours.
ROLE_SETTINGS = {
    "tcp_keepalives_idle": "30s",
    "tcp_keepalives_interval": "10s",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "60s",
}
_HBA = f"""\
local all         app                     trust
host  {DATABASE}  {ROLE}  198.18.0.0/23   scram-sha-256
"""


class NetworkPostgreSQL(PostgreSQL):
    """Lets the desk's role in over the network, by password; the private socket stays for the proof's own eye."""

    def _launch(self, argv: list[str], *told: Any, **options: Any) -> str | None:
        access = self.folder.with_name("pg_hba.conf")
        access.write_text(_HBA)
        access.chmod(0o644)
        return super()._launch(
            [*argv, "-c", f"listen_addresses={Network.ONE}", "-c", f"hba_file={access}"], *told, **options
        )


class NetworkValkey(Valkey):
    """Listens on the network and asks for a password."""

    password = ""

    def _launch(self, argv: list[str], *told: Any, **options: Any) -> str | None:
        network = ["--bind", Network.ONE_MORE, "--port", str(VALKEY_PORT), "--requirepass", self.password]
        return super()._launch([*argv, *network], *told, **options)

    def _answers(self) -> bool:
        with suppress(redis.RedisError), closing(redis.Redis.from_url(f"unix://:{self.password}@{self.socket}")) as own:
            return bool(own.ping())
        return False


class NetworkServices(LocalServices):
    """Both servers of host one, and the addresses that the desk has for them."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        place = (self.postgres.account, self.data / "postgres", self.sockets, self.postgres.log, Stop())
        self.postgres = NetworkPostgreSQL(*place)
        self.valkey = NetworkValkey(place[0], self.data / "valkey", self.sockets, self.valkey.log, Stop())
        self.valkey.password = self.password = secrets.token_hex(16)

    @property
    def redis_url(self) -> str:
        return f"unix://:{self.password}@{self.sockets}/valkey.sock?db=0"

    @property
    def addresses(self) -> dict[str, str]:
        """As the desk's settings name them on either host."""
        return {
            "DATABASE_URL": f"postgresql://{ROLE}:{self.password}@{Network.ONE}:{PORT}/{DATABASE}",
            "REDIS_URL": f"redis://:{self.password}@{Network.ONE_MORE}:{VALKEY_PORT}/0",
        }

    def up(self) -> None:
        super().up()
        with closing(psycopg2.connect(self.database_url)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD %s", [self.password])
            cursor.execute(f"ALTER DATABASE {DATABASE} OWNER TO {ROLE}")
            for name, value in ROLE_SETTINGS.items():
                cursor.execute(f"ALTER ROLE {ROLE} SET {name} = %s", [value])


class Sink(MailServer):
    """The mail server, on host two's loopback: from nowhere else can a letter reach it."""

    def __init__(self) -> None:
        super().__init__()
        self.moments: list[float] = []  # of `letters`, by this machine's clock

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        answer = await super().handle_DATA(server, session, envelope)
        self.moments.append(time.time())
        return answer

    def copies(self) -> dict[int, dict[str, list[float]]]:
        """By the request's number in the subject: the moments when each Message-ID was accepted. Letters about none,
        as of a contract that ends, are left out."""
        found: dict[int, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        for letter, moment in list(zip(self.letters, self.moments, strict=False)):
            if number := re.match(r"\[#(\d+)\]", letter.message["Subject"]):
                found[int(number[1])][letter.message["Message-ID"]].append(moment)
        return found


@dataclass(frozen=True)
class Judgement:
    filed: int
    """Requests that a visitor holds an acknowledgement of."""
    lost: list[int]
    """Those without a letter."""
    two_ids: list[int]
    """Those whose letters bear more than one Message-ID."""
    repeats: list[list[float]]
    """Of every letter that came more than once: when."""

    def __str__(self) -> str:
        return f"filed={self.filed} lost={len(self.lost)} two_ids={len(self.two_ids)} repeats={len(self.repeats)}"


@dataclass
class Hosts:
    network: Network
    sink: Sink
    one: Stand
    two: Stand
    filed: dict[int, float] = field(default_factory=dict)
    """The requests that visitors hold an acknowledgement of, and when they sent the form."""

    @contextmanager
    def load(self, *, every: float, most: int = 500) -> Iterator[None]:
        """Two signed-in visitors on host one file requests, one in `every` seconds each, while the block runs."""
        enough = threading.Event()
        failures: list[BaseException] = []
        people = [threading.Thread(target=self._file, args=(name, every, most, enough, failures)) for name in _PEOPLE]
        for person in people:
            person.start()
        try:
            yield
        finally:
            enough.set()
            for person in people:
                person.join(60)
        assert not failures, failures

    def _file(self, email: str, every: float, most: int, enough: threading.Event, failures: list[Any]) -> None:
        try:
            visitor = Visitor(self.one.address).sign_in(email, PASSWORD)
            for turn in range(most):
                began = time.time()
                # every tenth has a file: it lies on host one only
                files = [File("protocol.txt", b"0" * 2000)] if turn % 10 == 0 else []
                self.filed[visitor.file_request(f"Два узла, {turn}", files=files)] = began
                if enough.wait(every):
                    return
        except (NoAnswer, AssertionError) as error:
            failures.append(error)

    def cut_with_a_letter_in_hand(self, *addresses: str) -> float:
        """Lose packets from the moment when the mail server has the next letter's text and has not yet answered: its
        250 arrives, the mark does not. When that was."""
        happened: list[float] = []

        def cut() -> None:
            self.network.cut(*addresses)
            happened.append(time.time())

        self.sink.before_accepting = cut
        wait_until(lambda: bool(happened), 60, self.output)
        return happened[0]

    def heal(self) -> float:
        """Wait until a letter leaves again; how many seconds after the healing that was."""
        self.network.heal()
        healed = time.time()
        wait_until(lambda: self.sink.moments[-1] > healed, 300, self.output)
        return next(moment for moment in self.sink.moments if moment > healed) - healed

    def wait_for_the_rest(self) -> None:
        """Until the database owes no letter and no deadline any more."""
        owed = (
            "select 1 from notifications_outgoingemail where state != 'sent'"
            " union select 1 from tickets_ticket where settled_at is null"
        )
        wait_until(lambda: not self.one.query(owed), 90, self.output)

    def lock_ticket(self) -> psycopg2.extensions.connection:
        """A connection of host two, open in the middle of a transaction that holds the first request's row."""
        with self.network.two.inside():
            connection = psycopg2.connect(self.two.environment["DATABASE_URL"])
        with closing(connection.cursor()) as cursor:
            cursor.execute(_LOCK, [min(self.filed)])
        return connection

    def ticket_is_locked(self) -> bool:
        try:
            return not self.one.query(f"{_LOCK} nowait", min(self.filed))
        except LockNotAvailable:
            return True

    def judged(self, repeats: int = 0) -> Judgement:
        """What the mail server holds against what the visitors hold. `repeats` were told before."""
        copies = self.sink.copies()
        several = [moments for ids in copies.values() for moments in ids.values() if len(moments) > 1]
        return Judgement(
            filed=len(self.filed),
            lost=[number for number in self.filed if number not in copies],
            two_ids=[number for number, ids in copies.items() if len(ids) > 1],
            repeats=sorted(several)[repeats:],
        )

    def waits(self) -> list[float]:
        """Seconds from sending a form to its letter in the mail server, in order."""
        copies = self.sink.copies()
        return sorted(min(copies[number].values())[0] - began for number, began in self.filed.items())

    def settled_by_worker(self) -> int:
        """Requests whose deadline was settled before the clock of host one would have taken them up."""
        rows = self.one.query(
            "select settled_at - registered_at from tickets_ticket where number = any(%s)", list(self.filed)
        )
        return sum(1 for (after,) in rows if after is not None and after < SWEEP_AFTER)

    def output(self) -> str:
        return self.one.output() + self.two.output()


_LOCK = "select 1 from tickets_ticket where number = %s for update"
_PEOPLE = ("anna@reis.example", "boris@reis.example")


@contextmanager
def two_hosts(folder: Path) -> Iterator[Hosts]:
    """Both hosts up, with nothing owed; the calling thread stays on host one. Raises NoNamespaces."""
    with Network() as network:
        with network.two.inside():
            sink = Sink()
        with sink, network.one.inside():
            one = Stand(folder, mail_port=sink.port, workers=0)
            one.services = services = NetworkServices(folder)
            one.environment |= services.addresses
            with one:
                two = Stand(folder / "two", mail_port=sink.port)
                two.services = services
                two.environment |= {**services.addresses, "PORT": str(one.port), "SITE_URL": one.address}
                two.folder.mkdir()
                with network.two.inside():  # whatever this thread starts stays there, and what that starts too
                    worker = two.keep("worker-1", WORKER)
                wait_until(lambda: two.is_back("worker-1"), 30, two.output)
                try:
                    yield Hosts(network, sink, one, two)
                finally:
                    network.heal()
                    worker.end()


def vanish(connection: psycopg2.extensions.connection) -> None:
    """As when its host loses power: no word to the other side that could be sent again once the network is whole."""
    with socket.socket(fileno=os.dup(connection.fileno())) as wire:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, sent once
        connection.close()
