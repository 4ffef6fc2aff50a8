from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from helpdesk.demo.load import NotEmpty, load

SEED = 35


def moment(text: str) -> datetime:
    """An ISO 8601 moment; without an offset it is of the desk's own zone. Raises ArgumentTypeError."""
    try:
        parsed = parse_datetime(text)
    except ValueError:
        parsed = None
    if parsed is None:
        raise ArgumentTypeError(f"“{text}” is no moment: write it as 2026-11-23T10:00.")
    return parsed if timezone.is_aware(parsed) else timezone.make_aware(parsed)


class Command(BaseCommand):
    """Fills an empty database with a desk that looks lived in."""

    help = "Loads invented customers, people and ninety days of requests into an empty database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=SEED, help="the same seed and moment make the same desk")
        parser.add_argument("--now", type=moment, default=None, help="the moment at which the desk stands, ISO 8601")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = load(now=options["now"] or timezone.now(), seed=options["seed"])
        except NotEmpty as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write("Demo data: " + ", ".join(f"{count} {name}" for name, count in made.items()) + ".")
