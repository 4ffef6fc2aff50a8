from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import DateField, ExpressionWrapper, F, OuterRef

if TYPE_CHECKING:
    from accounts.models import User
    from customers.models import Contract, Membership  # noqa: F401 - the querysets' types


class ContractQuerySet(models.QuerySet["Contract"]):
    def valid_on(self, day: date | OuterRef) -> ContractQuerySet:
        """Contracts that give a term on that day: begun, and not over by more than their grace days."""
        return self.valid_within(day, day)

    def valid_within(self, first: date | OuterRef, last: date | OuterRef) -> ContractQuerySet:
        """Contracts that give a term on any of these days."""
        last_day = ExpressionWrapper(F("ends_date") + F("grace_days"), output_field=DateField())
        return self.filter(starts_date__lte=last).annotate(last_day=last_day).filter(last_day__gte=first)


class MembershipQuerySet(models.QuerySet["Membership"]):
    def of(self, user: User) -> MembershipQuerySet:
        """Where this person works, by name."""
        return self.filter(user=user).select_related("customer").order_by("customer__name", "pk")
