from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from helpdesk.backup import BackupRefused
from helpdesk.backup.manifest import Manifest
from helpdesk.backup.restoring import require_keys, restore
from helpdesk.backup.sealed import count
from helpdesk.backup.verifying import troubles, unapplied


class Command(BaseCommand):
    """Makes an empty desk the one that was backed up."""

    help = (
        "Puts a backup into an empty desk: into the database of DATABASE_URL, which may be migrated but must hold "
        "nothing, and into an empty MEDIA_ROOT. A restore that was killed is started again. "
        "Ends with code 1 where anything is not as it was."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("backup", type=Path, metavar="BACKUP", help="one backup: FOLDER/<UTC moment>")
        parser.add_argument(
            "--keys",
            type=Path,
            metavar="KEYFOLDER",
            help="a folder of `backup --keys`, KEYFOLDER/<UTC moment>: compare VAULT_KEYS of this desk with it first",
        )
        parser.add_argument(
            "--verify",
            action="store_true",
            help="then compare every row, letter and file with the backup, and open every sealed value",
        )
        parser.add_argument(
            "--only-verify",
            action="store_true",
            help="change nothing and compare a desk that was restored but has not yet worked",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        backup: Path = options["backup"]
        try:
            manifest = Manifest.read(backup)
            found: list[str] = []
            if not options["only_verify"]:
                require_keys(manifest, options["keys"])
                found += self._restore(backup, manifest)
            if options["verify"] or options["only_verify"]:
                found += self._verify(backup, manifest)
        except BackupRefused as refusal:
            raise CommandError(str(refusal)) from None
        except OSError as error:
            raise CommandError(f"The files could not be put in place ({error}): mend that and start again.") from None
        except DatabaseError as error:
            raise CommandError(f"The database did not answer ({str(error).splitlines()[0]}).") from None
        self._tell_the_rest(manifest)
        for sentence in found:
            self.stderr.write(sentence)
        if found:
            raise CommandError("The desk is not what was backed up: see above.")

    def _restore(self, backup: Path, manifest: Manifest) -> list[str]:
        begun = time.monotonic()
        found = restore(backup, manifest, media_root=Path(settings.MEDIA_ROOT), say=self.stdout.write)
        self.stdout.write(
            f"Restored {manifest.rows} rows, {manifest.letters} letters and {manifest.attachments} files of "
            f"{manifest.attachment_bytes / 1e6:.1f} MB, as of {manifest.taken_at}, in {time.monotonic() - begun:.1f} s."
        )
        return found

    def _verify(self, backup: Path, manifest: Manifest) -> list[str]:
        begun = time.monotonic()
        found = troubles(backup, manifest, media_root=Path(settings.MEDIA_ROOT))
        if not found:
            self.stdout.write(
                f"Verified: {manifest.rows} rows, {manifest.letters} letters and {manifest.attachments} files "
                f"are as they were, {count()} sealed values open, in {time.monotonic() - begun:.1f} s."
            )
        return found

    def _tell_the_rest(self, manifest: Manifest) -> None:
        if manifest.damaged:
            self.stdout.write(
                f"Missing or damaged already when the backup was taken: {', '.join(sorted(manifest.damaged))}."
            )
        if names := unapplied():
            self.stdout.write(f"The backup is of an older release: run `manage.py migrate` ({', '.join(names)}).")
