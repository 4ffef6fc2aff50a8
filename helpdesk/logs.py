"""What a log line may say: ids and the names of places, never an address with a search, a token or a person in it."""

import logging

from django.http import HttpRequest


class NamesPlacesOnly(logging.Filter):
    """Turns a line about a web request into status, method and the route's name."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = record.__dict__.pop("request", None)
        if isinstance(request, HttpRequest):
            route = request.resolver_match.view_name if request.resolver_match else "no such page"
            record.msg, record.args = "%s %s", (request.method, route)
        return True
