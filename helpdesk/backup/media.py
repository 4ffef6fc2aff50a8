"""Files and lists of digests: copied, hashed and compared piece by piece, whatever their size."""

from __future__ import annotations

import fcntl
import hashlib
import heapq
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import groupby
from operator import itemgetter
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from helpdesk.backup import BackupRefused

_PIECE = 1 << 20


class Unreadable(Exception):
    """A file that was to be copied is not there, or cannot be read; trouble with the copy's place is an OSError."""


def sha256_of(path: Path) -> str:
    """Digest of a file's content; empty where it is not there or cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def copy(source: Path, target: Path) -> str:
    """Copy a file for the owner alone, flushed to the disk; the digest of what was copied.

    Raises Unreadable, and OSError where the copy cannot be written.
    """
    digest = hashlib.sha256()
    with private(target) as out:
        for piece in _pieces(source):
            digest.update(piece)
            out.write(piece)
    return digest.hexdigest()


def _pieces(source: Path) -> Iterator[bytes]:
    try:
        with source.open("rb") as given:
            while piece := given.read(_PIECE):
                yield piece
    except OSError as error:
        raise Unreadable(f"{source}: {error.strerror}") from error


@contextmanager
def private(target: Path) -> Iterator[BinaryIO]:
    """A new or emptied file, readable by the owner only, and on the disk when the block has ended."""
    make_folder(target.parent)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as out:
        os.fchmod(out.fileno(), 0o600)
        yield out
        out.flush()
        os.fsync(out.fileno())


def make_folder(folder: Path) -> None:
    """The folder and those above it, the new ones for the owner alone."""
    if not folder.is_dir():
        make_folder(folder.parent)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)


def flush_folders(top: Path) -> None:
    """Let every name below `top` survive a power cut."""
    for folder, _, _ in os.walk(top):
        flush_folder(Path(folder))


def flush_folder(folder: Path) -> None:
    """Let the names in one folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """The folder is this process's as long as the block runs. Raises BackupRefused where another has it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupRefused(
                f"Another backup or restore works in {folder} right now: wait for its end, then start again."
            ) from None
        yield
    finally:
        os.close(descriptor)


def below(root: Path, relative: str) -> Path:
    """Where a recorded path lies below `root`. Raises BackupRefused for one that would lead out of it."""
    path = PurePosixPath(relative)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise BackupRefused(f"A file is recorded as {relative!r}, which leads out of its folder: nothing was written.")
    return root / path


def write_list(path: Path, lines: Iterable[tuple[str, str]]) -> tuple[int, str]:
    """Names with their digests as `sha256sum --check` reads them; how many, and the digest of the list itself."""
    count, digest = 0, hashlib.sha256()
    with private(path) as out:
        for name, sha256 in lines:
            line = f"{sha256}  {name}\n".encode()
            out.write(line)
            digest.update(line)
            count += 1
    return count, digest.hexdigest()


def read_list(path: Path) -> Iterator[tuple[str, str]]:
    """Names with their digests out of a list. Raises OSError."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            sha256, _, name = line.rstrip("\n").partition("  ")
            yield name, sha256


def differences(
    expected: Iterable[tuple[str, str]], found: Iterable[tuple[str, str]]
) -> Iterator[tuple[str, str | None, str | None]]:
    """Where two lists, each ordered by name, disagree: the name, the expected digest and the found one."""
    left = ((name, 0, sha256) for name, sha256 in expected)
    right = ((name, 1, sha256) for name, sha256 in found)
    for name, same in groupby(heapq.merge(left, right), key=itemgetter(0)):
        sides = {side: sha256 for _, side, sha256 in same}
        if sides.get(0) != sides.get(1):
            yield name, sides.get(0), sides.get(1)
