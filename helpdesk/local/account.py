"""The account that the embedded servers run as: PostgreSQL refuses to be root."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from helpdesk.local.errors import LocalServiceError

_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
_ENTER = 'cd "$1" && exec "$2" --version'


@dataclass(frozen=True)
class Account:
    """How a server is started: as ourselves, as another user, or inside a user namespace."""

    uid: int
    gid: int
    switch: bool = False
    prefix: tuple[str, ...] = ()

    def popen(self, argv: list[str], *, output: int | IO[bytes], folder: Path = Path("/")) -> subprocess.Popen[bytes]:
        """Start `argv` under this account in `folder`, in a session of its own and with a bare environment."""
        return subprocess.Popen(
            [*self.prefix, *argv],
            env=_ENVIRONMENT,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=self.uid if self.switch else None,
            group=self.gid if self.switch else None,
            extra_groups=[] if self.switch else None,
        )

    def run(self, argv: list[str]) -> tuple[int, str]:
        """Run `argv` to its end: the exit code, and all that it said."""
        process = self.popen(argv, output=subprocess.PIPE)
        output, _ = process.communicate()
        return process.returncode, output.decode(errors="replace").strip()

    def give(self, folder: Path) -> None:
        """Make `folder` this account's own."""
        if self.switch:
            os.chown(folder, self.uid, self.gid)


def choose(data: Path, cluster: Path, postgres: Path) -> Account:
    """The account for the servers of the folder `data`.

    An ordinary user is that user. Root becomes the owner of an existing cluster, else `nobody`; where nobody cannot
    reach the folders, a user namespace hides that the process is root and the files stay root's.

    Raises LocalServiceError when PostgreSQL cannot be run at all.
    """
    owner = cluster.stat().st_uid if cluster.exists() else None
    if os.geteuid() != 0:
        return _as_ourselves(data, owner, postgres)
    nobody = pwd.getpwnam("nobody")
    namespace = ("unshare", "--user", f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}")
    candidates = []
    if owner is None:
        candidates.append(Account(nobody.pw_uid, nobody.pw_gid, switch=True))
    elif owner != 0:
        candidates.append(Account(owner, cluster.stat().st_gid, switch=True))
    if not owner and shutil.which("unshare"):
        candidates.append(Account(0, 0, prefix=namespace))
    reason = ""
    for account in candidates:
        code, reason = account.run(["/bin/sh", "-c", _ENTER, "sh", str(data), str(postgres)])
        if code == 0:
            return account
    raise LocalServiceError(
        f"PostgreSQL does not run as root, and no other account here can reach both {data} and {postgres.parent}"
        f" ({_last_line(reason)}): run the desk as an ordinary user, or move the project out of the private folder."
    )


def _as_ourselves(data: Path, owner: int | None, postgres: Path) -> Account:
    if owner is not None and owner != os.geteuid():
        raise LocalServiceError(
            f"The database in {data} belongs to {_name_of(owner)}: run the desk as that user, or choose another folder"
            " with HELPDESK_DATA."
        )
    account = Account(os.geteuid(), os.getegid())
    try:
        code, reason = account.run([str(postgres), "--version"])
    except OSError as error:
        code, reason = 1, error.strerror or str(error)
    if code != 0:
        raise LocalServiceError(
            f"PostgreSQL cannot run on this machine ({_last_line(reason)}): `make run` needs Linux with glibc 2.28 or"
            " newer, or macOS 11 or newer; use such a machine, or a container of one."
        )
    return account


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _last_line(text: str) -> str:
    return text.splitlines()[-1] if text else "it said nothing"
