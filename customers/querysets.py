from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import DateField, Exists, ExpressionWrapper, F, OuterRef

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

    def followed(self) -> ContractQuerySet:
        """Contracts from which another of the same customer takes over without a gap."""
        ends_date = OuterRef("ends_date")
        following = self.model.objects.filter(
            customer=OuterRef("customer"), starts_date__lte=ends_date + timedelta(days=1), ends_date__gt=ends_date
        )
        return self.filter(Exists(following))


class MembershipQuerySet(models.QuerySet["Membership"]):
    def of(self, user: User) -> MembershipQuerySet:
        """Where this person works, by name."""
        return self.filter(user=user).select_related("customer").order_by("customer__name", "pk")
