"""The scratch servers of one run: PostgreSQL with a database for each size, Valkey, and gunicorn processes."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Self

import psycopg2

from helpdesk.local.environment import PROJECT
from helpdesk.local_services import LocalServiceError, LocalServices
from tests.desk import free_port, wait_until
from tests.scratch_services import DEFAULTS, SETTINGS

PREFIX = "helpdesk-bench-"
EMPTY = "app"
"""The database with tables and without rows, from which the others are made."""

_WHILE_FILLING = {"wal_level": "minimal", "max_wal_senders": "0", "max_wal_size": "8GB", "fsync": "off"}
_WHILE_MEASURING = {"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.track": "none"}


class BenchError(Exception):
    """The measuring cannot go on. The text is one sentence for whoever started it."""


class Servers:
    """Use as a context manager: whatever happens, everything is ended and removed."""

    def __init__(self) -> None:
        parent = Path(tempfile.gettempdir())
        for old in parent.glob(f"{PREFIX}*"):  # of a run that was killed; a living one holds its lock
            with suppress(LocalServiceError, OSError):
                LocalServices(old / "services").remove()
                shutil.rmtree(old, ignore_errors=True)
        self.folder = parent / f"{PREFIX}{os.getpid()}-{secrets.token_hex(3)}"
        self.folder.mkdir(mode=0o711)
        self.services = LocalServices(self.folder / "services")
        self._children: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        try:
            self.services.up()
            self._set(_WHILE_FILLING)
            self.run("manage.py", "migrate", "--verbosity", "0")
            self.run("manage.py", "createcachetable")
            self.run("manage.py", "collectstatic", "--no-input", "--verbosity", "0")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        for child in self._children:
            self.end(child)
        with suppress(LocalServiceError):
            self.services.remove()
        shutil.rmtree(self.folder, ignore_errors=True)

    def environment(self, database: str = EMPTY, **more: str) -> dict[str, str]:
        """Of a process of the desk on that database."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        for name in [*SETTINGS, *DEFAULTS, "DATABASE_URL", "REDIS_URL", "MEDIA_ROOT", "STATIC_ROOT", "WEB_CONCURRENCY"]:
            kept.pop(name, None)
            kept.pop(f"{name}_FILE", None)
        own = {
            "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
            "DATABASE_URL": self.database_url(database),
            "REDIS_URL": self.services.redis_url,
            "MEDIA_ROOT": str(self.folder / "media"),
            "STATIC_ROOT": str(self.folder / "static"),
        }
        return {**kept, **SETTINGS, **own, **more}

    def database_url(self, name: str = EMPTY) -> str:
        return self.services.database_url.rpartition("/")[0] + f"/{name}"

    def run(self, *arguments: str, database: str = EMPTY, **more: str) -> str:
        """Run a Python program of the project to its end; what it printed. Raises BenchError."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=PROJECT,
            env=self.environment(database, **more),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise BenchError(f"{' '.join(arguments)} failed: {done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout

    def start(self, *arguments: str, database: str, **more: str) -> subprocess.Popen[bytes]:
        """Start a Python program of the project; it is ended with the rest."""
        log = (self.folder / "processes.log").open("ab")
        with log:
            child = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=PROJECT,
                env=self.environment(database, **more),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl+C is ours
            )
        self._children.append(child)
        return child

    def web(self, application: str, database: str, **more: str) -> tuple[subprocess.Popen[bytes], int]:
        """gunicorn as everywhere, on a port of its own, once it listens."""
        port = free_port()
        bind = ["--bind", f"127.0.0.1:{port}"]
        settings = ["--config", "python:helpdesk.gunicorn"]
        more = {"PORT": str(port), "SITE_URL": f"http://localhost:{port}", **more}
        child = self.start("-m", "gunicorn", application, *settings, *bind, database=database, **more)
        wait_until(lambda: _listens(port) or child.poll() is not None, 60, self.log)
        if child.poll() is not None:
            raise BenchError(f"gunicorn ended: {self.log()}")
        return child, port

    def log(self) -> str:
        """The end of what the processes said."""
        with suppress(OSError):
            return (self.folder / "processes.log").read_text(errors="replace")[-3000:]
        return ""

    @staticmethod
    def end(child: subprocess.Popen[bytes]) -> None:
        for number, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 5)):
            if child.poll() is None:
                child.send_signal(number)
                with suppress(subprocess.TimeoutExpired):
                    child.wait(seconds)

    def make_database(self, name: str) -> None:
        self.ask(f"CREATE DATABASE {name} TEMPLATE {EMPTY}", database="postgres")

    def ready_to_measure(self) -> None:
        """From the settings of filling to those of every desk, with statements counted on demand; all is on disk."""
        for name in _WHILE_FILLING:
            self.ask(f"ALTER SYSTEM RESET {name}")
        self._set(_WHILE_MEASURING)
        self.ask("CREATE EXTENSION pg_stat_statements", database="postgres")
        os.sync()  # a checkpoint of the filled tables must not fall into the measuring

    def ask(self, statement: str, *values: Any, database: str = EMPTY) -> list[tuple[Any, ...]]:
        """One statement of ours; its rows."""
        with closing(psycopg2.connect(self.database_url(database))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall() if cursor.description else []

    def _set(self, settings: Mapping[str, str]) -> None:
        for name, value in settings.items():
            self.ask(f"ALTER SYSTEM SET {name} = %s", value)
        self._restart()

    def _restart(self) -> None:
        self.services.postgres.stop()
        self.services.start(self.services.postgres)


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
        return True
    return False
