"""What the database itself refuses, whoever asks: published terms change for nobody, and a breach stays as it was."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from tests.cast import MONDAY_TEN, Cast, file_ticket, new_calendar_version, new_level_version
from tickets import breaches, workflow
from tickets.models import Breach

PUBLISHED = "(SELECT id FROM sla_calendarversion WHERE published_at IS NOT NULL LIMIT 1)"
DRAFT = "(SELECT id FROM sla_calendarversion WHERE published_at IS NULL)"
IS_PUBLISHED = "version_id IN (SELECT id FROM sla_calendarversion WHERE published_at IS NOT NULL)"

REFUSED = {
    "published_stays": [
        "UPDATE sla_calendarversion SET zone = 'UTC' WHERE published_at IS NOT NULL",
        "UPDATE sla_calendarversion SET published_at = NULL WHERE published_at IS NOT NULL",
        "DELETE FROM sla_calendarversion WHERE published_at IS NOT NULL",
        "UPDATE sla_levelversion SET base_minutes = 480 WHERE published_at IS NOT NULL",
        "UPDATE sla_levelversion SET valid_from_date = '2027-01-01' WHERE published_at IS NOT NULL",
        "DELETE FROM sla_levelversion WHERE published_at IS NOT NULL",
    ],
    "published_content_stays": [
        f"INSERT INTO sla_calendarday (version_id, date, name) VALUES ({PUBLISHED}, '2027-05-05', '')",
        f"UPDATE sla_calendarday SET date = '2027-05-05' WHERE {IS_PUBLISHED}",
        f"UPDATE sla_calendarday SET version_id = {PUBLISHED} WHERE version_id = {DRAFT}",
        f"UPDATE sla_calendarday SET version_id = {DRAFT} WHERE {IS_PUBLISHED}",
        f"DELETE FROM sla_calendarday WHERE {IS_PUBLISHED}",
        "INSERT INTO sla_workinghours (version_id, weekday, opens_minute, closes_minute)"
        f" VALUES ({PUBLISHED}, 6, 540, 600)",
        f"UPDATE sla_workinghours SET closes_minute = closes_minute - 1 WHERE {IS_PUBLISHED}",
        f"UPDATE sla_workinghours SET version_id = {PUBLISHED} WHERE version_id = {DRAFT}",
        f"DELETE FROM sla_workinghours WHERE {IS_PUBLISHED}",
        "INSERT INTO sla_reactionterm (version_id, criticality, minutes)"
        " SELECT id, 'low', 960 FROM sla_levelversion WHERE published_at IS NOT NULL",
        "UPDATE sla_reactionterm SET minutes = minutes + 1",
        "DELETE FROM sla_reactionterm",
    ],
    "a_calendar_has_one_draft": [
        "INSERT INTO sla_calendarversion (calendar_id, number, zone, is_always_open, reason)"
        f" SELECT calendar_id, 99, zone, false, '' FROM sla_calendarversion WHERE id = {DRAFT}"
    ],
    "a_level_has_one_draft": [
        "INSERT INTO sla_levelversion (level_id, number, calendar_id, base_minutes)"
        " SELECT level_id, 99, calendar_id, 60 FROM sla_levelversion WHERE published_at IS NULL"
    ],
    "hours_of_a_date_do_not_overlap": [
        "INSERT INTO sla_workinghours (version_id, day_id, opens_minute, closes_minute)"
        " SELECT version_id, day_id, closes_minute - 1, closes_minute + 60 FROM sla_workinghours"
        f" WHERE day_id IS NOT NULL AND version_id = {DRAFT}"
    ],
    "weekly_hours_do_not_overlap": [
        "INSERT INTO sla_workinghours (version_id, weekday, opens_minute, closes_minute)"
        f" SELECT version_id, 0, 779, 780 FROM sla_workinghours WHERE version_id = {DRAFT} LIMIT 1"
    ],
    "deadline_moments_stand_in_order": [
        "UPDATE tickets_ticket SET at_risk_at = due_at + interval '1 second'",
        "UPDATE tickets_ticket SET grave_at = due_at - interval '1 second'",
        "UPDATE tickets_ticket SET received_at = due_at + interval '1 second', registered_at = grave_at",
        "UPDATE tickets_ticket SET limit_minutes = 0",
        "UPDATE tickets_ticket SET limit_minutes = NULL",
        "UPDATE tickets_ticket SET grave_at = NULL",
    ],
    "a_breach_comes_after_its_term": [
        "INSERT INTO tickets_breach (ticket_id, due_at, is_promised, noticed_at)"
        " SELECT ticket_id, noticed_at, is_promised, noticed_at FROM tickets_breach"
    ],
    "an_annulment_has_a_reason": [
        "INSERT INTO tickets_breachannulment (breach_id, reason, by_id, at)"
        " SELECT breach_id, '', by_id, at FROM tickets_breachannulment"
    ],
    "annulments_stay": [
        "UPDATE tickets_breachannulment SET reason = 'Иначе'",
        "DELETE FROM tickets_breachannulment",
    ],
}
"""The name of a rule, which PostgreSQL says when it refuses, and statements against it."""


@pytest.fixture
def record(cast: Cast) -> None:
    """Published versions with a dated day and a term of their own, a draft of each, and a breach that was annulled."""
    new_calendar_version(cast.calendar, {date(2027, 1, 4): [(600, 720)]})
    new_calendar_version(cast.calendar, published_at=None)
    version = new_level_version(cast.standard, critical=60)
    cast.standard.versions.create(number=version.number + 1, calendar=cast.calendar, base_minutes=240)
    file_ticket(cast.anna)
    late = MONDAY_TEN + timedelta(days=2)
    workflow.flip(at=late)
    breaches.annul(Breach.objects.get(), reason="Не было связи.", by=cast.sergey, at=late)


@pytest.mark.parametrize(
    ("rule", "statement"), [(rule, statement) for rule, statements in REFUSED.items() for statement in statements]
)
def test_the_database_refuses_by_the_name_of_its_rule(record: None, rule: str, statement: str) -> None:
    with pytest.raises(DatabaseError, match=rule), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
