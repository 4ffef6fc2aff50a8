"""`make run`: the whole desk on one machine, in one terminal.

`python -m helpdesk.run [--data DIR] [--port N] [--no-demo]`. Not a management command: the environment that the
settings read does not exist before this has run. The supervisor itself never loads Django.
"""

import argparse
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from helpdesk.local.board import Board, end_orphans
from helpdesk.local.console import Console
from helpdesk.local.doors import open_doors
from helpdesk.local.environment import data_folder, save_environment
from helpdesk.local.errors import LocalServiceError
from helpdesk.local.keys import ensure_keys
from helpdesk.local.parts import Doors, make_parts
from helpdesk.local.preparation import Prepared, prepare
from helpdesk.local.processes import marked
from helpdesk.local.stop import Stop
from helpdesk.local.supervisor import Supervisor
from helpdesk.local_services import LocalServices

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the desk until it is told to stop. 0 after an orderly stop, 1 after one sentence about what is in the way."""
    stop = Stop()
    for number in _STOP_SIGNALS:
        signal.signal(number, lambda *_: stop.set())
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]  # libpq would take PGPORT, PGSERVICE and the like from the caller's shell
    try:
        data, port, demo = _options(arguments)
        _run(data, port, Console(), stop, demo=demo)
    except (LocalServiceError, OSError) as error:
        if not stop.is_set():
            print(_sentence(error), file=sys.stderr, flush=True)
            return 1
    finally:
        for number in _STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)  # one more Ctrl+C while Python itself ends changes nothing
    return 0


def _sentence(error: LocalServiceError | OSError) -> str:
    if isinstance(error, LocalServiceError):
        return str(error)
    return f"The desk cannot go on ({error}): look at the free space and the rights of its folder, and start again."


def _options(arguments: Sequence[str] | None) -> tuple[Path, int, bool]:
    parser = argparse.ArgumentParser(prog="make run", description="Runs the whole desk on this machine.")
    parser.add_argument("--data", type=Path, default=data_folder(), help="where all data is kept (HELPDESK_DATA)")
    parser.add_argument("--port", default=os.environ.get("PORT") or "8000", help="the port of the web pages (PORT)")
    parser.add_argument("--no-demo", dest="demo", action="store_false", help="begin with an empty database")
    options = parser.parse_args(arguments)
    if not options.port.isdecimal() or not 0 < int(options.port) < 65536:
        raise LocalServiceError(f"PORT is {options.port!r}: expected a number from 1 to 65535, for example PORT=8001.")
    return options.data.absolute(), int(options.port), options.demo


def _run(data: Path, port: int, console: Console, stop: Stop, *, demo: bool) -> None:
    services = LocalServices(data, cancelled=stop)
    board = Board(services.data, f"http://localhost:{port}")
    with ExitStack() as cleanup:
        services.claim()
        cleanup.callback(services.down)
        if orphans := end_orphans(services.data):
            console.say("desk", f"An earlier run was killed; processes that it left, now ended: {orphans}.")
        doors = _open(port, cleanup)
        keys = ensure_keys(services.data, is_new=not services.postgres.folder.exists())
        services.up()
        own = _own_variables(services, port, doors) | keys
        environment = _environment(own, console) | marked(board.run_id)
        save_environment({name: environment[name] for name in (*own, "SITE_URL", "ALLOWED_HOSTS")}, services.data)
        parts = make_parts(environment, doors, services, console)
        supervisor = Supervisor([*parts, services.valkey, services.postgres], board, console, stop)
        board.write([], ready=False)  # the run's id is on disk before the first of its processes exists
        cleanup.callback(supervisor.stop)
        prepared = prepare(environment, services.data, console, stop, demo=demo)
        if prepared is None:
            return
        supervisor.start()
        if supervisor.wait_until_ready():
            _greet(environment["SITE_URL"], services.data, prepared, console)
            supervisor.watch()
        console.say("desk", "Stopping.")


def _open(port: int, cleanup: ExitStack) -> Doors:
    web = [cleanup.enter_context(door) for door in open_doors(port)]
    return Doors(web=web, mail=cleanup.enter_context(socket.create_server(("127.0.0.1", 0))))


def _own_variables(services: LocalServices, port: int, doors: Doors) -> dict[str, str]:
    """What a desk on this machine decides for itself, whatever stands in the caller's environment."""
    return {
        "PORT": str(port),
        "DATABASE_URL": services.database_url,
        "REDIS_URL": services.redis_url,
        "EMAIL_URL": f"smtp://127.0.0.1:{doors.mail.getsockname()[1]}",
        "MEDIA_ROOT": str(services.data / "media"),
        "STATIC_ROOT": str(services.data / "static"),
    }


def _environment(own: Mapping[str, str], console: Console) -> dict[str, str]:
    """The caller's environment with our own variables in front, and defaults for what nobody has set."""
    environment = dict(os.environ)
    for name in sorted({name.removesuffix("_FILE") for name in own} - {"PORT"}):
        for variant in (name, f"{name}_FILE"):
            if environment.pop(variant, None) is not None:
                console.say("desk", f"{variant} of your environment is not used: a desk on one machine has its own.")
    environment.setdefault("SITE_URL", f"http://localhost:{own['PORT']}")
    site_host = urlsplit(environment["SITE_URL"]).hostname or "localhost"
    environment.setdefault("ALLOWED_HOSTS", ",".join(dict.fromkeys(["localhost", "127.0.0.1", "[::1]", site_host])))
    fixed = {"DJANGO_SETTINGS_MODULE": "helpdesk.settings", "PYTHONUNBUFFERED": "1"}
    return {**environment, **own, **fixed}


def _greet(address: str, data: Path, prepared: Prepared, console: Console) -> None:
    folder = data.relative_to(Path.cwd()) if data.is_relative_to(Path.cwd()) else data
    console.say("desk", f"Ready: {address} (letters are kept in {folder / 'mail'}; Ctrl+C stops)")
    if not prepared.sign_ins:
        console.say(
            "desk", "Nobody can sign in yet: make the first one with .venv/bin/python manage.py createsuperuser"
        )
        return
    rows = [("Who", "E-mail", "Password"), *prepared.sign_ins]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        console.say("desk", f"  {'   '.join(cells)}".rstrip())


if __name__ == "__main__":
    sys.exit(main())
