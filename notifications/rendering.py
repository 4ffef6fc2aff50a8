"""A letter from its three templates: subject, text and HTML, in the reader's language and the desk's zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template import Context, Engine
from django.utils import timezone, translation

from content.text import one_line

SUBJECT_LIMIT = 200
_EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")


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
    facts = {
        **context,
        "language": language,
        "site_url": settings.SITE_URL,
        "support_phone": settings.SUPPORT_PHONE,
    }
    with translation.override(language), timezone.override(timezone.get_default_timezone()):
        subject = one_line(_rendered(f"{name}.subject.txt", facts, is_html=False))
        if len(subject) > SUBJECT_LIMIT:
            subject = subject[: SUBJECT_LIMIT - 1].rstrip() + "…"
        facts["subject"] = subject
        text = _EMPTY_LINES.sub("\n\n", _rendered(f"{name}.txt", facts, is_html=False)).strip() + "\n"
        html = _rendered(f"{name}.html", facts, is_html=True).strip() + "\n"
    return Letter(subject, text, html, language)


def _rendered(template: str, facts: dict[str, Any], *, is_html: bool) -> str:
    """Signs of HTML are escaped in the HTML only: in plain text «<» is «<»."""
    return Engine.get_default().get_template(f"emails/{template}").render(Context(facts, autoescape=is_html))
