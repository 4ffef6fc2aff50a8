"""The style sheets of the staff stand on Django's own pages too."""

from __future__ import annotations

import re
from pathlib import Path

import django
from django.conf import settings

OURS = Path(settings.BASE_DIR) / "static" / "css" / "staff.css"
THEIRS = Path(django.__file__).parent / "contrib" / "admin" / "static" / "admin" / "css"


def selectors(css: str) -> list[str]:
    """Each selector by itself."""
    heads = re.findall(r"([^{};]+)\{", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL))
    return [one.strip() for head in heads for one in re.split(r",(?![^()]*\))", head)]


def classes(selector: str) -> set[str]:
    return set(re.findall(r"\.([a-zA-Z][\w-]*)", selector))


def test_a_class_of_djangos_own_pages_is_only_styled_on_purpose() -> None:
    """A form row of ours once tore the rows of their tables apart: it had the same name. `.desk` says "on purpose"."""
    theirs = {name for path in THEIRS.glob("*.css") for one in selectors(path.read_text()) for name in classes(one)}
    assert "form-row" in theirs
    ours = [one for one in selectors(OURS.read_text()) if not any(name.startswith("desk") for name in classes(one))]
    assert [one for one in ours if classes(one) and classes(one) <= theirs] == []
