"""Customers apart from staff. Nothing ever wrote a line's holder or a user's phone."""

import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone

from tsuzuki.records.models.person import new_id


class Migration(migrations.Migration):
    dependencies = [("records", "0021_messages")]

    operations = [
        migrations.CreateModel(
            "Customer",
            [
                ("id", models.UUIDField(default=new_id, primary_key=True, serialize=False)),
                ("phone", models.CharField(blank=True, max_length=16)),
                ("phone_verified_at", models.DateTimeField(null=True)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("language", models.CharField(default="en", max_length=16)),
                ("zone", models.CharField(default="Asia/Tokyo", max_length=40)),
                ("made_at", models.DateTimeField(default=timezone.now)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("phone_verified_at__isnull", False)), fields=("phone",), name="customer_phone_verified_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("phone", ""), ("phone__regex", "^\\+[1-9][0-9]{6,14}$"), _connector="OR"),
                        name="customer_phone_e164",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("phone_verified_at", None), models.Q(("phone", ""), _negated=True), _connector="OR"),
                        name="customer_verified_has_phone",
                    ),
                ]
            },
        ),
        migrations.RunSQL("UPDATE records_line SET holder_id = NULL WHERE holder_id IS NOT NULL", migrations.RunSQL.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            "line", "holder", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="records.customer")
        ),
        migrations.RemoveField("user", "phone"),
        migrations.AlterField("user", "id", models.UUIDField(default=new_id, primary_key=True, serialize=False)),
    ]
