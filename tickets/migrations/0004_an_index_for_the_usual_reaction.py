from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # requests come in while it is made

    dependencies = [("tickets", "0003_queue_counts")]

    operations = [
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(is_term_promised=True, reacted_at__isnull=False),
                fields=["level_version", "reacted_at"],
                include=("calendar_version", "received_at"),
                name="tickets_reacted",
            ),
        ),
    ]
