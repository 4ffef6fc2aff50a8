"""Takes a backup beside a working desk: nobody waits for it, and it is whole or it has no name."""

from __future__ import annotations

import re
import shutil
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from helpdesk.backup import BackupRefused, contents, media, programs, sealed
from helpdesk.backup.manifest import ATTACHMENTS, DUMP, LETTERS, MEDIA, NAME, Manifest

_PART = ".part"
_MOMENT = re.compile(r"\d{8}T\d{6}Z")
_UNFINISHED = re.compile(rf"{_MOMENT.pattern}{re.escape(_PART)}")


@dataclass(frozen=True)
class Taken:
    """A finished backup, and sentences about files that were not as recorded on the desk itself."""

    folder: Path
    manifest: Manifest
    troubles: list[str]


@dataclass
class _Files:
    """What copying the files of requests came to."""

    count: int = 0
    size: int = 0
    damaged: dict[str, str] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)


def back_up(folder: Path, *, media_root: Path, keys: Path | None, at: datetime) -> Taken:
    """Copy the desk into a new folder in `folder`, and its keys into a new one in `keys`.

    The database and all figures are of one snapshot. The files come after it: they never change and are written before
    the row that names them, so every file of the snapshot is there. Raises BackupRefused and OSError; then nothing
    is left.
    """
    name = f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    places = [folder.absolute(), *([keys.absolute()] if keys else [])]
    _require_apart(places)
    with ExitStack() as stack:
        for place in places:
            _make_place(place)
            stack.enter_context(media.only_one(place))
            _clear_leftovers(place)
            if (place / name).exists():
                raise BackupRefused(f"{place / name} is there already: wait a second and start again.")
        with ExitStack() as undo:
            part = places[0] / f"{name}{_PART}"
            undo.callback(shutil.rmtree, part, ignore_errors=True)
            manifest, troubles = _fill(part, _newest(places[0]), media_root, at)
            if keys:
                for kept in (places[1] / f"{name}{_PART}", places[1] / name):
                    undo.callback(shutil.rmtree, kept, ignore_errors=True)
                _keep_keys(places[1] / name)
            media.flush_folders(part)
            part.rename(places[0] / name)
            undo.pop_all()
        media.flush_folder(places[0])
    return Taken(places[0] / name, manifest, troubles)


def _require_apart(places: list[Path]) -> None:
    """A backup beside its keys is no sealed backup. Raises BackupRefused."""
    if len(places) == 2:
        backups, keys = (place.resolve() for place in places)
        if backups == keys or backups in keys.parents or keys in backups.parents:
            raise BackupRefused(
                f"The keys must not lie with what they open, and {places[1]} and {places[0]} are one inside the other:"
                " name a folder elsewhere, best on another disk, in --keys."
            )


def _make_place(place: Path) -> None:
    try:
        media.make_folder(place)
    except OSError as error:
        raise BackupRefused(
            f"The folder {place} cannot be made ({error.strerror}): mend that, or name another."
        ) from None


def _clear_leftovers(place: Path) -> None:
    """What a killed backup left; the lock on the folder says that nobody writes it any more."""
    for path in place.iterdir():
        if _UNFINISHED.fullmatch(path.name) and not path.is_symlink():
            shutil.rmtree(path)


def _newest(folder: Path) -> Path | None:
    """The media folder of the newest backup, whose files need not be written again."""
    earlier = [path for path in folder.iterdir() if _MOMENT.fullmatch(path.name) and (path / NAME).exists()]
    return max(earlier) / MEDIA if earlier else None


def _fill(part: Path, earlier: Path | None, media_root: Path, at: datetime) -> tuple[Manifest, list[str]]:
    """Write everything but the keys into `part`."""
    begun = time.monotonic()
    program = programs.find("pg_dump", at_least=contents.server_version())
    with contents.snapshot() as snapshot:
        taken_at = datetime.now(UTC)
        with media.private(part / DUMP) as out:
            programs.run(program, ["--format=custom", f"--snapshot={snapshot}"], output=out)
        dumped = time.monotonic()
        tables, keys = contents.tables(), sealed.keys_in_use()
        triggers, migrations = contents.triggers(), contents.migrations()
        letters, letters_digest = media.write_list(part / LETTERS, contents.letters())
        _, attachments_digest = media.write_list(part / ATTACHMENTS, contents.attachments())
    counted = time.monotonic()
    files = _copy_files(part, earlier, media_root)
    copied = time.monotonic()
    manifest = Manifest(
        taken_at=taken_at.isoformat(timespec="seconds"),
        server_version=contents.server_version(),
        program_version=programs.major_version(program),
        migrations=migrations,
        tables=tables,
        triggers=triggers,
        dump_bytes=(part / DUMP).stat().st_size,
        dump_sha256=media.sha256_of(part / DUMP),
        attachments=files.count,
        attachment_bytes=files.size,
        letters=letters,
        keys=keys,
        lists_sha256={ATTACHMENTS: attachments_digest, LETTERS: letters_digest},
        damaged=files.damaged,
        seconds={
            "dump": round(dumped - begun, 2),
            "counts": round(counted - dumped, 2),
            "files": round(copied - counted, 2),
        },
    )
    with media.private(part / NAME) as out:
        out.write(manifest.text().encode())
    return manifest, files.troubles


def _copy_files(part: Path, earlier: Path | None, media_root: Path) -> _Files:
    """Every recorded file, read on the desk. One that lies whole in an earlier backup is linked from there."""
    files = _Files()
    media.make_folder(part / MEDIA)
    for path, recorded in media.read_list(part / ATTACHMENTS):
        target = media.below(part / MEDIA, path)
        found = _take(media.below(media_root, path), target, media.below(earlier, path) if earlier else None, recorded)
        files.count += 1
        if found != recorded:
            is_kept = target.exists() and media.sha256_of(target) == recorded
            told = "cannot be read" if not found else f"has the digest {found} and is recorded with {recorded}"
            rest = "; an earlier backup has it whole, and so has this one" if is_kept else ""
            files.troubles.append(f"The file {media_root / path} {told}{rest}.")
            if not is_kept:
                files.damaged[path] = found
        if target.exists():
            files.size += target.stat().st_size
    return files


def _take(source: Path, target: Path, earlier: Path | None, recorded: str) -> str:
    """Put one file into the backup; the digest that it has on the desk, or nothing where it cannot be read."""
    if earlier and media.sha256_of(earlier) == recorded and _link(earlier, target):
        return media.sha256_of(source)
    try:
        return media.copy(source, target)
    except media.Unreadable:
        target.unlink(missing_ok=True)
        return ""


def _link(earlier: Path, target: Path) -> bool:
    """One file under two names: files never change. False where the disk knows no such links."""
    media.make_folder(target.parent)
    try:
        target.hardlink_to(earlier)
    except OSError:
        return False
    return True


def _keep_keys(folder: Path) -> None:
    """Write the keys of this desk into a new folder."""
    part = folder.with_name(f"{folder.name}{_PART}")
    for name, value in sealed.desk_keys().items():
        with media.private(part / name) as out:
            out.write(value.encode())
    media.flush_folders(part)
    part.rename(folder)
    media.flush_folder(folder.parent)
