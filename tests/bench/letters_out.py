"""How fast letters leave: an outbox of real letters, drained by one real worker to a mail server in another process."""

from __future__ import annotations

import multiprocessing
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

import django

from tests.bench.machine import cpu_seconds
from tests.bench.servers import BenchError, Servers

LETTERS = 1000
_WORKER = ["manage.py", "rqworker", "mail", "default", "--serializer", "rq.serializers.JSONSerializer", "-v", "0"]
_DROP = """
DELETE FROM notifications_outgoingemail WHERE state = 'queued' AND id IN
    (SELECT id FROM notifications_outgoingemail WHERE state = 'queued' ORDER BY id OFFSET %s)
"""
# The confirmations that the filing has left, repeated under keys of their own until there are enough.
_OWE = """
WITH owed AS (SELECT row_number() OVER () AS n, count(*) OVER () AS total, o.*
    FROM notifications_outgoingemail o WHERE state = 'queued')
INSERT INTO notifications_outgoingemail (obligation, about, thread, to_address, message_id, in_reply_to, subject,
    text_body, html_body, is_sealed, is_automatic, language, state, attempts, crashes, due_at, created_at, owed_at,
    last_error)
SELECT obligation, 'bench:' || copy, thread, to_address, '<' || gen_random_uuid() || '@desk.example>', in_reply_to,
    subject, text_body, html_body, is_sealed, is_automatic, language, state, 0, 0, due_at, created_at, owed_at, ''
FROM owed JOIN generate_series(1, %s - (SELECT count(*) FROM owed)) copy ON n = 1 + copy %% total
"""


def measure(servers: Servers, database: str) -> dict[str, Any]:
    """Letters a second from the first to the last, and the CPU of the worker for each."""
    servers.ask(_DROP, LETTERS, database=database)
    servers.ask(_OWE, LETTERS, database=database)
    (newest,) = servers.ask("SELECT max(sent_at) FROM notifications_outgoingemail", database=database)[0]
    servers.run("-m", "tests.bench.letters_out", database=database)
    with _mail_server() as port:
        worker = servers.start(*_WORKER, database=database, EMAIL_URL=f"smtp://127.0.0.1:{port}")
        try:
            cpu = _wait(servers, database, worker.pid)
        finally:
            servers.end(worker)
    count, seconds = servers.ask(
        "SELECT count(*), extract(epoch FROM max(sent_at) - min(sent_at)) FROM notifications_outgoingemail"
        " WHERE sent_at > %s",
        newest,
        database=database,
    )[0]
    return {"letters": count, "per_s": round((count - 1) / float(seconds), 1), "cpu_ms": round(cpu / count * 1000, 2)}


def _wait(servers: Servers, database: str, pid: int) -> float:
    """Until nothing is owed any more; the worker's CPU seconds since its first letter."""
    deadline, began = time.monotonic() + 120, 0.0
    while time.monotonic() < deadline:
        (owed,) = servers.ask(
            "SELECT count(*) FROM notifications_outgoingemail WHERE state <> 'sent'", database=database
        )[0]
        if owed < LETTERS and not began:
            began = cpu_seconds(pid)
        if not owed:
            return cpu_seconds(pid) - began
        time.sleep(0.05)
    raise BenchError(f"The worker has not sent {LETTERS} letters in two minutes: {servers.log()}")


@contextmanager
def _mail_server() -> Iterator[int]:
    ours, theirs = multiprocessing.get_context("fork").Pipe()
    process = multiprocessing.get_context("fork").Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def _serve(door: Connection) -> None:
    """A mail server that takes everything and keeps nothing: SMTP as far as a polite client speaks it."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with socket.create_server(("127.0.0.1", 0)) as server:
        door.send(server.getsockname()[1])
        while True:
            connection, _ = server.accept()
            with connection, connection.makefile("rwb") as stream:
                _converse(stream)


def _converse(stream: Any) -> None:
    said = b"220 sink"
    while said:
        stream.write(said + b"\r\n")
        stream.flush()
        match stream.readline()[:4].upper():
            case b"" | b"QUIT":
                return
            case b"DATA":
                stream.write(b"354 go on\r\n")
                stream.flush()
                while stream.readline() not in (b".\r\n", b""):
                    pass
                said = b"250 taken"
            case _:
                said = b"250 OK"


def _ring() -> None:
    """Call the worker once for each letter, as each filing has, and for nothing else."""
    django.setup()
    import django_rq

    from notifications import jobs
    from notifications.bell import ring

    for name in ("mail", "default"):
        django_rq.get_queue(name).empty()
    for _ in range(LETTERS):
        ring(jobs.deliver_due, queue="mail")


if __name__ == "__main__":
    _ring()
