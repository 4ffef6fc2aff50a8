"""The colours of static/css/tokens.css in both themes, and how well each text reads on its background (WCAG 2.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders

TEXT, LINE = 4.5, 3.0
"""The least contrast of a text, and of a line, a border or a focus ring, to what it stands on."""

# What stands on what; a text unless told otherwise.
PAIRS: tuple[tuple[str, str, float], ...] = (
    *(("text", ground, TEXT) for ground in ("page", "bg", "surface", "surface-2", "note-bg")),
    *(("muted", ground, TEXT) for ground in ("page", "bg", "surface", "note-bg")),
    *(("link", ground, TEXT) for ground in ("page", "bg")),
    *(("on-primary", ground, TEXT) for ground in ("primary", "primary-hover", "danger-btn")),
    *((tone, f"{tone}-bg", TEXT) for tone in ("ok", "warn", "bad", "info", "mute")),
    ("mute", "surface-2", TEXT),
    ("bad", "bg", TEXT),
    ("warn", "note-bg", TEXT),
    ("on-bar", "bar", TEXT),
    ("on-bar", "bar-2", TEXT),
    ("bar-muted", "bar-2", TEXT),
    ("input", "bg", LINE),
    *(("focus", ground, LINE) for ground in ("page", "bg", "surface-2")),
    *((f"{tone}-line", "bg", LINE) for tone in ("ok", "warn", "bad", "info", "mute")),
)

_BLOCK = re.compile(r"(:root[^{,]*)\{([^}]*)\}")
_TOKEN = re.compile(r"(--[\w-]+):\s*([^;]+);")


@dataclass(frozen=True)
class Swatch:
    """One colour, as the stylesheet calls it, in light and in dark."""

    name: str
    light: str
    dark: str


@dataclass(frozen=True)
class Pair:
    """A colour on another: the contrast that is wanted, and what there is in light and in dark, rounded down."""

    text: str
    ground: str
    wanted: float
    light: float
    dark: float

    @property
    def is_line(self) -> bool:
        return self.wanted == LINE

    @property
    def is_enough(self) -> bool:
        return min(self.light, self.dark) >= self.wanted


@lru_cache(maxsize=1)
def themes() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Token to value: in light, in dark by the system, in dark by the switch. The dark ones hold what differs."""
    found = finders.find("css/tokens.css")
    if not isinstance(found, str):
        raise FileNotFoundError("css/tokens.css is not among the static files.")
    blocks = {
        selector.strip(): dict(_TOKEN.findall(body))
        for selector, body in _BLOCK.findall(Path(found).read_text(encoding="utf-8"))
    }
    return blocks[":root"], blocks[':root:not([data-theme="light"])'], blocks[':root[data-theme="dark"]']


def swatches() -> list[Swatch]:
    """Every colour, in the order of the stylesheet."""
    light, dark, _switched = themes()
    return [
        Swatch(name, value, dark.get(name, value)) for name, value in light.items() if re.fullmatch("#[0-9a-f]+", value)
    ]


def pairs() -> Iterator[Pair]:
    """What is measured, with what came out."""
    colours = {swatch.name: swatch for swatch in swatches()}
    for text, ground, wanted in PAIRS:
        above, below = colours[f"--c-{text}"], colours[f"--c-{ground}"]
        yield Pair(above.name, below.name, wanted, contrast(above.light, below.light), contrast(above.dark, below.dark))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21, rounded down to two places: 4.499 is not 4.5."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return int((brighter + 0.05) / (darker + 0.05) * 100) / 100


def _luminance(colour: str) -> float:
    """Relative luminance of #rgb or #rrggbb, from 0 to 1."""
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue = (_linear(int(digits[at : at + 2], 16) / 255) for at in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)
