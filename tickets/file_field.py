"""The form field of several files, for the forms of both sides."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from tickets import attachments


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Up to ten files of 25 MB each. Cleans to a list, empty for none; the error names a file that cannot be taken."""

    widget = FilesInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "max_length": None, **kwargs})

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        chosen = [file for file in (data if isinstance(data, list | tuple) else [data]) if file]
        if not chosen and self.required:
            raise ValidationError(self.error_messages["required"], code="required")
        try:
            attachments.check(chosen)
        except attachments.FileRefused as refusal:
            raise ValidationError(str(refusal), code="refused") from refusal
        return chosen
