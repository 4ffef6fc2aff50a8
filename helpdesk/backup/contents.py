"""What the database holds at one moment, in figures that must be the same after a restore."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Collate

from helpdesk.backup.manifest import Table
from notifications.models import OutgoingEmail
from tickets.models import Attachment

BLOCK = 100
"""Rows to a digest: a changed row is named to the hundred, and a hundred million rows make 65 MB of manifest."""

# Text that COPY writes must not depend on the server's or the role's settings.
_PLAIN_WORDS = """
    SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL IntervalStyle = 'postgres';
    SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex';
    SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0
"""
# Each table with the words that put its rows into one order anywhere: by primary key, text by its bytes.
_TABLES = """
    SELECT n.nspname, c.relname, string_agg(
        quote_ident(a.attname) || CASE WHEN a.attcollation <> 0 THEN ' COLLATE "C"' ELSE '' END, ', ' ORDER BY k.place)
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
    LEFT JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k (attnum, place) ON true
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
    WHERE c.relkind = 'r' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    GROUP BY 1, 2 ORDER BY 1, 2
"""
_TRIGGERS = """
    SELECT c.relname, t.tgname, t.tgenabled, md5(pg_get_triggerdef(t.oid) || coalesce(p.prosrc, ''))
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE NOT t.tgisinternal ORDER BY 1, 2
"""
# Every column that takes its value from a sequence: identity, serial, or any default that names one.
_SEQUENCES = """
    SELECT DISTINCT s.oid::regclass::text, t.oid::regclass::text, quote_ident(a.attname)
    FROM pg_class s
    JOIN pg_depend d ON (d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype IN ('a', 'i'))
        OR (d.refclassid = 'pg_class'::regclass AND d.refobjid = s.oid AND d.classid = 'pg_attrdef'::regclass)
    LEFT JOIN pg_attrdef f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid
    JOIN pg_class t ON t.oid = coalesce(f.adrelid, d.refobjid)
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = coalesce(f.adnum, d.refobjsubid)
    WHERE s.relkind = 'S' AND a.attnum > 0 ORDER BY 1, 2, 3
"""


@contextmanager
def snapshot() -> Iterator[str]:
    """One moment of the database: all that is read inside is of it, and nobody waits for it. Its name, for pg_dump."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute(_PLAIN_WORDS)
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


def tables() -> dict[str, Table]:
    """Count and digests of every table. Needs a snapshot."""
    return {name: _read(name, order) for name, order in orders().items()}


def orders() -> dict[str, str]:
    """Every table's name, quoted where need be, with the order of its rows."""
    quote = connection.ops.quote_name
    return {
        table if schema == "public" else f"{schema}.{table}": order or f'{quote(table)}::text COLLATE "C"'
        for schema, table, order in _rows(_TABLES)
    }


def _read(name: str, order: str) -> Table:
    reader = _Reader()
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY (SELECT * FROM {_quoted(name)} ORDER BY {order}) TO STDOUT", reader)  # noqa: S608
    return reader.table()


class _Reader:
    """Takes a table's rows one by one from COPY and keeps digests only."""

    def __init__(self) -> None:
        self._rows = 0
        self._blocks: list[str] = []
        self._digest = hashlib.sha256()

    def write(self, row: bytes) -> int:
        self._digest.update(row)
        self._rows += 1
        if self._rows % BLOCK == 0:
            self._close_block()
        return len(row)

    def table(self) -> Table:
        if self._rows % BLOCK:
            self._close_block()
        return Table(self._rows, self._blocks)

    def _close_block(self) -> None:
        self._blocks.append(self._digest.hexdigest())
        self._digest = hashlib.sha256()


def rows_beyond(tables_of_migrate: set[str]) -> list[str]:
    """The tables, apart from those named, that hold any row."""
    found = []
    with connection.cursor() as cursor:
        for name in orders().keys() - tables_of_migrate:
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {_quoted(name)})")  # noqa: S608 - from the catalogue
            if cursor.fetchone()[0]:
                found.append(name)
    return sorted(found)


def _quoted(name: str) -> str:
    return ".".join(map(connection.ops.quote_name, name.split(".", 1)))


def letters() -> Iterator[tuple[str, str]]:
    """Message-ID and digest of every letter as it is stored, by Message-ID. Needs a snapshot."""
    columns = ["message_id", "obligation", "about", "thread", "to_address", "in_reply_to", "subject"]
    columns += ["text_body", "html_body", "is_sealed", "is_automatic", "language"]
    stored = OutgoingEmail.objects.order_by(Collate("message_id", "C")).values_list(*columns)
    for row in stored.iterator(chunk_size=500):
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        yield row[0], hashlib.sha256(text.encode()).hexdigest()


def attachments() -> Iterator[tuple[str, str]]:
    """Path and recorded digest of every file, by path. Needs a snapshot."""
    recorded = Attachment.objects.annotate(key=Collate(F("path"), "C")).order_by("key")
    yield from recorded.values_list("path", "sha256").iterator(chunk_size=2000)


def triggers() -> list[str]:
    """Every trigger of ours: table, name, whether it is enabled (O), and a digest of what it does."""
    return [" ".join(row) for row in _rows(_TRIGGERS)]


def migrations() -> list[str]:
    """The migrations that were applied, as app.name; none where there is not even their table."""
    if "django_migrations" not in connection.introspection.table_names():
        return []
    return [f"{app}.{name}" for app, name in _rows("SELECT app, name FROM django_migrations ORDER BY 1, 2")]


def sequences_behind() -> list[str]:
    """Columns whose sequence would hand out a number that is taken already."""
    behind = []
    for sequence, table, column in _rows(_SEQUENCES):
        query = f"SELECT s.last_value, s.is_called, (SELECT max({column}) FROM {table}) FROM {sequence} s"  # noqa: S608
        ((last, is_called, highest),) = _rows(query)
        if highest is not None and highest >= (last + 1 if is_called else last):
            behind.append(f"{table}.{column}")
    return behind


def server_version() -> int:
    """PostgreSQL's major version."""
    ((number,),) = _rows("SELECT current_setting('server_version_num')::int / 10000")
    return int(number)


def _rows(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())
