from django.db import migrations

# A calendar that was published after a reaction had taken the request with it, and its working time with the hours.
# The reaction goes back to the newest hours of its own day; the reply clock stays with what came since.
JUDGED = """
UPDATE tickets_ticket t SET newer_hours_id = found.newer, calendar_version_id = found.judged
FROM (
    SELECT o.id, o.calendar_version_id AS newer, (
        SELECT v.id FROM sla_calendarversion v
        WHERE v.calendar_id = c.calendar_id AND v.number < c.number AND v.published_at <= o.reacted_at
        ORDER BY v.number DESC LIMIT 1
    ) AS judged
    FROM tickets_ticket o
    JOIN sla_calendarversion c ON c.id = o.calendar_version_id
    JOIN tickets_recalculation r ON r.calendar_version_id = c.id
    WHERE o.reacted_at < r.started_at AND o.newer_hours_id IS NULL
) found
WHERE t.id = found.id AND found.judged IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0007_newer_hours_and_breaches"),
    ]

    operations = [migrations.RunSQL(JUDGED, migrations.RunSQL.noop)]
