"""The words of a request: statuses with both labels, the table of moves, criticality, channel, qualification."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Status(TextChoices):
    """Where a request stands, in the words of the staff."""

    NEW = "new", pgettext_lazy("status", "New")
    IN_PROGRESS = "in_progress", pgettext_lazy("status", "In progress")
    WAITING = "waiting", _("Waiting for customer")
    DEVELOPMENT = "development", _("In development")
    DEFERRED = "deferred", pgettext_lazy("status", "Deferred")
    RESOLVED = "resolved", pgettext_lazy("status", "Resolved")
    CLOSED = "closed", pgettext_lazy("status", "Closed")


@dataclass(frozen=True)
class StatusMeta:
    """What else is true of a status. Querysets and pages derive their lists from here."""

    customer_label: _StrPromise
    tone: str
    is_open: bool = True
    needs_staff: bool = False


META: dict[str, StatusMeta] = {
    Status.NEW: StatusMeta(pgettext_lazy("status", "Received"), "info", needs_staff=True),
    Status.IN_PROGRESS: StatusMeta(pgettext_lazy("status", "In progress"), "info", needs_staff=True),
    Status.WAITING: StatusMeta(pgettext_lazy("status", "Waiting for your reply"), "warn"),
    Status.DEVELOPMENT: StatusMeta(_("Passed to development"), "mute"),
    Status.DEFERRED: StatusMeta(pgettext_lazy("status", "Deferred"), "mute"),
    Status.RESOLVED: StatusMeta(pgettext_lazy("status", "Resolved"), "ok", is_open=False),
    Status.CLOSED: StatusMeta(pgettext_lazy("status", "Closed"), "mute", is_open=False),
}

OPEN = frozenset(status for status, meta in META.items() if meta.is_open)
NEEDS_STAFF = frozenset(status for status, meta in META.items() if meta.needs_staff)

# From where to where (regulation.md, «Statuses and moves»). Who may and what goes with it stands in workflow.
MOVES: dict[str, frozenset[str]] = {
    Status.NEW: frozenset({Status.IN_PROGRESS, Status.WAITING, Status.RESOLVED, Status.CLOSED}),
    Status.IN_PROGRESS: frozenset(
        {Status.WAITING, Status.DEVELOPMENT, Status.DEFERRED, Status.RESOLVED, Status.CLOSED}
    ),
    Status.WAITING: frozenset({Status.IN_PROGRESS, Status.DEFERRED, Status.RESOLVED, Status.CLOSED}),
    Status.DEVELOPMENT: frozenset({Status.IN_PROGRESS, Status.DEFERRED, Status.RESOLVED, Status.CLOSED}),
    Status.DEFERRED: frozenset({Status.IN_PROGRESS, Status.RESOLVED, Status.CLOSED}),
    Status.RESOLVED: frozenset({Status.IN_PROGRESS, Status.CLOSED}),
    Status.CLOSED: frozenset({Status.IN_PROGRESS}),
}


class Criticality(TextChoices):
    """How much the problem hurts, as the customer claims it (3.5a.6)."""

    CRITICAL = "critical", pgettext_lazy("criticality", "Critical")
    HIGH = "high", pgettext_lazy("criticality", "High")
    MEDIUM = "medium", pgettext_lazy("criticality", "Medium")
    LOW = "low", pgettext_lazy("criticality", "Low")


CRITICALITY_HINTS: dict[str, _StrPromise] = {
    Criticality.CRITICAL: _("The main services do not work"),
    Criticality.HIGH: _("Work is seriously hampered, there is no workaround"),
    Criticality.MEDIUM: _("It gets in the way, but there is a workaround"),
    Criticality.LOW: _("A question or a consultation"),
}


class Frequency(TextChoices):
    """How often the problem occurs (3.5a.2)."""

    ALWAYS = "always", _("Always")
    SOMETIMES = "sometimes", _("From time to time")
    ONCE = "once", _("Happened once")
    UNKNOWN = "unknown", _("I don't know")


class Channel(TextChoices):
    """The way a request or a message came in (3.1)."""

    CABINET = "cabinet", pgettext_lazy("channel", "Cabinet")
    EMAIL = "email", pgettext_lazy("channel", "E-mail")
    PHONE = "phone", pgettext_lazy("channel", "Phone")
    FAX = "fax", pgettext_lazy("channel", "Fax")
    LETTER = "letter", pgettext_lazy("channel", "Letter")


CHANNEL_ICONS: dict[str, str] = {
    Channel.CABINET: "globe",
    Channel.EMAIL: "mail",
    Channel.PHONE: "phone",
    Channel.FAX: "printer",
    Channel.LETTER: "file-text",
}


class Kind(TextChoices):
    """Qualification: what sort of request it turned out to be (1.3)."""

    FAILURE = "failure", pgettext_lazy("kind", "Failure")
    CONSULTATION = "consultation", pgettext_lazy("kind", "Consultation")
    OTHER = "other", pgettext_lazy("kind", "Other")


class Component(TextChoices):
    """Qualification: the part of the complex that the request is about (1.4)."""

    SOFTWARE = "software", _("Base service software")
    CONTROLLER = "controller", _("On-board controller")
    HARDWARE = "hardware", _("Computer equipment")
    NETWORK = "network", _("Local network")


class Outcome(TextChoices):
    """How a request ended where no ground of 3.8 stood in the way."""

    SOLVED = "solved", pgettext_lazy("outcome", "Solved")
    WORKAROUND = "workaround", _("Workaround")
    CONSULTED = "consulted", pgettext_lazy("outcome", "Consultation given")
    WITHDRAWN = "withdrawn", _("Withdrawn by the customer")
    DUPLICATE = "duplicate", pgettext_lazy("outcome", "Duplicate")
    MISDIRECTED = "misdirected", _("Sent to the wrong place")


class Ground(TextChoices):
    """Why a request is put off or cannot be solved: the four reasons of 3.8, and another one for seniors."""

    NOT_REPRODUCIBLE = "not_reproducible", _("Could not reproduce")
    INSUFFICIENT_INFO = "insufficient_info", _("Not enough information")
    REQUIREMENTS_VIOLATED = "requirements_violated", _("Technical requirements not met")
    OUT_OF_SCOPE = "out_of_scope", _("Out of scope")
    OTHER = "other", _("Another reason")


# The regulation's own words, shown to staff and customer beside the short label (3.8.3–3.8.6).
GROUND_WORDS: dict[str, _StrPromise] = {
    Ground.NOT_REPRODUCIBLE: _("the described problem cannot be reproduced"),
    Ground.INSUFFICIENT_INFO: _("the user cannot provide enough initial information to identify the problem"),
    Ground.REQUIREMENTS_VIOLATED: _(
        "the user violates the technical requirements for installing and using the software and the on-board controller"
    ),
    Ground.OUT_OF_SCOPE: _("the question is beyond technical support"),
}

# Ready texts of the dialogs; the «…» must be replaced before sending.
GROUND_TEXTS: dict[str, _StrPromise] = {
    Ground.NOT_REPRODUCIBLE: _(
        "We followed the described steps, but the problem did not occur. If it happens again, reply in the cabinet "
        "and give the time and your actions, and we will continue."
    ),
    Ground.INSUFFICIENT_INFO: _(
        "To find the cause we lack data: … When you have it, add it to the ticket, and we will continue."
    ),
    Ground.REQUIREMENTS_VIOLATED: _(
        "The problem comes from a departure from the technical requirements: … Bring the installation in line with "
        "them. If the problem remains, reply in the cabinet."
    ),
    Ground.OUT_OF_SCOPE: _("The question is beyond technical support. … Call us and we will suggest whom to turn to."),
}
