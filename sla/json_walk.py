"""The text of a JSON file, walked so that each day of it keeps its line: the standard parser forgets lines."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

_BLANK = re.compile(r"[ \t\r\n]*")


class NotJson(Exception):
    """At that place of the text."""

    def __init__(self, place: int) -> None:
        self.place = place


class JsonObject(dict[str, Any]):
    """An object that remembers which of its fields stood there twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]


class JsonWalk:
    """The text of an object, walked field by field, and its list of days item by item."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._decoder = json.JSONDecoder(object_pairs_hook=JsonObject)
        self._counted, self._line = 0, 1

    def line(self, place: int) -> int:
        """The line of a place; each one asked for lies further on than the last."""
        self._line += self._text.count("\n", self._counted, place)
        self._counted = place
        return self._line

    def column(self, place: int) -> int:
        return place - self._text.rfind("\n", 0, place)

    def fields(self) -> Iterator[tuple[int, str, Any]]:
        """Line, name and value of each field; the items of the list of days are pairs of line and value."""
        place = self._after("{", 0)
        while self._text[place : place + 1] != "}":
            line = self.line(place)
            name, after = self._value(place)
            if not isinstance(name, str):
                raise NotJson(place)
            place = self._after(":", after)
            if name == "days" and self._text[place : place + 1] == "[":
                items: list[tuple[int, Any]] = []
                place = self._items(place, items)
                yield line, name, items
            else:
                value, place = self._value(place)
                yield line, name, value
            place = self._next(place, "}")
        if place + 1 < len(self._text) and self._blank(place + 1) < len(self._text):
            raise NotJson(place + 1)

    def _items(self, place: int, items: list[tuple[int, Any]]) -> int:
        """The place after a list, whose items are put into `items`."""
        place = self._after("[", place)
        while self._text[place : place + 1] != "]":
            line = self.line(place)
            value, place = self._value(place)
            items.append((line, value))
            place = self._next(place, "]")
        return self._blank(place + 1)

    def _next(self, place: int, end: str) -> int:
        """The place of the next item or of the end. A comma before the end is one too many."""
        if self._text[place : place + 1] == end:
            return place
        following = self._after(",", place)
        if self._text[following : following + 1] == end:
            raise NotJson(place)
        return following

    def _after(self, sign: str, place: int) -> int:
        place = self._blank(place)
        if self._text[place : place + 1] != sign:
            raise NotJson(place)
        return self._blank(place + 1)

    def _value(self, place: int) -> tuple[Any, int]:
        try:
            value, after = self._decoder.raw_decode(self._text, place)
        except json.JSONDecodeError as error:
            raise NotJson(error.pos) from None
        except (RecursionError, ValueError):  # nested too deeply; a number of more digits than Python reads
            raise NotJson(place) from None
        return value, self._blank(after)

    def _blank(self, place: int) -> int:
        found = _BLANK.match(self._text, place)
        assert found  # noqa: S101 - it matches nothing as well
        return found.end()
