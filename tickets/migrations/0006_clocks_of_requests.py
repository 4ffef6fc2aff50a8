from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from sla.calendars import working_time
from sla.working_time import NoWorkingTime

# The first message without an answer: of the customer's after the last one of support, or the request itself.
UNANSWERED = """
UPDATE tickets_ticket t SET unanswered_since = found.since,
    reply_due_at = CASE WHEN found.since = t.received_at THEN t.due_at END
FROM (
    SELECT o.id, CASE WHEN answer.id IS NULL THEN o.received_at ELSE (
        SELECT min(m.created_at) FROM tickets_message m
        WHERE m.ticket_id = o.id AND m.kind = 'customer' AND m.id > answer.id
    ) END AS since
    FROM tickets_ticket o
    LEFT JOIN LATERAL (
        SELECT max(m.id) AS id FROM tickets_message m WHERE m.ticket_id = o.id AND m.kind = 'staff'
    ) answer ON true
    WHERE o.status IN ('new', 'in_progress', 'waiting', 'development', 'deferred') AND o.unanswered_since IS NULL
) found
WHERE t.id = found.id
"""
BREACHES = """
INSERT INTO tickets_breach (ticket_id, due_at, is_promised, noticed_at)
SELECT id, due_at, is_term_promised, coalesce(reacted_at, closed_at, now())
FROM tickets_ticket WHERE due_at < coalesce(reacted_at, closed_at, now())
ON CONFLICT DO NOTHING
"""
# The clock did not come to see critical requests before.
CRITICAL = """
UPDATE tickets_ticket SET flip_at = CASE
    WHEN now() < at_risk_at THEN at_risk_at
    WHEN now() <= due_at THEN due_at + interval '1 microsecond'
    WHEN now() <= grave_at THEN grave_at + interval '1 microsecond' END
WHERE status = 'new' AND criticality = 'critical' AND due_at IS NOT NULL
"""


def set_reply_due(apps, schema_editor):
    """By when the message should be answered, counted by the request's own calendar version."""
    tickets = apps.get_model("tickets", "Ticket").objects.filter(
        unanswered_since__isnull=False, reply_due_at=None, calendar_version__isnull=False, limit_minutes__isnull=False
    )
    hours = {}
    for ticket in tickets.select_related("calendar_version").iterator():
        version = ticket.calendar_version
        if version.pk not in hours:
            hours[version.pk] = working_time(version)
        try:
            ticket.reply_due_at = hours[version.pk].add(ticket.unanswered_since, ticket.limit_minutes)
        except NoWorkingTime:
            continue
        ticket.save(update_fields=["reply_due_at"])


class Migration(migrations.Migration):
    atomic = False  # the index is built while requests come in; each step may run again

    dependencies = [
        ("tickets", "0005_tickets_by_receipt"),
    ]

    operations = [
        migrations.RunSQL(UNANSWERED, migrations.RunSQL.noop),
        migrations.RunPython(set_reply_due, migrations.RunPython.noop),
        migrations.RunSQL(BREACHES, migrations.RunSQL.noop),
        migrations.RunSQL(CRITICAL, migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(condition=models.Q(("status", "new")), fields=["at_risk_at"], name="tickets_to_warn"),
        ),
    ]
