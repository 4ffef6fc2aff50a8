"""What a backup says of itself, and how it is read again with distrust."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from helpdesk.backup import BackupRefused

FORMAT = 1
NAME = "manifest.json"
DUMP = "database.dump"
MEDIA = "media"
ATTACHMENTS = "attachments.sha256"
LETTERS = "letters.sha256"


@dataclass(frozen=True)
class Table:
    """A table's rows by primary key: how many, and a SHA-256 of each hundred of them."""

    rows: int
    blocks: list[str]


@dataclass(frozen=True)
class Manifest:
    """The content of manifest.json."""

    taken_at: str
    """ISO 8601, UTC: the moment of the snapshot that all counts and digests are of."""
    server_version: int
    """PostgreSQL's major version on the server that was dumped."""
    program_version: int
    """The major version of the pg_dump that wrote the dump."""
    migrations: list[str]
    tables: Mapping[str, Table]
    triggers: list[str]
    dump_bytes: int
    dump_sha256: str
    attachments: int
    attachment_bytes: int
    letters: int
    keys: list[str]
    """Ids of the vault keys that sealed values need; never a key."""
    lists_sha256: Mapping[str, str]
    damaged: Mapping[str, str] = field(default_factory=dict)
    """Files that were not as recorded on the desk itself: the digest of what was found, or nothing where none was."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())

    def text(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    @classmethod
    def read(cls, backup: Path) -> Manifest:
        """Raises BackupRefused where `backup` is none, or one that this release cannot read."""
        try:
            told = json.loads((backup / NAME).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise BackupRefused(_what_it_is(backup)) from None
        except (OSError, ValueError) as error:
            raise BackupRefused(f"{backup / NAME} cannot be read ({error}): name another backup.") from None
        if not isinstance(told, dict) or told.get("format") != FORMAT:
            raise BackupRefused(
                f"{backup} is not of format {FORMAT}, the only one that this release reads: restore it by the release"
                " that made it."
            )
        return cls._parse(told, backup)

    @classmethod
    def _parse(cls, told: dict[str, Any], backup: Path) -> Manifest:
        try:
            told["tables"] = {name: Table(int(t["rows"]), list(t["blocks"])) for name, t in told["tables"].items()}
            manifest = cls(**{name: told[name] for name in (known.name for known in fields(cls))})
            digests = [manifest.dump_sha256, *(manifest.lists_sha256[name] for name in (ATTACHMENTS, LETTERS))]
            whole = [manifest.dump_bytes, manifest.attachments, manifest.letters, manifest.server_version]
            if all(isinstance(value, int) for value in whole) and all(isinstance(value, str) for value in digests):
                return manifest
        except (KeyError, TypeError, ValueError, AttributeError):
            pass
        raise BackupRefused(f"{backup / NAME} was changed: it lacks what a manifest tells. Name another backup.")


def _what_it_is(backup: Path) -> str:
    """Why a folder without a manifest is no backup."""
    if not backup.is_dir():
        return f"{backup} is no folder: name one that `backup` made, such as FOLDER/20261124T165637Z."
    inside = sorted(path.parent.name for path in backup.glob(f"*Z/{NAME}"))
    if inside:
        return f"{backup} holds backups and is none itself: name one of them, the newest is {backup / inside[-1]}."
    return f"{backup} is no finished backup, for it has no {NAME}: name one that `backup` made."
