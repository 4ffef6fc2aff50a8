"""After the kills: wait until nothing is owed any more, and read what the desk holds, in its database and on disk."""

from __future__ import annotations

import time
from collections import defaultdict
from hashlib import sha256
from pathlib import Path

import psycopg2

from tests.prove.judge import Record, Request
from tests.prove.ledger import Sink
from tests.stand import Stand

NOTHING_MOVES = 20.0
"""Seconds without a letter, and with none in anybody's hands, after which nobody will send the rest: the clock sweeps
every second, and a worker that has lost Valkey for a moment tries again after one, two and four."""
MOST_WAIT = 150.0
"""Seconds for the last letters: one may be in the hands of a killed worker twice, a minute each time."""
_QUIET = 2.0

_OWED = (
    "select state from notifications_outgoingemail where state <> 'sent'"
    " union all select 'unsettled' from tickets_ticket where settled_at is null"
)
_HELD = """
    select t.id, t.number, t.submission_key::text, t.subject, t.description, t.reacted_at is not null
    from tickets_ticket t where t.number > %s
"""
_FILES = """
    select a.ticket_id, a.path from tickets_attachment a join tickets_ticket t on t.id = a.ticket_id
    where t.number > %s order by a.path
"""
_MESSAGES = """
    select m.submission_key::text, t.number, m.body
    from tickets_message m join tickets_ticket t on t.id = m.ticket_id where t.number > %s
"""
_AUDIT = {
    "a request without its confirmation": """
        select number from tickets_ticket t where number > %s and not exists (
            select 1 from notifications_outgoingemail e
            where e.about = 'ticket:' || t.id and e.obligation = 'ticket.confirmation')
    """,
    "a request that processing has begun on without a word to the customer": """
        select number from tickets_ticket t where number > %s and reacted_at is not null and not exists (
            select 1 from notifications_outgoingemail e
            where e.thread = 'ticket:' || t.id and e.obligation <> 'ticket.confirmation')
    """,
    "an unsettled deadline": "select number from tickets_ticket where number > %s and settled_at is null",
    "an answer without its letter": """
        select t.number from tickets_message m join tickets_ticket t on t.id = m.ticket_id
        where t.number > %s and m.kind = 'staff' and not exists (
            select 1 from notifications_outgoingemail e where e.about = 'message:' || m.id)
    """,
    "a letter that is still owed": """
        select t.number from notifications_outgoingemail e join tickets_ticket t on e.thread = 'ticket:' || t.id
        where t.number > %s and e.state <> 'sent'
    """,
}
"""The auditor's invariants: what each query finds is a trouble."""


def newest_request(stand: Stand) -> int:
    """The greatest number so far."""
    return int(stand.query("select coalesce(max(number), 0) from tickets_ticket")[0][0])


def wait_for_the_rest(stand: Stand, sink: Sink, *, still: float = NOTHING_MOVES) -> None:
    """Until nothing is owed, or nothing has moved for so many seconds: what is left then is the judge's."""
    begun = time.monotonic()
    while time.monotonic() - begun < MOST_WAIT:
        quiet_for = time.monotonic() - max(sink.last_at, begun)
        owed = _owed(stand)
        if quiet_for > (still if owed else _QUIET) and not {"sending", "deferred", "unknown"} & owed:
            break
        time.sleep(0.25)


def _owed(stand: Stand) -> set[str]:
    """The states of what is not done yet."""
    try:
        return {state for (state,) in stand.query(_OWED)}
    except psycopg2.Error:
        return {"unknown"}


def held(stand: Stand, after: int) -> Record:
    """What the desk holds of requests with greater numbers than `after`."""
    media = Path(stand.environment["MEDIA_ROOT"])
    digests: dict[int, list[str]] = defaultdict(list)
    for ticket, path in stand.query(_FILES, after):
        stored = media / path
        digests[ticket].append(sha256(stored.read_bytes()).hexdigest() if stored.is_file() else f"{path} is gone")
    requests = [
        Request(number, key, topic, text, digests[ticket], is_taken)
        for ticket, number, key, topic, text, is_taken in stand.query(_HELD, after)
    ]
    return Record(requests, {key: (number, body) for key, number, body in stand.query(_MESSAGES, after)})


def audit(stand: Stand, after: int) -> list[str]:
    """What the database holds against the rules; empty when all is well."""
    return [f"{what}: {number}" for what, query in _AUDIT.items() for (number,) in stand.query(query, after)]
