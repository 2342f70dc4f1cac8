from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0011_old_quotes")]

    operations = [
        migrations.AddField("webhookendpoint", "held_until", models.DateTimeField(null=True)),
        migrations.AddField("webhookendpoint", "failures", models.IntegerField(default=0)),
        migrations.AddField("webhookendpoint", "paused_until", models.DateTimeField(null=True)),
    ]
