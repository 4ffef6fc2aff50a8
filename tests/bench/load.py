"""The load: eight processes of plain sockets, which cost a fraction of a millisecond a request.

Every request has a connection of its own, as behind a proxy that keeps none: so the requests spread over gunicorn's
processes by themselves, and no client's luck stays with it.
"""

from __future__ import annotations

import multiprocessing
import signal
import socket
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

AT_ONCE = 8
KEY = b"00000000-0000-4000-8000-000000000000"
"""Stands in a request's bytes where each sending has a new submission key."""


class Refused(Exception):
    """An answer had another status than the one that the line expects."""


@dataclass(frozen=True)
class Shot:
    """One request as it goes over the wire, and the status that it must have."""

    request: bytes
    status: int = 200


@dataclass(frozen=True)
class Web:
    """What a client process does: these requests to that port, over and over."""

    port: int
    shots: Sequence[Shot]

    def begin(self) -> Callable[[int], float]:
        return self.once

    def once(self, number: int) -> float:
        """Send one of the requests; the seconds from connecting to the last byte."""
        shot = self.shots[number % len(self.shots)]
        request = shot.request.replace(KEY, str(uuid.uuid4()).encode()) if KEY in shot.request else shot.request
        began = time.perf_counter()
        answer = exchange(self.port, request)
        seconds = time.perf_counter() - began
        if int(answer[9:12] or 0) != shot.status:
            raise Refused(f"{request[:120]!r}: expected {shot.status}, got {answer[:200]!r}")
        return seconds


def exchange(port: int, request: bytes) -> bytes:
    """Send the bytes on a new connection and read until the server closes it."""
    parts = []
    with socket.create_connection(("127.0.0.1", port), timeout=60) as door:
        door.sendall(request)
        while part := door.recv(1 << 18):
            parts.append(part)
    return b"".join(parts)


class Clients:
    """The processes of the clients. Work goes to them as (worker, argument); `worker.begin()` is called in each."""

    def __init__(self) -> None:
        # With SIGTERM as it is by nature: a client that inherited our handler could survive the end of the pool.
        self._pool: Any = multiprocessing.get_context("fork").Pool(
            AT_ONCE, signal.signal, (signal.SIGTERM, signal.SIG_DFL)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._pool.terminate()
        self._pool.join()

    def one_at_a_time(self, work: Any, first: int, count: int) -> tuple[list[float], float]:
        """So many one after the other; the seconds of each, and the CPU seconds of the client."""
        seconds, cpu = self._pool.apply(_row, (work, first, count))
        return seconds, cpu

    def at_once(self, works: Sequence[Any], seconds: float) -> tuple[list[float], float]:
        """All eight for so long, each with work of its own; the seconds of each, and the clients' CPU seconds."""
        ends = time.monotonic() + 0.1 + seconds
        told = self._pool.map(_until, [(work, ends - seconds, ends) for work in works], chunksize=1)
        return [one for some, _cpu in told for one in some], sum(cpu for _some, cpu in told)


def _row(work: Any, first: int, count: int) -> tuple[list[float], float]:
    once, cpu = work.begin(), time.process_time()
    return [once(first + number) for number in range(count)], time.process_time() - cpu


def _until(task: tuple[Any, float, float]) -> tuple[list[float], float]:
    work, begins, ends = task
    once = work.begin()
    found: list[float] = []
    time.sleep(max(0.0, begins - time.monotonic()))
    cpu = time.process_time()
    while time.monotonic() < ends:
        found.append(once(len(found)))
    return found, time.process_time() - cpu


def get(path: str, cookie: str) -> Shot:
    return Shot(_head("GET", path, cookie) + b"\r\n")


def post(path: str, cookie: str, body: bytes, content_type: str) -> Shot:
    """A form, which is answered by a redirect."""
    own = f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\nOrigin: http://localhost\r\n\r\n"
    return Shot(_head("POST", path, cookie) + own.encode() + body, 302)


def _head(method: str, path: str, cookie: str) -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nConnection: close\r\n".encode()
