"""The customer's message on a request, and what reopens one."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from billing_cabinet.forms.fields import BodyField, SubmissionKeyField
from tickets.file_field import FilesField

BODY_LENGTH = 20_000
TOO_LONG = _("Shorten the text to %(limit_value)d characters, or attach it as a file")


class ReplyForm(forms.Form):
    """«Ваш ответ»"""

    use_required_attribute = False

    body = BodyField(
        label=_("Your reply"),
        max_length=BODY_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Write your reply"), "max_length": TOO_LONG},
    )
    files = FilesField(label=_("Files"), help_text=_("Up to 10 files, 25 MB each"))  # type: ignore[assignment]
    submission_key = SubmissionKeyField()


class ReopenForm(ReplyForm):
    """«Что изменилось?»"""

    body = BodyField(
        label=_("What has changed?"),
        max_length=BODY_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write what has changed"), "max_length": TOO_LONG},
    )
