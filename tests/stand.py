"""The desk in production's shape on servers of its own: each part is a process with production's command, and whoever
dies is started again, as systemd or a container engine would. For the slow proofs, which kill and replace parts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import redis

from helpdesk.local.environment import PROJECT
from helpdesk.local_services import LocalServiceError, LocalServices
from tests.desk import free_port, wait_until
from tests.scratch_services import SETTINGS, without_scratch
from tests.visitor import NoAnswer, Visitor

WEB = ["-m", "gunicorn", "--config", "python:helpdesk.gunicorn"]
WORKER = ["manage.py", "rqworker", "mail", "default", "--serializer", "rq.serializers.JSONSerializer", "-v", "0"]
CLOCK = ["manage.py", "clock"]
SERVERS = ("postgres", "valkey")
_RESTART_AFTER = 0.2  # seconds, as an impatient systemd


class Kept:
    """A part that is to run: its thread starts it, waits for its end, and starts it again while it is wanted."""

    def __init__(self, stand: Stand, name: str, command: Sequence[str]) -> None:
        self.name = name
        self.is_wanted = True
        self.starts = 0
        self._stand = stand
        self._command = list(command)
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name=name, daemon=True)

    @property
    def pid(self) -> int | None:
        """The process; None before the first start, while it is down, and for a server while it comes up."""
        server = self._stand.server(self.name)
        if server:
            return server.pid if server.is_running else None
        process = self._process
        return process.pid if process and process.poll() is None else None

    def start(self) -> Kept:
        self._thread.start()
        return self

    def end(self, number: signal.Signals = signal.SIGTERM, *, seconds: float = 40) -> None:
        """Stop it for good."""
        self.is_wanted = False
        if self.pid is not None and not self._stand.server(self.name):
            with suppress(ProcessLookupError):
                os.kill(self.pid or 0, number)
        self._thread.join(seconds)
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _keep(self) -> None:
        while self.is_wanted:
            if self.name in self._stand.held:
                time.sleep(0.05)
            elif server := self._stand.server(self.name):
                if not server.is_running:
                    with suppress(LocalServiceError):  # killed while it came up
                        self._stand.services.start(server)
                    self.starts += 1
                time.sleep(0.05)
            else:
                self._process = self._stand.spawn(self.name, self._command)
                self.starts += 1
                self._process.wait()
                time.sleep(_RESTART_AFTER if self.is_wanted else 0)


class Stand:
    """`with Stand(folder, mail_port=…) as stand:` brings all up; at the end everything is stopped and stays on disk.

    Names of parts: web, worker-1 …, clock-1 …, postgres, valkey.
    """

    def __init__(
        self,
        folder: Path,
        *,
        mail_port: int,
        project: Path = PROJECT,
        workers: int = 1,
        clocks: int = 1,
        demo: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`folder` from the fixture scratch_folder. `project` may be a copied tree. `environment` is added last."""
        self.folder = folder
        self.project = project
        self.services = LocalServices(folder)
        self.port = free_port()
        self.address = f"http://localhost:{self.port}"
        self.parts: dict[str, Kept] = {}
        self.held: set[str] = set()
        self._counts = {"worker": workers, "clock": clocks}
        self._demo = demo
        own = {
            "DATABASE_URL": self.services.database_url,
            "REDIS_URL": self.services.redis_url,
            "MEDIA_ROOT": str(folder / "media"),
            "STATIC_ROOT": str(folder / "static"),
            "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
            "PORT": str(self.port),
            "SITE_URL": self.address,
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
            "PYTHONUNBUFFERED": "1",
        }
        self.environment = {**without_scratch(dict(os.environ)), **SETTINGS, **own, **(environment or {})}

    def __enter__(self) -> Stand:
        self.services.up()
        self.keep("postgres", [])
        self.keep("valkey", [])
        self.manage("migrate", "--verbosity", "0")
        self.manage("createcachetable")
        self.manage("collectstatic", "--no-input", "--verbosity", "0")
        if self._demo:
            self.manage("demo_data")
        self.keep("web", WEB)
        for kind, command in (("worker", WORKER), ("clock", CLOCK)):
            for number in range(1, self._counts[kind] + 1):
                self.keep(f"{kind}-{number}", command)
        wait_until(self.answers, 60, self.output)
        wait_until(lambda: all(self.is_back(name) for name in self.parts), 60, self.output)
        return self

    def __exit__(self, *error: object) -> None:
        for name in reversed([name for name in self.parts if name not in SERVERS]):
            self.parts[name].end()
        for name in SERVERS:
            self.parts[name].end()
        self.services.down()

    def keep(self, name: str, command: Sequence[str]) -> Kept:
        """One more part, started now: a worker beside the others, a release beside the old one."""
        self.parts[name] = Kept(self, name, command).start()
        return self.parts[name]

    def spawn(self, name: str, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """A process of the desk with its environment; what it says goes into NAME.log."""
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *command],
                cwd=self.project,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def manage(self, *arguments: str) -> str:
        """Run a management command to its end; what it said. Raises AssertionError where it fails."""
        ran = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.project,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert ran.returncode == 0, f"{arguments}: {ran.stdout}{ran.stderr}"
        return ran.stdout

    def server(self, name: str) -> Any:
        """PostgreSQL or Valkey; None for other parts."""
        return getattr(self.services, name) if name in SERVERS else None

    def kill(self, name: str, *, with_backends: bool = False) -> int:
        """kill -9 with all its processes, as a container dies; of PostgreSQL the first alone, whose others notice by
        themselves, or with them. Its number; 0 if it was down."""
        pid = self.parts[name].pid
        if pid is None:
            return 0
        doomed = []
        with suppress(psutil.Error):
            first = psutil.Process(pid)  # dies first: it would start others in the place of dead children
            doomed = [first, *(first.children(recursive=True) if with_backends or name not in SERVERS else [])]
        for process in doomed:
            with suppress(psutil.Error):
                process.kill()
        return pid

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """Killed, and kept down for as long as the block runs."""
        self.held.add(name)
        try:
            self.kill(name)
            yield
        finally:
            self.held.discard(name)

    def is_back(self, name: str) -> bool:
        """Whether the part runs and does its work: answers, is registered, or has ticked in the last two seconds."""
        pid = self.parts[name].pid
        if pid is None:
            return False
        try:
            if name == "web":
                return self.answers()
            if name.startswith("worker"):
                return str(pid) in self._worker_processes()
            if name.startswith("clock"):
                return bool(
                    self.query(
                        "select 1 from helpdesk_periodicjob where name = 'send_letters'"
                        " and last_run_at > now() - interval '2 seconds'"
                    )
                )
            return bool(self.query("select 1")) if name == "postgres" else self.services.valkey._answers()
        except (psycopg2.Error, OSError):
            return False

    def _worker_processes(self) -> list[str]:
        with suppress(redis.RedisError):
            connection = redis.Redis.from_url(self.services.redis_url, decode_responses=True)
            return [str(connection.hget(str(key), "pid")) for key in connection.smembers("rq:workers")]
        return []

    def answers(self) -> bool:
        """Whether the web says that it is ready, PostgreSQL included."""
        try:
            return Visitor(self.address, timeout=5).get("/health/ready").status == 200
        except NoAnswer:
            return False

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """What the database itself says."""
        with closing(psycopg2.connect(self.services.database_url, connect_timeout=2)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql, values)
                return list(cursor.fetchall())

    def output(self) -> str:
        """The end of what every part has said."""
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}" for log in logs)
