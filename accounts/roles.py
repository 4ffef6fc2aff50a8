"""The one table of who may what (regulation.md, «Who may»). Pages, verbs and the admin all ask here."""

from enum import Enum
from typing import Protocol

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """A staff role. Roles do not include one another; a person may hold two."""

    OPERATOR = "operator", _("Operator")
    ENGINEER = "engineer", _("Engineer")
    SENIOR = "senior", _("Senior engineer")
    MANAGER = "manager", _("Manager")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")


class Act(Enum):
    """Something that staff do. One line of the table each."""

    SEE_TICKETS = "see queue, requests and letters"
    WORK = "take, answer, note, move, resolve and close requests"
    OVERRULE = "close or put off for another reason"
    MANAGE_SERVICE = "levels, contracts, calendars"
    MANAGE_CUSTOMERS = "customers and people"
    ADMINISTER = "staff and roles"


_EVERYONE = frozenset(Role)
_WORKERS = frozenset({Role.ENGINEER, Role.SENIOR})
_MANAGEMENT = frozenset({Role.MANAGER, Role.ADMINISTRATOR})

ALLOWED: dict[Act, frozenset[Role]] = {
    Act.SEE_TICKETS: _EVERYONE,
    Act.WORK: _WORKERS,
    Act.OVERRULE: frozenset({Role.SENIOR}),
    Act.MANAGE_SERVICE: _MANAGEMENT,
    Act.MANAGE_CUSTOMERS: _MANAGEMENT,
    Act.ADMINISTER: frozenset({Role.ADMINISTRATOR}),
}


class HasRoles(Protocol):
    @property
    def is_active(self) -> bool: ...

    @property
    def roles(self) -> frozenset[Role]: ...


class NotAllowed(Exception):
    """The person's roles do not permit the act. The text is safe to show."""

    def __init__(self, act: Act) -> None:
        super().__init__(str(_("Your role does not allow this. Ask a senior engineer or an administrator.")))
        self.act = act


def may(person: HasRoles, act: Act) -> bool:
    """Whether one of the person's roles permits the act. A blocked person may nothing."""
    return person.is_active and not ALLOWED[act].isdisjoint(person.roles)


def require(person: HasRoles, act: Act) -> None:
    """First line of every staff verb. Raises NotAllowed."""
    if not may(person, act):
        raise NotAllowed(act)
