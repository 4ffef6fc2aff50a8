"""Events of a request in words: what its history and its thread say to a reader.

A customer reads only what is listed for him; a code that nobody has given words to is for staff alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TypeAlias

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from content.moments import date_words, due_words
from customers.models import Membership
from tickets.models import TicketEvent
from tickets.statuses import Channel, Criticality, Ground, Outcome

Reader: TypeAlias = Membership | User


@dataclass(frozen=True)
class Line:
    """What one event says. `thread_words` is its thin line among the messages, `comes_first` puts that line before the
    message that was written with it."""

    words: str
    icon: str
    note: str | None = None
    thread_words: str | None = None
    comes_first: bool = False


def lines(event: TicketEvent, reader: Reader) -> list[Line]:
    """What the event says to this reader, in order; empty where it is not for him."""
    is_customer = isinstance(reader, Membership)
    make = FOR_BOTH.get(event.code)
    if make is _deadline_moved and is_customer and not _was_promised(event):
        return []
    if make is None:
        if is_customer:
            return []
        make = FOR_STAFF.get(event.code, _unnamed)
    told = make(event, reader)
    if event.data.get("takes"):
        return [_taken(event, reader), told]
    return [told]


def _was_promised(event: TicketEvent) -> bool:
    """Whether the term that moved was one that the customer had been told. An event that does not say so itself is
    read by what came after it: a promise that a later contract gave began only then."""
    told = event.data.get("is_term_promised")
    if told is not None:
        return bool(told)
    is_covered_later = event.ticket.events.filter(code="ticket.covered", pk__gt=event.pk).exists()
    return event.ticket.is_term_promised and not is_covered_later


def day_of(day: str | date, *, seen: datetime) -> str:
    """A stored day as «1 декабря», with the year where it is not the year of `seen`."""
    plain = date.fromisoformat(day) if isinstance(day, str) else day
    noon = datetime.combine(plain, time(12), tzinfo=timezone.get_current_timezone())
    return date_words(noon, now=seen)


def label_of(choices: type[Ground] | type[Outcome], code: object) -> str:
    """The label of a stored code; the code itself where it is no longer known."""
    return str(choices(code).label) if code in choices.values else str(code or "")


def outcome_words(code: object) -> str | None:
    """An outcome that says more than «Решена»."""
    return label_of(Outcome, code) or None if code != Outcome.SOLVED else None


def _name(event: TicketEvent) -> str:
    return event.by.short_name if event.by else ""


def _is_readers_own(event: TicketEvent, reader: Reader) -> bool:
    return isinstance(reader, Membership) and event.by_id == reader.user_id


def _registered(event: TicketEvent, reader: Reader) -> Line:
    words = {
        Channel.CABINET: _("Received through the cabinet"),
        Channel.EMAIL: _("Received by e-mail"),
        Channel.PHONE: _("Received by phone"),
        Channel.FAX: _("Received by fax"),
        Channel.LETTER: _("Received by letter"),
    }
    received = _("Ticket received")
    return Line(words.get(event.data.get("channel", ""), received), "inbox", thread_words=received)


def _taken(event: TicketEvent, reader: Reader) -> Line:
    words = _("Taken: %(name)s") % {"name": _name(event)}
    return Line(words, "hand", thread_words=words, comes_first=True)


def _answered(event: TicketEvent, reader: Reader) -> Line:
    if not event.data.get("waits"):
        return Line(_("Answer of support: %(name)s") % {"name": _name(event)}, "message-square")
    waits = _("We wait for your reply") if isinstance(reader, Membership) else _("Waiting for customer")
    return Line(_("Question of support: %(name)s") % {"name": _name(event)}, "circle-pause", thread_words=waits)


def _customer_replied(event: TicketEvent, reader: Reader) -> Line:
    if _is_readers_own(event, reader):
        return Line(_("Your reply"), "message-square")
    if isinstance(reader, Membership):
        return Line(_("Your colleague's reply: %(name)s") % {"name": _name(event)}, "message-square")
    return Line(_("Customer's reply: %(name)s") % {"name": _name(event)}, "message-square")


def _reopened(event: TicketEvent, reader: Reader) -> Line:
    own = _is_readers_own(event, reader)
    words = _("Reopened by you") if own else _("Reopened: %(name)s") % {"name": _name(event)}
    return Line(words, "rotate-ccw", thread_words=words, comes_first=True)


def _withdrawn(event: TicketEvent, reader: Reader) -> Line:
    own = _is_readers_own(event, reader)
    words = _("Withdrawn by you") if own else _("Withdrawn: %(name)s") % {"name": _name(event)}
    return Line(words, "circle-minus", thread_words=words)


def _passed_to_development(event: TicketEvent, reader: Reader) -> Line:
    words = _("Passed to development")
    note = None
    if isinstance(reader, User):
        review = day_of(event.data["review_date"], seen=event.at)
        task = event.data.get("task")
        told = {"name": _name(event), "task": task, "date": review}
        note = _("%(name)s, task %(task)s, review on %(date)s") if task else _("%(name)s, review on %(date)s")
        note %= told
    return Line(words, "code-xml", note, thread_words=words)


def _deferred(event: TicketEvent, reader: Reader) -> Line:
    words = _("Deferred, back on %(date)s") % {"date": day_of(event.data["until"], seen=event.at)}
    return Line(words, "calendar-days", label_of(Ground, event.data.get("ground")), thread_words=words)


def _resumed(event: TicketEvent, reader: Reader) -> Line:
    words = _("In progress again: %(name)s") % {"name": _name(event)}
    return Line(words, "refresh-cw", thread_words=words)


def _woken(event: TicketEvent, reader: Reader) -> Line:
    words = _("In progress again: the day has come")
    return Line(words, "refresh-cw", thread_words=words)


def _resolved(event: TicketEvent, reader: Reader) -> Line:
    words = _("Resolved: %(name)s") % {"name": _name(event)}
    return Line(words, "circle-check", outcome_words(event.data.get("outcome")), thread_words=words)


def _closed(event: TicketEvent, reader: Reader) -> Line:
    if event.by is None:
        words = _("Closed after five working days without an objection")
    elif _is_readers_own(event, reader):
        words = _("Closed by you")
    else:
        words = _("Closed: %(name)s") % {"name": _name(event)}
    ground, outcome = event.data.get("ground"), event.data.get("outcome")
    return Line(words, "x", label_of(Ground, ground) if ground else outcome_words(outcome), thread_words=words)


def _noted(event: TicketEvent, reader: Reader) -> Line:
    return Line(_("Internal note: %(name)s") % {"name": _name(event)}, "lock")


def _criticality_confirmed(event: TicketEvent, reader: Reader) -> Line:
    words = _("Criticality confirmed: %(name)s") % {"name": _name(event)}
    return Line(words, "flame", thread_words=words)


def _criticality_changed(event: TicketEvent, reader: Reader) -> Line:
    words = _("Criticality: %(before)s → %(after)s, %(name)s") % {
        "before": str(Criticality(event.data["from"]).label).lower(),
        "after": str(Criticality(event.data["to"]).label).lower(),
        "name": _name(event),
    }
    may_read = isinstance(reader, User) or event.data.get("is_told")
    return Line(words, "flame", event.data.get("reason") or None if may_read else None, thread_words=words)


def _covered(event: TicketEvent, reader: Reader) -> Line:
    return Line(_("The contract was checked, the reaction term is set"), "file-text")


def _deadline(event: TicketEvent, reader: Reader) -> Line:
    words = {
        "deadline.at_risk": _("Reaction due soon"),
        "deadline.overdue": _("Reaction overdue"),
        "deadline.grave": _("Overdue by more than the term"),
        "deadline.corrected": _("The deadline was computed again and corrected"),
    }
    return Line(words[event.code], "triangle-alert" if event.code == "deadline.corrected" else "clock")


def _deadline_moved(event: TicketEvent, reader: Reader) -> Line:
    told = {name: due_words(datetime.fromisoformat(event.data[name]), now=event.at) for name in ("from", "to")}
    words = _("The reaction term has moved. Now: %(to)s. Before: %(from)s") % told
    short = _("The reaction term has moved: %(to)s") % told
    return Line(words, "calendar-days", event.data.get("reason") or None, thread_words=short)


def _warned(event: TicketEvent, reader: Reader) -> Line:
    count = len(event.data.get("to", ()))
    return Line(ngettext("Warning sent to %(n)d person", "Warning sent to %(n)d people", count) % {"n": count}, "mail")


def _breach_annulled(event: TicketEvent, reader: Reader) -> Line:
    words = _("The breach does not count: %(name)s") % {"name": _name(event)}
    return Line(words, "undo-2", event.data.get("reason"))


def _unnamed(event: TicketEvent, reader: Reader) -> Line:
    return Line(event.code, "info")


_Maker: TypeAlias = Callable[[TicketEvent, Reader], Line]

FOR_BOTH: dict[str, _Maker] = {
    "ticket.registered": _registered,
    "ticket.taken": _taken,
    "ticket.answered": _answered,
    "ticket.customer_replied": _customer_replied,
    "ticket.reopened": _reopened,
    "ticket.withdrawn": _withdrawn,
    "ticket.passed_to_development": _passed_to_development,
    "ticket.deferred": _deferred,
    "ticket.resumed": _resumed,
    "ticket.woken": _woken,
    "ticket.resolved": _resolved,
    "ticket.closed": _closed,
    "deadline.moved": _deadline_moved,
    "ticket.covered": _covered,
    "ticket.criticality_changed": _criticality_changed,
}

FOR_STAFF: dict[str, _Maker] = {
    "ticket.noted": _noted,
    "ticket.criticality_confirmed": _criticality_confirmed,
    "deadline.at_risk": _deadline,
    "deadline.overdue": _deadline,
    "deadline.grave": _deadline,
    "deadline.corrected": _deadline,
    "deadline.warned": _warned,
    "breach.annulled": _breach_annulled,
}
