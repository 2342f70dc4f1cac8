"""Ways to pay that a customer agreed to be charged by later."""

import django.db.models.deletion
from django.db import migrations, models

import tsuzuki.records.models.sealed


class Migration(migrations.Migration):
    dependencies = [("records", "0025_gateway_rows")]

    operations = [
        migrations.AddField("tender", "agreed_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "tender",
            "keep_for",
            models.ForeignKey(
                to="records.customer",
                on_delete=django.db.models.deletion.PROTECT,
                null=True,
                db_index=False,
                related_name="+",
            ),
        ),
        migrations.CreateModel(
            name="SavedMethod",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("gateway", models.CharField(max_length=40)),
                ("method", models.CharField(max_length=40)),
                ("token", tsuzuki.records.models.sealed.SealedField(null=True)),
                ("agreed_at", models.DateTimeField()),
                ("made_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        to="records.customer",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="saved_methods",
                    ),
                ),
                (
                    "paid_by",
                    models.OneToOneField(
                        to="records.tender", on_delete=django.db.models.deletion.PROTECT, related_name="kept"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            "tender",
            "saved",
            models.ForeignKey(
                to="records.savedmethod",
                on_delete=django.db.models.deletion.PROTECT,
                null=True,
                db_index=False,
                related_name="tenders",
            ),
        ),
        migrations.AddConstraint(
            "savedmethod",
            models.CheckConstraint(
                condition=models.Q(token__isnull=False) | models.Q(revoked_at__isnull=False),
                name="saved_method_token",
            ),
        ),
    ]
