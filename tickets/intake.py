"""How a request comes into the record: number, deadline, rank, event, sealed access data and the confirmation's
obligation in one transaction (3.1, 3.2, 3.4.2)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import User
from content.phones import PhoneError, parse_phone
from content.text import one_line
from customers.models import Customer, Membership, Server
from customers.vault import access
from customers.vault.access import AccessData
from notifications.bell import ring_on_commit
from tickets import attachments, breaches, clock, emails, jobs
from tickets.attachments import StoredFile, Upload
from tickets.models import Ticket, TicketEvent
from tickets.statuses import Channel, Status
from tickets.workflow.customer import require_writer


@dataclass(frozen=True)
class Filing:
    """What a request tells: the seven items of 3.5a. Blank means that the customer does not know."""

    subject: str
    description: str
    criticality: str
    contact_name: str
    contact_phone: str
    contact_email: str
    steps: str = ""
    frequency: str = "unknown"
    server: Server | None = None
    server_address: str = ""
    access: AccessData | None = None
    saves_server: bool = False
    version: str = ""
    controller: str = ""


def file_from_cabinet(
    filing: Filing,
    *,
    by: Membership,
    key: uuid.UUID,
    at: datetime,
    language: str = "ru",
    files: Sequence[Upload] = (),
    follows: Ticket | None = None,
) -> Ticket:
    """Register the request of a signed-in customer (3.1.1), or return the one that this `key` has already made.

    Raises FileRefused before anything is written, and NotAWriter for an observer. After the commit a worker settles
    the deadline and another sends the confirmation; if Redis is away the clock sees to both.
    """
    require_writer(by)
    if twin := _filed(key, by):
        return twin
    try:
        with attachments.written(files) as stored:
            return register(
                filing,
                customer=by.customer,
                channel=Channel.CABINET,
                received_at=at,
                at=at,
                by=by.user,
                author=by.user,
                key=key,
                language=language,
                files=stored,
                follows=follows,
            )
    except IntegrityError:
        if twin := _filed(key, by):  # a double click: the other request was first
            return twin
        raise


def _filed(key: uuid.UUID, by: Membership) -> Ticket | None:
    """What this very form has already made, even if its author works in another of his organisations by now."""
    return Ticket.objects.filter(submission_key=key, author=by.user).only("number").first()


@transaction.atomic
def register(
    filing: Filing,
    *,
    customer: Customer | None,
    channel: str,
    received_at: datetime,
    at: datetime,
    by: User | None,
    author: User | None = None,
    key: uuid.UUID | None = None,
    language: str = "ru",
    files: Sequence[StoredFile] = (),
    follows: Ticket | None = None,
) -> Ticket:
    """Enter a request that came in by any of the channels (3.1). Who may is asked by the caller.

    `author` is the customer's person who asks, `by` who enters it: the author himself, an operator, or nobody where
    the desk reads its mail. The term counts from `received_at`, when the letter or the call came in; `at` is now.
    """
    ticket = Ticket(
        customer=customer,
        author=author,
        channel=channel,
        language=language,
        submission_key=key or uuid.uuid4(),
        follows=follows,
        subject=one_line(filing.subject),
        description=filing.description,
        steps=filing.steps,
        frequency=filing.frequency,
        server_address=filing.server.address if filing.server else filing.server_address,
        version=filing.version,
        controller=filing.controller,
        criticality=filing.criticality,
        contact_name=filing.contact_name,
        contact_phone=filing.contact_phone,
        contact_phone_digits=_digits(filing.contact_phone),
        contact_email=filing.contact_email,
        status=Status.NEW,
        status_changed_at=at,
        received_at=received_at,
        registered_at=at,
        updated_at=at,
    )
    _attach_server(ticket, filing, at=at)
    clock.start(ticket, clock.term_for(customer, received_at))
    clock.await_reply(ticket, received_at)  # the request is the first message that waits for an answer
    clock.rank(ticket, at)
    ticket.save(force_insert=True)
    attachments.record(files, ticket=ticket, message=None, at=at)
    TicketEvent.objects.create(ticket=ticket, code="ticket.registered", by=by, at=at, data=_promised(ticket))
    breaches.record(ticket, at)  # paper may come to the operator after the term
    emails.confirmation(ticket, at=at)
    ring_on_commit(jobs.settle_deadline, str(ticket.pk))
    return ticket


def _promised(ticket: Ticket) -> dict[str, object]:
    """What the history keeps of the filing: all that the clocks are counted from."""
    return {
        "channel": ticket.channel,
        "criticality": ticket.criticality,
        "received_at": ticket.received_at.isoformat(),
        **clock.promise(ticket),
    }


def _attach_server(ticket: Ticket, filing: Filing, *, at: datetime) -> None:
    """Tie the request to a saved server with a snapshot of its access, or to what was typed, saving it if asked."""
    server, outdated = filing.server, None
    if server is None and filing.saves_server and filing.server_address and ticket.customer:
        # Two colleagues may save the same server at the same instant.
        server, _is_new = Server.objects.get_or_create(
            customer=ticket.customer,
            address__iexact=filing.server_address,
            defaults={"address": filing.server_address, "name": filing.server_address[:100]},
        )
    if server:  # as it stands now: a colleague may have given it newer access data, or removed it
        server = Server.objects.select_for_update().filter(pk=server.pk).first()
    if filing.access:
        ticket.credential = access.store(filing.access, at=at)
        if server and filing.saves_server:
            outdated, server.credential = server.credential, access.copy(ticket.credential, at=at)
    elif server and server.credential:
        ticket.credential = access.copy(server.credential, at=at)
    if server:
        # A version that is known already is a colleague's word, or newer than the form.
        server.version = (
            (filing.version or server.version) if filing.saves_server else (server.version or filing.version)
        )
        server.last_used_at = at
        server.save(update_fields=["version", "credential", "last_used_at"])
    if outdated:
        outdated.delete()
    ticket.server = server


def _digits(phone: str) -> str:
    try:
        return parse_phone(phone).digits
    except PhoneError:
        return "".join(filter(str.isdigit, phone))[:20]
