"""docker-compose.yml and the Dockerfile against the code: without an engine, what they say is compared word by word.

Each comparison is shown to notice something: a copy of the files is broken in one place, and must be found fault with.
"""

from __future__ import annotations

import ast
import copy
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from django.apps import apps
from django.conf import settings
from django.core.management import get_commands
from django.urls import Resolver404, resolve

from helpdesk import gunicorn, pulse
from helpdesk.local import parts, postgres
from helpdesk.local.environment import PROJECT
from scripts import new_secrets

OURS = ("migrate", "web", "web2", "worker", "clock")
SERVERS = ("postgres", "valkey")
OF_OTHERS = {"PGOPTIONS": "libpq", "TMPDIR": "Python's tempfile"}
PRIVATE = re.compile(r"(^|/)(\.data|\.venv|\.git|secrets|tests|docs|\.env|desk\.env|requirements-dev\.lock)(/|$)")


@dataclass(frozen=True)
class Deployment:
    compose: dict[str, Any]
    dockerfile: str
    ignore: str

    @property
    def services(self) -> dict[str, Any]:
        services: dict[str, Any] = self.compose["services"]
        return services

    @property
    def instructions(self) -> list[list[str]]:
        """Each instruction of the Dockerfile with what follows it; a line that goes on is one."""
        text = re.sub(r"^#.*\n", "", self.dockerfile, flags=re.MULTILINE).replace("\\\n", " ")
        return [line.split(maxsplit=1) for line in text.splitlines() if line.strip()]

    def words_after(self, instruction: str) -> list[str]:
        return [rest for name, rest in self.instructions if name == instruction]

    @property
    def image_environment(self) -> dict[str, str]:
        pairs = [word.partition("=") for rest in self.words_after("ENV") for word in shlex.split(rest)]
        return {name: value for name, _, value in pairs}

    def context(self) -> list[str]:
        """The files that `COPY . .` finds: those of the checkout that .dockerignore lets through."""
        tracked = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=True,
        )
        untidy = [".data/postgres/PG_VERSION", ".venv/bin/python", "secrets/vault_keys", ".env", "desk.env"]
        untidy += ["helpdesk/__pycache__/x.pyc", "staticfiles/staticfiles.json"]
        return [path for path in [*tracked.stdout.splitlines(), *untidy] if not self.is_ignored(path)]

    def is_ignored(self, path: str) -> bool:
        """As docker reads its file: the last pattern that fits the path, or a folder above it, decides."""
        ignored = False
        for line in self.ignore.splitlines():
            pattern = line.strip().removeprefix("!")
            if not pattern or pattern.startswith("#"):
                continue
            expression = re.escape(pattern).replace(r"\*\*/", "(.*/)?").replace(r"\*", "[^/]*")
            expression = expression.replace(r"\[", "[").replace(r"\]", "]")
            if re.fullmatch(f"{expression}(/.*)?", path):
                ignored = not line.strip().startswith("!")
        return ignored


@pytest.fixture(scope="module")
def deployment() -> Deployment:
    return Deployment(
        yaml.safe_load((PROJECT / "docker-compose.yml").read_text()),
        (PROJECT / "Dockerfile").read_text(),
        (PROJECT / ".dockerignore").read_text(),
    )


def settings_read() -> dict[str, bool]:
    """The variables that settings.py reads, and whether each is required."""
    read = {}
    for node in ast.walk(ast.parse((PROJECT / "helpdesk" / "settings.py").read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            of, name = node.func.value, node.args[0]
            if isinstance(of, ast.Name) and of.id == "env" and isinstance(name, ast.Constant):
                has_default = len(node.args) > 1 or bool(node.keywords) or node.func.attr in {"listed", "prefixed"}
                read[str(name.value)] = not has_default
    return read


def commands(d: Deployment) -> Iterator[str]:
    known = get_commands()
    for name in OURS:
        words = d.services[name]["command"].replace('"', "").split()
        called = [after for word, after in pairwise(words) if word == "manage.py"]
        yield from (f"{name}: no command {word}" for word in called if word not in known)
        if not called and "gunicorn" not in words:
            yield f"{name}: nothing of ours is called"
    if "migrate" not in d.services["migrate"]["command"] or "createcachetable" not in d.services["migrate"]["command"]:
        yield "migrate: both tables and the cache's own"
    for name in ("web", "web2"):
        if ast.literal_eval(d.words_after("CMD")[-1]) != d.services[name]["command"].split():
            yield f"{name}: not what the image runs by itself"


def worker(d: Deployment) -> Iterator[str]:
    """The same queues in the same order, and the same serializer, as `make run` has."""
    there, here = d.services["worker"]["command"].split(), parts._worker()
    for told in (there, here):
        if told[told.index("--serializer") + 1 :][:1] != [settings.RQ_QUEUES["mail"]["SERIALIZER"]]:
            yield "worker: another serializer"

    def queues(words: list[str]) -> list[str]:
        rest = words[words.index("rqworker") + 1 :]
        return rest[: next(i for i, word in enumerate(rest) if word.startswith("--"))]

    if queues(there) != queues(here) or set(queues(here)) != set(settings.RQ_QUEUES):
        yield "worker: other queues"


def environment(d: Deployment) -> Iterator[str]:
    read = settings_read()
    for name in OURS:
        told = {**d.image_environment, **d.services[name]["environment"]}
        names = {variable.removesuffix("_FILE") for variable in told}
        yield from (f"{name}: nobody reads {v}" for v in d.services[name]["environment"] if unread(v, read))
        yield from (f"{name}: {v} is required" for v, required in read.items() if required and v not in names)
        yield from (f"{name}: {v} is not set" for v in ("SITE_URL", "SUPPORT_EMAIL", "EMAIL_URL") if v not in names)
        if read and any(v in told for v in read if v in {x.upper() for x in new_secrets.contents()}):
            yield f"{name}: a secret stands in the open"


def unread(variable: str, read: dict[str, bool]) -> bool:
    return variable.removesuffix("_FILE") not in read and variable not in OF_OTHERS


def secrets(d: Deployment) -> Iterator[str]:
    made = new_secrets.contents()
    declared = {name: told["file"] for name, told in d.compose["secrets"].items()}
    yield from (f"{name} is not made" for name in declared if name not in made)
    yield from (f"{name} is not declared" for name in made if name not in declared)
    yield from (f"{name} lies elsewhere" for name, file in declared.items() if file != f"./secrets/{name}")
    for name, service in d.services.items():
        given = service.get("secrets", [])
        yield from (f"{name}: {secret} is not declared" for secret in given if secret not in declared)
        named = [v for v in service.get("environment", {}).items() if v[0].endswith("_FILE")]
        yield from (f"{name}: {v} is not given" for v, path in named if path.removeprefix("/run/secrets/") not in given)
    if f"/run/secrets/{d.services['valkey']['secrets'][0]}" not in d.services["valkey"]["command"]:
        yield "valkey: without its password"
    for secret, service in (("database_url", "postgres"), ("redis_url", "valkey"), ("email_url", "mail")):
        address = urlsplit(made[secret])
        if address.hostname != service or service not in d.services:
            yield f"{secret} names no service"
    password = urlsplit(made["redis_url"]).password
    if made["valkey_conf"] != f"requirepass {password}":
        yield "valkey_conf has another password than redis_url"


def files(d: Deployment) -> Iterator[str]:
    """What web keeps, worker and clock find."""
    places = set()
    for name in OURS[1:]:
        volumes = dict(reversed(volume.split(":")[:2]) for volume in d.services[name]["volumes"])
        volume = volumes.get(d.services[name]["environment"]["MEDIA_ROOT"])
        if volume not in d.compose["volumes"]:
            yield f"{name}: MEDIA_ROOT is on no volume"
        places.add(volume)
        if d.services[name]["environment"]["TMPDIR"] not in volumes:
            yield f"{name}: uploads on no volume"
    if len(places) > 1:
        yield "MEDIA_ROOT is not shared"
    made = " ".join(d.words_after("RUN"))
    for place in (d.image_environment["MEDIA_ROOT"], d.image_environment["TMPDIR"]):
        owner = d.words_after("USER")[-1].replace(":", " -g ")
        if place not in made or f"-o {owner}" not in made:
            yield f"{place}: a new volume would belong to root"


def health(d: Deployment) -> Iterator[str]:
    for name, service in d.services.items():
        if name == "migrate":
            continue
        test = service.get("healthcheck", {}).get("test", [])
        if not test:
            yield f"{name}: no health check"
        elif name in OURS and (test[1:4] != ["python", "-m", "helpdesk.pulse"] or test[4] not in pulse.PARTS):
            yield f"{name}: no pulse"
        elif name in OURS and test[4] != name.removesuffix("2"):
            yield f"{name}: the pulse of another"
    for path in re.findall(r'"(/health/\w+)"', (PROJECT / "helpdesk" / "pulse.py").read_text()):
        try:
            resolve(path)
        except Resolver404:
            yield f"{path} is no page"


def time_to_stop(d: Deployment) -> Iterator[str]:
    def seconds(name: str) -> int:
        return int(d.services[name].get("stop_grace_period", "10s").removesuffix("s"))

    if seconds("web") <= gunicorn.graceful_timeout:
        yield "web: killed before its requests end"
    if seconds("worker") <= max(int(str(queue["DEFAULT_TIMEOUT"])) for queue in settings.RQ_QUEUES.values()):
        yield "worker: killed before its job ends"
    if seconds("clock") < 30:
        yield "clock: killed before its job ends"


def safety(d: Deployment) -> Iterator[str]:
    for name, service in d.services.items():
        if "no-new-privileges:true" not in service["security_opt"] or not service["read_only"]:
            yield f"{name}: more rights than it needs"
        if name not in SERVERS and service["cap_drop"] != ["ALL"]:
            yield f"{name}: capabilities"
        if "max-size" not in service["logging"]["options"]:
            yield f"{name}: its log grows without end"
        if service["restart"] != ("no" if name == "migrate" else "unless-stopped"):
            yield f"{name}: restart"
        yield from (f"{name}: {p} is open to all" for p in service.get("ports", []) if not p.startswith("127.0.0.1:"))
        if name in SERVERS and (service["networks"] != ["servers"] or "ports" in service):
            yield f"{name}: reached from outside"
    if not d.compose["networks"]["servers"]["internal"]:
        yield "the servers' network leads outside"
    if d.services["mail"].get("profiles") != ["trial"]:
        yield "mail: a catcher in production"


def engines(d: Deployment) -> Iterator[str]:
    """The same behaviour as `make run` has."""
    options = d.services["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split()
    local = [word for word in postgres._INITDB if word.startswith("--") and "auth" not in word and "user" not in word]
    yield from (f"postgres: {option} is missing" for option in local if option not in options)
    major = d.services["postgres"]["image"].partition(":")[2]
    if f"postgresql-client-{major}" not in " ".join(d.words_after("RUN")):
        yield "the image's pg_dump is not of the server's version"
    for option in ("--appendonly yes", "--maxmemory-policy noeviction"):
        if option not in d.services["valkey"]["command"]:
            yield f"valkey: {option} is missing"


def order(d: Deployment) -> Iterator[str]:
    for name in OURS[1:]:
        if d.services[name]["depends_on"].get("migrate") != {"condition": "service_completed_successfully"}:
            yield f"{name}: starts before the tables"
    if d.services["migrate"]["depends_on"] != {"postgres": {"condition": "service_healthy"}}:
        yield "migrate: starts before the server"


def image(d: Deployment) -> Iterator[str]:
    final = d.instructions
    start = max(i for i, (name, _) in enumerate(final) if name == "FROM")
    user = d.words_after("USER")
    if not user or not re.fullmatch(r"[1-9]\d*:[1-9]\d*", user[-1]):
        yield "the image runs as root, or as a name"
    if "requirements-dev" in d.dockerfile or "--require-hashes" not in d.dockerfile:
        yield "the packages are not those of the lock"
    if re.search(r"gcc|build-essential|-dev\b", " ".join(rest for name, rest in final[start:] if name == "RUN")):
        yield "a compiler stays in the image"
    if "collectstatic" not in d.dockerfile:
        yield "no static files"
    secret = [v for v in d.image_environment if v in settings_read() and ("KEY" in v or v.endswith("_URL"))]
    yield from (f"{name} stays in the image" for name in secret)
    context = d.context()
    yield from (f"{path} gets into the image" for path in context if PRIVATE.search(path))
    yield from (f"{path} gets into the image" for path in context if path.endswith(".pyc") or "staticfiles/" in path)
    builders = sorted(name for name, told in d.services.items() if "build" in told)
    if len(builders) != 1:
        yield f"{builders} build the image: several at once race for its one name"
    tops = {path.partition("/")[0] for path in context}
    for source in {word for rest in d.words_after("COPY") if "--from" not in rest for word in rest.split()[:-1]}:
        if source != "." and source not in context:
            yield f"COPY {source}: ignored or missing"
    packages = {config.name.partition(".")[0] for config in apps.get_app_configs() if is_ours(Path(config.path))}
    packages |= set(tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"])
    needed = packages | {"manage.py", "templates", "static", "locale"}
    yield from (f"{name} is missing in the image" for name in sorted(needed - tops))


def is_ours(folder: Path) -> bool:
    return folder.is_relative_to(PROJECT) and ".venv" not in folder.parts


COMPARISONS = [
    *(commands, worker, environment, secrets, files, health),
    *(time_to_stop, safety, engines, order, image),
]


@pytest.mark.parametrize("comparison", COMPARISONS, ids=lambda comparison: comparison.__name__)
def test_the_deployment_fits_the_code(
    deployment: Deployment, comparison: Callable[[Deployment], Iterator[str]]
) -> None:
    assert list(comparison(deployment)) == []


def put(value: Any, *path: str) -> Callable[[Deployment], Deployment]:
    """The value at the path of the compose file; None takes the key away."""

    def change(d: Deployment) -> Deployment:
        compose = copy.deepcopy(d.compose)
        *inner, last = path
        place = compose
        for key in inner:
            place = place[key]
        if value is None:
            del place[last]
        else:
            place[last] = value
        return replace(d, compose=compose)

    return change


def swap(old: str, new: str, *, ignore: bool = False) -> Callable[[Deployment], Deployment]:
    """Words of the Dockerfile, or of .dockerignore."""

    def change(d: Deployment) -> Deployment:
        text = d.ignore if ignore else d.dockerfile
        assert old in text
        text = text.replace(old, new)
        return replace(d, ignore=text) if ignore else replace(d, dockerfile=text)

    return change


def service(name: str, key: str, value: Any) -> Callable[[Deployment], Deployment]:
    return put(value, "services", name, key)


OFF = False
PICKLE = "python manage.py rqworker mail default --serializer rq.serializers.PickleSerializer"
BREAKAGES: list[tuple[Callable[[Deployment], Deployment], Callable[[Deployment], Iterator[str]], str]] = [
    (service("clock", "command", "python manage.py clocks"), commands, "no command clocks"),
    (service("migrate", "command", "python manage.py migrate"), commands, "the cache's own"),
    (service("web", "command", "gunicorn helpdesk.asgi"), commands, "not what the image runs"),
    (service("worker", "command", PICKLE), worker, "another serializer"),
    (service("worker", "command", PICKLE.replace("mail", "post").replace("Pickle", "JSON")), worker, "other queues"),
    (put("x", "services", "web", "environment", "SITE_URI"), environment, "nobody reads SITE_URI"),
    (put(None, "services", "clock", "environment", "VAULT_KEYS_FILE"), environment, "VAULT_KEYS is required"),
    (put("x", "services", "web", "environment", "SECRET_KEY"), environment, "in the open"),
    (put("/run/secrets/key", "services", "web", "environment", "SECRET_KEY_FILE"), secrets, "SECRET_KEY_FILE"),
    (put("./secret_key", "secrets", "secret_key", "file"), secrets, "lies elsewhere"),
    (put({"file": "./secrets/more"}, "secrets", "more"), secrets, "is not made"),
    (put(None, "secrets", "email_url"), secrets, "is not declared"),
    (service("valkey", "command", "valkey-server --appendonly yes"), secrets, "without its password"),
    (service("worker", "volumes", ["other:/var/lib/desk/media"]), files, "on no volume"),
    (put("/srv/media", "services", "web", "environment", "MEDIA_ROOT"), files, "on no volume"),
    (swap("install -d -m 700 -o 10001 -g 10001", "mkdir -p"), files, "belong to root"),
    (service("web", "healthcheck", None), health, "no health check"),
    (
        put(["CMD", "python", "-m", "helpdesk.pulse", "web"], "services", "clock", "healthcheck", "test"),
        health,
        "of another",
    ),
    (service("web", "stop_grace_period", "20s"), time_to_stop, "its requests"),
    (service("worker", "stop_grace_period", "60s"), time_to_stop, "its job"),
    (service("web", "ports", ["8000:8000"]), safety, "open to all"),
    (service("postgres", "ports", ["127.0.0.1:5432:5432"]), safety, "from outside"),
    (service("web", "cap_drop", []), safety, "capabilities"),
    (service("clock", "read_only", OFF), safety, "more rights"),
    (service("clock", "restart", "no"), safety, "restart"),
    (service("mail", "profiles", None), safety, "in production"),
    (put(OFF, "networks", "servers", "internal"), safety, "leads outside"),
    (put("--encoding=UTF8", "services", "postgres", "environment", "POSTGRES_INITDB_ARGS"), engines, "builtin"),
    (service("postgres", "image", "postgres:18"), engines, "pg_dump"),
    (service("valkey", "command", "valkey-server"), engines, "noeviction"),
    (put(None, "services", "web", "depends_on", "migrate"), order, "before the tables"),
    (service("migrate", "depends_on", {}), order, "before the server"),
    (service("web", "build", "."), image, "race for its one name"),
    (swap("USER 10001:10001\n", ""), image, "as root"),
    (swap("USER 10001:10001", "USER 0:0"), image, "as root"),
    (swap("USER 10001:10001", "USER desk"), image, "as a name"),
    (swap("--require-hashes", ""), image, "of the lock"),
    (swap("requirements.lock", "requirements-dev.lock"), image, "of the lock"),
    (swap("postgresql-client-17", "postgresql-client-17 build-essential"), image, "a compiler"),
    (swap("PORT=8000", "PORT=8000 SECRET_KEY=not-a-secret"), image, "SECRET_KEY stays"),
    (swap("*\n", "", ignore=True), image, "tests/"),
    (swap("!tickets", "!tickets\n!secrets", ignore=True), image, "secrets/vault_keys"),
    (swap("**/__pycache__\n**/*.py[co]\n", "", ignore=True), image, "x.pyc"),
    (swap("!sealing\n", "", ignore=True), image, "sealing is missing"),
    (swap("!requirements.lock\n", "", ignore=True), image, "COPY requirements.lock"),
]


@pytest.mark.parametrize(("breaking", "comparison", "word"), BREAKAGES, ids=[row[2] for row in BREAKAGES])
def test_a_broken_copy_is_found_fault_with(
    deployment: Deployment,
    breaking: Callable[[Deployment], Deployment],
    comparison: Callable[[Deployment], Iterator[str]],
    word: str,
) -> None:
    assert word in "\n".join(comparison(breaking(deployment)))


def test_gunicorn_takes_the_command_of_the_image(deployment: Deployment) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", *deployment.services["web"]["command"].split(), "--check-config"],
        cwd=PROJECT,
        env={**os.environ, "WEB_CONCURRENCY": "3"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


def test_new_secrets_are_made_once_and_never_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "secrets"
    assert new_secrets.main(["--folder", str(folder)]) == 0
    assert folder.stat().st_mode & 0o777 == 0o700
    made = {path.name: path.read_text() for path in folder.iterdir()}
    assert set(made) == set(new_secrets.contents())
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o444}
    assert new_secrets.main(["--folder", str(folder)]) == 1
    assert "keep it" in capsys.readouterr().err
    assert {path.name: path.read_text() for path in folder.iterdir()} == made
    assert len(set(new_secrets.contents().values()) - set(new_secrets.contents().values())) == 6, "all but email_url"


def test_new_secrets_need_nothing_installed(tmp_path: Path) -> None:
    ran = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            str(PROJECT / "scripts" / "new_secrets.py"),
            "--folder",
            str(tmp_path / "secrets"),
        ],
        cwd="/",
        env={},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
