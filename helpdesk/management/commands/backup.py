from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone

from helpdesk.backup import BackupRefused
from helpdesk.backup.taking import back_up


class Command(BaseCommand):
    """Backs the whole desk up while it works."""

    help = (
        "Copies the database and the files of requests into FOLDER/<UTC moment>/ while the desk works. "
        "Ends with code 1, after finishing the rest, where a file of the desk is missing or not as recorded."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER", help="where backups are kept; made if missing")
        parser.add_argument(
            "--keys",
            type=Path,
            metavar="KEYFOLDER",
            help="copy SECRET_KEY and VAULT_KEYS too, into KEYFOLDER/<UTC moment>/; must lie apart from FOLDER",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        begun = time.monotonic()
        try:
            taken = back_up(
                options["folder"], media_root=Path(settings.MEDIA_ROOT), keys=options["keys"], at=timezone.now()
            )
        except BackupRefused as refusal:
            raise CommandError(str(refusal)) from None
        except OSError as error:
            raise CommandError(f"The backup could not be written ({error}): nothing of it is left.") from None
        except DatabaseError as error:
            raise CommandError(f"The database did not answer ({str(error).splitlines()[0]}).") from None
        told = taken.manifest
        self.stdout.write(
            f"Backup {taken.folder}: {told.rows} rows in {len(told.tables)} tables, {told.letters} letters, "
            f"{told.attachments} files of {told.attachment_bytes / 1e6:.1f} MB, "
            f"dump of {told.dump_bytes / 1e6:.1f} MB, in {time.monotonic() - begun:.1f} s."
        )
        for trouble in taken.troubles:
            self.stderr.write(trouble)
        if taken.troubles:
            raise CommandError("The backup is finished, but files of the desk itself must be mended: see above.")
