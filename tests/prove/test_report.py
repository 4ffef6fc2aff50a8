"""The reaction report of a month that no desk has ever had: a hundred thousand requests under one contract.

Each file is made in a process of its own, as a web process would, and its memory is what the kernel says it took most.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection

from helpdesk.local.environment import PROJECT
from tests.cast import Cast, file_ticket, make_cast, moment
from tests.prove.conftest import Verdict
from tickets import workflow
from tickets.models import Ticket

pytestmark = [pytest.mark.prove, pytest.mark.django_db(transaction=True)]

ROWS = 100_000
MOST_MEGABYTES = 150
MAKE = """
import json, pathlib, re, sys, time
import django
django.setup()
from django.test import Client
from accounts.models import User
def memory():
    status = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1]) / 1000
client = Client()
client.force_login(User.objects.get(email="maria@desk.example"))
client.get(sys.argv[1].replace("contract=", "nothing="))  # what a process keeps: templates, catalogues, the calendar
before = memory()
start = time.perf_counter()
first, size = None, 0
response = client.get(sys.argv[1])
for piece in response.streaming_content if response.streaming else [response.content]:
    first = first or time.perf_counter() - start
    size += len(piece)
took = time.perf_counter() - start
print(json.dumps({"status": response.status_code, "size": size, "first": first, "took": took, "before": before,
    "after": memory()}))
"""


@pytest.fixture
def crowded() -> Cast:
    """November 2026 of ООО «Рейс»: one request of each kind by the verbs, copied until there are enough."""
    cast = make_cast()
    patterns = [file_ticket(cast.anna, at=moment("2026-11-02 09:00")) for _ in range(4)]
    workflow.take(patterns[1], by=cast.elena, at=moment("2026-11-02 09:40"))
    workflow.answer(patterns[2], "Смотрим", by=cast.elena, at=moment("2026-11-02 16:00"))
    workflow.close_by_customer(patterns[3], by=cast.anna, at=moment("2026-11-02 09:10"))
    told_below = {"id", "number", "received_at", "registered_at", "submission_key", "subject"}
    columns = ", ".join(it.attname for it in Ticket._meta.concrete_fields if it.attname not in told_below)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO tickets_ticket (received_at, registered_at, submission_key, subject, {columns})"  # noqa: S608
            " SELECT received_at - n * interval '1 second', registered_at, gen_random_uuid(), subject || n,"
            f" {columns} FROM tickets_ticket, generate_series(1, %s) n WHERE tickets_ticket.id = ANY(%s)",
            [ROWS // len(patterns) - 1, [ticket.pk for ticket in patterns]],
        )
        cursor.execute(
            "INSERT INTO tickets_message (ticket_id, kind, author_id, author_name, channel, body, submission_key,"
            " created_at) SELECT id, 'staff', %s, '', 'cabinet', 'Смотрим', gen_random_uuid(), reacted_at"
            " FROM tickets_ticket WHERE reacted_at IS NOT NULL AND id <> %s",
            [cast.elena.pk, patterns[2].pk],
        )
        cursor.execute("ANALYZE tickets_ticket, tickets_message")
    return cast


def made(path: str) -> dict[str, Any]:
    """What a process of its own says about making that page or file."""
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    here = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "helpdesk.settings", "DEBUG": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", MAKE, path],
        cwd=PROJECT,
        env={**os.environ, **here},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def test_a_hundred_thousand_requests_stream(crowded: Cast, verdict: Verdict) -> None:
    contract = crowded.reis.contracts.get()
    found = {}
    for name in ("csv", "xlsx", "page"):
        file = "" if name == "page" else f"{name}/"
        found[name] = made(f"/admin/reports/reaction/{file}?month=2026-11&contract={contract.pk}")
    found["overview"] = made("/admin/reports/reaction/?month=2026-11")
    for name, it in found.items():
        verdict(
            "report",
            f"{name} rows={ROWS} seconds={it['took']:.1f} first_byte={it['first']:.2f}s "
            f"rss={it['after']:.0f}MB grown_by={it['after'] - it['before']:.0f}MB size={it['size'] / 1e6:.1f}MB",
        )
    assert {it["status"] for it in found.values()} == {200}
    assert all(it["after"] < MOST_MEGABYTES for it in found.values())
    assert found["csv"]["first"] < 0.5
