"""What must be done before the parts may start: tables, static files and, in an empty database, the demo data.

A process of its own does it (update.py), so that the supervisor needs no Django; it is left out when nothing has
changed since it last ran: that is most of what a second start would wait for.
"""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import psycopg2.errors

from helpdesk.local.console import Console
from helpdesk.local.environment import PROJECT
from helpdesk.local.errors import LocalServiceError
from helpdesk.local.stop import Stop

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
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        try:
            cursor.execute(
                "SELECT system_identifier, count(*), max(id) FROM pg_control_system(), django_migrations GROUP BY 1"
            )
        except psycopg2.errors.UndefinedTable:
            return ""
        return str(cursor.fetchone())


def prepare(environment: Mapping[str, str], data: Path, console: Console, stop: Stop, *, demo: bool) -> Prepared | None:
    """Bring tables, static files and demo data up to date, unless they are. None when told to stop meanwhile.

    Raises LocalServiceError after the preparation has said on the console what is wrong.
    """
    current = fingerprint(environment, demo=demo)
    last = Prepared.read(data)
    if last and not _has_changed(last, current, environment):
        return last
    pipe = console.pipe("setup")
    command = [sys.executable, "-m", "helpdesk.local.update", "--data", str(data), "--fingerprint", current]
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
