from __future__ import annotations

from allauth.account import forms as allauth_forms
from django.utils.translation import gettext_lazy as _


class LoginForm(allauth_forms.LoginForm):  # type: ignore[misc]
    """Sign-in in our words. What it answers to a failure is in accounts/adapter.py."""

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
