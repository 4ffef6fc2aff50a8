"""The reaction tag in words. The limit is four hours, work is 9–13 and 14–18: received at 10:00, due at 15:00."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from content.moments import near_words, working_words
from sla.models import SupportLevel
from tests.cast import MONDAY_TEN, Cast, file_ticket, moment
from tickets import workflow
from tickets.models import Ticket
from tickets.reaction import Reaction, reaction_tag

NBSP = "\u00a0"


def tag(ticket: Ticket, at: str) -> Reaction:
    found = reaction_tag(ticket, moment(at), for_customer=False)
    assert found
    return found


def plain(text: str | None) -> str | None:
    return text and text.replace(NBSP, " ")


@pytest.mark.clause("3.5b.2")
@pytest.mark.parametrize(
    ("at", "state", "words", "due_words", "icon", "tone"),
    [
        ("2026-11-23 10:00", "pending", "Осталось 4 ч", "до 15:00", "clock", "ok"),
        ("2026-11-23 12:40", "pending", "Осталось 1 ч 20 мин", "до 15:00", "clock", "ok"),
        ("2026-11-23 13:30", "paused", "Пауза до 14:00", "срок до 15:00", "circle-pause", "mute"),
        ("2026-11-23 14:35", "at_risk", "Осталось 25 мин", "до 15:00", "clock", "warn"),
        ("2026-11-23 14:59:30", "at_risk", "Осталось меньше минуты", "до 15:00", "clock", "warn"),
        ("2026-11-23 15:00", "at_risk", "Осталось меньше минуты", "до 15:00", "clock", "warn"),
        ("2026-11-23 15:00:30", "breaching", "Просрочено меньше чем на минуту", None, "flame", "bad"),
        ("2026-11-23 15:40", "breaching", "Просрочено на 40 мин", None, "flame", "bad"),
        # Three hours until closing and ten minutes of Tuesday; the night does not count.
        ("2026-11-24 09:10", "breaching", "Просрочено на 3 ч 10 мин", None, "flame", "bad"),
    ],
)
def test_an_untaken_request_tells_its_working_time(
    cast: Cast, at: str, state: str, words: str, due_words: str | None, icon: str, tone: str
) -> None:
    found = tag(file_ticket(cast.anna), at)
    assert (found.state, plain(found.words), plain(found.due_words), found.icon, found.tone) == (
        state,
        words,
        due_words,
        icon,
        tone,
    )


@pytest.mark.clause("3.5b.2")
@pytest.mark.parametrize(
    ("at", "words", "due_words"),
    [
        ("2026-11-20 17:45", "Осталось 3 ч 45 мин", "до 12:30, пн"),
        ("2026-11-20 20:00", "Пауза до 9:00, пн", "срок до 12:30, пн"),
        ("2026-11-22 12:00", "Пауза до 9:00, пн", "срок до 12:30, пн"),
        ("2026-11-23 08:00", "Пауза до 9:00", "срок до 12:30"),
    ],
)
def test_a_weekend_is_a_pause_and_another_day_is_named(cast: Cast, at: str, words: str, due_words: str) -> None:
    found = tag(file_ticket(cast.anna, at=moment("2026-11-20 17:30")), at)
    assert (plain(found.words), plain(found.due_words)) == (words, due_words)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2026-12-31 18:00", "18:00"),
        ("2027-01-06 09:00", "9:00, ср"),
        ("2027-01-11 09:00", "9:00, 11 января 2027 г."),
    ],
)
def test_a_moment_beyond_a_week_is_named_by_its_date(at: str, words: str) -> None:
    assert plain(near_words(moment(at), now=moment("2026-12-31 10:00"))) == words


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(60, "1 рабочий час"), (240, "4 рабочих часа"), (480, "8 рабочих часов"), (90, "1 ч 30 мин рабочего времени")],
)
def test_a_limit_is_told_in_working_hours_or_in_minutes(minutes: int, words: str) -> None:
    assert plain(working_words(minutes)) == words


def test_after_closing_nothing_is_told_of_working_time_where_the_term_ended_with_the_day(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, at=moment("2026-11-23 14:00"))
    found = tag(ticket, "2026-11-23 20:00")
    assert (found.state, found.words) == ("breaching", "Просрочено, сейчас нерабочее время")
    taken = workflow.take(ticket, by=cast.elena, at=moment("2026-11-23 20:00"))
    found = tag(taken, "2026-12-01 10:00")
    assert (found.state, found.words) == ("met_late", "Реакция с опозданием, в нерабочее время")


@pytest.mark.parametrize(
    ("taken_at", "state", "words", "tone"),
    [
        ("2026-11-23 11:12", "met", "Реакция за 1 ч 12 мин", "ok"),
        ("2026-11-23 10:00:20", "met", "Реакция сразу", "ok"),
        ("2026-11-23 15:00", "met", "Реакция за 4 ч", "ok"),
        ("2026-11-23 15:00:20", "met_late", "Реакция с опозданием меньше минуты", "bad-outline"),
        ("2026-11-23 15:35", "met_late", "Реакция с опозданием 35 мин", "bad-outline"),
    ],
)
def test_a_taken_request_tells_how_soon(cast: Cast, taken_at: str, state: str, words: str, tone: str) -> None:
    ticket = workflow.take(file_ticket(cast.anna), by=cast.elena, at=moment(taken_at))
    found = tag(ticket, "2026-12-01 10:00")
    assert (found.state, plain(found.words), found.due_words, found.tone) == (state, words, None, tone)


def test_a_request_that_was_withdrawn_before_anybody_began_is_not_tracked(cast: Cast) -> None:
    ticket = workflow.close_by_customer(file_ticket(cast.anna), by=cast.anna, at=MONDAY_TEN)
    assert tag(ticket, "2026-12-01 10:00").state == "cancelled"


@pytest.mark.clause("3.6.2")
def test_without_a_contract_staff_see_the_internal_term_and_the_customer_none(cast: Cast) -> None:
    cast.reis.contracts.update(ends_date=date(2025, 1, 1), grace_days=0)
    ticket = file_ticket(cast.anna)
    assert plain(tag(ticket, "2026-11-23 10:00").words) == "Осталось 8 ч"
    assert reaction_tag(ticket, MONDAY_TEN, for_customer=True) is None


def test_a_promised_term_is_shown_to_the_customer_too(cast: Cast) -> None:
    found = reaction_tag(file_ticket(cast.anna), MONDAY_TEN, for_customer=True)
    assert found
    assert found.state == "pending"


def test_a_request_without_any_term_is_not_tracked(cast: Cast) -> None:
    cast.reis.contracts.all().delete()
    SupportLevel.objects.filter(is_internal_default=True).update(is_internal_default=False)
    assert tag(file_ticket(cast.anna), "2026-11-23 10:00").state == "cancelled"


def test_fifty_tags_ask_the_database_nothing(cast: Cast) -> None:
    tag(file_ticket(cast.anna), "2026-11-23 10:00")
    rows = list(Ticket.objects.only("due_at", "at_risk_at", "received_at", "reacted_at", "status", "calendar_version"))
    with CaptureQueriesContext(connection) as queries:
        for _ in range(50):
            reaction_tag(rows[0], MONDAY_TEN, for_customer=False)
    assert len(queries) == 0
