"""Production as docker-compose.yml has it, without an engine: built from the lock alone, run by its own words."""

from __future__ import annotations

import http.client
import re
import threading
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from helpdesk.local.environment import PROJECT
from tests.desk import wait_until
from tests.helpdesk.test_compose import Deployment
from tests.mail_server import MailServer, lint
from tests.prove.conftest import Verdict
from tests.prove.production import HOST, Engine
from tests.scratch_services import new_folder
from tests.visitor import Answer, File, Visitor

pytestmark = pytest.mark.prove
PASSWORD = "verstovoy-stolb-2026"
# As a machine that has no development package: what these need is imported by no part of production.
FOR_DEVELOPERS = re.compile(r"^helpdesk\.(local\.(?!environment)|local_services|run$|mail_catcher)")
CUSTOMER = f"""
from datetime import date
from accounts.models import User
from customers.models import Contract, Customer, Membership
from sla.models import SupportLevel
reis = Customer.objects.create(name="ООО «Рейс»")
level = SupportLevel.objects.get(name="Стандарт")
years = {{"starts_date": date(2025, 1, 1), "ends_date": date(2099, 1, 1)}}
Contract.objects.create(customer=reis, number="1/2026", level=level, **years)
anna = User.objects.create_user("anna@reis.example", {PASSWORD!r}, full_name="Иванова Анна Павловна")
Membership.objects.create(user=anna, customer=reis, role="administrator")
"""


class Behind(Visitor):
    """A browser behind the proxy that speaks TLS: it knows the public address, and the proxy says who came how."""

    def _send(self, method: str, path: str, body: bytes, own: Mapping[str, str]) -> Answer:
        public = {name: value.replace(self.address, f"https://{HOST}") for name, value in own.items()}
        return super()._send(method, path, body, public)


def slowly(visitor: Visitor) -> int:
    """A filing whose body takes three seconds to come."""
    slow = Slow(visitor.address, visitor.headers, cookies=visitor.cookies)
    return slow.file_request("Долгая отправка", files=[File("log.bin", bytes(300_000))])


class Slow(Behind):
    def _send(self, method: str, path: str, body: bytes, own: Mapping[str, str]) -> Answer:
        def pieces() -> Iterator[bytes]:
            for begin in range(0, len(body), 30_000):
                yield body[begin : begin + 30_000]
                time.sleep(0.3)

        if not body:
            return super()._send(method, path, body, own)
        told = {**own, "Content-Length": str(len(body))}
        return super()._send(method, path, pieces(), told)  # type: ignore[arg-type]


@contextmanager
def production(mail: MailServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    deployment = Deployment(
        yaml.safe_load((PROJECT / "docker-compose.yml").read_text()),
        (PROJECT / "Dockerfile").read_text(),
        (PROJECT / ".dockerignore").read_text(),
    )
    with new_folder("production") as folder:
        folder.mkdir(mode=0o711)
        with Engine(folder, deployment, monkeypatch, mail_port=mail.port) as engine:
            yield engine


def test_production_runs_by_the_words_of_its_files(verdict: Verdict, monkeypatch: pytest.MonkeyPatch) -> None:
    begin, late = time.monotonic(), list[int]()
    with MailServer() as mail, production(mail, monkeypatch) as engine:
        built = time.monotonic() - begin
        assert only_the_lock(engine)
        engine.run_service("migrate")
        assert is_private_and_powerless(engine)
        for name in ("web", "worker", "clock"):
            engine.start(name)
        healthy = {name: engine.wait_healthy(name) for name in ("web", "worker", "clock")}

        tell_the_desk(engine)
        assert engine.manage("check", "--deploy", "--database", "default", "--fail-level", "WARNING")
        anna = Behind(
            f"http://127.0.0.1:{engine.port}",
            {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.5"},
        )
        number = anna.sign_in("anna@reis.example", PASSWORD).file_request(
            "Нет связи с терминалом", files=[File("log.txt", b"line\n" * 100)]
        )
        filed = time.monotonic()
        wait_until(lambda: bool(mail.letters), 20, engine.output)
        arrived = time.monotonic() - filed
        letter = mail.letters[0]
        lint(letter)
        assert letter.recipients == ["anna@reis.example"]
        assert str(number) in str(letter.message["Subject"])
        assert f"https://{HOST}/cabinet/tickets/{number}/" in letter.part("plain")
        assert_answers_are_safe(engine, anna, number)
        wait_until(lambda: anna.get("/health/desk").text == '{"alarms": {}}', 20, engine.output)

        uploading = threading.Thread(target=lambda: late.append(slowly(anna)))
        uploading.start()
        time.sleep(1)
        memory = ",".join(f"{name}:{engine.memory(name)}MB" for name in ("web", "worker", "clock"))
        stopped = {name: engine.stop(name) for name in ("web", "worker", "clock")}
        uploading.join(10)
        assert late, "a request that had begun when the web was stopped is finished"
        assert "Traceback" not in engine.output()
    verdict(
        "production",
        f"built={built:.0f}s healthy={told(healthy)} letter={arrived:.1f}s check=clean"
        f" memory={memory} stopped={told(stopped)}",
    )


def told(seconds: Mapping[str, float]) -> str:
    return ",".join(f"{name}:{value:.1f}s" for name, value in seconds.items())


def only_the_lock(engine: Engine) -> bool:
    """No development package is there, and no module of production asks for one."""
    names = [
        re.split(r"[^\w-]", line)[0]
        for line in tomllib.loads((PROJECT / "pyproject.toml").read_text())["dependency-groups"]["dev"]
    ]
    freeze = engine.manage("shell", "--verbosity", "0", "-c", LIST_PACKAGES).lower().split()
    assert "django" in freeze and not {name.lower() for name in names} & set(freeze)
    modules = [
        path.removesuffix(".py").replace("/", ".") for path in engine.deployment.context() if path.endswith(".py")
    ]
    wanted = [module for module in modules if not FOR_DEVELOPERS.match(module) and module != "manage"]
    engine.manage(
        "shell",
        "--verbosity",
        "0",
        "-c",
        f"import importlib\nfor name in {wanted!r}: importlib.import_module(name.removesuffix('.__init__'))",
    )
    return True


LIST_PACKAGES = "from importlib.metadata import distributions\nfor found in distributions(): print(found.name)"


def is_private_and_powerless(engine: Engine) -> bool:
    """The role may nothing on the server but own its database, and is let in by its password only."""
    assert (
        engine.psql(
            "-c", "SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = 'desk'"
        )
        == "f|f|f|f"
    )
    assert engine.psql("-c", "SELECT left(rolpassword, 13) FROM pg_authid WHERE rolname = 'desk'") == "SCRAM-SHA-256"
    assert (
        engine.psql("-c", "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'", database="desk")
        == "desk"
    )
    code, said = engine.run(
        "web",
        ["python", "manage.py", "migrate", "--check"],
        DATABASE_URL_FILE="",
        DATABASE_URL=f"postgresql://desk:guess@127.0.0.1:{engine._postgres.tcp_port}/desk",
    )
    assert code == 1 and "password authentication failed" in said and "Traceback" not in said
    return True


def tell_the_desk(engine: Engine) -> None:
    """As docs/operations.md has the administrator do it: levels, the first administrator; and a customer."""
    (levels,) = re.findall(
        r"```python\n(.*?make_levels.*?)```", (PROJECT / "docs" / "operations.md").read_text(), re.DOTALL
    )
    engine.manage("shell", "--verbosity", "0", "-c", levels)
    engine.manage(
        *("createsuperuser", "--noinput", "--email", "admin@reis-desk.ru", "--full_name", "Админова Ада"),
        DJANGO_SUPERUSER_PASSWORD=PASSWORD,
    )
    engine.manage("shell", "--verbosity", "0", "-c", CUSTOMER)


def assert_answers_are_safe(engine: Engine, anna: Visitor, number: int) -> None:
    page = anna.get(f"/cabinet/tickets/{number}/")
    assert page.status == 200
    assert "max-age=31536000" in page.headers["strict-transport-security"]
    assert page.headers["cache-control"] == "no-store"
    (session,) = [name for name in anna.cookies if name.endswith("session")]
    assert session == "__Host-session"
    (sheet,) = set(re.findall(r'href="(/static/css/[^"]*\.[0-9a-f]{12}\.css)"', page.text)[:1])
    assert anna.get(sheet).status == 200, "collected, with its hash"
    for host, expected in ((HOST, 301), ("evil.example", 400)):
        door = http.client.HTTPConnection("127.0.0.1", engine.port, timeout=10)
        door.request("GET", "/accounts/login/", headers={"Host": host})
        answer = door.getresponse()
        assert answer.status == expected
        assert expected != 301 or answer.headers["Location"] == f"https://{HOST}/accounts/login/"
        door.close()
    kept = [path for path in (engine.image.root / "var/lib/desk/media").rglob("*") if path.is_file()]
    assert [path.stat().st_mode & 0o777 for path in kept] == [0o600]
    assert Path(kept[0]).stat().st_uid == engine.image.account[0]
