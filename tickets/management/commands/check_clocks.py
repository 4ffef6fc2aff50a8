from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tickets.replay import differences


class Command(BaseCommand):
    """Proves that deadlines, rungs, reply clocks and breaches are what the history of each request gives."""

    help = "Recomputes the clocks of all requests from their history and names each stored value that differs."

    def handle(self, *args: Any, **options: Any) -> None:
        agree, differ = 0, set()
        for difference in differences(timezone.now):
            if difference is None:
                agree += 1
            else:
                differ.add(difference.number)
                self.stdout.write(str(difference))
        if differ:
            raise CommandError(f"{len(differ)} of {agree + len(differ)} requests differ from their history.")
        self.stdout.write(f"{agree} requests agree with their history.")
