"""How the tests of the cabinet ask for pages, and what they send. Pages are read in English: in msgids."""

from __future__ import annotations

import html
import re
import uuid
from datetime import datetime, timedelta
from typing import Any

import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from customers.models import Membership, Server
from tests.cast import MONDAY_TEN, Cast, file_ticket
from tickets import workflow
from tickets.models import Ticket

NEW = "/cabinet/tickets/new/"
SECRET = "Ta1naya-Rechka-88"


def enter(who: Membership | User, *, language: str = "en") -> Client:
    """A browser in which that person is signed in, and reads this language."""
    user = who.user if isinstance(who, Membership) else who
    User.objects.filter(pk=user.pk).update(language=language)
    client = Client()
    client.force_login(user)
    return client


def told(**changes: Any) -> dict[str, Any]:
    """A complete new form with another server; None leaves a field out."""
    fields = {
        "subject": "Не приходят координаты с контроллера 4512",
        "description": "С утра на карте нет трёх машин.",
        "steps": "Открыть карту\nВыбрать машину 4512",
        "frequency": "sometimes",
        "server": "other",
        "server_address": "10.1.4.77:8080",
        "access_login": "root",
        "access_password": SECRET,
        "access_rights": "admin",
        "version": "4.2.1",
        "controller": "4512, КамАЗ А001АА",
        "criticality": "high",
        "contact_name": "Иванова Анна Павловна",
        "contact_phone": "8-3532-373-233 доб. 12",
        "contact_email": "anna@reis.example",
        "submission_key": str(uuid.uuid4()),
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def text_of(response: Any) -> str:
    """The words of a page's <main>, as a reader sees them: no tags, one space."""
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    plain = html.unescape(re.sub(r"<[^>]+>", " ", main.partition(">")[2]))
    return " ".join(plain.replace("\u00a0", " ").split())


def errors_of(response: Any) -> dict[str, list[str]]:
    """The messages of a refused page by field."""
    for name in ("form", "reply_form", "reopen_form"):
        form = response.context.get(name)
        if form is not None and form.errors:
            with translation.override("en"):
                return {field: [str(error) for error in errors] for field, errors in form.errors.items()}
    return {}


def without_tokens(page: bytes) -> bytes:
    """A page less the one value that differs each time."""
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", page)


def address(name: str, ticket: Ticket | int) -> str:
    """The address of a page about a request."""
    number = ticket if isinstance(ticket, int) else ticket.number
    return reverse(f"cabinet:{name}", args=[number])


def make_server(cast: Cast, name: str = "Основной", host: str = "10.1.4.20", **fields: Any) -> Server:
    return Server.objects.create(customer=fields.pop("customer", cast.reis), name=name, address=host, **fields)


def later(hours: float = 0, *, days: int = 0) -> datetime:
    """So long after the story began."""
    return MONDAY_TEN + timedelta(hours=hours, days=days)


def resolved(
    cast: Cast, by: Membership | None = None, *, at: datetime = MONDAY_TEN, outcome: str = "solved", **filing: Any
) -> Ticket:
    """A request that Elena has solved."""
    ticket = file_ticket(by or cast.anna, at=at, **filing)
    return workflow.resolve(
        ticket,
        kind="failure",
        component="controller",
        outcome=outcome,
        text="Заменили антенну.",
        by=cast.elena,
        at=at + timedelta(hours=1),
    )


def closed(cast: Cast, by: Membership | None = None, *, at: datetime = MONDAY_TEN, **filing: Any) -> Ticket:
    """A request that is solved and closed by the customer."""
    ticket = resolved(cast, by, at=at, **filing)
    return workflow.close_by_customer(ticket, by=by or cast.anna, at=at + timedelta(hours=2))


def travel(to: datetime) -> time_machine.travel:
    """Live at another moment, for a `with`."""
    return time_machine.travel(to, tick=False)
