"""Files of requests: kept byte for byte under random names outside the web root, given out only as attachments."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError
from django.utils.translation import gettext as _

from content.files import is_executable, safe_name, sniff
from tickets.models import Attachment, Message, Ticket

Upload: TypeAlias = "UploadedFile[bytes]"

MOST_BYTES = 25 * 10**6
MOST_FILES = 10
HEAD = 8192
LEFT_ALONE = timedelta(days=30)
"""A file without a row is kept so long: a database that was put back by mistake can be put forward again."""
MOST_LEFT = 0.1
"""Files without a row for each one with a row, at most, where kills have left them: they leave one now and then."""


class FileRefused(Exception):
    """A file cannot be taken; the text says which and why, and is safe to show."""


class FilesOfAnother(Exception):
    """MEDIA_ROOT does not belong to this database. The message holds numbers only."""


@dataclass(frozen=True)
class StoredFile:
    """A file that is on disk and not yet in the record."""

    id: uuid.UUID
    name: str
    content_type: str
    size: int
    sha256: str
    path: str


def check(files: Iterable[Upload]) -> None:
    """Refuse what cannot be taken, before anything is written. Raises FileRefused."""
    chosen = list(files)
    if len(chosen) > MOST_FILES:
        raise FileRefused(_("You can attach up to 10 files."))
    for file in chosen:
        name = safe_name(file.name or "")
        if not file.size:
            raise FileRefused(_("The file “%(name)s” is empty.") % {"name": name})
        if file.size > MOST_BYTES:
            raise FileRefused(_("The file “%(name)s” is larger than 25 MB.") % {"name": name})
        head = file.read(HEAD)
        file.seek(0)
        if is_executable(head, name):
            raise FileRefused(
                _("The file “%(name)s” was refused: executables are not accepted. Put it into an archive.")
                % {"name": name}
            )


@contextlib.contextmanager
def written(files: Iterable[Upload]) -> Iterator[list[StoredFile]]:
    """Files on disk for the verb that records them, which commits inside the block.

    What the verb did not record, because it refused or had done the same before, is removed. Where the database does
    not answer, nobody knows how the commit ended: the files stay, and sweep() looks later. Raises FileRefused before
    anything is written.
    """
    chosen = list(files)
    check(chosen)
    stored = write(chosen)
    try:
        yield stored
    finally:
        if stored:
            with contextlib.suppress(DatabaseError):
                recorded = Attachment.objects.filter(pk__in=[file.id for file in stored])
                kept = set(recorded.values_list("pk", flat=True))
                discard(file for file in stored if file.id not in kept)


def write(files: Iterable[Upload]) -> list[StoredFile]:
    """Put checked files on disk, flushed, before the transaction that records them.

    A kill or a rollback after this leaves a file that no row names; sweep() removes it.
    """
    return [_write_one(file) for file in files]


def _write_one(file: Upload) -> StoredFile:
    key = uuid.uuid4()
    relative = f"attachments/{key.hex[:2]}/{key.hex}"
    target = Path(settings.MEDIA_ROOT) / relative
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size, head = hashlib.sha256(), 0, b""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        for chunk in file.chunks():
            head = head or chunk[:HEAD]
            digest.update(chunk)
            size += len(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the name, too, survives a power cut
    finally:
        os.close(folder)
    name = safe_name(file.name or "")
    return StoredFile(key, name, sniff(head, name), size, digest.hexdigest(), relative)


def record(files: Iterable[StoredFile], *, ticket: Ticket, message: Message | None, at: datetime) -> None:
    """Name the written files in the record, in the caller's transaction."""
    Attachment.objects.bulk_create(
        Attachment(
            id=file.id,
            ticket=ticket,
            message=message,
            name=file.name,
            content_type=file.content_type,
            size=file.size,
            sha256=file.sha256,
            path=file.path,
            created_at=at,
        )
        for file in files
    )


def discard(files: Iterable[StoredFile]) -> None:
    """Remove written files that will not be recorded."""
    for file in files:
        with contextlib.suppress(FileNotFoundError):
            full_path(file.path).unlink()


def full_path(relative: str) -> Path:
    """Where a recorded file lies."""
    return Path(settings.MEDIA_ROOT) / relative


def sweep(*, at: datetime) -> int:
    """Remove files older than LEFT_ALONE that no row names: left by a kill between the file and its row.

    Raises FilesOfAnother, and removes nothing, where kills cannot have left so many: the database is empty, or not the
    one that these files belong to.
    """
    named, left = 0, set[str]()
    oldest = (at - LEFT_ALONE).timestamp()
    for folder in Path(settings.MEDIA_ROOT).glob("attachments/*"):
        files = {f"attachments/{folder.name}/{file.name}" for file in folder.iterdir()}
        ours = set(Attachment.objects.filter(path__in=files).values_list("path", flat=True))
        named += len(ours)
        left |= {path for path in files - ours if _is_older(full_path(path), oldest)}
    if len(left) > MOST_LEFT * named:
        raise FilesOfAnother(
            f"MEDIA_ROOT has {len(left)} files of more than {LEFT_ALONE.days} days that no row of the database names,"
            f" and {named} that one does. None was removed: does DATABASE_URL name the database of this folder?"
        )
    for path in left:
        full_path(path).unlink(missing_ok=True)
    return len(left)


def _is_older(path: Path, moment: float) -> bool:
    """False for one that is gone meanwhile."""
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_mtime < moment
    return False


def sweep_uploads(*, at: datetime) -> int:
    """Remove what killed web processes left of files on their way in, from the temporary folder, after a day."""
    removed = 0
    oldest = (at - timedelta(days=1)).timestamp()
    for half in Path(tempfile.gettempdir()).glob("tmp*.upload*"):
        with contextlib.suppress(OSError):  # gone meanwhile
            told = half.lstat()
            if told.st_mtime < oldest and told.st_uid == os.geteuid():
                half.unlink()
                removed += 1
    return removed
