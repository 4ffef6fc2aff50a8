from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from notifications import outbox
from notifications.rendering import render

# allauth's template prefixes, and our letters under the same occasions.
_LETTERS = {
    "account/email/password_reset_key": "account_password_reset",
    "account/email/password_changed": "account_password_changed",
    "account/email/password_reset": "account_password_changed",
    "account/email/password_set": "account_password_changed",
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """How sign-in behaves here: nobody registers himself, and its letters leave through the outbox."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        # One message for every failure, so that nobody learns which addresses exist.
        "email_password_mismatch": _("The e-mail or password did not match. Check the keyboard layout and Caps Lock."),
        "account_inactive": _("The e-mail or password did not match. Check the keyboard layout and Caps Lock."),
        "too_many_login_attempts": _("Sign-in is closed for 15 minutes. You can set a new password right away."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People come in by an invitation of their organisation's administrator."""
        return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Wrong passwords count against the address alone. allauth adds the host that the request names, and its port
        is the sender's choice: each port would give ten more guesses."""
        return str(credentials.get("email", "")).lower()

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """A blocked person is nobody: allauth would send whoever knows his password to a page that says so."""
        person: User | None = super().authenticate(request, **credentials)
        return person if person is not None and person.is_active else None

    def is_safe_url(self, url: str | None) -> bool:
        """Whether sign-in may lead there. What is no address at all («http://[») leads nowhere."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link of a reset letter. Its host is ours by the settings, whatever host the request named."""
        path: str = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.SITE_URL + path.replace("UID-KEY", quote(key))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Owe the letter in the outbox, to the address of the account and never to one that was typed.

        It is stored sealed: a reset link is worth an account.
        """
        name = _LETTERS.get(template_prefix)
        user = context.get("user")
        reader = user if isinstance(user, User) else User.objects.filter(email__iexact=email).first()
        if name is None or reader is None:
            return
        at = timezone.now()
        facts = {
            "greeting_name": reader.greeting_name,
            "password_reset_url": context.get("password_reset_url", ""),
            "reset_url": settings.SITE_URL + reverse("account_reset_password"),
            "at": at,
        }
        with transaction.atomic():
            outbox.put(
                render(name, facts, language=reader.language),
                obligation=name.replace("_", ".", 1),
                about=f"{name}:{uuid.uuid4()}",
                to=reader.email,
                at=at,
                is_sensitive=True,
            )
