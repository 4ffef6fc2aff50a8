"""A letter from its three templates: subject, text and HTML, in the reader's language and the desk's zone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any

from django.conf import settings
from django.template import Context, Engine
from django.utils import timezone, translation

from content.text import one_line

SUBJECT_LIMIT = 200
_EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")
# Stands around the name of a gap while a circular is drawn: a character for private use, in no template of ours.
_GAP = "\ue000"


@dataclass(frozen=True)
class Letter:
    """What a reader gets. The text version is written by hand, not stripped from the HTML."""

    subject: str
    text: str
    html: str
    language: str


def render(name: str, context: dict[str, Any], *, language: str) -> Letter:
    """The letter templates/emails/NAME.{subject.txt,txt,html}. The subject is one line without control characters.

    Whoever's action caused the letter, its days and hours are the desk's, not those of that person's session.
    """
    with _reading(language):
        facts = _facts(context, language)
        facts["subject"] = subject = _subject(_rendered(f"{name}.subject.txt", facts, is_html=False))
        text, html = _bodies(name, facts)
    return Letter(subject, text, html, language)


class Circular:
    """The same letter to many readers: drawn once, with gaps for the words that differ from reader to reader.

    `to` gives what `render` gives with these words in its context, far sooner. A gap is a single line
    of text; the template may print it and nothing else.
    """

    def __init__(self, name: str, context: dict[str, Any], *, gaps: Iterable[str], language: str) -> None:
        marks = {gap: f"{_GAP}{gap}{_GAP}" for gap in (*gaps, "subject")}
        self._language = language
        with _reading(language):
            facts = _facts({**context, **marks}, language)
            subject = _rendered(f"{name}.subject.txt", facts, is_html=False)
            text, html = _bodies(name, facts)
        # Literals and names of gaps by turns.
        self._subject, self._text, self._html = subject.split(_GAP), text.split(_GAP), html.split(_GAP)

    def to(self, words: Mapping[str, str]) -> Letter:
        """The letter to one reader, with his words in the gaps."""
        subject = _subject(_filled(self._subject, words))
        in_html = {gap: escape(told) for gap, told in {**words, "subject": subject}.items()}
        return Letter(subject, _filled(self._text, words), _filled(self._html, in_html), self._language)


def _filled(parts: list[str], words: Mapping[str, str]) -> str:
    return "".join(words[part] if index % 2 else part for index, part in enumerate(parts))


@contextmanager
def _reading(language: str) -> Iterator[None]:
    with translation.override(language), timezone.override(timezone.get_default_timezone()):
        yield


def _facts(context: dict[str, Any], language: str) -> dict[str, Any]:
    return {
        **context,
        "language": language,
        "site_url": settings.SITE_URL,
        "support_phone": settings.SUPPORT_PHONE,
    }


def _subject(rendered: str) -> str:
    subject = one_line(rendered)
    return subject if len(subject) <= SUBJECT_LIMIT else subject[: SUBJECT_LIMIT - 1].rstrip() + "…"


def _bodies(name: str, facts: dict[str, Any]) -> tuple[str, str]:
    """The text and the HTML."""
    text = _EMPTY_LINES.sub("\n\n", _rendered(f"{name}.txt", facts, is_html=False)).strip() + "\n"
    return text, _rendered(f"{name}.html", facts, is_html=True).strip() + "\n"


def _rendered(template: str, facts: dict[str, Any], *, is_html: bool) -> str:
    """Signs of HTML are escaped in the HTML only: in plain text «<» is «<»."""
    return Engine.get_default().get_template(f"emails/{template}").render(Context(facts, autoescape=is_html))
