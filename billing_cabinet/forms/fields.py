"""Form fields that take text as people paste it, and never let a browser cut it off in silence."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from content.text import clean_body, one_line


class Unclipped:
    """Too long is told after sending: the browser's `maxlength` would drop the end of what is pasted."""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}


class LineField(Unclipped, forms.CharField):
    """One line. Cleaned first, then measured."""

    def to_python(self, value: Any) -> str:
        return super().to_python(one_line(str(value or ""))) or ""


class SecretField(Unclipped, forms.CharField):
    """A password: as it is typed, and never shown again."""

    widget = forms.PasswordInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"strip": False, **kwargs})


class MailField(Unclipped, forms.EmailField):
    """An e-mail address."""


class BodyField(LineField):
    """Text of several lines."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        return clean_body(str(value or ""))


class SubmissionKeyField(forms.UUIDField):
    """The hidden key of one opened form: a double click, or a POST after the back button, is recognised by it.

    A key that somebody has spoilt is replaced: the person could not mend it.
    """

    widget = forms.HiddenInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"initial": uuid.uuid4, "required": False, **kwargs})

    def clean(self, value: Any) -> uuid.UUID:
        try:
            return super().clean(value) or uuid.uuid4()
        except ValidationError:
            return uuid.uuid4()
