"""All contracts of a month at a glance: one walk over the month's requests, a tally for each contract."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from customers.models import Contract
from tickets.models import Ticket
from tickets.querysets import in_pieces
from tickets.reports.coverage import coverage
from tickets.reports.figures import Figures, Tally
from tickets.reports.lines import FETCHED
from tickets.reports.months import Month, day_begins, desk_date
from tickets.reports.reactions import FACTS, Facts, judge, with_facts


@dataclass(frozen=True, slots=True)
class ContractLine:
    contract: Contract
    figures: Figures


@dataclass(frozen=True)
class Overview:
    """Every contract that served in the month, by customer's name; `uncovered` requests stand under none of them."""

    lines: list[ContractLine]
    total: Figures
    uncovered: int


def overview(month: Month, at: datetime) -> Overview:
    """The month as it stands at that moment, in two queries."""
    covered = coverage(month)
    tallies: dict[int, Tally] = defaultdict(Tally)
    total, uncovered = Tally(), 0
    received = Ticket.objects.filter(
        received_at__gte=day_begins(month.first_date), received_at__lt=day_begins(month.following.first_date)
    )
    rows = with_facts(received).order_by().values_list("customer_id", "is_term_promised", *FACTS)
    for customer_id, is_promised, *facts in in_pieces(rows, FETCHED):
        known = Facts(*facts)
        contract = covered.contract_on(customer_id, desk_date(known.received_at)) if is_promised else None
        if contract is None:
            uncovered += 1
            continue
        judged = judge(known, at)
        tallies[contract.pk].add(judged)
        total.add(judged)
    lines = [ContractLine(it, tallies[it.pk].figures()) for it in covered.contracts]
    return Overview(lines, total.figures(), uncovered)
