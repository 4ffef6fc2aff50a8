"""The shortest way to a letter in the outbox, and to the moment when it is tried again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import time_machine
from django.utils import timezone

from notifications import delivery, outbox
from notifications.models import OutgoingEmail
from notifications.rendering import Letter
from tests.mail_server import Received


def owe(about: str = "ticket:1", *, text: str = "Мы приняли заявку.\n", **told: Any) -> OutgoingEmail:
    letter = Letter(f"[#10427] Заявка принята: {about}", text, f"<p>{text}</p>\n", "ru")
    at = told.pop("at", timezone.now())
    told = {"obligation": "ticket.confirmation", "to": "anna@reis.example", **told}
    outbox.put(letter, **told, about=about, at=at)
    return OutgoingEmail.objects.get(obligation=told["obligation"], about=about, to_address=told["to"])


def reread(row: OutgoingEmail) -> OutgoingEmail:
    return OutgoingEmail.objects.get(pk=row.pk)


def message_ids(letters: list[Received]) -> list[str]:
    return [str(letter.message["Message-ID"]) for letter in letters]


def drain_later(seconds: float) -> int:
    with time_machine.travel(timezone.now() + timedelta(seconds=seconds)):
        return delivery.deliver_due()
