"""By what an organisation is served: its contract, the term that applies, the hours, and what is usual at its level.

Read once for a page, and handed to whatever part of the page speaks of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from customers.models import Contract, Customer
from sla.working_time import WorkingTime
from tickets import clock
from tickets.days_off import days_off_near, days_off_notice
from tickets.shapes import Notice
from tickets.usual_reaction import UsualReaction, usual_reaction


@dataclass(frozen=True)
class Service:
    """The contract that is valid, grace included, and the term; without a contract the internal one, never shown."""

    contract: Contract | None
    term: clock.Term | None

    @property
    def promised(self) -> clock.Term | None:
        """The term that the customer may be told (3.6.2)."""
        return self.term if self.term and self.term.is_promised else None

    @property
    def calendar(self) -> WorkingTime | None:
        """The hours of support. They are nobody's secret: everybody may be told them."""
        return self.term.working_time if self.term else None

    def usual(self, at: datetime) -> UsualReaction | None:
        """How soon support usually reacts at the customer's level (3.8.1); none without a promised term."""
        if self.promised is None:
            return None
        return usual_reaction(self.promised.level.level_id, self.promised.calendar.pk, at)

    def days_off(self, at: datetime) -> Notice | None:
        """The banner about days off that are near (3.5b.1)."""
        return days_off_notice(days_off_near(self.calendar, at), at)


def service_of(customer: Customer, at: datetime) -> Service:
    """What the day of `at` gives the customer."""
    contract = customer.contract_on(timezone.localdate(at))
    return Service(contract, clock.term_under(contract, at))
