from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0015_values")]

    operations = [
        migrations.AddField("period", "served", models.DurationField(null=True)),
        migrations.RemoveConstraint("refund", "refund_state"),
        migrations.AddConstraint(
            "refund",
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["waiting", "asked", "owed", "contested", "done", "by_dispute", "given_up", "twice"]
                ),
                name="refund_state",
            ),
        ),
    ]
