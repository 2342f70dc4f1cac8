from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0012_lanes")]

    operations = [
        migrations.AddField("operator", "secret_mark", models.CharField(db_default="", default="", max_length=16)),
    ]
