"""Which term a request gets from the level of its contract, by the moment at which it came in."""

from __future__ import annotations

from datetime import date

import pytest

from sla.models import LevelVersion, SupportLevel
from tests.cast import Cast, file_ticket, moment
from tickets import clock

pytestmark = pytest.mark.django_db


@pytest.mark.clause("3.6.2")
def test_paper_that_is_registered_late_gets_the_term_of_the_day_on_which_it_came(cast: Cast) -> None:
    LevelVersion.objects.create(
        level=cast.standard,
        number=2,
        calendar=cast.calendar,
        base_minutes=60,
        published_at=moment("2026-11-20 12:00"),
    )
    for received, minutes in (("2026-11-18 10:00", 240), ("2026-11-20 11:59", 240), ("2026-11-20 12:00", 60)):
        term = clock.term_for(cast.reis, moment(received))
        assert term
        assert (term.level.base_minutes, term.is_promised) == (minutes, True), received


@pytest.mark.clause("3.6.2")
def test_a_contract_whose_level_promises_nothing_yet_is_kept_by_the_internal_term_which_is_not_told(cast: Cast) -> None:
    fresh = SupportLevel.objects.create(name="Премиум")
    LevelVersion.objects.create(
        level=fresh,
        number=1,
        calendar=cast.calendar,
        base_minutes=60,
        published_at=moment("2026-11-01 12:00"),
        valid_from_date=date(2026, 12, 1),
    )
    cast.reis.contracts.update(level=fresh)
    ticket = file_ticket(cast.anna, at=moment("2026-11-23 10:00"))
    assert (ticket.limit_minutes, ticket.is_term_promised) == (480, False)
    ticket = file_ticket(cast.anna, at=moment("2026-12-01 10:00"))
    assert (ticket.limit_minutes, ticket.is_term_promised) == (60, True)
