from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.querysets import ContractQuerySet, MembershipQuerySet
from customers.vault.models import Credential
from sla.models import SupportLevel


class Customer(models.Model):
    """An organisation that the vendor serves («Заказчик», clause 1)."""

    name = models.CharField(_("Name"), max_length=200, unique=True)
    inn = models.CharField(_("Taxpayer number (INN)"), max_length=12, blank=True)
    created_at = models.DateTimeField(_("Added"), auto_now_add=True)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(inn="") | models.Q(inn__regex=r"^([0-9]{10}|[0-9]{12})$"),
                name="inn_has_10_or_12_digits",
            ),
            models.UniqueConstraint(fields=["inn"], condition=~models.Q(inn=""), name="an_inn_stands_once"),
        ]

    def __str__(self) -> str:
        return self.name

    def contract_on(self, day: date) -> Contract | None:
        """The contract that gives the support level on that day, grace days included."""
        return serving_on(day, self.contracts.valid_on(day).select_related("level"))


class Contract(models.Model):
    """From when to when a customer is served, and at which level."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="contracts", verbose_name=_("customer"))
    number = models.CharField(_("Contract number"), max_length=50, unique=True)
    level = models.ForeignKey(SupportLevel, models.PROTECT, verbose_name=_("support level"))
    starts_date = models.DateField(_("Valid from"))
    ends_date = models.DateField(_("Valid until"), help_text=_("The last day that is served without grace."))
    grace_days = models.PositiveSmallIntegerField(
        _("Grace, days"), default=30, help_text=_("How long after the end requests still get the contract's term.")
    )

    objects = ContractQuerySet.as_manager()

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_date__gte=models.F("starts_date")), name="a_contract_ends_after_it_starts"
            )
        ]

    def __str__(self) -> str:
        return f"№ {self.number}"

    @property
    def served_until_date(self) -> date:
        """The last day with the contract's term, grace included."""
        return self.ends_date + timedelta(days=self.grace_days)

    def is_followed(self) -> bool:
        """Whether another contract of the customer takes over without a gap."""
        return Contract.objects.followed().filter(pk=self.pk).exists()


def serving_on(day: date, contracts: Iterable[Contract]) -> Contract | None:
    """Which of one customer's contracts gives the support level on that day, if any does.

    One in force goes before one in its grace days. Of those in force the newest serves, of the others the last to end.
    """
    valid = [it for it in contracts if it.starts_date <= day <= it.served_until_date]
    return max(valid, key=lambda it: (min(it.ends_date, day), it.starts_date, it.pk), default=None)


class Membership(models.Model):
    """A person's place in an organisation: his role there, and whether he sees all its requests or his own."""

    class Role(models.TextChoices):
        ADMINISTRATOR = "administrator", _("Organisation administrator")
        MEMBER = "member", _("Member")
        OBSERVER = "observer", _("Observer")

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name=_("person"))
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="memberships", verbose_name=_("customer"))
    role = models.CharField(_("Role"), max_length=20, choices=Role, default=Role.MEMBER)
    sees_all = models.BooleanField(_("Sees all tickets of the organisation"), default=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["user", "customer"], name="one_membership_per_organisation"),
            models.CheckConstraint(
                condition=models.Q(role__in=["administrator", "member", "observer"]), name="membership_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.customer}"

    @property
    def sees_whole_organisation(self) -> bool:
        return self.sees_all or self.role == self.Role.ADMINISTRATOR

    @property
    def may_write(self) -> bool:
        """Observers read; the others file, answer and close."""
        return self.role != self.Role.OBSERVER


class Server(models.Model):
    """A customer's saved server: address, version and access in one tap on the next request (3.5a)."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="servers", verbose_name=_("customer"))
    name = models.CharField(_("Name"), max_length=100)
    address = models.CharField(_("Server address"), max_length=255)
    version = models.CharField(_("Software version"), max_length=50, blank=True)
    credential = models.OneToOneField(Credential, models.SET_NULL, null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(_("Last used"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("server")
        verbose_name_plural = _("servers")
        constraints = [
            # Saving the address of a new request again updates the saved server instead of adding a twin.
            models.UniqueConstraint("customer", Lower("address"), name="an_address_is_saved_once_per_customer")
        ]

    def __str__(self) -> str:
        return self.name
