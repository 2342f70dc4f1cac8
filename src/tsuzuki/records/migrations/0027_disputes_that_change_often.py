"""A gateway may tell of a dispute any number of times."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0026_saved_methods")]

    operations = [
        migrations.AlterField("dispute", "changes", models.IntegerField(default=0)),
    ]
