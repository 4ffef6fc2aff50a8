"""Puts a backup into an empty desk. Killed at any moment, it is started again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from psycopg2.extensions import make_dsn

from helpdesk.backup import BackupRefused, contents, media, programs, sealed
from helpdesk.backup.manifest import ATTACHMENTS, DUMP, LETTERS, MEDIA, NAME, Manifest

_OF_MIGRATE = {"django_migrations", "django_content_type", "auth_permission"}
"""Tables that `migrate` itself fills."""
_MARK = ".restoring"
"""Stands in MEDIA_ROOT from before the first file until after the database has committed; holds the backup's digest."""


def restore(backup: Path, manifest: Manifest, *, media_root: Path, say: Callable[[str], None]) -> list[str]:
    """Fill this desk from `backup`; sentences about files of the backup that could not be put in place whole.

    The files come first, the database follows in one transaction: a desk whose database is there is complete.
    Raises BackupRefused before anything is written, and where pg_restore fails, which then leaves no row.
    """
    program = _require_fit(backup, manifest)
    media.make_folder(media_root)
    with media.only_one(media_root):
        if _is_done(backup, manifest, media_root):
            say("An earlier restore of this backup had filled the database before it was ended; it is kept.")
            troubles: list[str] = []
        else:
            _mark(backup, media_root)
            troubles = _copy_files(backup, manifest, media_root)
            _fill_database(program, backup)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # a dump carries no statistics, and the first pages would be slow
        (media_root / _MARK).unlink(missing_ok=True)
    return troubles


def require_keys(manifest: Manifest, kept: Path | None) -> None:
    """Whether this desk can open what the backup has sealed. Raises BackupRefused.

    `kept`: a folder that `backup --keys` wrote. Without it only the ids are compared.
    """
    desk = sealed.entries(sealed.desk_keys()[sealed.VAULT_KEYS])
    if missing := [key for key in manifest.keys if key not in desk]:
        raise BackupRefused(
            f"VAULT_KEYS of this desk has no key {', '.join(map(repr, missing))}, and sealed values of the backup need"
            " it: add it from the folder of keys, after the first one."
        )
    if kept is None:
        return
    try:
        those = sealed.read_keys(kept)
    except OSError as error:
        raise BackupRefused(f"{kept} holds no keys ({error.strerror}): name a folder of `backup --keys`.") from None
    if other := [key for key in manifest.keys if those.get(key) != desk[key]]:
        raise BackupRefused(
            f"VAULT_KEYS of this desk has another key {', '.join(map(repr, other))} than {kept}: set VAULT_KEYS_FILE to"
            f" {kept / sealed.VAULT_KEYS}, or name the right folder."
        )


def _require_fit(backup: Path, manifest: Manifest) -> Path:
    """The pg_restore to use. Raises BackupRefused where this backup cannot come into this desk."""
    server = contents.server_version()
    if server < manifest.server_version:
        raise BackupRefused(
            f"{backup} was taken from PostgreSQL {manifest.server_version} and this server is PostgreSQL {server}:"
            f" restore it into {manifest.server_version} or newer."
        )
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    ours = {name.partition(".")[0] for name in known}
    if newer := [name for name in manifest.migrations if name not in known and name.partition(".")[0] in ours]:
        raise BackupRefused(
            f"{backup} is of a newer release, for it has the migration {newer[-1]}, which this one does not know:"
            " restore it by that release."
        )
    if media.sha256_of(backup / DUMP) != manifest.dump_sha256:
        raise BackupRefused(f"{backup / DUMP} is missing or damaged: its digest is not the recorded one. Use another.")
    for name in (ATTACHMENTS, LETTERS):
        if media.sha256_of(backup / name) != manifest.lists_sha256[name]:
            raise BackupRefused(f"{backup / name} is missing or damaged: its digest is not the recorded one.")
    return programs.find("pg_restore", at_least=max(server, manifest.program_version))


def _is_done(backup: Path, manifest: Manifest, media_root: Path) -> bool:
    """Whether a restore of this very backup was ended after its database had committed.

    Raises BackupRefused where database or files are somebody's.
    """
    _require_quiet()
    is_marked, is_ours = _read_mark(backup, media_root)
    name, held = connection.settings_dict["NAME"], contents.rows_beyond(_OF_MIGRATE)
    if held and is_ours:
        return True
    if held:
        raise BackupRefused(
            f"The database {name} is in use, it has rows in {_listed(held)}: name an empty one in DATABASE_URL, or"
            " compare this one with --only-verify."
        )
    if strange := sorted(contents.orders().keys() - manifest.tables.keys()):
        raise BackupRefused(
            f"The database {name} has tables that the backup does not know, {_listed(strange)}: name an empty one in"
            " DATABASE_URL."
        )
    if not is_marked and (file := next(_files(media_root), None)):
        raise BackupRefused(f"The folder {media_root} is in use, it holds {file}: name an empty one in MEDIA_ROOT.")
    return False


def _require_quiet() -> None:
    """A killed restore leaves its pg_restore to itself, which may yet come to its end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pg_restore'"
        )
        if cursor.fetchone() is not None:
            raise BackupRefused("A pg_restore still works on this database: wait for its end, then start again.")


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _files(folder: Path) -> Iterator[Path]:
    return (Path(found, name) for found, _, names in os.walk(folder) for name in names)


def _read_mark(backup: Path, media_root: Path) -> tuple[bool, bool]:
    """Whether a restore was ended half way here, and whether it was of this backup."""
    try:
        told = (media_root / _MARK).read_text()
    except FileNotFoundError:
        return False, False
    return True, told == media.sha256_of(backup / NAME)


def _mark(backup: Path, media_root: Path) -> None:
    with media.private(media_root / _MARK) as out:
        out.write(media.sha256_of(backup / NAME).encode())
    media.flush_folder(media_root)


def _copy_files(backup: Path, manifest: Manifest, media_root: Path) -> list[str]:
    """Put every file in its place. One that is damaged keeps nobody from the rest: it is told."""
    troubles = []
    for path, recorded in media.read_list(backup / ATTACHMENTS):
        source, target = media.below(backup / MEDIA, path), media.below(media_root, path)
        expected = manifest.damaged.get(path, recorded)
        if not expected:
            continue  # the desk itself had lost it
        try:
            found = media.copy(source, target)
        except media.Unreadable:
            found = ""
            target.unlink(missing_ok=True)
        if found != expected:
            told = f"has the digest {found} and had {expected}" if found else "cannot be read"
            troubles.append(f"The file {source} {told}.")
    media.flush_folders(media_root)
    return troubles


def _fill_database(program: Path, backup: Path) -> None:
    name = make_dsn(dbname=connection.settings_dict["NAME"])  # a name with "=" in it would be read as more
    options = ["--dbname", name, "--single-transaction", "--exit-on-error", "--no-owner", "--no-acl"]
    if contents.orders():
        options += ["--clean", "--if-exists"]  # the empty tables of `migrate`
    connection.close()
    programs.run(program, [*options, str(backup / DUMP)])
