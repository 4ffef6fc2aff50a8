"""Customers with their contracts, people and servers. Everybody of the staff reads them; managers change them."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import DateField, Prefetch, QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin_permissions import RoleAccess
from accounts.models import User
from accounts.roles import Act
from content.text import one_line
from customers.inn import has_valid_checksum
from customers.models import Contract, Customer, Membership, Server, serving_on
from sla.models import SupportLevel, in_force


class CustomerForm(forms.ModelForm):  # type: ignore[type-arg]
    inn = forms.CharField(
        label=gettext_lazy("Taxpayer number (INN)"),
        max_length=30,
        required=False,
        help_text=gettext_lazy("10 or 12 digits; spaces do not matter."),
    )

    class Meta:
        model = Customer
        fields = ("name", "inn")

    def clean_name(self) -> str:
        return one_line(self.cleaned_data["name"])

    def clean_inn(self) -> str:
        inn = "".join(self.cleaned_data["inn"].split())
        if not inn:
            return ""
        if not (inn.isascii() and inn.isdigit()) or len(inn) not in (10, 12):
            raise ValidationError(_("An INN has 10 or 12 digits"))
        if not has_valid_checksum(inn):
            raise ValidationError(_("Check the INN: the check digit does not match"))
        twin = Customer.objects.filter(inn=inn).exclude(pk=self.instance.pk).first()
        if twin:
            raise ValidationError(_("This INN already belongs to %(name)s") % {"name": twin.name})
        return inn


class ContractForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Contract
        fields = ("number", "level", "starts_date", "ends_date", "grace_days")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """A contract keeps the level that it has, also where that is no longer sold."""
        super().__init__(*args, **kwargs)
        field: Any = self.fields.get("level")
        if field and self.instance.pk and self.instance.level_id not in [value for value, _label in field.choices]:
            field.choices = [*field.choices, (self.instance.level_id, str(self.instance.level))]

    def clean(self) -> dict[str, Any]:
        told = super().clean() or self.cleaned_data
        level, starts, ends = told.get("level"), told.get("starts_date"), told.get("ends_date")
        if starts and ends and ends < starts:
            self.add_error("ends_date", _("A contract cannot end before it starts"))
        if level and starts and {"level", "starts_date"} & set(self.changed_data):
            refusal = _why_not(level, starts)
            if refusal:
                self.add_error("level", refusal)
        return told


def _why_not(level: SupportLevel, starts: date) -> str:
    """Why no contract may begin at the level on that day; empty where it may."""
    if level.is_internal_default:
        words = _("The level “%(level)s” is for tickets without a contract. Choose another one.")
        return words % {"level": level.name}
    if level.offered_until_date and starts > level.offered_until_date:
        words = _(
            "The level “%(level)s” is offered until %(date)s. Choose another one for a contract that starts later."
        )
        return words % {"level": level.name, "date": date_format(level.offered_until_date, "DATE_FORMAT")}
    end_of_day = timezone.make_aware(datetime.combine(starts, time.max))
    if in_force(level.versions.order_by("-number"), end_of_day) is None:
        words = _("The level “%(level)s” promises nothing on %(date)s yet. Choose another one, or a later start.")
        return words % {"level": level.name, "date": date_format(starts, "DATE_FORMAT")}
    return ""


class ContractInline(RoleAccess, admin.TabularInline):  # type: ignore[type-arg]
    """No contract is deleted: it explains the terms of old requests."""

    view_act, add_act, change_act = Act.SEE_TICKETS, Act.MANAGE_CUSTOMERS, Act.MANAGE_CUSTOMERS
    model = Contract
    form = ContractForm
    extra = 0
    ordering = ("-starts_date", "-pk")
    formfield_overrides = {DateField: {"widget": forms.DateInput(attrs={"size": 12, "autocomplete": "off"})}}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contract]:
        return super().get_queryset(request).select_related("level")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Levels that are sold are read once for all rows, and days are typed. What is no choice is refused by the
        form, with a reason."""
        field: Any = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(field, forms.ModelChoiceField):
            levels = SupportLevel.objects.sold().order_by("name").values_list("pk", "name")
            field.widget = forms.Select()
            field.choices = [("", field.empty_label), *levels]
        return field


class MembershipForm(forms.ModelForm):  # type: ignore[type-arg]
    """A person of the organisation, by e-mail. Somebody new is added with it and sets a password by a reset letter."""

    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)
    full_name = forms.CharField(
        label=gettext_lazy("Full name"), max_length=150, required=False, help_text=gettext_lazy("For somebody new.")
    )

    class Meta:
        model = Membership
        fields = ("role", "sees_all")

    field_order = ("email", "full_name", "role", "sees_all")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person: User | None = None
        if self.instance.pk:
            self.person = self.instance.user
            for name in ("email", "full_name"):
                self.fields[name].disabled = True
                self.initial[name] = getattr(self.person, name)

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean(self) -> dict[str, Any]:
        told = super().clean() or self.cleaned_data
        if self.person is None and "email" in told:
            self.person = User.objects.filter(email__iexact=told["email"]).first()
            if self.person is None and not one_line(told.get("full_name", "")):
                self.add_error("full_name", _("Nobody has this e-mail yet. Enter the full name to add the person."))
        return told

    def save(self, commit: bool = True) -> Membership:
        if self.person is None:
            name = one_line(self.cleaned_data["full_name"])
            self.person = User.objects.create_user(self.cleaned_data["email"], full_name=name)
        self.instance.user = self.person
        row: Membership = super().save(commit)
        return row


class MembershipFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    def clean(self) -> None:
        """Nobody stands twice in one organisation."""
        super().clean()
        seen: set[str] = set()
        for form in self.forms:
            email = getattr(form, "cleaned_data", {}).get("email")
            if not email or form in self.deleted_forms:
                continue
            if email in seen:
                form.add_error("email", _("This person is in the organisation already"))
            seen.add(email)


class MembershipInline(RoleAccess, admin.TabularInline):  # type: ignore[type-arg]
    view_act, add_act, change_act = Act.SEE_TICKETS, Act.MANAGE_CUSTOMERS, Act.MANAGE_CUSTOMERS
    delete_act = Act.MANAGE_CUSTOMERS
    model = Membership
    verbose_name, verbose_name_plural = gettext_lazy("person"), gettext_lazy("people")
    form = MembershipForm
    formset = MembershipFormSet
    fields = ("email", "full_name", "role", "sees_all")
    extra = 0
    ordering = ("user__full_name", "pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("user", "customer")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        may_change = self.has_change_permission(request, obj)
        return self.fields if may_change else ("person", "person_email", "role", "sees_all")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if self.has_change_permission(request, obj) else ("person", "person_email")

    @admin.display(description=gettext_lazy("Full name"))
    def person(self, row: Membership) -> str:
        return row.user.full_name

    @admin.display(description=gettext_lazy("E-mail"))
    def person_email(self, row: Membership) -> str:
        return row.user.email


class ServerInline(RoleAccess, admin.TabularInline):  # type: ignore[type-arg]
    """The organisation saves its servers itself. Of access data only that it was given."""

    view_act = Act.SEE_TICKETS
    model = Server
    fields = ("name", "address", "version", "access", "last_used_at")
    readonly_fields = fields
    extra = 0
    ordering = ("name", "pk")

    @admin.display(description=gettext_lazy("Access"))
    def access(self, row: Server) -> str:
        return _("given") if row.credential_id else _("not given")


@admin.register(Customer)
class CustomerAdmin(RoleAccess, admin.ModelAdmin):  # type: ignore[type-arg]
    view_act, add_act, change_act = Act.SEE_TICKETS, Act.MANAGE_CUSTOMERS, Act.MANAGE_CUSTOMERS
    form = CustomerForm
    inlines = (ContractInline, MembershipInline, ServerInline)
    list_display = ("name", "inn", "contract", "level", "requests")
    search_fields = ("name", "inn", "contracts__number")
    search_help_text = gettext_lazy("Name, INN or contract number")
    ordering = ("name", "pk")
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        newest_first = Contract.objects.select_related("level").order_by("-starts_date", "-pk")
        return super().get_queryset(request).prefetch_related(Prefetch("contracts", newest_first))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("name", "inn", "requests") if obj else ("name", "inn")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("requests",)

    @admin.display(description=gettext_lazy("Contract"))
    def contract(self, row: Customer) -> str:
        current = _current(row, timezone.localdate())
        if current is None:
            return _("no valid contract")
        return _("No. %(n)s, until %(date)s") % {
            "n": current.number,
            "date": date_format(current.ends_date, "DATE_FORMAT"),
        }

    @admin.display(description=gettext_lazy("Support level"))
    def level(self, row: Customer) -> str:
        current = _current(row, timezone.localdate())
        return current.level.name if current else "—"

    @admin.display(description=gettext_lazy("Tickets"))
    def requests(self, row: Customer) -> str:
        """The queue, filtered: this app knows no requests."""
        url = reverse("admin:tickets_ticket_changelist")
        return format_html('<a href="{}?tab=open&amp;customer={}">{}</a>', url, row.pk, _("Open tickets"))


def _current(customer: Customer, day: date) -> Contract | None:
    """The contract that serves on that day, among those that were loaded."""
    return serving_on(day, customer.contracts.all())
