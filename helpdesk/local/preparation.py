"""What must be done before the parts may start: tables, static files and, in an empty database, the demo data.

Runs as a process of its own (`python -m helpdesk.local.preparation`), so that the supervisor needs no Django, and is
left out when nothing has changed since it last ran: that is most of what a second start would wait for.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg2

from helpdesk.local.console import Console
from helpdesk.local.environment import PROJECT, write_private
from helpdesk.local.errors import LocalServiceError

RECORD_NAME = "prepared.json"
_SOURCES = (
    "requirements-dev.lock",
    "*/settings.py",
    "*/environment.py",
    "*/management/commands/*.py",
    "helpdesk/demo/**/*.py",
    "*/migrations/*.py",
    "*/*/migrations/*.py",
    "static/**/*",
    "*/static/**/*",
)
_SETTING = re.compile(r"""\benv\.\w+\(\s*["']([A-Z_]+)["']""")


@dataclass(frozen=True)
class Prepared:
    """What the last preparation was made for, and what it left behind."""

    fingerprint: str
    database: str
    sign_ins: list[tuple[str, str, str]]
    """Role, e-mail and password of the demo people, when they are in the database."""

    @classmethod
    def read(cls, data: Path) -> "Prepared | None":
        """The record of the data folder, if it can be read."""
        try:
            content = json.loads((data / RECORD_NAME).read_text(encoding="utf-8"))
            return cls(content["fingerprint"], content["database"], [tuple(row) for row in content["sign_ins"]])
        except (OSError, ValueError, KeyError, TypeError):
            return None


def fingerprint(environment: Mapping[str, str], *, demo: bool) -> str:
    """Of all that the preparation depends on: sources, and the values of the variables that the settings read."""
    digest = hashlib.sha256(repr((sys.version, demo)).encode())
    for path in sources(PROJECT):
        digest.update(repr((str(path), (PROJECT / path).stat().st_size)).encode())
        digest.update((PROJECT / path).read_bytes())
    settings = (PROJECT / "helpdesk" / "settings.py").read_text(encoding="utf-8")
    for name in sorted(set(_SETTING.findall(settings)) - {"EMAIL_URL"}):  # the catcher's port is new at each start
        digest.update(repr((name, environment.get(name), environment.get(f"{name}_FILE"))).encode())
    return digest.hexdigest()


def sources(project: Path) -> list[Path]:
    """The files behind tables, static files and demo data, relative to the project; nothing of .data or .venv."""
    found = {path.relative_to(project) for pattern in _SOURCES for path in project.glob(pattern) if path.is_file()}
    return sorted(path for path in found if not any(part.startswith(".") for part in path.parts))


def state_of(database_url: str) -> str:
    """Which database this is and how far it is migrated; empty for one without tables."""
    connection = psycopg2.connect(database_url)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass('django_migrations')")
            if cursor.fetchone() == (None,):
                return ""
            cursor.execute(
                "SELECT system_identifier, count(*), max(id) FROM pg_control_system(), django_migrations GROUP BY 1"
            )
            return str(cursor.fetchone())
    finally:
        connection.close()


def prepare(
    environment: Mapping[str, str], data: Path, console: Console, stop: threading.Event, *, demo: bool
) -> Prepared | None:
    """Bring tables, static files and demo data up to date, unless they are. None when told to stop meanwhile.

    Raises LocalServiceError after the preparation has said on the console what is wrong.
    """
    current = fingerprint(environment, demo=demo)
    last = Prepared.read(data)
    if last and not _has_changed(last, current, environment):
        return last
    pipe = console.pipe("setup")
    command = [sys.executable, "-m", "helpdesk.local.preparation", "--data", str(data), "--fingerprint", current]
    process = subprocess.Popen(
        [*command, *(["--demo"] if demo else [])],
        cwd=PROJECT,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=pipe.write_end,
        stderr=pipe.write_end,
        start_new_session=True,
    )
    while process.poll() is None:
        if stop.wait(0.05):
            process.kill()  # each of its steps is one transaction, or can be done again
            process.wait()
    pipe.close()
    if stop.is_set():
        return None
    prepared = Prepared.read(data)
    if process.returncode != 0 or prepared is None:
        raise LocalServiceError("The desk could not be prepared: mend what the lines above say, and start again.")
    return prepared


def _has_changed(last: Prepared, current: str, environment: Mapping[str, str]) -> bool:
    has_static_files = (Path(environment["STATIC_ROOT"]) / "staticfiles.json").exists()
    is_same_database = last.database == state_of(environment["DATABASE_URL"])
    return last.fingerprint != current or not has_static_files or not is_same_database


def main(arguments: list[str] | None = None) -> int:
    """Prepare; 0, or 1 after a sentence about a setting that is wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--fingerprint", required=True)
    parser.add_argument("--demo", action="store_true")
    options = parser.parse_args(arguments)

    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as error:
        _say(str(error))
        return 1
    sign_ins = _prepare(demo=options.demo)
    record = Prepared(options.fingerprint, state_of(os.environ["DATABASE_URL"]), sign_ins)
    write_private(options.data / RECORD_NAME, json.dumps(asdict(record), ensure_ascii=False, indent=1))
    return 0


def _prepare(*, demo: bool) -> list[tuple[str, str, str]]:
    from django.apps import apps
    from django.contrib.auth import get_user_model
    from django.core.management import call_command, get_commands

    _say("Tables are brought up to date.")
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    people = get_user_model()._default_manager
    requests = apps.get_model("tickets", "Ticket")._default_manager
    if demo and "demo_data" in get_commands() and not people.exists() and not requests.exists():
        _say("The database is empty: demo data is loaded, once.")
        call_command("demo_data")
    known = _demo_sign_ins()
    return known if people.filter(email__in=[email for _, email, _ in known]).exists() else []


def _demo_sign_ins() -> list[tuple[str, str, str]]:
    from importlib import import_module

    try:
        rows = import_module("helpdesk.demo.people").sign_ins()
    except ModuleNotFoundError:
        return []
    return [(str(role), str(email), str(password)) for role, email, password in rows]


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
