"""Contracts that end: both sides are told thirty days before, once for each end (regulation.md, «Terms and clocks»)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from customers.models import Contract, Membership
from notifications import outbox
from notifications.models import OutgoingEmail
from notifications.rendering import render

NOTICE = timedelta(days=30)
OBLIGATION = "contract.ends"


def ending(at: datetime) -> list[int]:
    """Ids of contracts that end within thirty days, that no other follows, and of whose end nobody was told."""
    today = timezone.localdate(at)
    about = Concat(
        Value("contract:"), Cast(OuterRef("pk"), CharField()), Value(":"), Cast(OuterRef("ends_date"), CharField())
    )
    told = OutgoingEmail.objects.filter(obligation=OBLIGATION, about=about)
    rows = Contract.objects.filter(ends_date__gte=today, ends_date__lte=today + NOTICE)
    rows = rows.exclude(pk__in=Contract.objects.followed()).exclude(Exists(told))
    return list(rows.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def tell(contract_id: int, *, at: datetime) -> None:
    """Write to the administrators of the organisation and to the managers. Again it owes nothing new."""
    contract = Contract.objects.select_related("customer", "level").get(pk=contract_id)
    administrators = User.objects.filter(
        is_active=True,
        memberships__customer=contract.customer_id,
        memberships__role=Membership.Role.ADMINISTRATOR,
    )
    for person in administrators.order_by("pk"):
        _owe(contract, person, is_staff=False, at=at)
    managers = User.objects.filter(is_active=True, staff_roles__role=Role.MANAGER)
    for person in managers.order_by("pk"):
        _owe(contract, person, is_staff=True, at=at)


def _owe(contract: Contract, person: User, *, is_staff: bool, at: datetime) -> None:
    customer = contract.customer
    place = reverse("admin:customers_customer_change", args=[customer.pk]) if is_staff else reverse("cabinet:dashboard")
    letter = render(
        "contract_ends",
        {
            "contract": contract,
            "customer": customer,
            "is_staff": is_staff,
            "greeting_name": person.greeting_name,
            "url": settings.SITE_URL + place,
        },
        language=person.language,
    )
    about = f"contract:{contract.pk}:{contract.ends_date.isoformat()}"
    outbox.put(letter, obligation=OBLIGATION, about=about, to=person.email, at=at)
