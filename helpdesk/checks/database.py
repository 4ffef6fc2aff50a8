"""The server of PostgreSQL: can it be the record?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import django_rq
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import Error as DatabaseAway
from django.db import connection
from django.utils import timezone
from redis.exceptions import RedisError
from rq.worker_registration import get_keys

from helpdesk import gunicorn
from helpdesk.checks.processes import web_processes

OLDEST = 14
APART = timedelta(seconds=2)
SILENT = {
    "log_min_error_statement": ("panic",),
    "log_error_verbosity": ("terse",),
    "log_statement": ("none", "ddl"),
    "log_min_duration_statement": ("-1",),
}
"""What keeps statements, in which people's words stand, and refused rows out of its log; the first is advised."""


@dataclass(frozen=True)
class Server:
    """What one connection says of the server and of our role on it."""

    version: int
    encoding: str
    folds_cyrillic: bool
    is_read_only: bool
    is_superuser: bool
    bypasses_rls: bool
    isolation: str
    fsync: str
    full_page_writes: str
    synchronous_commit: str
    log_min_error_statement: str
    log_error_verbosity: str
    log_statement: str
    log_min_duration_statement: str
    open_connections: int
    """How many the server lets us open in all."""
    ahead: timedelta
    """How far its clock is ahead of ours."""


@register()
def engine(**_: Any) -> list[CheckMessage]:
    if connection.vendor == "postgresql":
        return []
    return [
        Error(
            f"DATABASE_URL names {connection.vendor}: the desk needs PostgreSQL.",
            hint="Write postgresql://user:password@host:5432/name",
            id="helpdesk.E040",
        )
    ]


@register(Tags.database)
def server(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Asked before every `migrate` too: what is wrong here cannot be mended later."""
    if "default" not in (databases or ()) or connection.vendor != "postgresql":
        return []
    try:
        return judge_server(ask())
    except DatabaseAway as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        return [
            Error(
                f"PostgreSQL cannot be asked: {reason}",
                hint="Mend DATABASE_URL, start the server, or open the way to it.",
                id="helpdesk.E041",
            )
        ]


@register(Tags.database, deploy=True)
def service(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """What only matters once people depend on the desk."""
    if "default" not in (databases or ()) or connection.vendor != "postgresql":
        return []
    try:
        told = ask()
    except DatabaseAway:
        return []  # said by server()
    return judge_role(told) + judge_settings(told) + judge_log(told) + judge_connections(told, needed_connections())


def ask() -> Server:
    """Raises django.db.Error."""
    with connection.cursor() as cursor:
        begin = timezone.now()
        cursor.execute(
            """
            SELECT current_setting('server_version_num')::int / 10000 AS version,
                current_setting('server_encoding') AS encoding,
                lower('ЁЖ') = 'ёж' AS folds_cyrillic,
                pg_is_in_recovery() OR current_setting('default_transaction_read_only')::bool AS is_read_only,
                rolsuper AS is_superuser,
                rolbypassrls AS bypasses_rls,
                current_setting('default_transaction_isolation') AS isolation,
                current_setting('fsync') AS fsync,
                current_setting('full_page_writes') AS full_page_writes,
                current_setting('synchronous_commit') AS synchronous_commit,
                current_setting('log_min_error_statement') AS log_min_error_statement,
                current_setting('log_error_verbosity') AS log_error_verbosity,
                current_setting('log_statement') AS log_statement,
                current_setting('log_min_duration_statement') AS log_min_duration_statement,
                current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                    AS open_connections,
                clock_timestamp() AS its_time
            FROM pg_roles WHERE rolname = current_user
            """
        )
        told: dict[str, Any] = dict(zip((column.name for column in cursor.description), cursor.fetchone(), strict=True))
        ours = begin + (timezone.now() - begin) / 2
    return Server(ahead=told.pop("its_time") - ours, **told)


def judge_server(told: Server) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if told.version < OLDEST:
        found.append(
            Error(
                f"PostgreSQL is {told.version}: the desk needs {OLDEST} or newer.",
                hint="Install PostgreSQL 17 and move the database with pg_dump.",
                id="helpdesk.E042",
            )
        )
    if told.encoding != "UTF8":
        found.append(
            Error(
                f"The database keeps text as {told.encoding}: names and letters would be refused or garbled.",
                hint="Make the database anew: CREATE DATABASE desk ENCODING 'UTF8' TEMPLATE template0.",
                id="helpdesk.E043",
            )
        )
    elif not told.folds_cyrillic:
        found.append(
            Error(
                "The database does not know capital Cyrillic letters (its locale is C): searches would miss names.",
                hint="Make the database anew, on PostgreSQL 17 or newer with LOCALE_PROVIDER builtin BUILTIN_LOCALE"
                " 'C.UTF-8' LOCALE 'C' TEMPLATE template0, before that with LOCALE 'ru_RU.UTF-8'.",
                id="helpdesk.E046",
            )
        )
    if told.is_read_only:
        found.append(
            Error(
                "The database takes no writing: it is a replica, or default_transaction_read_only is on.",
                hint="Let DATABASE_URL name the primary server.",
                id="helpdesk.E056",
            )
        )
    return found


def judge_role(told: Server) -> list[CheckMessage]:
    if not told.is_superuser and not told.bypasses_rls:
        return []
    power = "is a superuser" if told.is_superuser else "has BYPASSRLS"
    return [
        Error(
            f"The role of DATABASE_URL {power}: a mistake or a break-in would reach the whole server.",
            hint="CREATE ROLE desk LOGIN PASSWORD '…' and let it own the database; see docs/operations.md.",
            id="helpdesk.E044",
        )
    ]


def judge_settings(told: Server) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    lax = [name for name in ("fsync", "full_page_writes", "synchronous_commit") if getattr(told, name) == "off"]
    if lax:
        found.append(
            Error(
                f"PostgreSQL has {' and '.join(lax)} off: a power cut would lose requests that were acknowledged.",
                hint=f"ALTER SYSTEM RESET {lax[0]}; look at ALTER ROLE and ALTER DATABASE too.",
                id="helpdesk.E051",
            )
        )
    if told.isolation != "read committed":
        found.append(
            Error(
                f"PostgreSQL begins transactions as {told.isolation}: filings at the same moment would fail.",
                hint="Reset default_transaction_isolation of the server, the database and the role.",
                id="helpdesk.E057",
            )
        )
    if abs(told.ahead) > APART:
        found.append(
            Warning(
                f"The clocks of PostgreSQL's machine and of this one are {abs(told.ahead).total_seconds():.1f} s apart:"
                " moments of one history would stand in the wrong order.",
                hint="Let both keep time by NTP (timedatectl set-ntp true).",
                id="helpdesk.W052",
            )
        )
    return found


def judge_log(told: Server) -> list[CheckMessage]:
    wordy = [name for name, silent in SILENT.items() if getattr(told, name) not in silent]
    if not wordy:
        return []
    return [
        Warning(
            f"PostgreSQL's log may quote people's words and access data: {', '.join(wordy)}.",
            hint="As its superuser: "
            + " ".join(f"ALTER ROLE desk SET {name} = '{SILENT[name][0]}';" for name in wordy)
            + " A managed server has them among its parameters.",
            id="helpdesk.W053",
        )
    ]


def judge_connections(told: Server, needed: int) -> list[CheckMessage]:
    if told.open_connections >= needed:
        return []
    return [
        Warning(
            f"PostgreSQL lets us open {told.open_connections} connections, and one machine's web processes during a"
            f" reload, the workers that are up, a clock and a backup may need {needed}.",
            hint="Raise max_connections, lower WEB_CONCURRENCY, or put PgBouncer between; see docs/operations.md.",
            id="helpdesk.W050",
        )
    ]


def needed_connections() -> int:
    """Each web thread keeps one, and during a reload the old processes end beside the new; a worker has one for itself
    and one for its job; a clock, a backup and an administrator want some."""
    try:
        mail = django_rq.get_queue("mail")
        workers = len(get_keys(connection=mail.connection))
    except (RedisError, OSError, ValueError):
        workers = 0  # said by queue.py
    return 2 * (web_processes() or 2) * gunicorn.threads + 2 * max(workers, 1) + 5
