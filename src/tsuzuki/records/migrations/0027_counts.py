"""A carrier may be busy, and a gateway change its mind about a dispute, any number of times."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0026_saved_methods")]

    operations = [
        migrations.AlterField("attempt", "asks", models.IntegerField(default=1)),
        migrations.AlterField("dispute", "changes", models.IntegerField(default=0)),
    ]
