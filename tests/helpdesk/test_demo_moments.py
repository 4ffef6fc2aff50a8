"""Loading the demo: at any moment, into an empty database only, and the same from the same seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.models import User
from customers.models import Customer
from helpdesk.demo.load import load
from helpdesk.demo.problems import in_hand, set_aside, today
from tests.cast import make_calendar, moment
from tickets.models import Ticket
from tickets.rank import Rung
from tickets.statuses import OPEN

# The open stories stand status by status: every fourth one is enough to have them all.
SOME_OF_EACH = (*in_hand.STORIES, *set_aside.STORIES)[::4]

MOMENTS = {
    "monday at ten": "2026-11-23 10:00",
    "a second after opening": "2026-11-24 09:00:01",
    "friday, a minute before closing": "2026-11-27 17:59",
    "the night to sunday": "2026-11-22 03:00",
    "the first of january": "2027-01-01 12:00",
}


@pytest.mark.django_db
@pytest.mark.parametrize("now", [moment(text) for text in MOMENTS.values()], ids=list(MOMENTS))
def test_every_rung_and_open_status_is_there_whenever_it_is_loaded(now: datetime) -> None:
    load(now=now, seed=35, stories=(*SOME_OF_EACH, *today.STORIES))
    assert set(Ticket.objects.open().values_list("status", flat=True)) == OPEN
    assert set(Ticket.objects.untaken().values_list("rung", flat=True)) == set(Rung.values)
    assert not Ticket.objects.filter(registered_at__gt=now).exists()


@pytest.mark.django_db
def test_the_same_seed_and_moment_make_the_same_desk() -> None:
    def made(seed: int) -> Sequence[tuple[object, ...]]:
        with transaction.atomic():
            load(now=moment("2026-11-23 10:00"), seed=seed, stories=SOME_OF_EACH)
            rows = Ticket.objects.order_by("pk").values_list("subject", "received_at", "reacted_at", "engineer__email")
            result = list(rows)
            transaction.set_rollback(True)
        return result

    first = made(1)
    assert made(1) == first
    assert made(2) != first


def _add_person() -> None:
    User.objects.create_user("anna@reis.example", full_name="Иванова Анна Павловна")


def _add_customer() -> None:
    Customer.objects.create(name="ООО «Рейс»")


@pytest.mark.django_db
@pytest.mark.parametrize("add", [_add_person, _add_customer, make_calendar])
def test_a_database_that_is_not_empty_is_refused_and_stays_as_it_is(add: Callable[[], object]) -> None:
    add()
    before = User.objects.count(), Customer.objects.count()
    with pytest.raises(CommandError, match="empty database only") as refusal:
        call_command("demo_data")
    assert "\n" not in str(refusal.value)
    assert refusal.value.returncode == 1
    assert (User.objects.count(), Customer.objects.count()) == before


@pytest.mark.django_db
def test_a_moment_that_is_none_is_refused() -> None:
    with pytest.raises(CommandError, match="вчера"):
        call_command("demo_data", "--now", "вчера")
