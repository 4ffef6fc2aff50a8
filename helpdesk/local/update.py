"""Brings tables, static files and, in an empty database, the demo data up to date.

`python -m helpdesk.local.update`, started by preparation.py with the environment of the desk.
"""

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

import django
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from helpdesk.local.environment import write_private
from helpdesk.local.preparation import RECORD_NAME, Prepared, state_of


def main(arguments: list[str] | None = None) -> int:
    """Do it and write the record; 0, or 1 after a sentence about what is wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--fingerprint", required=True)
    parser.add_argument("--demo", action="store_true")
    options = parser.parse_args(arguments)
    try:
        django.setup()
        sign_ins = _update(demo=options.demo)
    except (ImproperlyConfigured, CommandError) as error:
        _say(str(error))
        return 1
    record = Prepared(options.fingerprint, state_of(os.environ["DATABASE_URL"]), sign_ins)
    write_private(options.data / RECORD_NAME, json.dumps(asdict(record), ensure_ascii=False, indent=1))
    return 0


def _update(*, demo: bool) -> list[tuple[str, str, str]]:
    """Bring all up to date; the demo people, when they are in the database, with role, address and password."""
    from helpdesk.demo.people import sign_ins  # its models cannot be imported before django.setup

    _say("Tables are brought up to date.")
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    people = get_user_model()._default_manager
    requests = apps.get_model("tickets", "Ticket")._default_manager
    if demo and not people.exists() and not requests.exists():
        _say("The database is empty: demo data is loaded, once.")
        call_command("demo_data")
    known = [(str(role), email, password) for role, email, password in sign_ins()]
    return known if people.filter(email__in=[email for _, email, _ in known]).exists() else []


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
