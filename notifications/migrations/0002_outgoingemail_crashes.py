from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("notifications", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="outgoingemail",
            name="crashes",
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
    ]
