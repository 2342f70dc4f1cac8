"""Who bought is a value with a foreign key to the account where there is one; it was a text."""

import django.db.models.deletion
import django.db.models.functions.comparison
from django.db import migrations, models

KINDS = ["account", "visitor", "staff", "command_line", "import", "system"]
ACCOUNT = "^account [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
FILL = f"""
UPDATE records_purchase SET
  buyer_kind = CASE WHEN asker ~ '{ACCOUNT}' THEN 'account' WHEN asker = 'web' THEN 'visitor' WHEN asker ~ '^cli:' THEN 'command_line'
    WHEN asker = 'opening' THEN 'import' ELSE 'system' END,
  buyer_id = CASE WHEN asker ~ '{ACCOUNT}' THEN substr(asker, 9) WHEN asker ~ '^cli:' THEN substr(asker, 5)
    WHEN asker IN ('web', 'opening') THEN '' ELSE asker END,
  account_id = CASE WHEN asker ~ '{ACCOUNT}' THEN substr(asker, 9)::uuid END;
UPDATE records_quote SET account_id = substr(asker, 9)::uuid WHERE asker ~ '{ACCOUNT}';
SET CONSTRAINTS ALL IMMEDIATE;
"""


def account(name: str) -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name=name, to="records.account"
    )


class Migration(migrations.Migration):
    dependencies = [("records", "0014_audit")]

    operations = [
        migrations.AddField("purchase", "account", account("purchases")),
        migrations.AddField("purchase", "buyer_kind", models.CharField(default="", max_length=16), preserve_default=False),
        migrations.AddField("purchase", "buyer_id", models.CharField(blank=True, default="", max_length=80), preserve_default=False),
        migrations.AddField("quote", "account", account("+")),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RemoveConstraint("purchase", "purchase_asked_once"),
        migrations.RemoveField("purchase", "asker"),
        migrations.RemoveField("quote", "asker"),
        migrations.AddConstraint(
            "purchase", models.UniqueConstraint(fields=("buyer_kind", "buyer_id", "key"), name="purchase_asked_once")
        ),
        migrations.AddConstraint(
            "purchase", models.CheckConstraint(condition=models.Q(buyer_kind__in=KINDS), name="purchase_buyer_kind")
        ),
        migrations.AddConstraint(
            "purchase",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("account__isnull", False),
                        ("buyer_id", django.db.models.functions.comparison.Cast("account_id", models.CharField())),
                        ("buyer_kind", "account"),
                    ),
                    models.Q(models.Q(("buyer_kind", "account"), _negated=True), ("account", None)),
                    _connector="OR",
                ),
                name="purchase_buyer_account",
            ),
        ),
        migrations.AddIndex(
            "purchase", models.Index(condition=models.Q(("account__isnull", False)), fields=["account"], name="purchase_of_account")
        ),
    ]
