import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, connection
from django.utils import timezone

from helpdesk import schedule

log = logging.getLogger(__name__)

TICK_SECONDS = 0.5


class Command(BaseCommand):
    """The clock: runs schedule.py's jobs until it is told to stop. Any number of clocks may run; each outlives
    PostgreSQL and Redis being away."""

    help = "Runs the periodic jobs: letters that wait, deadlines that pass, deferrals that wake."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        is_registered = False
        while not stop.is_set():
            try:
                if not is_registered:
                    schedule.register()
                    is_registered = True
                    log.info("clock started")
                schedule.run_due(timezone.now())
            except Error as error:  # a lost connection is an InterfaceError, which is no DatabaseError
                log.warning("the database does not answer, trying again", extra={"error": type(error).__name__})
                connection.close()
            stop.wait(TICK_SECONDS)
        log.info("clock stopped")
