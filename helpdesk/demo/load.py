"""Loads the whole demo into an empty database, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from random import Random

from django.db import transaction
from django.db.models import F

from accounts.models import User
from customers.models import Customer
from helpdesk.demo import calendar, customers, people
from helpdesk.demo.desk import Desk
from helpdesk.demo.problems import STORIES
from helpdesk.demo.story import Story
from notifications.bell import muffled
from notifications.models import OutgoingEmail
from sla.calendars import working_time_of
from sla.models import BusinessCalendar, SupportLevel
from tickets.models import Message, Ticket

_MUST_BE_EMPTY = {
    "people": User,
    "customers": Customer,
    "tickets": Ticket,
    "support levels": SupportLevel,
    "calendars": BusinessCalendar,
}


class NotEmpty(Exception):
    """Somebody works with this database; the text says what was found and what to do."""


@transaction.atomic
def load(*, now: datetime, seed: int, stories: Sequence[Story] = STORIES) -> dict[str, int]:
    """Make the desk as it stands at `now`, and count what was made. The same seed and moment give the same stories.

    Raises NotEmpty where there is anything already.
    """
    _require_empty()
    hours = calendar.make_calendar(now)
    levels = calendar.make_levels(hours, now)
    password = people.encoded_password()
    staff = people.hire(now, password)
    clients = customers.sign_up(levels, now, password)
    with muffled():
        Desk(clients, staff, working_time_of(hours.current().pk), Random(seed), now).run(stories)
    # The letters of the past have long been read.
    OutgoingEmail.objects.update(state=OutgoingEmail.State.SENT, attempts=1, sent_at=F("created_at"))
    User.objects.filter(pk=staff[people.LEFT].pk).update(is_active=False)
    counted = {"customers": Customer, "people": User, "tickets": Ticket, "messages": Message, "letters": OutgoingEmail}
    return {name: model._default_manager.count() for name, model in counted.items()}


def _require_empty() -> None:
    found = [name for name, model in _MUST_BE_EMPTY.items() if model._default_manager.exists()]
    if found:
        raise NotEmpty(
            f"Demo data goes into an empty database only, and this one already has {', '.join(found)}. "
            "Name an empty database in DATABASE_URL."
        )
