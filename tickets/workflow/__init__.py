"""The verbs: everything that changes a request. Each locks the row, checks the move, writes the row, one event and the
letters in one transaction, and may be called twice."""

from tickets.workflow.change import AlreadyTaken, MoveNotAllowed
from tickets.workflow.criticality import (
    ReasonNeeded,
    change_criticality,
    confirm_criticality,
    needs_reason,
    tells_customer,
)
from tickets.workflow.customer import close_by_customer, reply
from tickets.workflow.passing import close_resolved, flip, remind, wake
from tickets.workflow.staff import (
    answer,
    close,
    defer,
    note,
    pass_to_development,
    resolve,
    resume,
    take,
)
from tickets.workflow.warning import due_to_warn, warn

__all__ = [
    "AlreadyTaken",
    "MoveNotAllowed",
    "ReasonNeeded",
    "answer",
    "change_criticality",
    "close",
    "close_by_customer",
    "close_resolved",
    "confirm_criticality",
    "defer",
    "due_to_warn",
    "flip",
    "needs_reason",
    "note",
    "pass_to_development",
    "remind",
    "reply",
    "resolve",
    "resume",
    "take",
    "tells_customer",
    "wake",
    "warn",
]
