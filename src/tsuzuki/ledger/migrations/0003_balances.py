"""Balances brought forward, so that a balance reads an account's latest entries alone: the indexes of accounts end with the entry's id and
hold its amount. And the event of the cutover to gross revenue. No row that is there is touched."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

KINDS = [
    "tender_paid", "tender_released", "tender_unclaimed", "tender_sent_back", "tender_reversed", "order_delivered", "order_undone",
    "order_commission", "refund_begun", "refund_owed", "refund_done", "refund_sent", "dispute_changed", "lot_disputed", "lot_expired",
    "account_topped_up", "revenue_recognised", "gross_cutover",
]  # fmt: skip
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
TYPED = models.Q(
    ("detail__isnull", False), ("kind__in", KINDS), ("kind__isnull", False), ("subject_id__isnull", False),
    ("subject_type__isnull", False),
)  # fmt: skip
KIND_OF = f"""
CREATE OR REPLACE FUNCTION ledger_kind_of(event text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN event ~ '^tender {UUID} (paid|released|reversed)$' THEN 'tender_' || substring(event FROM '\\w+$')
    WHEN event ~ '^tender {UUID} unclaimed \\S+$' THEN 'tender_unclaimed'
    WHEN event ~ '^tender {UUID} sent back \\S+$' THEN 'tender_sent_back'
    WHEN event ~ '^order {UUID} (delivered|undone)$' THEN 'order_' || substring(event FROM '\\w+$')
    WHEN event ~ '^order {UUID} commission( back| \\d+)?$' THEN 'order_commission'
    WHEN event ~ '^refund {UUID} (begun|owed|done)$' THEN 'refund_' || substring(event FROM '\\w+$')
    WHEN event ~ '^refund {UUID} sent( \\S+)?$' THEN 'refund_sent'
    WHEN event ~ '^dispute {UUID} \\d+$' THEN 'dispute_changed'
    WHEN event ~ '^lot {UUID} (disputed|expired) \\S+$' THEN 'lot_' || substring(event FROM '{UUID} (\\w+)')
    WHEN event ~ '^account {UUID} topped up .' THEN 'account_topped_up'
    WHEN event ~ '^cutover {UUID} gross$' THEN 'gross_cutover'
    WHEN event ~ '^recognised \\S+ {UUID}$' THEN 'revenue_recognised'
  END
$$;
"""
# A balance that was brought forward is never changed. Throwing it away harms nothing: it is summed anew.
GUARD = """
CREATE TRIGGER ledger_balance_no_update BEFORE UPDATE ON ledger_balance FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_event_values")]

    operations = [
        migrations.RunSQL(KIND_OF, migrations.RunSQL.noop),
        migrations.RemoveConstraint("transfer", "ledger_event_typed"),
        AddConstraintNotValid("transfer", models.CheckConstraint(condition=TYPED, name="ledger_event_typed")),
        migrations.RemoveIndex("transfer", "ledger_source"),
        migrations.RemoveIndex("transfer", "ledger_destination"),
        migrations.AddIndex("transfer", models.Index(fields=["source", "currency", "id"], include=["minor"], name="ledger_source")),
        migrations.AddIndex(
            "transfer", models.Index(fields=["destination", "currency", "id"], include=["minor"], name="ledger_destination")
        ),
        migrations.CreateModel(
            name="Balance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account", models.TextField()),
                ("currency", models.CharField(max_length=3)),
                ("until", models.BigIntegerField()),
                ("minor", models.BigIntegerField()),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("account", "currency", "until"), name="ledger_balance_once")]},
        ),
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
    ]
