"""Redis rings the bell: a job is a hint that work waits in PostgreSQL. Losing it costs one sweep of the clock."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import django_rq
from django.conf import settings
from django.db import transaction
from redis import Redis
from redis.exceptions import RedisError
from rq.job import Job

log = logging.getLogger(__name__)

FIRST = "mail"

_is_muffled: ContextVar[bool] = ContextVar("bell_is_muffled", default=False)


class QuietJob(Job):
    """A job that leaves nothing of its error in Redis: the words may quote a customer's row. The log has its places."""

    def _handle_failure(self, exc_string: str, *told: Any, **more: Any) -> None:
        super()._handle_failure("", *told, **more)


@lru_cache(maxsize=1)
def _redis(url: str) -> Redis:
    """One for all threads of a process: its pool keeps connections open, and opens anew what broke or was forked."""
    return Redis.from_url(url)


def ring(job: Callable[..., Any], *args: str, queue: str = "default", is_urgent: bool = False) -> bool:
    """Ask a worker for job(*args) now; what is urgent comes before all that waits, in the queue that workers look into
    first. False if Redis cannot be reached: the caller goes on, the clock will sweep."""
    try:
        name = FIRST if is_urgent else queue
        # "auto": at once, whatever transaction is open; ring_on_commit is for use inside one.
        waiting = django_rq.get_queue(name, commit_mode="auto", connection=_redis(settings.RQ_QUEUES[name]["URL"]))
        waiting.enqueue(job, *args, result_ttl=0, failure_ttl=86400, ttl=300, at_front=is_urgent)
    except (RedisError, OSError):
        log.warning("bell lost", extra={"job": job.__name__})
        return False
    return True


def ring_on_commit(job: Callable[..., Any], *args: str, queue: str = "default", is_urgent: bool = False) -> None:
    """ring() once the caller's transaction has committed. A failure never reaches the person who saved something."""
    if _is_muffled.get():
        return
    transaction.on_commit(lambda: ring(job, *args, queue=queue, is_urgent=is_urgent), robust=True)


@contextmanager
def muffled() -> Iterator[None]:
    """Nobody is called for what is written inside: for loading a history whose work is done."""
    token = _is_muffled.set(True)
    try:
        yield
    finally:
        _is_muffled.reset(token)
