"""The mail server of a desk on one machine: keeps every letter in a folder, and sends nothing anywhere.

`python -m helpdesk.mail_catcher --port 2525 --dir .data/mail`
"""

import argparse
import asyncio
import os
import re
import secrets
import signal
import socket
import sys
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

MAX_LETTER_BYTES = 50_000_000
_ADDRESS = "127.0.0.1"


class Folder:
    """Where letters are kept: one .eml file each, byte for byte as it came."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for half in path.glob(".*.part"):  # a letter that was never acknowledged: its sender tries again
            half.unlink(missing_ok=True)

    def keep(self, content: bytes) -> str:
        """Put a letter on disk for good and return its file name, which begins with the moment in UTC."""
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}.eml"
        part = self.path / f".{name}.part"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.rename(self.path / name)
        folder = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return name


class Catcher:
    """aiosmtpd's handler."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Answer 250 only for a letter that is on disk; otherwise the sender keeps it and tries again."""
        content = envelope.original_content or b""
        try:
            name = await asyncio.to_thread(self._folder.keep, content)
        except OSError as error:
            print(f"a letter could not be kept: {error.strerror}", flush=True)
            return "451 The letter could not be stored, try again later"
        print(f"{name} {_message_id(content)}", flush=True)
        return f"250 Kept as {name}"


def _message_id(content: bytes) -> str:
    """The letter's own id, the only thing of it that may be logged."""
    try:
        raw = str(BytesHeaderParser().parsebytes(content).get("Message-ID", ""))
    except (ValueError, LookupError):
        raw = ""
    return re.sub(r"[^!-~]", "", raw)[:200] or "without Message-ID"


async def serve(door: socket.socket, folder: Folder) -> None:
    """Take letters until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def protocol() -> SMTP:
        return SMTP(Catcher(folder), data_size_limit=MAX_LETTER_BYTES, enable_SMTPUTF8=True, hostname="localhost")

    server = await loop.create_server(protocol, sock=door)
    print(f"letters are kept in {folder.path}", flush=True)
    await stop.wait()
    server.close()


def main(arguments: list[str] | None = None) -> int:
    """Run the catcher; 1 when the port cannot be had."""
    parser = argparse.ArgumentParser(description="Keeps every letter in a folder and sends nothing anywhere.")
    parser.add_argument("--dir", type=Path, required=True, help="the folder of the .eml files")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--port", type=int, help="listen on this port of 127.0.0.1")
    where.add_argument("--socket", type=int, help="listen on this inherited socket")
    options = parser.parse_args(arguments)
    try:
        door = _door(options.port, options.socket)
        folder = Folder(options.dir)
    except OSError as error:
        print(f"The mail catcher cannot start: {error.strerror} ({options.dir}, port {options.port}).", file=sys.stderr)
        return 1
    asyncio.run(serve(door, folder))
    return 0


def _door(port: int | None, inherited: int | None) -> socket.socket:
    if inherited is not None:
        return socket.socket(fileno=inherited)
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind((_ADDRESS, port or 0))
    door.listen()
    return door


if __name__ == "__main__":
    sys.exit(main())
