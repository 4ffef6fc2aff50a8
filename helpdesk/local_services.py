"""PostgreSQL and Valkey of this machine, from their wheels, in one data folder: up, down, and never twice at once."""

import fcntl
import hashlib
import os
import re
import shutil
import stat
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import IO

from helpdesk.local import postgres
from helpdesk.local.account import Account, choose
from helpdesk.local.environment import host_of, load_environment
from helpdesk.local.errors import LocalServiceError
from helpdesk.local.postgres import PostgreSQL
from helpdesk.local.server import Server
from helpdesk.local.stop import Stop
from helpdesk.local.valkey import Valkey

__all__ = ["LocalServiceError", "LocalServices", "load_environment"]

# The address of a UNIX socket holds 104 to 108 bytes, and PostgreSQL adds "/.s.PGSQL.5432" to the folder.
_SOCKET_FOLDER_BYTES = 80
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")
_SHORT_PLACE = Path("/tmp")  # noqa: S108 - the folder made in it is private; its owner and mode are checked


class LocalServices:
    """The servers of one data folder. `up` claims the folder until `down`; a second owner is refused.

    Crash safe: whatever was killed, at whatever moment, the next `up` ends what is left, clears stale lock files and
    brings both servers up with all that PostgreSQL acknowledged and all but the last second of Valkey.
    """

    def __init__(self, data: Path, *, cancelled: Stop | None = None) -> None:
        """`data` is made when missing. A start that waits gives up once `cancelled` is set."""
        self.data = data.resolve()
        self.sockets = self._place_of_sockets()
        self._made_sockets = False
        self._lock: IO[str] | None = None
        logs, stop = self.data / "log", cancelled or Stop()

        def account() -> Account:
            return self.account

        self.postgres = PostgreSQL(account, self.data / "postgres", self.sockets, logs / "postgres.log", stop)
        self.valkey = Valkey(account, self.data / "valkey", self.sockets, logs / "valkey.log", stop)

    @property
    def database_url(self) -> str:
        """Known before the start, for settings that are read early."""
        return f"postgresql://{postgres.ROLE}@{host_of(self.sockets)}:{postgres.PORT}/{postgres.DATABASE}"

    @property
    def redis_url(self) -> str:
        """Known before the start."""
        return f"unix://{self.sockets}/valkey.sock?db=0"

    @cached_property
    def account(self) -> Account:
        """Whom the servers run as on this machine."""
        return choose(self.data, self.postgres.folder, postgres.program("postgres"))

    def up(self) -> None:
        """Bring up whatever does not run; may be called again at any time. Raises LocalServiceError."""
        self.claim()
        self.start(self.valkey)
        self.start(self.postgres)

    def start(self, server: Server) -> None:
        """Bring one of the two up again."""
        (self.data / "log").mkdir(mode=0o700, exist_ok=True)
        self._make_socket_folder()
        server.start()

    def claim(self) -> None:
        """Make the data folder and take it for this process, or say who has it."""
        if self._lock:
            return
        try:
            # root's folder lets `nobody` through to the servers' own folders, and lists itself to no one
            self.data.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
            lock = (self.data / "lock").open("a+", encoding="utf-8")
        except OSError as error:
            raise LocalServiceError(
                f"The data folder {self.data} cannot be used ({error.strerror}): mend its rights, or name another in"
                " HELPDESK_DATA."
            ) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            owner = lock.read().strip() or "unknown"
            lock.close()
            raise LocalServiceError(
                f"A desk already runs on {self.data} (process {owner}): use that one, stop it first, or name another"
                " folder in HELPDESK_DATA."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def down(self) -> None:
        """Stop Valkey, then PostgreSQL, and let the folder go."""
        self.valkey.stop()
        self.postgres.stop()
        if self._made_sockets and self.sockets.parent == _SHORT_PLACE:
            with suppress(OSError):
                self.sockets.rmdir()
        if self._lock:
            self._lock.close()
            self._lock = None

    def remove(self) -> None:
        """End what runs on the folder, from an earlier run too, and delete it with everything in it."""
        self.claim()
        self.valkey.discard()
        self.postgres.discard()
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.rmtree(self.sockets, ignore_errors=True)
        self.down()

    def _place_of_sockets(self) -> Path:
        inside = self.data / "run"
        if _PLAIN_PATH.fullmatch(str(inside)) and len(str(inside)) <= _SOCKET_FOLDER_BYTES:
            return inside
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        return _SHORT_PLACE / f"helpdesk-{os.geteuid()}-{digest}"

    def _make_socket_folder(self) -> None:
        """In a shared place somebody may have been first: only a folder of ours that no one else can enter will do."""
        with suppress(FileExistsError):
            self.sockets.mkdir(mode=0o700)
        found = self.sockets.lstat()
        ours = found.st_uid in {os.geteuid(), self.account.uid}
        if not (ours and stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o700):
            raise LocalServiceError(
                f"{self.sockets} is not a private folder of this user, so the servers' sockets would not be safe in it:"
                " remove it and start again."
            )
        self.account.give(self.sockets)
        self._made_sockets = True
