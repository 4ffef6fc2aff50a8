"""The table of pages leaves none out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from django.urls import get_resolver, resolve
from django.urls.resolvers import URLResolver

from tests.journeys.places import NO_PLACE, PLACES


def routes(resolver: Any, space: str = "") -> Iterator[str]:
    """The names of all addresses, as reverse() takes them."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry, f"{space}{entry.namespace}:" if entry.namespace else space)
        elif entry.name:
            yield space + entry.name


def shown() -> set[str]:
    """The names of the addresses that the table opens; an address that is none on purpose stands for no name."""
    paths = (place.address.partition("?")[0].replace("*", "1") for place in PLACES if place.status != 404)
    return {resolve(path).view_name for path in paths}


def test_every_named_address_has_its_page_in_the_table_or_a_reason_why_not() -> None:
    left = set(routes(get_resolver())) - shown()
    assert sorted(name for name in left if not any(fnmatchcase(name, pattern) for pattern in NO_PLACE)) == []


def test_no_reason_is_left_over() -> None:
    left = set(routes(get_resolver())) - shown()
    assert [pattern for pattern in NO_PLACE if not any(fnmatchcase(name, pattern) for name in left)] == []


def test_each_page_has_a_name_of_its_own() -> None:
    assert [name for name, count in Counter(place.name for place in PLACES).items() if count > 1] == []
