"""What lies in the database: tables of this release, owned by us, with the guards of the history in place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pgtrigger
from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import Error as DatabaseAway
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


@register(Tags.database, deploy=True)
def record(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    if "default" not in (databases or ()) or connection.vendor != "postgresql":
        return []
    try:
        return migrations() + cache_table() + triggers() + owner()
    except DatabaseAway:
        return []  # said by database.py


def migrations() -> list[CheckMessage]:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not waiting:
        return []
    return [
        Error(
            f"{len(waiting)} migrations of this release are not applied, the first is {waiting[0][0]}.",
            hint="Run manage.py migrate before the new release serves anybody.",
            id="helpdesk.E049",
        )
    ]


def cache_table() -> list[CheckMessage]:
    name = str(settings.CACHES["default"]["LOCATION"])
    if name in connection.introspection.table_names():
        return []
    return [
        Error(
            f"The table {name!r} of the cache is missing: nobody could sign in, because the limits are counted in it.",
            hint="Run manage.py createcachetable.",
            id="helpdesk.E047",
        )
    ]


def triggers() -> list[CheckMessage]:
    expected = {trigger.get_pgid(model): model._meta.db_table for model, trigger in pgtrigger.registered()}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgname = ANY(%s) AND tgenabled IN ('O', 'A')", [list(expected)]
        )
        found = {name for (name,) in cursor.fetchall()}
    tables = sorted({table for name, table in expected.items() if name not in found})
    if not tables:
        return []
    return [
        Error(
            f"The history in {', '.join(tables)} can be changed: its trigger is missing or disabled.",
            hint="Find out who did that and why, then run manage.py pgtrigger install.",
            id="helpdesk.E048",
        )
    ]


def owner() -> list[CheckMessage]:
    ours = [model._meta.db_table for model in apps.get_models()]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_class WHERE relname = ANY(%s) AND relnamespace = current_schema()::regnamespace"
            " AND NOT pg_has_role(current_user, relowner, 'USAGE')",
            [ours],
        )
        (count,) = cursor.fetchone()
    if not count:
        return []
    return [
        Warning(
            f"{count} tables belong to another role: the next upgrade could not change them.",
            hint="As a superuser: REASSIGN OWNED BY other TO desk; in this database.",
            id="helpdesk.W045",
        )
    ]
