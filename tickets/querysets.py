from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models, transaction
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from sla.models import LevelVersion
from tickets.rank import Rung
from tickets.statuses import NEEDS_STAFF, OPEN, Status

if TYPE_CHECKING:
    from customers.models import Membership
    from tickets.models import Message, Ticket  # noqa: F401 - the querysets' types


NUMBER = re.compile(r"(?:№|#|no\.?)?\s*[0-9]{1,18}", re.IGNORECASE)
PHONE = re.compile(r"[\d\s()+.\-–]+")
Row = TypeVar("Row")


def in_pieces(rows: QuerySet[Any, Row], size: int) -> Iterator[Row]:
    """Rows of which `size` are in memory at a time, through a cursor of the database.

    The cursor lives in one transaction: one that outlives it is lost behind a pooler, which hands the connection to
    somebody else after each.
    """
    with transaction.atomic():
        yield from rows.iterator(chunk_size=size)


HOURS = Coalesce("newer_hours", "calendar_version", output_field=models.BigIntegerField())


def _is_next_for(user: User) -> Q:
    # Who has left is asked aside: joined to every request, PostgreSQL would not read them in the queue's order.
    nobodys = Q(engineer=None) | Q(engineer__in=User.objects.filter(is_active=False))
    return Q(status__in=NEEDS_STAFF) & (Q(status=Status.NEW) | nobodys | Q(engineer=user))


def _is_at_risk_or_overdue(at: datetime) -> Q:
    return Q(status=Status.NEW, at_risk_at__lte=at)


class TicketQuerySet(models.QuerySet["Ticket"]):
    def visible_to(self, membership: Membership) -> TicketQuerySet:
        """What a customer's person may see: all of his organisation, or his own. Every cabinet page starts here."""
        mine = self.filter(customer_id=membership.customer_id)
        if membership.sees_whole_organisation:
            return mine
        return mine.filter(author_id=membership.user_id)

    def open(self) -> TicketQuerySet:
        return self.filter(status__in=OPEN)

    def ended(self) -> TicketQuerySet:
        """Resolved or closed."""
        return self.filter(status__in=[Status.RESOLVED, Status.CLOSED])

    def waiting(self) -> TicketQuerySet:
        """Those that wait for the customer's reply."""
        return self.filter(status=Status.WAITING)

    def untaken(self) -> TicketQuerySet:
        """Those that no engineer has taken or answered yet."""
        return self.filter(status=Status.NEW)

    def next_for(self, user: User) -> TicketQuerySet:
        """The queue's first tab: untaken, nobody's, and the engineer's own that need him."""
        return self.filter(_is_next_for(user))

    def of_engineer(self, user: User) -> TicketQuerySet:
        return self.open().filter(engineer=user)

    def at_risk_or_overdue(self, at: datetime) -> TicketQuerySet:
        """Untaken, and near or past the deadline; out-of-turn ones too."""
        return self.filter(_is_at_risk_or_overdue(at))

    def matching(self, words: str) -> TicketQuerySet:
        """Those with the words in the subject or the customer's name, with this number, or with a contact's phone that
        ends with these digits (four or more; a leading 8 or 7 of a full number is the country's)."""
        found = Q(subject__icontains=words) | Q(customer__name__icontains=words)
        digits = "".join(filter(str.isdigit, words))
        if NUMBER.fullmatch(words) and digits.isascii():
            found |= Q(number=int(digits))
        if PHONE.fullmatch(words) and len(digits) >= 4:
            found |= Q(contact_phone_digits__endswith=digits[1:] if len(digits) == 11 and digits[0] in "78" else digits)
        return self.filter(found)

    def with_level_name(self) -> TicketQuerySet:
        """With `level_name`, which is all of the level that a page shows of it. Not as a join: PostgreSQL weighs the
        orders of all joins of a statement, and from the sixth on that takes longer than the rest of it."""
        versions = LevelVersion.objects.filter(pk=OuterRef("level_version"))
        return self.annotate(level_name=Subquery(versions.values("level__name")))  # type: ignore[no-redef] # on purpose

    def queue_counts(self, user: User, at: datetime) -> dict[str, int]:
        """How many open requests each part of the queue holds, in one query: next, mine, at_risk, waiting, development,
        deferred, open."""

        def held(condition: Q) -> Count:
            return Count("status", filter=condition)  # of the index queue_counts, which answers alone

        return self.open().aggregate(
            next=held(_is_next_for(user)),
            mine=held(Q(engineer=user)),
            at_risk=held(_is_at_risk_or_overdue(at)),
            waiting=held(Q(status=Status.WAITING)),
            development=held(Q(status=Status.DEVELOPMENT)),
            deferred=held(Q(status=Status.DEFERRED)),
            open=Count("status"),
        )

    def reacted_since(self, start: datetime, level_id: int) -> TicketQuerySet:
        """Promised requests of that support level whose reaction came at `start` or later."""
        return self.filter(is_term_promised=True, level_version__level_id=level_id, reacted_at__gte=start)

    def living_by(self, versions: list[int]) -> TicketQuerySet:
        """Those that were counted last by one of these calendar versions."""
        return self.alias(hours=HOURS).filter(hours__in=versions)

    def hours(self) -> models.QuerySet[Ticket, int]:
        """The calendar versions that they live by."""
        return self.exclude(calendar_version=None).values_list(HOURS, flat=True).distinct()

    def to_flip(self, at: datetime) -> TicketQuerySet:
        """Those whose rung changes by time and is due to."""
        return self.filter(flip_at__lte=at).order_by("flip_at", "pk")

    def to_warn(self, at: datetime) -> TicketQuerySet:
        """Untaken, and nearer to the deadline or further past it than anybody was warned of."""
        return self.untaken().filter(
            Q(warned_rung=None)
            | Q(due_at__lt=at, warned_rung=Rung.AT_RISK)
            | Q(grave_at__lt=at, warned_rung=Rung.OVERDUE),
            at_risk_at__lte=at,
        )

    def in_queue_order(self) -> TicketQuerySet:
        """The order of 3.6; ties by receipt, then id."""
        return self.order_by("rung", "queue_at", "received_at", "pk")


class MessageQuerySet(models.QuerySet["Message"]):
    def for_customer(self) -> MessageQuerySet:
        """Everything but internal notes."""
        return self.exclude(kind="note")

    def in_time_order(self) -> MessageQuerySet:
        return self.order_by("created_at", "pk")
