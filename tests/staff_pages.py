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


def page_of(user: User, address: str) -> str:
    """The page of that address as that person reads it."""
    response = enter(user).get(address)
    assert response.status_code == 200, address
    return unescape(response.content.decode()).replace("\u00a0", " ")


def formset(prefix: str, rows: list[dict[str, Any]], *, initial: int = 0) -> dict[str, Any]:
    """The fields of an inline formset; a row is its fields."""
    told = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": initial}
    return told | {f"{prefix}-{index}-{name}": value for index, row in enumerate(rows) for name, value in row.items()}
