from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from content.text import address_from, initials


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A person with a usable password, or without one until he sets it through a reset letter."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """The first person of an empty desk: an administrator, who adds the others."""
        with transaction.atomic(using=self._db):
            user = self.create_user(email, password, **fields)
            user.staff_roles.create(role=Role.ADMINISTRATOR)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person who signs in with an e-mail address: a customer's (through a membership) or staff (through a role)."""

    email = models.EmailField(_("E-mail"), max_length=254, unique=True)
    full_name = models.CharField(_("Full name"), max_length=150, help_text=_("Family name, given name, patronymic."))
    address_as = models.CharField(
        _("How to address"),
        max_length=100,
        blank=True,
        help_text=_("Stands in the greeting of letters. Left blank, it is taken from the full name."),
    )
    phone = models.CharField(_("Phone"), max_length=40, blank=True)
    language = models.CharField(
        _("Language"), max_length=2, choices=[("ru", _("Russian")), ("en", _("English"))], default="ru"
    )
    is_active = models.BooleanField(
        _("May sign in"), default=True, help_text=_("Clear it instead of deleting a person: names stay in the history.")
    )
    is_on_duty = models.BooleanField(
        _("On duty"),
        default=False,
        help_text=_(
            "Warned of tickets near their term that nobody has taken. If nobody is on duty, all engineers are."
        ),
    )
    joined_at = models.DateTimeField(_("Added"), auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            # Sign-in looks a person up by the address in any case.
            models.UniqueConstraint(Lower("email"), name="one_person_per_email"),
            models.CheckConstraint(condition=models.Q(language__in=["ru", "en"]), name="user_language_is_known"),
        ]

    def __str__(self) -> str:
        return self.short_name or self.email

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower()

    @property
    def short_name(self) -> str:
        """Family name with initials: «Петров К. Л.»"""
        return initials(self.full_name)

    @property
    def greeting_name(self) -> str:
        """The name in the greeting of a letter: «Павел Сергеевич»"""
        return self.address_as or address_from(self.full_name)

    @cached_property
    def roles(self) -> frozenset[Role]:
        """Staff roles; empty for a customer."""
        return frozenset(Role(code) for code in self.staff_roles.values_list("role", flat=True))

    @property
    def is_staff(self) -> bool:
        """Whether the person enters the staff pages: whoever holds a role."""
        return bool(self.roles)

    # Django's admin asks these; the answers come from the roles table through RoleAdmin, never from permission rows.
    is_superuser = False

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False


class StaffRole(models.Model):
    """One role of one person."""

    user = models.ForeignKey(User, models.CASCADE, related_name="staff_roles", verbose_name=_("person"))
    role = models.CharField(_("Role"), max_length=20, choices=Role)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            models.UniqueConstraint(fields=["user", "role"], name="a_role_is_held_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="staff_role_is_known"),
        ]

    def __str__(self) -> str:
        return self.get_role_display()
