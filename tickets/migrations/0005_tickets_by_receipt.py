from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The reaction report walks a month in order of receipt; nobody who files meanwhile waits for its index."""

    atomic = False
    dependencies = [("tickets", "0004_an_index_for_the_usual_reaction")]

    operations = [
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(fields=["received_at", "customer", "id"], name="tickets_by_receipt"),
        ),
    ]
