from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0005_verification")]

    operations = [
        migrations.CreateModel(
            name="Staff",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=models.PROTECT, primary_key=True, related_name="staff", serialize=False, to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("role", models.CharField(max_length=10)),
                ("salt", models.CharField(max_length=43)),
                ("invited_until", models.DateTimeField(null=True)),
                ("enrolled_at", models.DateTimeField(null=True)),
                ("last_step", models.BigIntegerField(default=0)),
                ("recovery", models.JSONField(default=list)),
                ("made_at", models.DateTimeField()),
                ("left_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["owner", "manager", "clerk", "viewer"])), name="staff_role"
                    )
                ],
            },
        ),
    ]
