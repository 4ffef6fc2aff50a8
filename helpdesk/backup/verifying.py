"""Compares a restored desk with the backup that it came from. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

import pgtrigger
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from helpdesk.backup import contents, media, sealed
from helpdesk.backup.manifest import ATTACHMENTS, LETTERS, Manifest, Table

_MOST_TOLD = 20


def troubles(backup: Path, manifest: Manifest, *, media_root: Path) -> list[str]:
    """A sentence for everything that is not as it was; of each kind the first twenty, and how many more there are."""
    with contents.snapshot():
        kinds = [
            _lists(backup, manifest),
            _tables(manifest.tables, contents.tables()),
            _letters(backup),
            _files(backup, manifest, media_root),
            _triggers(manifest),
            _sequences(),
            sealed.unopened(),
        ]
        return [sentence for kind in kinds for sentence in _first(kind)]


def _first(sentences: Iterator[str]) -> list[str]:
    told = list(islice(sentences, _MOST_TOLD))
    more = sum(1 for _ in sentences)
    return [*told, f"… and {more} more like this."] if more else told


def _lists(backup: Path, manifest: Manifest) -> Iterator[str]:
    for name, digest in sorted(manifest.lists_sha256.items()):
        if media.sha256_of(backup / name) != digest:
            yield f"{backup / name} is not what it was when the backup was taken."


def _tables(expected: Mapping[str, Table], found: Mapping[str, Table]) -> Iterator[str]:
    for name in sorted(expected.keys() | found.keys()):
        was, now = expected.get(name), found.get(name)
        if was is None or now is None:
            yield f"The table {name} is {'missing' if now is None else 'not of the backup'}."
        elif was.rows != now.rows:
            yield f"The table {name} has {now.rows} rows, and the backup {was.rows}."
        else:
            for block, (digest, other) in enumerate(zip(was.blocks, now.blocks, strict=True)):
                if digest != other:
                    first, last = block * contents.BLOCK + 1, min((block + 1) * contents.BLOCK, was.rows)
                    yield f"The table {name} differs in one of its rows {first} to {last}, counted by primary key."


def _letters(backup: Path) -> Iterator[str]:
    for message_id, was, now in media.differences(media.read_list(backup / LETTERS), contents.letters()):
        told = "is missing" if now is None else "was not in the backup" if was is None else "is not as it was"
        yield f"The letter {message_id} {told}."


def _files(backup: Path, manifest: Manifest, media_root: Path) -> Iterator[str]:
    for path, was, now in media.differences(media.read_list(backup / ATTACHMENTS), contents.attachments()):
        told = "has no row" if now is None else "was not in the backup" if was is None else "is recorded otherwise"
        yield f"The file {path} {told}."
    for path, recorded in media.read_list(backup / ATTACHMENTS):
        expected, found = manifest.damaged.get(path, recorded), media.sha256_of(media.below(media_root, path))
        if found != expected:
            told = f"has the digest {found}, not {expected or 'none'}" if found else "is missing"
            yield f"The file {media_root / path} {told}."


def _triggers(manifest: Manifest) -> Iterator[str]:
    found = set(contents.triggers())
    for line in manifest.triggers:
        if line not in found:
            table, name, *_ = line.split()
            yield f"The trigger {name} of {table} is missing, switched off or changed."
    enabled = {tuple(line.split()[:2]) for line in found if line.split()[2] in {"O", "A"}}
    for model, trigger in pgtrigger.registered():
        if (model._meta.db_table, trigger.get_pgid(model)) not in enabled:
            yield f"Nothing protects {model._meta.db_table}: its trigger {trigger.name} is missing or switched off."


def _sequences() -> Iterator[str]:
    for column in contents.sequences_behind():
        yield f"The next number for {column} is taken already: its sequence stands behind the highest one."


def unapplied() -> list[str]:
    """Migrations of this release that the restored database has not seen: `migrate` comes before the desk starts."""
    loader = MigrationLoader(connection)
    return sorted(f"{app}.{name}" for app, name in loader.disk_migrations.keys() - loader.applied_migrations.keys())
