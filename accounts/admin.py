"""People and their roles, for administrators. Nobody is deleted: a person who has left may no longer sign in."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ResetPasswordForm
from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin, messages
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin_permissions import RoleAccess
from accounts.models import StaffRole, User
from accounts.roles import Act, Role
from content.templatetags.ui import moment


class OneAddress(forms.ModelForm):  # type: ignore[type-arg]
    """An address belongs to one person, in whatever case it is typed."""

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).strip().lower()
        if User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("Somebody has this e-mail already"))
        return email


class PersonForm(OneAddress):
    class Meta:
        model = User
        fields = ("email", "full_name", "address_as", "phone", "language", "is_active", "is_on_duty")


class NewPersonForm(OneAddress):
    """Somebody new sets a password himself; nobody else knows it."""

    send_link = forms.BooleanField(label=gettext_lazy("Send a link to set a password"), required=False, initial=True)

    class Meta:
        model = User
        fields = ("email", "full_name", "phone", "language")

    def save(self, commit: bool = True) -> User:
        self.instance.set_unusable_password()
        person: User = super().save(commit)
        return person


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]
    """With a warning in the reader's language: Django's own is English in every one."""

    usable_password_help_text = gettext_lazy("If disabled, the current password for this user will be lost.")  # type: ignore[assignment]


class RolesFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    acting: User | None = None

    def clean(self) -> None:
        """An administrator cannot take this role from himself: somebody must be left who can give it back."""
        super().clean()
        if self.acting is None or self.instance.pk != self.acting.pk:
            return
        kept = {
            form.cleaned_data.get("role") for form in self.forms if form.is_valid() and form not in self.deleted_forms
        }
        if Role.ADMINISTRATOR not in kept:
            raise ValidationError(_("You cannot take the administrator's role from yourself. Ask a colleague."))


class RoleInline(RoleAccess, admin.TabularInline):  # type: ignore[type-arg]
    view_act = add_act = change_act = delete_act = Act.ADMINISTER
    model = StaffRole
    formset = RolesFormSet
    extra = 0
    max_num = len(Role)
    ordering = ("pk",)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        formset.acting = request.user if isinstance(request.user, User) else None  # type: ignore[attr-defined]
        return formset


@admin.register(User)
class PersonAdmin(RoleAccess, auth_admin.UserAdmin):  # type: ignore[type-arg]
    view_act = add_act = change_act = Act.ADMINISTER
    change_password_form = PasswordForm
    form = PersonForm
    add_form = NewPersonForm
    add_form_template = None
    inlines = (RoleInline,)
    formfield_overrides = {models.EmailField: {"widget": forms.EmailInput(attrs={"class": "vTextField"})}}
    fieldsets = (
        (None, {"fields": ("email", "password_state", "is_active", "is_on_duty", "signed_in", "added")}),
        (gettext_lazy("Person"), {"fields": ("full_name", "address_as", "phone", "language")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "full_name", "phone", "language", "send_link")}),)
    readonly_fields = ("password_state", "signed_in", "added")
    list_display = ("full_name", "email", "role_names", "is_active", "signed_in")
    list_filter = ("is_active", "is_on_duty", "staff_roles__role")
    search_fields = ("full_name", "email")
    search_help_text = gettext_lazy("Name or e-mail")
    ordering = ("full_name", "pk")
    filter_horizontal = ()
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    actions = ("send_password_link",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("staff_roles")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Nobody locks himself out."""
        own = ("is_active",) if obj is not None and obj.pk == request.user.pk else ()
        return (*self.readonly_fields, *own)

    @admin.display(description=gettext_lazy("Roles"))
    def role_names(self, person: User) -> str:
        return ", ".join(role.get_role_display() for role in person.staff_roles.all()) or "—"

    @admin.display(description=gettext_lazy("Last sign-in"), ordering="last_login")
    def signed_in(self, person: User) -> str:
        return moment(person.last_login) or _("never")

    @admin.display(description=gettext_lazy("Added"))
    def added(self, person: User) -> str:
        return moment(person.joined_at)

    @admin.display(description=gettext_lazy("Password"))
    def password_state(self, person: User) -> str:
        words = _("is set") if person.has_usable_password() else _("not set yet")
        return format_html('{} · <a href="../password/">{}</a>', words, _("Set another one"))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        # allauth notes the address of each reset letter beside ours, and signs a person in by either.
        EmailAddress.objects.filter(user=obj).exclude(email=obj.email).delete()
        if not change and form.cleaned_data["send_link"]:
            _send_link(request, obj)

    @admin.action(description=gettext_lazy("Send a link to set a password"), permissions=["change"])
    def send_password_link(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """So an administrator need not know anybody's password."""
        sent = sum(_send_link(request, person) for person in people.filter(is_active=True))
        words = ngettext("The link went to %(n)d person.", "The link went to %(n)d people.", sent)
        self.message_user(request, words % {"n": sent}, messages.SUCCESS if sent else messages.WARNING)


def _send_link(request: HttpRequest, person: User) -> bool:
    """The letter of «Забыли пароль?»"""
    form = ResetPasswordForm({"email": person.email})
    if not form.is_valid():
        return False
    form.save(request)
    return True
