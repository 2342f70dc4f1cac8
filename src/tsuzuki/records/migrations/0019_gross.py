"""Gross revenue: how much of an order's cost is cost of sales yet. What an earlier version delivered stays as it was written; the first run
of the recognition brings what is unearned of it across (actions.cutover), found by an index that is empty from then on."""

from django.db import migrations, models

NET = models.Q(
    ("cost_minor__gt", 0), ("earn_minor", models.F("minor") - models.F("tax_minor") - models.F("cost_minor")), ("earn_minor__gt", 0),
    ("earn_next__isnull", False), ("expensed_minor__isnull", True),
)  # fmt: skip
# All that was earned net may be over already: then there is nothing to carry across, and only the log says since when revenue is gross.
NOTHING_OPEN = """
INSERT INTO records_auditentry (at, actor, act, subject, subject_kind, subject_id, facts)
SELECT now(), 'migration', 'gross_cutover', 'operator', 'operator', '', '{"orders": 0, "costs": []}'
FROM (SELECT count(*) FILTER (WHERE earn_next IS NOT NULL) AS open FROM records_order
      WHERE cost_minor > 0 AND earn_minor = minor - tax_minor - cost_minor AND kind <> 'credit' HAVING count(*) FILTER (WHERE earned_minor > 0) > 0) net
WHERE open = 0
"""


class Migration(migrations.Migration):
    dependencies = [("records", "0018_gateways")]

    operations = [
        migrations.AddField("order", "expensed_minor", models.BigIntegerField(null=True)),
        migrations.AddField("order", "netted_minor", models.BigIntegerField(null=True)),
        migrations.RunSQL(NOTHING_OPEN, migrations.RunSQL.noop),
        migrations.AddIndex("order", models.Index(fields=["id"], condition=NET, name="order_net")),
    ]
