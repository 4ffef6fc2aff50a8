"""How the tests of the workplace press its buttons and read what came back."""

from __future__ import annotations

from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from notifications.models import OutgoingEmail
from tests.cast import MONDAY_TEN, Cast, file_ticket, moment
from tests.staff_pages import enter
from tickets import attachments, workflow
from tickets.models import Ticket

NOW = moment("2026-11-23 10:30")
TOMORROW = "24.11.2026"
RESOLUTION: dict[str, Any] = {
    "kind": "failure",
    "component": "controller",
    "outcome": "workaround",
    "text": "Прошивка откатана.",
}


def shown(response: Any) -> Any:
    """What the template of a page was given."""
    return SimpleNamespace(**response.context_data)


def url(ticket: Ticket, verb: str = "change") -> str:
    return f"/admin/tickets/ticket/{ticket.number}/{verb}/"


def look(user: User, ticket: Ticket) -> Any:
    response = enter(user).get(url(ticket))
    assert response.status_code == 200
    return shown(response)


def press(user: User, ticket: Ticket, verb: str, **fields: Any) -> Any:
    """Post a verb's form as the page would, and read the request again."""
    response = enter(user).post(url(ticket, verb), {f"{verb}-{name}": value for name, value in fields.items()})
    ticket.refresh_from_db()
    return response


def text_of(response: Any) -> str:
    return unescape(response.content.decode()).replace("\u00a0", " ")


def letters(code: str) -> list[OutgoingEmail]:
    return list(OutgoingEmail.objects.filter(obligation=f"ticket.{code}").order_by("pk"))


def taken(cast: Cast, by: User | None = None, **filing: Any) -> Ticket:
    return workflow.take(file_ticket(cast.anna, **filing), by=by or cast.elena, at=MONDAY_TEN)


def errors(response: Any, verb: str) -> dict[str, list[str]]:
    """The errors of a verb's form on the page that came back."""
    page = shown(response)
    forms = {move.code: move.form for move in page.moves} | {"reply": page.reply_form, "note": page.note_form}
    return {name: list(words) for name, words in forms[verb].errors.items()}


def stored_files() -> list[Path]:
    root = attachments.full_path("attachments")
    return [path for path in root.rglob("*") if path.is_file()] if root.exists() else []


def paper(name: str = "журнал.txt", content: bytes = b"12:00 no fix") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)
