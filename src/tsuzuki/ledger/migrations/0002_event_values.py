"""An event of the ledger is a value in columns of its own, beside the text it was before. No row that is there is touched: the view
`ledger_entry` reads both, and a check asks the columns of new rows only. An index finds a subject's rows, another a span of time."""

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

KINDS = [
    "tender_paid", "tender_released", "tender_unclaimed", "tender_sent_back", "tender_reversed", "order_delivered", "order_undone",
    "order_commission", "refund_begun", "refund_owed", "refund_done", "refund_sent", "dispute_changed", "lot_disputed", "lot_expired", "account_topped_up", "revenue_recognised",
]  # fmt: skip
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
TYPED = models.Q(
    ("detail__isnull", False), ("kind__in", KINDS), ("kind__isnull", False), ("subject_id__isnull", False),
    ("subject_type__isnull", False),
)  # fmt: skip
FIELDS = [
    ("event", models.TextField()),
    ("position", models.SmallIntegerField()),
    ("source", models.TextField()),
    ("destination", models.TextField()),
    ("minor", models.BigIntegerField()),
    ("currency", models.CharField(max_length=3)),
    ("at", models.DateTimeField()),
    ("kind", models.TextField(null=True)),
    ("subject_type", models.TextField(null=True)),
    ("subject_id", models.UUIDField(null=True)),
    ("detail", models.TextField(null=True)),
]

# What the texts of events say; null where it is none of ours. The first UUID of each text is its subject.
READ = f"""
CREATE FUNCTION ledger_kind_of(event text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
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
    WHEN event ~ '^recognised \\S+ {UUID}$' THEN 'revenue_recognised'
  END
$$;
CREATE FUNCTION ledger_subject_of(event text) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT substring(event FROM '{UUID}')::uuid
$$;
CREATE FUNCTION ledger_detail_of(event text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN event ~ '^dispute ' THEN substring(event FROM '^dispute \\S+ (.*)$')
    WHEN event ~ '^recognised ' THEN substring(event FROM '^recognised (\\S+) ')
    ELSE coalesce(substring(event FROM '^\\w+ \\S+ (?:commission|disputed|expired|topped up|unclaimed|sent back|sent) (.*)$'), '')
  END
$$;
CREATE VIEW ledger_entry AS SELECT id, event, position, source, destination, minor, currency, at,
  coalesce(kind, ledger_kind_of(event)) AS kind,
  coalesce(subject_type, CASE WHEN event ~ '^recognised ' THEN 'recognition' ELSE substring(event FROM '^\\w+') END) AS subject_type,
  coalesce(subject_id, ledger_subject_of(event)) AS subject_id,
  coalesce(detail, ledger_detail_of(event)) AS detail
FROM ledger_transfer;
CREATE INDEX ledger_subject ON ledger_transfer ((coalesce(subject_id, ledger_subject_of(event))));
"""
UNREAD = """
DROP INDEX ledger_subject;
DROP VIEW ledger_entry;
DROP FUNCTION ledger_kind_of(text);
DROP FUNCTION ledger_subject_of(text);
DROP FUNCTION ledger_detail_of(text);
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        migrations.AddField("transfer", "kind", models.TextField(null=True)),
        migrations.AddField("transfer", "subject_type", models.TextField(null=True)),
        migrations.AddField("transfer", "subject_id", models.UUIDField(null=True)),
        migrations.AddField("transfer", "detail", models.TextField(null=True)),
        AddConstraintNotValid("transfer", models.CheckConstraint(condition=TYPED, name="ledger_event_typed")),
        migrations.AddIndex("transfer", django.contrib.postgres.indexes.BrinIndex("at", name="ledger_time", pages_per_range=32)),
        migrations.CreateModel(
            name="Entry",
            fields=[("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")), *FIELDS],
            options={"managed": False, "db_table": "ledger_entry"},
        ),
        migrations.RunSQL(READ, UNREAD),
    ]
