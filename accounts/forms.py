from __future__ import annotations

from allauth.account import forms as allauth_forms
from django import forms
from django.utils.translation import gettext_lazy as _


class LoginForm(allauth_forms.LoginForm):  # type: ignore[misc]
    """Sign-in with one message for every failure, so that nobody learns which addresses exist."""

    error_messages = {
        **allauth_forms.LoginForm.error_messages,
        "email_password_mismatch": _("The e-mail or password did not match. Check the keyboard layout and Caps Lock."),
    }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        login, password = self.fields["login"], self.fields["password"]
        login.label, password.label = _("E-mail"), _("Password")
        login.error_messages["required"] = _("Enter your e-mail")
        password.error_messages["required"] = _("Enter your password")
        login.widget.attrs = {"type": "email", "autocomplete": "username"}
        password.widget.attrs = {"autocomplete": "current-password"}
        password.help_text = ""
        if "remember" in self.fields:
            self.fields["remember"].widget = forms.HiddenInput()
            self.fields["remember"].initial = True
