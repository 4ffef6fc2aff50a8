from __future__ import annotations

import time
from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.utils.translation import gettext_lazy as _

RESET_ANSWER_SECONDS = 0.3  # several times what the letter to a known address takes


class LoginForm(allauth_forms.LoginForm):  # type: ignore[misc]
    """Sign-in in our words. What it answers to a failure is in accounts/adapter.py."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        _plain(self)
        login, password = self.fields["login"], self.fields["password"]
        login.label, password.label = _("E-mail"), _("Password")
        login.error_messages["required"] = _("Enter your e-mail")
        password.error_messages["required"] = _("Enter your password")
        login.widget.attrs = {"type": "email", "autocomplete": "username"}
        password.widget.attrs = {"autocomplete": "current-password"}


class ResetPasswordForm(allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    """Asks for the address of a reset letter. The answer is the same whether the address is known."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        _plain(self)
        email = self.fields["email"]
        email.label, email.error_messages["required"] = _("E-mail"), _("Enter your e-mail")
        email.widget.attrs["autocomplete"] = "username"

    def save(self, *args: Any, **kwargs: Any) -> Any:
        """Owe the letter, if there is anybody to write to. The answer waits, so that its time does not tell."""
        begun = time.perf_counter()
        try:
            return super().save(*args, **kwargs)
        finally:
            time.sleep(max(0.0, begun + RESET_ANSWER_SECONDS - time.perf_counter()))


class ResetPasswordKeyForm(allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """The new password behind a reset letter's link."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        _plain(self)
        _new_password(self)


class ChangePasswordForm(allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    """The old password and the new one, of a person who is signed in."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        _plain(self)
        old = self.fields["oldpassword"]
        old.label, old.error_messages["required"] = _("Current password"), _("Enter your current password")
        old.widget.attrs["autocomplete"] = "current-password"
        _new_password(self)


def _plain(form: forms.Form) -> None:
    """Labels instead of placeholders, and no hints of allauth's own."""
    form.label_suffix = ""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
        field.help_text = ""


def _new_password(form: forms.Form) -> None:
    first, again = form.fields["password1"], form.fields["password2"]
    first.label, first.help_text = _("New password"), _("At least 8 characters")
    again.label = _("New password once more")
    first.error_messages["required"] = _("Enter the new password")
    again.error_messages["required"] = _("Repeat the new password")
    for field in (first, again):
        field.widget.attrs["autocomplete"] = "new-password"
