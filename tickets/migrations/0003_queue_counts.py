from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("tickets", "0002_clocks_and_breaches"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("status__in", ["new", "in_progress", "waiting", "development", "deferred"])),
                fields=["status", "engineer", "at_risk_at"],
                name="queue_counts",
            ),
        ),
    ]
