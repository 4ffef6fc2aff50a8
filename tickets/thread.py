"""A request as it is read: its opening, the correspondence, the history and the files, in the reader's own words.

The reader is a customer's Membership or a User of the staff. A customer never meets an internal note, an internal
event or the file of a note. The pages of both sides show what these functions return and walk no relations.

Messages, files and events are loaded once per request object, with one query each, whichever functions are called;
`ticket.refresh_from_db()` forgets them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Prefetch, prefetch_related_objects
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from content.moments import date_words
from customers.models import Membership
from tickets.models import Attachment, Message, Ticket, TicketEvent
from tickets.statuses import CHANNEL_ICONS, Channel
from tickets.thread_letters import letters
from tickets.thread_lines import Line, Reader, lines

__all__ = [
    "ChannelTag", "Entry", "Fact", "File", "HistoryLine", "Opening", "Reader",
    "channel_tag", "entries", "files", "history", "opening", "opening_facts", "server_words",
]  # fmt: skip


@dataclass(frozen=True)
class ChannelTag:
    """The way something came in; `via` is «по e-mail», None for the cabinet."""

    icon: str
    label: str
    via: str | None


@dataclass(frozen=True)
class File:
    """A file to download. `size` in bytes."""

    name: str
    size: int
    url: str
    at: datetime | None = None


@dataclass(frozen=True)
class Fact:
    """A label with its value."""

    label: str
    value: str = ""
    moment: datetime | None = None
    url: str | None = None
    copy: bool = False
    note: str | None = None
    pre: bool = False


@dataclass(frozen=True)
class Entry:
    """One item of the thread: a message, a note, or the thin line of an event (`words`, `icon`)."""

    kind: str
    at: datetime
    words: str = ""
    icon: str | None = None
    id: int | None = None
    author: str = ""
    body: str = ""
    channel: ChannelTag | None = None
    files: list[File] = field(default_factory=list)
    is_mine: bool = False
    first_new: bool = False


@dataclass(frozen=True)
class HistoryLine:
    """One line of the history."""

    at: datetime
    words: str
    icon: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Opening:
    """The request itself, first in the thread."""

    author: str
    at: datetime
    channel: ChannelTag
    description: str
    steps: str
    facts: list[Fact]
    access_words: str | None
    files: list[File]


def opening(ticket: Ticket, reader: Reader) -> Opening:
    """What the request told when it came in: the items of 3.5a. Wants server and credential selected with it."""
    _load(ticket)
    return Opening(
        author=_customer_name(ticket.author, ticket.contact_name, reader),
        at=ticket.received_at,
        channel=channel_tag(ticket.channel),
        description=ticket.description,
        steps=ticket.steps,
        facts=opening_facts(ticket),
        access_words=_access_words(ticket),
        files=[_file(row) for row in ticket.attachments.all() if row.message_id is None],
    )


def entries(ticket: Ticket, reader: Reader) -> list[Entry]:
    """The correspondence with its events, oldest first (3.4.4)."""
    _load(ticket)
    attached: dict[int | None, list[File]] = {}
    for row in ticket.attachments.all():
        attached.setdefault(row.message_id, []).append(_file(row))
    found: list[tuple[datetime, int, Entry]] = [
        (message.created_at, 1, _entry(message, attached.get(message.pk, []), ticket, reader))
        for message in _messages(ticket, reader)
    ]
    for event, line in _told(ticket, reader):
        if line.thread_words:
            entry = Entry(kind="event", at=event.at, words=line.thread_words, icon=line.icon)
            found.append((event.at, 0 if line.comes_first else 2, entry))
    found.sort(key=lambda item: item[:2])  # stable: what was written first stays first
    return [entry for _at, _place, entry in found]


def history(ticket: Ticket, reader: Reader) -> list[HistoryLine]:
    """What happened to the request and which letters left, newest first. Asks for the letters anew at each call."""
    _load(ticket)
    found = [HistoryLine(event.at, line.words, line.icon, line.note) for event, line in _told(ticket, reader)]
    for letter in letters(ticket, for_customer=isinstance(reader, Membership)):
        found.append(HistoryLine(letter.at, letter.words, letter.icon, letter.note))
    found.sort(key=lambda line: line.at)
    return found[::-1]


def files(ticket: Ticket, reader: Reader) -> list[File]:
    """Every file of the request that the reader may have, oldest first."""
    _load(ticket)
    shown = {None, *(message.pk for message in _messages(ticket, reader))}
    return [_file(row) for row in ticket.attachments.all() if row.message_id in shown]


def channel_tag(code: str) -> ChannelTag:
    """A channel's icon and words."""
    via = {
        Channel.EMAIL: _("by e-mail"),
        Channel.PHONE: _("by phone"),
        Channel.FAX: _("by fax"),
        Channel.LETTER: _("by letter"),
    }
    return ChannelTag(CHANNEL_ICONS[code], str(Channel(code).label), via.get(Channel(code)))


def server_words(ticket: Ticket) -> str:
    """The server as it was told: «Основной — 10.1.4.20», or that the question has nothing to do with one."""
    if not ticket.server_address:
        return _("Not related to a server")
    if ticket.server and ticket.server.name not in ("", ticket.server_address):
        return _("%(name)s — %(address)s") % {"name": ticket.server.name, "address": ticket.server_address}
    return ticket.server_address


def opening_facts(ticket: Ticket) -> list[Fact]:
    """The short items of 3.5a. What nobody told is said to be untold."""
    untold = _("Not specified")
    facts = [] if ticket.steps else [Fact(_("Steps to reproduce"), untold)]
    facts += [
        Fact(_("How often it happens"), ticket.get_frequency_display()),
        Fact(_("Server"), server_words(ticket)),
        Fact(_("Software version"), ticket.version or untold),
    ]
    if ticket.controller:
        facts.append(Fact(_("Controller or vehicle"), ticket.controller))
    facts.append(Fact(_("Criticality"), ticket.get_criticality_display()))
    return facts


# Of the people only their names: a page has thirty of them.
_OF_MESSAGE = ("ticket", "kind", "author__full_name", "author_name", "channel", "body", "created_at")
_OF_EVENT = ("ticket", "code", "by__full_name", "at", "data")


def _load(ticket: Ticket) -> None:
    """Messages, files and events, unless they are there already."""
    prefetch_related_objects(
        [ticket],
        Prefetch("messages", Message.objects.select_related("author").only(*_OF_MESSAGE).in_time_order()),
        Prefetch("attachments", Attachment.objects.order_by("created_at", "name", "pk")),
        Prefetch("events", TicketEvent.objects.select_related("by").only(*_OF_EVENT).order_by("at", "pk")),
    )


def _messages(ticket: Ticket, reader: Reader) -> list[Message]:
    """The one place where notes part from the correspondence."""
    every = list(ticket.messages.all())
    if isinstance(reader, User):
        return every
    return [message for message in every if message.kind != Message.Kind.NOTE]


def _told(ticket: Ticket, reader: Reader) -> Iterable[tuple[TicketEvent, Line]]:
    for event in ticket.events.all():
        for line in lines(event, reader):
            yield event, line


def _entry(message: Message, attached: list[File], ticket: Ticket, reader: Reader) -> Entry:
    reader_id = reader.user_id if isinstance(reader, Membership) else reader.pk
    if message.kind == Message.Kind.CUSTOMER:
        author = _customer_name(message.author, message.author_name or ticket.contact_name, reader)
    else:
        author = _staff_name(message.author, reader)
    return Entry(
        kind=message.kind,
        at=message.created_at,
        id=message.pk,
        author=author,
        body=message.body,
        channel=channel_tag(message.channel),
        files=attached,
        is_mine=message.author_id == reader_id,
    )


def _customer_name(author: User | None, name: str, reader: Reader) -> str:
    if author is None:
        return name
    if isinstance(reader, User):
        return author.short_name
    if author.pk == reader.user_id:
        return _("You")
    return _("%(name)s (your organisation)") % {"name": author.short_name}


def _staff_name(author: User | None, reader: Reader) -> str:
    if author is None:  # a constraint of the table says that staff messages have an author
        return ""
    if isinstance(reader, Membership):
        return _("Support engineer %(name)s") % {"name": author.short_name}
    return _("You") if author.pk == reader.pk else author.short_name


def _access_words(ticket: Ticket) -> str | None:
    """Whether access data was given, never what it is (3.5a.4)."""
    if ticket.credential:
        given = date_words(ticket.credential.created_at, now=ticket.received_at)
        return _("Access given: %(date)s.") % {"date": given}
    return _("No access given yet.") if ticket.server_address else None


def _file(row: Attachment) -> File:
    return File(row.name, row.size, reverse("tickets:download", args=[row.pk]), row.created_at)
