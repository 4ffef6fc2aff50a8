"""Redis, or Valkey. It only rings the bell, but whoever writes into it tells the workers what to run."""

from __future__ import annotations

from typing import Any

import django_rq
from django.core.checks import CheckMessage, Error, Warning, register
from redis import Redis
from redis.exceptions import RedisError, ResponseError

from helpdesk.checks.hosts import is_this_machine

OLDEST = (5, 0)


@register(deploy=True)
def server(**_: Any) -> list[CheckMessage]:
    try:
        redis: Redis = django_rq.get_connection("mail")
        info = redis.info()
    except (RedisError, OSError, ValueError) as error:
        return [
            Error(
                f"Redis cannot be asked ({type(error).__name__}): letters and deadlines wait for the clock alone.",
                hint="Mend REDIS_URL (redis://:password@host:6379/0), or start Redis or Valkey.",
                id="helpdesk.E060",
            )
        ]
    return judge(info, _snapshots(redis), **_place(redis))


def judge(info: dict[str, Any], snapshots: str | None, *, host: str, has_password: bool) -> list[CheckMessage]:
    """`info` is the answer to INFO, `snapshots` the setting `save`, None where the server does not tell."""
    found: list[CheckMessage] = []
    version = str(info.get("redis_version", "0"))
    if tuple(map(int, version.split(".")[:2])) < OLDEST:
        found.append(
            Error(
                f"Redis is {version}: the queue needs 5 or newer.",
                hint="Install Redis 7 or newer, or Valkey 8 or newer.",
                id="helpdesk.E063",
            )
        )
    if info.get("maxmemory", 0) and info.get("maxmemory_policy") != "noeviction":
        found.append(
            Error(
                f"Redis throws keys away when its memory is full ({info.get('maxmemory_policy')}): jobs would vanish.",
                hint="Set maxmemory-policy noeviction, and give the queue a Redis of its own.",
                id="helpdesk.E061",
            )
        )
    if not info.get("aof_enabled") and snapshots == "":
        found.append(
            Warning(
                "Redis keeps nothing on disk: after its restart every waiting job waits for the clock's next sweep.",
                hint="Set appendonly yes.",
                id="helpdesk.W062",
            )
        )
    if not has_password and not is_this_machine(host):
        found.append(
            Error(
                f"Redis on {host} asks for no password: whoever reaches it can have the workers run anything.",
                hint="Set requirepass there and write redis://:password@host:6379/0",
                id="helpdesk.E064",
            )
        )
    return found


def _place(redis: Redis) -> dict[str, Any]:
    told = redis.connection_pool.connection_kwargs
    return {"host": told.get("host", ""), "has_password": bool(told.get("password"))}


def _snapshots(redis: Redis) -> str | None:
    try:
        return str(redis.config_get("save").get("save", ""))
    except ResponseError:  # managed servers keep CONFIG to themselves
        return None
