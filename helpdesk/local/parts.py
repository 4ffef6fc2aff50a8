"""The parts of the desk on one machine: their commands, and how each shows that it works."""

import secrets
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from helpdesk.local.console import Console
from helpdesk.local.doors import WebAnswers
from helpdesk.local.part import Part
from helpdesk.local_services import LocalServices


@dataclass(frozen=True)
class Doors:
    """Listening sockets, held by the supervisor: a part that starts again refuses nobody meanwhile."""

    web: Sequence[socket.socket]
    mail: socket.socket


def make_parts(environment: Mapping[str, str], doors: Doors, services: LocalServices, console: Console) -> list[Part]:
    """In the order in which they stop: nobody asks, nobody works, nothing is due, then no letter can come."""

    def is_registered(part: Part) -> bool:
        return services.valkey.holds(f"rq:worker:{part.arguments[-1]}")

    def has_greeted(part: Part) -> bool:
        return part.has_greeted

    mail_door = doors.mail.fileno()
    keep_letters = ["-m", "helpdesk.mail_catcher", "--socket", str(mail_door), "--dir", str(services.data / "mail")]
    return [
        Part(
            "web",
            lambda: _web(doors.web),
            console,
            environment,
            is_ready=WebAnswers(int(environment["PORT"])),
            sockets=tuple(door.fileno() for door in doors.web),
        ),
        Part("worker", _worker, console, environment, is_ready=is_registered),
        Part(
            "clock",
            lambda: ["manage.py", "clock"],
            console,
            environment,
            is_ready=has_greeted,
            greeting="clock started",
        ),
        Part(
            "mail",
            lambda: keep_letters,
            console,
            environment,
            is_ready=has_greeted,
            greeting="letters are kept",
            sockets=(mail_door,),
        ),
    ]


def _web(doors: Sequence[socket.socket]) -> list[str]:
    # One machine, one release: the code is loaded once for both processes, and Ctrl+C does not wait for uploads.
    here = ["--preload", "--graceful-timeout", "3"]
    binds = [word for door in doors for word in ("--bind", f"fd://{door.fileno()}")]
    return ["-m", "gunicorn", "--config", "python:helpdesk.gunicorn", *here, *binds]


def _worker() -> list[str]:
    # The command ignores the queue's own serializer, and its default, pickle, would run whatever lies in the queue.
    # The name is new at each start: rq refuses one that a killed worker still holds.
    options = ["--verbosity", "0", "--serializer", "rq.serializers.JSONSerializer"]
    return ["manage.py", "rqworker", "mail", "default", *options, "--name", f"desk-{secrets.token_hex(6)}"]
