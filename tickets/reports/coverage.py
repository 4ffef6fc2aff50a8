"""Which contract serves a customer on each day of a month: the rule by which a request gets its term when it is filed.

A day belongs to one contract (customers.models.serving_on). So a request stands in one contract's report. A contract
that was entered backwards takes over the days that it covers; what was promised on them stays what it was.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from customers.models import Contract, serving_on
from tickets.reports.months import Month, day_begins


@dataclass(frozen=True)
class Coverage:
    """The contracts of a month by customer, and by day of the month, first day first; None where nothing was valid."""

    contracts: list[Contract]
    by_customer: dict[int, list[Contract | None]]

    def contract_on(self, customer_id: int | None, day: date) -> Contract | None:
        """The contract that served the customer on a day of the month."""
        days = self.by_customer.get(customer_id) if customer_id is not None else None
        return days[day.day - 1] if days else None


def coverage(month: Month, *, customer_id: int | None = None) -> Coverage:
    """Who was served under what in that month, of all customers or of one, in one query; contracts by customer's name,
    those without a day of their own left out."""
    found = Contract.objects.valid_within(month.first_date, month.last_date).select_related("customer", "level")
    if customer_id is not None:
        found = found.filter(customer=customer_id)
    of_customer: dict[int, list[Contract]] = defaultdict(list)
    for contract in found:
        of_customer[contract.customer_id].append(contract)
    days = month.days()
    by_customer = {customer: [serving_on(day, theirs) for day in days] for customer, theirs in of_customer.items()}
    serving = {it.pk: it for served in by_customer.values() for it in served if it is not None}
    contracts = sorted(serving.values(), key=lambda it: (it.customer.name.casefold(), it.starts_date, it.pk))
    return Coverage(contracts, by_customer)


def spans(contract: Contract, month: Month) -> list[tuple[datetime, datetime]]:
    """From which instant until before which the contract serves in that month; several where another comes between."""
    days = coverage(month, customer_id=contract.customer_id).by_customer.get(contract.customer_id, [])
    found: list[tuple[datetime, datetime]] = []
    for day, served in zip(month.days(), days, strict=False):
        if served is None or served.pk != contract.pk:
            continue
        begins, ends = day_begins(day), day_begins(day + timedelta(days=1))
        if found and found[-1][1] == begins:
            found[-1] = (found[-1][0], ends)
        else:
            found.append((begins, ends))
    return found
