"""Addresses for load balancers, supervisors and monitors. Open to anybody: they say nothing about the content."""

import threading
import time

from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from helpdesk import alarms

FRESH_SECONDS = 2.0
STUCK_SECONDS = 15.0  # of one look: longer than all its questions may take together


@require_safe
@login_not_required
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("live", content_type="text/plain")


@require_safe
@login_not_required
def ready(request: HttpRequest) -> HttpResponse:
    """PostgreSQL answers too. Redis and mail are not asked: without them the cabinet still works."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except Error:
        return HttpResponse("the database does not answer", content_type="text/plain", status=503)
    return HttpResponse("ready", content_type="text/plain")


@never_cache
@require_safe
@login_not_required
def desk(request: HttpRequest) -> JsonResponse:
    """The alarms that ring: 200 without any, else 503. For monitors; a load balancer asks `ready`, because a desk whose
    letters wait must go on taking requests."""
    found = _lookout.alarms()
    body = {"alarms": {alarm.name: {"count": alarm.count, "says": alarm.says} for alarm in found}}
    return JsonResponse(body, status=503 if found else 200)


class Lookout:
    """Looks at most once in FRESH_SECONDS in this process, and in one thread at a time, however often it is asked: the
    address is open, and a disk that hangs must not hang every thread that serves people."""

    def __init__(self) -> None:
        self._looks = threading.Lock()
        self._begun: float | None = None
        self._seen: list[alarms.Alarm] | None = None
        self._seen_at = 0.0

    def alarms(self) -> list[alarms.Alarm]:
        """What the last look saw, or a new one sees; while another thread looks, what it saw before."""
        if self._seen is not None and time.monotonic() - self._seen_at < FRESH_SECONDS:
            return self._seen
        if self._looks.acquire(timeout=0 if self._is_recent() else FRESH_SECONDS):
            try:
                self._begun = time.monotonic()
                self._seen = alarms.ringing()
                self._seen_at = time.monotonic()
            finally:
                self._begun = None
                self._looks.release()
            return self._seen
        begun = self._begun
        waits = int(time.monotonic() - begun) if begun is not None else 0
        if self._seen is None or waits > STUCK_SECONDS or not self._is_recent():
            return [
                alarms.Alarm(
                    "look_stuck", waits, "A look at the desk has not ended yet: a disk or a server is slow, or hangs."
                )
            ]
        return self._seen

    def _is_recent(self) -> bool:
        """Whether the last look is young enough to be told while a new one goes on."""
        return self._seen is not None and time.monotonic() - self._seen_at < STUCK_SECONDS + FRESH_SECONDS


_lookout = Lookout()
