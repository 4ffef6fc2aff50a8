"""Whether the part of the desk that runs in this container works: `python -m helpdesk.pulse web|worker|clock`.

Asked every few seconds, so it loads no Django: exit code 0, or 1 with a sentence.
"""

from __future__ import annotations

import http.client
import os
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from urllib.parse import urlsplit

import psycopg2
from redis import Redis
from redis.exceptions import RedisError

from helpdesk.environment import text

SECONDS = 3


class NoPulse(Exception):
    """The part does not work; the text says why."""


def web() -> None:
    """It answers, and PostgreSQL answers it. Raises NoPulse, OSError."""
    with closing(http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=SECONDS)) as door:
        host = urlsplit(os.environ.get("SITE_URL", "")).netloc or "localhost"
        door.request("GET", "/health/ready", headers={"Host": host})
        status = door.getresponse().status
    if status != 200:
        raise NoPulse(f"/health/ready answers {status}.")


def worker() -> None:
    """A worker of this machine is registered. Raises NoPulse, RedisError."""
    queue: Redis = Redis.from_url(text("REDIS_URL"), socket_timeout=SECONDS, socket_connect_timeout=SECONDS)
    here = socket.gethostname().encode()
    if not any(queue.hget(key, "hostname") == here for key in queue.smembers("rq:workers")):
        raise NoPulse("No worker of this machine is registered in Redis.")


def clock() -> None:
    """Some clock has run a job within the last minute. Raises NoPulse, psycopg2.Error."""
    with (
        closing(psycopg2.connect(text("DATABASE_URL"), connect_timeout=SECONDS)) as record,
        record.cursor() as cursor,
    ):
        # A moment ahead of now is no pulse: the time has stepped back since.
        cursor.execute(
            "SELECT bool_or(last_run_at BETWEEN now() - interval '1 minute' AND now() + interval '5 seconds')"
            " FROM helpdesk_periodicjob"
        )
        if cursor.fetchone() != (True,):
            raise NoPulse("No periodic job has run for a minute.")


PARTS: dict[str, Callable[[], None]] = {"web": web, "worker": worker, "clock": clock}


def main(arguments: list[str]) -> None:
    """Raises SystemExit with a sentence where there is no pulse."""
    if len(arguments) != 1 or arguments[0] not in PARTS:
        sys.exit(f"Expected one of: {', '.join(PARTS)}.")
    try:
        PARTS[arguments[0]]()
    except NoPulse as error:
        sys.exit(str(error))
    except (OSError, http.client.HTTPException, RedisError, psycopg2.Error) as error:
        sys.exit(f"It does not answer: {type(error).__name__}.")


if __name__ == "__main__":
    main(sys.argv[1:])
