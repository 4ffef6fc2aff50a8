"""Template tags and filters of every page: icons, moments, sizes, and the parts of a form field.

The library is a builtin of the template engine (settings.TEMPLATES), so pages need no {% load ui %}.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from datetime import datetime
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html, linebreaks, urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext
from lucide.templatetags.lucide import lucide

from content import moments

register = template.Library()


@lru_cache(maxsize=256)
def _svg(name: str) -> str:
    svg = lucide(name, size=None, width=20, height=20, aria_hidden="true", focusable="false", **{"class": "ico"})
    return re.sub(r"\s*\n\s*", " ", re.sub(r">\s+<", "><", svg)).strip()


@register.simple_tag
def icon(name: str) -> str:
    """The Lucide icon as inline SVG, hidden from screen readers: words stand beside it.

    An unknown name raises IconDoesNotExist.

    Rendered once per name and process: the package's own tag takes 33 microseconds each time.
    """
    return mark_safe(_svg(str(name)))  # noqa: S308 (drawn by the package from a name in our code)


@lru_cache(maxsize=4096)
def _drawn(template_name: str, language: str | None, values: tuple[tuple[str, Hashable], ...]) -> SafeString:
    return mark_safe(render_to_string(template_name, dict(values)).strip())  # noqa: S308 - a template has made it


@register.simple_tag
def drawn(template_name: str, **values: Hashable) -> SafeString:
    """A component whose look hangs on these values and the language alone, drawn once for each in a process: a list
    shows the same few statuses in every row."""
    return _drawn(template_name, get_language(), tuple(values.items()))


_MAY_LINK = re.compile(r"://|@|\S\.\w")


@register.filter
def prose(text: str) -> SafeString:
    """Somebody's words as paragraphs, with links where there are any. To look for them costs most, so first whether
    there can be one."""
    if _MAY_LINK.search(text):
        return mark_safe(linebreaks(urlize(text, nofollow=True, autoescape=True), autoescape=False))  # noqa: S308
    return mark_safe(linebreaks(text, autoescape=True))  # noqa: S308 - both escape


def _time_element(at: datetime, words: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', timezone.localtime(at).isoformat(timespec="seconds"), words)


@register.filter
def moment(at: datetime | None) -> str:
    """«сегодня, 14:32» as a <time> element; empty for None."""
    return _time_element(at, moments.moment_words(at, now=timezone.now())) if at else ""


@register.filter
def day(at: datetime | None) -> str:
    """«сегодня», «вчера» or «23 ноября», for a heading between the messages of two days; empty for None."""
    return moments.day_words(at, now=timezone.now()) if at else ""


@register.filter
def minutes_words(minutes: int | None) -> str:
    """«3 ч 10 мин» of whole minutes; empty for None."""
    return "" if minutes is None else moments.minutes_words(minutes)


@register.filter
def file_size(size: int | None) -> str:
    """«1,5 МБ» of bytes, in thousands like the limit of 25 MB = 25 000 000 bytes; empty for None."""
    if size is None:
        return ""
    if size < 1000:
        words = gettext("%(size)s B") % {"size": size}
    elif size < 999_500:
        words = gettext("%(size)s KB") % {"size": round(size / 1000)}
    else:
        tenths = round(size / 1e6, 1)
        whole = tenths >= 10 or tenths == int(tenths)
        words = gettext("%(size)s MB") % {"size": number_format(tenths, decimal_pos=0 if whole else 1)}
    return words.replace(" ", moments.NBSP)


@register.simple_tag
def file_words() -> dict[str, str]:
    """The sentences that app.js says about chosen files, with the placeholders of Python's % left in for it to fill."""
    return {
        "too_large": gettext("The file “%(name)s” is larger than 25 MB."),
        "empty": gettext("The file “%(name)s” is empty."),
        "executable": gettext("The file “%(name)s” was refused: executables are not accepted. Put it into an archive."),
        "too_many": gettext("You can attach up to 10 files."),
        "remove": gettext("Remove the file “%(name)s”"),
        "b": gettext("%(size)s B"),
        "kb": gettext("%(size)s KB"),
        "mb": gettext("%(size)s MB"),
    }


@register.filter
def ticket_number(number: int | str) -> str:
    """«№ 10427»: never grouped, for it is dictated by phone."""
    return (gettext("No. %(number)s") % {"number": str(number)}).replace(" ", moments.NBSP)


@register.filter
def is_optional(field: BoundField) -> bool:
    """Whether «(необязательно)» stands after the label; a form field may say show_optional = False."""
    return not field.field.required and getattr(field.field, "show_optional", True)


@register.filter
def error_count(form: BaseForm) -> int:
    """How many errors the summary lists."""
    return sum(len(errors) for errors in form.errors.values())


@register.filter
def first_id(field: BoundField) -> str:
    """The id of the first control, where a link of the error summary leads: of a group it is the first option's."""
    return f"{field.auto_id}_0" if field.use_fieldset else field.auto_id


@register.filter
def option_hint(field: BoundField, value: Any) -> str:
    """The hint under one option, from the form field's option_hints {value: text}; empty where there is none."""
    hints: dict[str, str] = getattr(field.field, "option_hints", {})
    return hints.get(str(value), "")


@register.filter
def described_by(field: BoundField) -> str:
    """The ids of a group's hint and error, for its fieldset (single controls get them from Django itself)."""
    ids = [f"{field.auto_id}_helptext"] if field.help_text else []
    if field.errors:
        ids.append(f"{field.auto_id}_error")
    return " ".join(ids)
