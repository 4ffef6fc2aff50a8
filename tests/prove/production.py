"""What a container engine would make of the Dockerfile and docker-compose.yml, made on this machine by their words: the
image's own steps in a folder, the servers with their options, each part by its command, environment and account."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis

from helpdesk.local import postgres
from helpdesk.local.environment import PROJECT
from helpdesk.local.postgres import PostgreSQL
from helpdesk.local.stop import Stop
from helpdesk.local.valkey import Valkey, program
from helpdesk.local_services import LocalServices
from scripts import new_secrets
from tests.desk import free_port, wait_until
from tests.helpdesk.test_compose import Deployment

HOST = "help.reis-desk.ru"
ADMINISTRATOR = {"SITE_URL": f"https://{HOST}", "SUPPORT_EMAIL": "support@reis-desk.ru"}
"""What docs/operations.md has the administrator write into .env."""


def python_of_the_image() -> Path:
    """A Python 3.11 that any account may run; the one that runs the tests may lie in a private home."""
    for place in ("/usr/local/bin/python3.11", "/usr/bin/python3.11"):
        ran = subprocess.run([place, "-c", "import ensurepip"], check=False) if Path(place).exists() else None
        if ran and ran.returncode == 0:
            return Path(place)
    pytest.skip("No Python 3.11 of the system with venv: apt-get install python3.11-venv")


class Image:
    """The files that the image would hold, under a folder in the place of /."""

    def __init__(self, root: Path, deployment: Deployment) -> None:
        self.root = root
        self.deployment = deployment
        uid, _, gid = deployment.words_after("USER")[-1].partition(":")
        # Another account can be taken by root only; whoever else runs this proof keeps his own.
        self.account = (int(uid), int(gid)) if os.geteuid() == 0 else (os.geteuid(), os.getegid())

    def under(self, words: str) -> str:
        """Paths of the container as they are here."""
        return re.sub(r"(?<![\w/.])/(opt/desk|srv/desk|var/lib/desk|run/secrets)", rf"{self.root}/\1", words)

    def build(self) -> None:
        """Every RUN that is ours, in order; apt's packages are those of this machine."""
        (self.root / "bin").mkdir(parents=True)
        (self.root / "bin" / "python").symlink_to(python_of_the_image())
        for path in self.deployment.context():
            target = self.root / "srv" / "desk" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(PROJECT / path, target)
        for step in self.deployment.words_after("RUN"):
            if "apt-get" in step:
                continue
            uid, gid = self.account
            words = self.under(step).replace("-o 10001 -g 10001", f"-o {uid} -g {gid}")
            self.run(["sh", "-euc", words], {"PATH": f"{self.root}/bin:{os.defpath}", **pip_of_this_machine()})

    def run(self, command: Sequence[str], environment: Mapping[str, str]) -> str:
        ran = subprocess.run(
            command,
            cwd=self.root / "srv" / "desk",
            env=dict(environment),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert ran.returncode == 0, f"{command}: {ran.stdout[-2000:]}{ran.stderr[-2000:]}"
        return ran.stdout


def pip_of_this_machine() -> dict[str, str]:
    """How pip finds packages here. HOME names its own settings."""
    kept = {
        name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "HTTPS_", "NO_PROXY"))
    }
    return {**kept, "HOME": os.environ.get("HOME", "/"), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


class ComposedPostgreSQL(PostgreSQL):
    """With the options of docker-compose.yml, on a port of the loopback that asks for passwords."""

    options: Sequence[str] = ()
    tcp_port = 0

    def _launch(self, argv: list[str], *told: Any, **options: Any) -> str | None:
        listens = ["-c", "listen_addresses=127.0.0.1", "-c", f"port={self.tcp_port}"]
        return super()._launch([*argv, *self.options, *listens], *told, **options)


class ComposedValkey(Valkey):
    """With the command of docker-compose.yml."""

    command: Sequence[str] = ()
    password = ""

    def _launch(self, argv: list[str], *told: Any, **options: Any) -> str | None:
        private = ["--unixsocket", str(self.socket), "--dir", str(self.folder), "--set-proc-title", "no"]
        return super()._launch([str(program()), *self.command, *private], *told, **options)

    def _answers(self) -> bool:
        with suppress(redis.RedisError), closing(redis.Redis.from_url(f"unix://:{self.password}@{self.socket}")) as own:
            return bool(own.ping())
        return False


class Engine:
    """Brings the services of docker-compose.yml up in their order. `with Engine(…) as engine:`"""

    def __init__(
        self, folder: Path, deployment: Deployment, monkeypatch: pytest.MonkeyPatch, *, mail_port: int
    ) -> None:
        self.folder = folder
        self.deployment = deployment
        self.image = Image(folder / "root", deployment)
        self.port = free_port()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._ports = {"postgres:5432": free_port(), "valkey:6379": free_port(), "mail:1025": mail_port}
        self._services = LocalServices(folder / "servers")
        self._patch = monkeypatch
        self._secrets: dict[str, str] = {}

    def __enter__(self) -> Engine:
        self.image.build()
        self._write_secrets()
        self._start_servers()
        return self

    def __exit__(self, *error: object) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                process.kill()
                process.wait()
        self._services.down()

    def _write_secrets(self) -> None:
        """Where the containers find them, for their account alone; hosts and ports are those of the scratch servers."""
        place = self.image.root / "run" / "secrets"
        place.mkdir(parents=True)
        for name, content in new_secrets.contents().items():
            for there, port in self._ports.items():
                content = content.replace(there, f"127.0.0.1:{port}")
            self._secrets[name] = content
            (place / name).write_text(f"{content}\n")
            (place / name).chmod(0o400)
            if os.geteuid() == 0:
                os.chown(place / name, *self.image.account)

    def _start_servers(self) -> None:
        services, told = self._services, self.deployment.services
        services.claim()
        options = told["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split()
        self._patch.setattr(postgres, "_INITDB", ["--username=app", "--auth-host=scram-sha-256", *options])
        place = (services.postgres.account, services.data / "postgres", services.sockets, services.postgres.log, Stop())
        self._postgres = ComposedPostgreSQL(*place)
        self._postgres.options = shlex.split(told["postgres"]["command"])[1:]
        self._postgres.tcp_port = self._ports["postgres:5432"]
        self._patch.setattr(postgres, "PORT", self._postgres.tcp_port)
        valkey = ComposedValkey(place[0], services.data / "valkey", services.sockets, services.valkey.log, Stop())
        valkey.password = self._secrets["valkey_conf"].split()[1]
        configured = services.data / "valkey_conf"
        configured.write_text(self._secrets["valkey_conf"] + "\n")
        configured.chmod(0o444)
        listens = ["--bind", "127.0.0.1", "--port", str(self._ports["valkey:6379"])]
        words = shlex.split(told["valkey"]["command"])[2:]
        valkey.command = [str(configured), *words, *listens]
        services.postgres, services.valkey = self._postgres, valkey
        services.up()
        sql = self.folder / "desk-role.sql"
        sql.write_text(self.image.under((PROJECT / "docker" / "desk-role.sql").read_text()))
        self.psql("-f", str(sql))

    def psql(self, *arguments: str, database: str = "postgres") -> str:
        """As the server's superuser, who has no part in the desk."""
        where = ["-h", str(self._services.sockets), "-p", str(self._postgres.tcp_port), "-U", "app", "-d", database]
        command = [str(postgres.program("psql")), "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", *where, *arguments]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.strip()

    def environment(self, name: str) -> dict[str, str]:
        """Of a service, as compose hands it over; nothing of this machine's."""
        told = {**self.deployment.image_environment, **self.deployment.services[name]["environment"]}
        values = {key: self.image.under(filled(value)) for key, value in told.items()}
        path = f"{self.image.root}/opt/desk/bin:{postgres.program('pg_dump').parent}:{os.defpath}"
        return {**values, "PATH": path, "PORT": str(self.port), "HOME": "/nonexistent"}

    def start(self, name: str) -> None:
        """A part by its command."""
        uid, gid = self.image.account
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                self._words(self.deployment.services[name]["command"], name),
                cwd=self.image.root / "srv" / "desk",
                env=self.environment(name),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self._as(uid, gid),
            )

    def wait_healthy(self, name: str) -> float:
        """By the health check of the service; seconds that it took."""
        begin, command = time.monotonic(), self.deployment.services[name]["healthcheck"]["test"][1:]
        wait_until(lambda: self.run(name, command)[0] == 0, 60, self.output)
        return time.monotonic() - begin

    def manage(self, *arguments: str, name: str = "web", **environment: str) -> str:
        """As `docker compose run --rm web python manage.py …`."""
        code, said = self.run(name, ["python", "manage.py", *arguments], **environment)
        assert code == 0, said
        return said

    def run(self, name: str, command: Sequence[str], **environment: str) -> tuple[int, str]:
        """One more container of a service, to its end: exit code, and all that it said."""
        uid, gid = self.image.account
        ran = subprocess.run(
            self._words(shlex.join(command), name),
            cwd=self.image.root / "srv" / "desk",
            env={**self.environment(name), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
            **self._as(uid, gid),
        )
        return ran.returncode, ran.stdout

    def run_service(self, name: str) -> None:
        """A service that ends by itself."""
        code, said = self.run(name, shlex.split(self.deployment.services[name]["command"]))
        assert code == 0, said

    def stop(self, name: str) -> float:
        """As `docker compose stop`: SIGTERM, and the grace of the service; seconds that it took."""
        begin = time.monotonic()
        grace = int(self.deployment.services[name]["stop_grace_period"].removesuffix("s"))
        self.processes[name].send_signal(signal.SIGTERM)
        assert self.processes[name].wait(grace) == 0, self.output()
        return time.monotonic() - begin

    def memory(self, name: str) -> int:
        """Of a part with all its processes, in MB; shared pages are counted once."""
        first = psutil.Process(self.processes[name].pid)
        return sum(part.memory_full_info().pss for part in (first, *first.children(recursive=True))) // 10**6

    def output(self) -> str:
        return "\n".join(f"--- {log.name}\n{log.read_text()[-3000:]}" for log in sorted(self.folder.glob("*.log")))

    def _words(self, command: str, name: str) -> list[str]:
        """Found by the PATH of the service, not by ours."""
        first, *rest = shlex.split(command)
        return [shutil.which(first, path=self.environment(name)["PATH"]) or first, *rest]

    def _as(self, uid: int, gid: int) -> dict[str, Any]:
        return {"user": uid, "group": gid, "extra_groups": []} if os.geteuid() == 0 else {}


def filled(value: str) -> str:
    """A value with what the administrator wrote into .env, as compose fills it in."""

    def fill(match: re.Match[str]) -> str:
        name, kind, rest = match.groups()
        if name in ADMINISTRATOR:
            return ADMINISTRATOR[name]
        assert kind == ":-", f"{name} {rest}"
        return rest

    return re.sub(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}", fill, value)
