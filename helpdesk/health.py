"""Addresses for load balancers and supervisors. They say nothing about the content."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


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
    except DatabaseError:
        return HttpResponse("the database does not answer", content_type="text/plain", status=503)
    return HttpResponse("ready", content_type="text/plain")
