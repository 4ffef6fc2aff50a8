"""The secrets of a new desk, for docker-compose.yml: `python3 scripts/new_secrets.py`, before anything is installed.

Makes the folder secrets/ as a whole or not at all, and never touches one that exists: a lost vault key cannot be
replaced. The files may be read by everybody (0444), because compose mounts them with their owner and mode into
containers that run as other accounts (the desk 10001, PostgreSQL 999); the folder around them opens to its owner alone
(0700), and that is what closes them on this machine.
"""

import argparse
import os
import secrets
import shutil
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def main(arguments: list[str] | None = None) -> int:
    """0 when the folder is made, 1 with a sentence otherwise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=PROJECT / "secrets", help="where; docker-compose.yml: ./secrets")
    folder: Path = parser.parse_args(arguments).folder.absolute()
    if folder.exists():
        print(
            f"{folder} exists, and a lost vault key cannot be replaced: keep it, or move it away for a new desk.",
            file=sys.stderr,
        )
        return 1
    try:
        write(folder, contents())
    except OSError as error:
        print(
            f"{error.filename or folder} cannot be written ({error.strerror}): name another place with --folder.",
            file=sys.stderr,
        )
        return 1
    print(
        f"{folder} is made. Keep a copy of vault_keys and secret_key apart from the backups, and write the mail server"
        " into email_url; until then letters go to the catcher of the profile trial."
    )
    return 0


def contents() -> dict[str, str]:
    """File name to content. Passwords need no escaping in a URL, nor in the configuration of Valkey."""
    database, valkey = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    return {
        "secret_key": secrets.token_urlsafe(48),
        "vault_keys": f"k1:{urlsafe_b64encode(secrets.token_bytes(32)).decode()}",
        "postgres_password": secrets.token_urlsafe(32),
        "database_url": f"postgresql://desk:{database}@postgres:5432/desk",
        "valkey_conf": f"requirepass {valkey}",
        "redis_url": f"redis://:{valkey}@valkey:6379/0",
        "email_url": "smtp://mail:1025",
    }


def write(folder: Path, files: dict[str, str]) -> None:
    """Beside its place first. Raises OSError."""
    new = folder.with_name(f".{folder.name}.{os.getpid()}")
    new.mkdir(mode=0o700)
    try:
        for name, content in files.items():
            with (new / name).open("x", encoding="utf-8") as file:
                file.write(f"{content}\n")
                file.flush()
                os.fsync(file.fileno())
            (new / name).chmod(0o444)
        new.rename(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
