"""The environment of a desk that runs on this machine, and its copy in the data folder for `manage.py`.

Standard library only: `manage.py` reads it in production too, where no development package is installed.
"""

import os
import shlex
import string
from collections.abc import Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
FILE_NAME = "local.env"
_PLAIN = frozenset(string.ascii_lowercase + string.digits + "._-")


def data_folder() -> Path:
    """Where a desk on this machine keeps its data: HELPDESK_DATA, or .data in the project's folder."""
    return Path(os.environ.get("HELPDESK_DATA") or PROJECT / ".data").absolute()


def load_environment() -> None:
    """Let a command talk to the desk of this machine: its environment becomes the default of what is not set.

    Does nothing where DATABASE_URL is set (production, tests) or where `make run` never ran. A value that is set in
    the environment wins.
    """
    if "DATABASE_URL" in os.environ or "DATABASE_URL_FILE" in os.environ:
        return
    try:
        text = (data_folder() / FILE_NAME).read_text(encoding="utf-8")
    except OSError:
        return
    for line in text.splitlines():
        for assignment in shlex.split(line, comments=True):
            name, _, value = assignment.partition("=")
            if name.removesuffix("_FILE") not in os.environ:
                os.environ.setdefault(name, value)


def save_environment(values: Mapping[str, str], folder: Path) -> None:
    """Write `values` where `load_environment` and a shell (`set -a; . .data/local.env`) find them; mode 0600."""
    lines = "".join(f"{name}={shlex.quote(value)}\n" for name, value in sorted(values.items()))
    write_private(folder / FILE_NAME, f"# Written at each start of `make run`.\n{lines}")


def write_private(path: Path, text: str) -> None:
    """Put `text` on disk as a whole or not at all, readable by the owner only."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def host_of(socket_folder: Path) -> str:
    """The folder of a UNIX socket as the host of a URL.

    Capital letters are escaped too: urllib makes the host of a URL lower-case before it is decoded.
    """
    return "".join(c if c in _PLAIN else "".join(f"%{byte:02X}" for byte in c.encode()) for c in str(socket_folder))
