"""Proves on the spot that a filled database is what the desk itself would hold. Each fault is one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from django.db import connection

from sla import deadlines
from sla.calendars import working_time_of
from tests.bench.filling import COLUMNS
from tickets.models import Ticket
from tickets.rank import place
from tickets.replay import differences

_REPLAYED = 20_000
_SAMPLE = 2000  # of ended requests, whose deadline is computed again

_MUST_BE_ZERO = {
    "requests nobody has settled": "SELECT count(*) FROM tickets_ticket WHERE settled_at IS NULL",
    "letters that are not sent": "SELECT count(*) FROM notifications_outgoingemail WHERE state <> 'sent'",
    "requests with an address and without exactly one confirmation": (
        "SELECT count(*) FROM tickets_ticket t WHERE contact_email <> '' AND 1 <> (SELECT count(*)"
        " FROM notifications_outgoingemail WHERE thread = 'ticket:' || t.id AND obligation = 'ticket.confirmation')"
    ),
    "requests without exactly one event of registration": (
        "SELECT count(*) FROM tickets_ticket t WHERE 1 <> (SELECT count(*) FROM tickets_ticketevent"
        " WHERE ticket_id = t.id AND code = 'ticket.registered')"
    ),
    "requests whose last message differs from what they say": (
        "SELECT count(*) FROM tickets_ticket t WHERE last_message_at IS DISTINCT FROM (SELECT max(created_at)"
        " FROM tickets_message WHERE ticket_id = t.id AND kind <> 'note')"
    ),
    "things that lie in the future": (
        "SELECT (SELECT count(*) FROM tickets_message WHERE created_at > %(now)s)"
        " + (SELECT count(*) FROM tickets_ticketevent WHERE at > %(now)s)"
        " + (SELECT count(*) FROM tickets_ticket WHERE greatest(updated_at, closed_at) > %(now)s)"
    ),
}


def check(*, now: datetime) -> list[str]:
    """What is wrong; nothing, as a rule. `now` is the moment of the filling."""
    return [*_counted(now), *_orphans(), *_sequences(), *_computed(now), *_replayed(now)]


def _counted(now: datetime) -> Iterator[str]:
    with connection.cursor() as cursor:
        for what, question in _MUST_BE_ZERO.items():
            cursor.execute(question, {"now": now})
            if found := cursor.fetchone()[0]:
                yield f"There are {found} {what}."


def _orphans() -> Iterator[str]:
    """Rows that name one which is not there: the filling goes past the foreign keys."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, a.attname, confrelid::regclass::text, f.attname FROM pg_constraint c"
            " JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = conkey[1]"
            " JOIN pg_attribute f ON f.attrelid = confrelid AND f.attnum = confkey[1]"
            " WHERE contype = 'f' AND conrelid = ANY(%s::regclass[])",
            [list(COLUMNS)],
        )
        for table, column, other, key in cursor.fetchall():
            cursor.execute(
                f"SELECT count(*) FROM {table} r WHERE {column} IS NOT NULL"  # noqa: S608 - names of ours
                f" AND NOT EXISTS (SELECT 1 FROM {other} o WHERE o.{key} = r.{column})"
            )
            if found := cursor.fetchone()[0]:
                yield f"{found} rows of {table} name a {column} that is not in {other}."


def _sequences() -> Iterator[str]:
    """The next row must not meet an old one."""
    sequences = {"number": ("tickets_ticket", "'tickets_ticket_number'")}
    tables = (
        "tickets_ticket",
        "tickets_message",
        "tickets_ticketevent",
        "tickets_breach",
        "notifications_outgoingemail",
    )
    for table in tables:
        sequences[f"{table}.id"] = (table, f"pg_get_serial_sequence('{table}', 'id')")
    with connection.cursor() as cursor:
        for what, (table, sequence) in sequences.items():
            column = what.rpartition(".")[2]
            cursor.execute(f"SELECT nextval({sequence}), max({column}) FROM {table}")  # noqa: S608 - names of ours
            following, highest = cursor.fetchone()
            if following <= (highest or 0):
                yield f"The sequence of {what} is at {following}, and {highest} is taken."


def _computed(now: datetime) -> Iterator[str]:
    """Rank and deadline of all open requests, and the deadline of some ended ones, as the desk computes them."""
    rows = Ticket.objects.defer("description", "steps")
    for ticket in rows.open().iterator():
        stands = place(ticket, now)
        if (ticket.rung, ticket.queue_at, ticket.flip_at) != (stands.rung, stands.queue_at, stands.flip_at):
            yield f"Request {ticket.number} stands on rung {ticket.rung}, and {stands} was computed."
        yield from _deadline(ticket)
    for ticket in rows.ended().order_by("submission_key")[:_SAMPLE]:
        yield from _deadline(ticket)


def _replayed(now: datetime) -> Iterator[str]:
    """The clocks of the oldest requests as their history gives them."""
    yield from map(str, filter(None, islice(differences(lambda: now), _REPLAYED)))


def _deadline(ticket: Ticket) -> Iterator[str]:
    if ticket.calendar_version_id is None or ticket.limit_minutes is None:
        yield f"Request {ticket.number} has no term."
        return
    computed = deadlines.deadline(working_time_of(ticket.calendar_version_id), ticket.received_at, ticket.limit_minutes)
    stored = (ticket.due_at, ticket.at_risk_at, ticket.grave_at)
    if stored != (computed.due_at, computed.at_risk_at, computed.grave_at):
        yield f"Request {ticket.number} is due at {ticket.due_at}, and {computed.due_at} was computed."
