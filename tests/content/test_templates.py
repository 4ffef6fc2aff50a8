"""What every template of ours promises: nothing that the policy blocks, and only icons that exist."""

import re
from pathlib import Path

import pytest

from content.templatetags import ui

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.html") if path.parent.name != "emails")
NAMES = [path.relative_to(ROOT / "templates").as_posix() for path in TEMPLATES]

INLINE = {
    "a style attribute": re.compile(r"\sstyle\s*=", re.I),
    "a style element": re.compile(r"<style\b", re.I),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.I),
    "an inline script": re.compile(r"<script(?![^>]*\ssrc=)", re.I),
    "a javascript: address": re.compile(r"javascript:", re.I),
    "a foreign address": re.compile(r"(?:src|href|action)\s*=\s*[\"'](?:https?:)?//", re.I),
}


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_a_template_holds_nothing_that_the_policy_blocks(path):
    text = path.read_text()
    assert [what for what, pattern in INLINE.items() if pattern.search(text)] == []


def test_every_icon_of_the_templates_exists():
    names = {name for path in TEMPLATES for name in re.findall(r'{%\s*icon "([\w-]+)"', path.read_text())}
    assert len(names) > 20
    for name in names:
        assert ui.icon(name).startswith("<svg")


@pytest.mark.parametrize("path", sorted((ROOT / "templates" / "components").glob("*.html")), ids=lambda path: path.name)
def test_a_component_names_its_variables_in_its_first_line(path):
    first = path.read_text().splitlines()[0]
    assert first.startswith("{#")
    assert "Variables:" in first


@pytest.mark.parametrize("name", ["app.js", "staff.js", "reaction.js"])
def test_a_script_stays_small(name):
    assert (ROOT / "static" / "js" / name).stat().st_size <= 8 * 1024
