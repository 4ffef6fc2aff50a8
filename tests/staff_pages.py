"""How the tests of the staff's pages sign in and read."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.test import Client

from accounts.models import User


def enter(user: User) -> Client:
    """A browser in which that person is signed in."""
    client = Client()
    client.force_login(user)
    return client


def words(response: Any) -> str:
    """The page with plain spaces only, each once; its tags stay."""
    return re.sub(r"\s+", " ", unescape(response.content.decode()).replace("\u00a0", " "))
