"""Fills an empty scratch database with requests: `python -m tests.bench.filling --tickets N`, as DATABASE_URL says.

The rows are made by filling_course and come in by COPY, in one transaction, without foreign-key checks; these, and that
what is stored equals what the desk computes, are proved afterwards by filling_check.
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

import django

CHUNK = 5000
CREDENTIALS = "vault_credential"
COLUMNS = {
    CREDENTIALS: "id login_sealed password_sealed note_sealed key_file_sealed rights created_at expires_at",
    "tickets_ticket": (
        "id number customer_id author_id channel language submission_key follows_id subject description steps "
        "frequency server_id server_address credential_id version controller criticality "
        "criticality_confirmed_at contact_name contact_phone contact_phone_digits contact_email status "
        "status_changed_at engineer_id received_at registered_at updated_at level_version_id "
        "calendar_version_id is_term_promised limit_minutes due_at at_risk_at grave_at reaction_windows "
        "settled_at reacted_at unanswered_since reply_due_at warned_rung rung queue_at flip_at last_message_at "
        "last_message_by_staff development_task review_date deferred_until_date ground kind component outcome "
        "resolved_at closed_at"
    ),
    "tickets_message": "id ticket_id kind author_id author_name channel body submission_key created_at",
    "tickets_attachment": "id ticket_id message_id name content_type size sha256 path created_at",
    "tickets_ticketevent": "id ticket_id code by_id at data",
    "tickets_breach": "id ticket_id due_at is_promised noticed_at",
    "notifications_outgoingemail": (
        "id obligation about thread to_address message_id in_reply_to subject text_body html_body is_sealed"
        " is_automatic language state attempts crashes lease due_at created_at owed_at sent_at last_error"
    ),
}


class NotEmpty(Exception):
    """The database already holds requests; the text says what to do."""


def fill(tickets: int, *, now: datetime, processes: int = 0) -> dict[str, int]:
    """Fill the connected database as it would stand at `now`; how many rows each table got.

    The same number and moment give the same rows, less the nonces of sealed access data. With `processes` others make
    the rows while this one copies them. Raises NotEmpty.
    """
    from django.db import connection, transaction

    from tests.bench.filling_base import make_base
    from tests.bench.filling_course import Plan
    from tickets.models import Ticket

    if Ticket.objects.exists():
        raise NotEmpty("There are requests in this database already. Name an empty scratch database in DATABASE_URL.")
    base = make_base(now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('tickets_ticket_number')")
        plan = Plan(tickets, now, cursor.fetchone()[0], base)
    parts = [(start, min(start + CHUNK, tickets)) for start in range(0, tickets, CHUNK)]
    if not processes:
        with transaction.atomic():
            return _copy(map(partial(_chunk, plan), parts), plan.first_number + tickets)
    connection.close()  # the other processes must not inherit it
    with multiprocessing.get_context("fork").Pool(processes) as pool, transaction.atomic():
        return _copy(_ahead(pool, plan, parts, 2 * processes), plan.first_number + tickets)


def _ahead(pool: Any, plan: Any, parts: Iterable[tuple[int, int]], most: int) -> Iterator[dict[str, tuple[int, bytes]]]:
    """The chunks in order. Only a few are made ahead: all of a million requests would not fit into memory."""
    waiting: deque[Any] = deque()
    for part in parts:
        waiting.append(pool.apply_async(_chunk, (plan, part)))
        if len(waiting) >= most:
            yield waiting.popleft().get()
    while waiting:
        yield waiting.popleft().get()


def _chunk(plan: Any, part: tuple[int, int]) -> dict[str, tuple[int, bytes]]:
    """How many rows of each table, and the rows as COPY reads them, in order of time."""
    from tests.bench.filling_course import rows_of

    rows = rows_of(plan, *part)
    by_table = {
        CREDENTIALS: rows.credentials,
        "tickets_ticket": rows.tickets,
        "tickets_message": rows.messages,
        "tickets_attachment": rows.attachments,
        "tickets_ticketevent": rows.events,
        "tickets_breach": rows.breaches,
        "notifications_outgoingemail": rows.letters,
    }
    return {
        table: (len(lines), "".join(f"{line}\n" for _at, line in sorted(lines)).encode())
        for table, lines in by_table.items()
    }


def _copy(chunks: Iterable[dict[str, tuple[int, bytes]]], next_number: int) -> dict[str, int]:
    """Take the rows in. Indexes that carry no constraint are made once, at the end."""
    from django.db import connection

    counted = dict.fromkeys(COLUMNS, 0)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        # Emptied in this transaction, the tables need no write-ahead log and come in frozen, as after a vacuum.
        emptied = [*(table for table in COLUMNS if table != CREDENTIALS), "tickets_breachannulment"]
        cursor.execute(f"TRUNCATE {', '.join(emptied)}")
        indexes = list(_plain_indexes(cursor))
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        for chunk in chunks:
            for table, (count, lines) in chunk.items():
                columns = COLUMNS[table].replace(" ", ", ")
                frozen = "" if table == CREDENTIALS else " WITH (FREEZE)"
                cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN{frozen}", io.BytesIO(lines))
                counted[table] += count
        for _name, definition in indexes:
            cursor.execute(definition)
        cursor.execute("SELECT setval('tickets_ticket_number', %s, false)", [next_number])
        for table in set(COLUMNS) - {CREDENTIALS, "tickets_attachment"}:  # theirs are UUIDs
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), coalesce(max(id), 1)) FROM {table}"  # noqa: S608
            )
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute(f"ANALYZE {', '.join(COLUMNS)}")
    return counted


def _plain_indexes(cursor: Any) -> Iterator[tuple[str, str]]:
    """Name and definition of the indexes of these tables that are neither unique nor behind a constraint."""
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = ANY(%s::regclass[]) AND NOT indisunique",
        [list(COLUMNS)],
    )
    yield from cursor.fetchall()


def main() -> int:
    """Fill, check, and print one line of JSON: the rows by table, and the seconds of both."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.filling")
    parser.add_argument("--tickets", type=int, required=True)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    django.setup()
    from django.utils import timezone

    from tests.bench.filling_check import check

    now = timezone.now().replace(microsecond=0)
    began = time.monotonic()
    try:
        counted = fill(options.tickets, now=now, processes=options.processes)
    except NotEmpty as error:
        print(error, file=sys.stderr)
        return 1
    filled = time.monotonic()
    faults = check(now=now)
    told = {"rows": counted, "fill_seconds": filled - began, "check_seconds": time.monotonic() - filled}
    print(json.dumps({**told, "faults": faults}, ensure_ascii=False))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
