"""The ports that the desk listens on. The supervisor holds them, so that a restarting part refuses nobody."""

import errno
import http.client
import socket
import threading
import time
from contextlib import suppress

from helpdesk.local.errors import LocalServiceError
from helpdesk.local.part import Part

_BACKLOG = 256
_ASK_AGAIN_SECONDS = 0.3


def open_doors(port: int) -> list[socket.socket]:
    """Listen on localhost, in IPv4 and, where the machine has it, IPv6: a browser tries either first.

    Raises LocalServiceError when the port is taken or may not be used.
    """
    doors: list[socket.socket] = []
    families = [(socket.AF_INET, "127.0.0.1"), *([(socket.AF_INET6, "::1")] if socket.has_ipv6 else [])]
    for family, address in families:
        try:
            door = socket.socket(family, socket.SOCK_STREAM)
        except OSError:
            continue
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((address, port))
            door.listen(_BACKLOG)
        except OSError as error:
            door.close()
            if family == socket.AF_INET6 and error.errno != errno.EADDRINUSE:
                continue
            for other in doors:
                other.close()
            reason = "another program listens on it" if error.errno == errno.EADDRINUSE else error.strerror
            raise LocalServiceError(
                f"Port {port} cannot be used ({reason}): choose another one, for example PORT={port + 1} make run."
            ) from None
        doors.append(door)
    return doors


class WebAnswers:
    """Whether the web part answers, found out beside the supervisor's loop: the first answer may take seconds."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._asked: int | None = None
        self._answered: int | None = None

    def __call__(self, part: Part) -> bool:
        """True once the part's newest process answered at /health/live, whatever it thinks of the host's name."""
        if part.pid is not None and part.pid != self._asked:
            self._asked = part.pid
            threading.Thread(target=self._ask, args=(part.pid,), daemon=True).start()
        return self._answered == part.pid

    def _ask(self, pid: int) -> None:
        while self._asked == pid and self._answered != pid:
            connection = http.client.HTTPConnection("localhost", self._port, timeout=30)
            with suppress(OSError, http.client.HTTPException):
                connection.request("GET", "/health/live")
                if connection.getresponse().status < 500:
                    self._answered = pid
            connection.close()
            time.sleep(_ASK_AGAIN_SECONDS)
