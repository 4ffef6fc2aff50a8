"""Files of requests, and the static files of the pages."""

from __future__ import annotations

import filecmp
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import Error as DatabaseAway
from django.db import connection

from tickets.attachments import full_path
from tickets.models import Attachment

NEWEST = 20


@register(deploy=True)
def media(**_: Any) -> list[CheckMessage]:
    root = Path(settings.MEDIA_ROOT)
    if not os.path.isdir(root):  # noqa: PTH112 - unlike Path.is_dir, False where a folder above is closed to us
        return [
            Error(
                f"MEDIA_ROOT is {root}, which is no folder: no file can be attached.",
                hint=f"Make it, for the account of the desk alone: install -d -m 700 -o desk {root}",
                id="helpdesk.E030",
            )
        ]
    found: list[CheckMessage] = []
    try:
        tempfile.TemporaryFile(dir=root).close()
    except OSError as error:
        found.append(
            Error(
                f"MEDIA_ROOT {root} cannot be written ({error.strerror}): no file can be attached.",
                hint="Give the folder to the account that web, worker and clock run as.",
                id="helpdesk.E031",
            )
        )
    if root.stat().st_mode & 0o007:
        found.append(
            Warning(
                f"MEDIA_ROOT {root} is open to every account of this machine.",
                hint=f"chmod 700 {root}",
                id="helpdesk.W033",
            )
        )
    return found + _apart(root)


def _apart(root: Path) -> list[CheckMessage]:
    place = root.resolve()
    for open_place in (settings.STATIC_ROOT, *settings.STATICFILES_DIRS):
        if place.is_relative_to(Path(open_place).resolve()):
            return [
                Error(
                    f"MEDIA_ROOT {root} lies inside {open_place}: customers' files would be served to anybody.",
                    hint="Move MEDIA_ROOT to a folder of its own, outside the code.",
                    id="helpdesk.E032",
                )
            ]
    return []


@register(Tags.database, deploy=True)
def recorded(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    if "default" not in (databases or ()):
        return []
    try:
        paths = list(Attachment.objects.order_by("-created_at").values_list("path", flat=True)[:NEWEST])
    except DatabaseAway:  # no server or no tables: said by database.py and record.py
        connection.close_if_unusable_or_obsolete()
        return []
    missing = [path for path in paths if not os.path.isfile(full_path(path))]  # noqa: PTH113 - as in media()
    if not missing:
        return []
    return [
        Error(
            f"MEDIA_ROOT {settings.MEDIA_ROOT} lacks {len(missing)} of the {len(paths)} newest files that the database"
            " records: nobody can open them.",
            hint="Mount the folder that belongs to DATABASE_URL; what a disk has lost lies in the last backup.",
            id="helpdesk.E036",
        )
    ]


@register(deploy=True)
def static(**_: Any) -> list[CheckMessage]:
    root = Path(settings.STATIC_ROOT)
    if not os.access(root / "staticfiles.json", os.R_OK):
        return [
            Error(
                f"STATIC_ROOT {root} has no staticfiles.json that can be read: every page would be an error.",
                hint="Run manage.py collectstatic --noinput with the same STATIC_ROOT, then chmod -R a+rX on it.",
                id="helpdesk.E034",
            )
        ]
    stale = next((name for name, path in _sources() if not _is_same(path, root / name)), None)
    if stale is None:
        return []
    return [
        Warning(
            f"STATIC_ROOT {root} is older than the code: {stale} differs or is missing.",
            hint="Run manage.py collectstatic --noinput after every upgrade, before the web processes are reloaded.",
            id="helpdesk.W035",
        )
    ]


def _sources() -> list[tuple[str, Path]]:
    """Every static file of the code, once, as the finders rank them."""
    first: dict[str, Path] = {}
    for finder in get_finders():
        for name, storage in finder.list([]):
            prefix = getattr(storage, "prefix", None)
            first.setdefault(f"{prefix}/{name}" if prefix else name, Path(storage.path(name)))
    return list(first.items())


def _is_same(source: Path, collected: Path) -> bool:
    try:
        return filecmp.cmp(source, collected, shallow=False)
    except OSError:
        return False
