"""What the page of components prints: an example with the words of its call, and a component with its examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

# Within what a component stands on its real pages: a list of cards, a table of rows, nothing.
Frame = Literal["cards", "rows", ""]


@dataclass(frozen=True)
class Example:
    """One call of a component. `call` tells in the template's own words what is special about it."""

    call: str
    context: Mapping[str, Any]


@dataclass(frozen=True)
class Component:
    """A template of templates/components with its examples; `is_small` lets them stand side by side."""

    name: str
    title: str
    examples: list[Example]
    frame: Frame = ""
    is_small: bool = False

    @property
    def file(self) -> str:
        return f"components/{self.name}.html"

    def drawn(self, request: HttpRequest) -> Drawn:
        """Every example as the page shows it."""
        markup = [
            (example.call, render_to_string(self.file, dict(example.context), request)) for example in self.examples
        ]
        return Drawn(self, markup)


@dataclass(frozen=True)
class Drawn:
    """A component and the call and markup of each of its examples."""

    component: Component
    examples: list[tuple[str, SafeString]]
