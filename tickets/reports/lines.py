"""The requests of one contract in one month, read row by row: a server-side cursor, whatever their number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import OuterRef, Q, QuerySet, Subquery

from customers.models import Contract
from tickets.keyset import Order
from tickets.models import Message, Ticket
from tickets.querysets import TicketQuerySet, in_pieces
from tickets.reports.coverage import spans
from tickets.reports.figures import Figures, Tally
from tickets.reports.months import Month
from tickets.reports.reactions import FACTS, Facts, Result, judge, with_facts

FETCHED: Final = 2000
"""Rows that are in memory at a time."""
BY_RECEIPT: Final = Order(("received_at", "pk"))
_TOLD: Final = ("pk", "number", "subject", "criticality", "channel", "answered_at")


@dataclass(frozen=True, slots=True)
class Line:
    """One request of the report. Both moments are told: that of taking, which ends the reaction, and that of the first
    answer, which takes it first where nobody has. Lengths are working time."""

    pk: int
    number: int
    subject: str
    criticality: str
    channel: str
    received_at: datetime
    due_at: datetime
    reacted_at: datetime | None
    answered_at: datetime | None
    result: Result
    reaction: timedelta | None
    late: timedelta
    annulment_reason: str


@dataclass(frozen=True)
class ContractMonth:
    """What a contract's report of a month is about."""

    contract: Contract
    month: Month
    spans: list[tuple[datetime, datetime]]

    @classmethod
    def find(cls, contract: Contract, month: Month) -> ContractMonth:
        return cls(contract, month, spans(contract, month))

    def promised(self) -> TicketQuerySet:
        """The requests that were received on days of the contract and promised a term: the report's."""
        return self._received().filter(is_term_promised=True)

    def unpromised(self) -> TicketQuerySet:
        """Received on days of the contract without a promise: it was entered later, or nothing was published then."""
        return self._received().filter(is_term_promised=False)

    def _received(self) -> TicketQuerySet:
        received = Q(pk__in=[])
        for begins, ends in self.spans:
            received |= Q(received_at__gte=begins, received_at__lt=ends)
        return Ticket.objects.filter(received, customer=self.contract.customer_id)

    def lines(self, at: datetime) -> Iterator[Line]:
        """All lines in order of receipt, as they stand at that moment."""
        rows = _told(BY_RECEIPT.sort(self.promised()))
        return (_line(row, at) for row in in_pieces(rows, FETCHED))

    def page(self, at: datetime, *, size: int, after: str = "") -> tuple[list[Line], str]:
        """The lines behind a place, at most `size`, and the place of the next page, empty after the last.

        Raises CursorNotValid.
        """
        rows: QuerySet[Ticket] = self.promised()
        if after:
            rows = BY_RECEIPT.behind(rows, after)
        some = [_line(row, at) for row in _told(BY_RECEIPT.sort(rows))[: size + 1]]
        return some[:size], BY_RECEIPT.cursor(some[size - 1]) if len(some) > size else ""

    def figures(self, at: datetime) -> Figures:
        """The figures over all lines."""
        tally = Tally()
        for row in in_pieces(with_facts(self.promised()).order_by().values_list(*FACTS), FETCHED):
            tally.add(judge(Facts(*row), at))
        return tally.figures()


def _told(rows: QuerySet[Ticket]) -> QuerySet[Ticket, tuple[Any, ...]]:
    answers = Message.objects.filter(ticket=OuterRef("pk"), kind=Message.Kind.STAFF).in_time_order()
    return with_facts(rows).annotate(answered_at=Subquery(answers.values("created_at")[:1])).values_list(*_TOLD, *FACTS)


def _line(row: tuple[Any, ...], at: datetime) -> Line:
    pk, number, subject, criticality, channel, answered_at = row[: len(_TOLD)]
    facts = Facts(*row[len(_TOLD) :])
    judged = judge(facts, at)
    return Line(
        pk=pk,
        number=number,
        subject=subject,
        criticality=criticality,
        channel=channel,
        received_at=facts.received_at,
        due_at=judged.due_at,
        reacted_at=facts.reacted_at,
        answered_at=answered_at,
        result=judged.result,
        reaction=judged.reaction,
        late=judged.late,
        annulment_reason=facts.annulment_reason or "",
    )
