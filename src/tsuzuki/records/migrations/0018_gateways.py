"""A tender names its method and its gateway; an attempt keeps all the buyer may have to do next, not only an address."""

from django.db import migrations, models

# What the gateways of the first wave were; one of somebody else's package had a single way to pay, and no name for it.
_TENDERS = """
UPDATE records_tender SET gateway = method, method = CASE method WHEN 'byhand' THEN 'cash' WHEN 'sandbox' THEN 'card' ELSE 'online' END
WHERE method NOT IN ('credit', 'voucher', 'account', 'opening');
UPDATE records_attempt a SET question = a.question || jsonb_build_object('method', t.method),
  next = CASE WHEN a.next_url <> '' THEN jsonb_build_object('type', 'redirect', 'due', NULL, 'remaining', NULL, 'url', a.next_url) END
FROM records_tender t WHERE t.id = a.tender_id
"""


class Migration(migrations.Migration):
    dependencies = [("records", "0017_secrets")]

    operations = [
        migrations.AddField("tender", "gateway", models.CharField(max_length=40, blank=True, default=""), preserve_default=False),
        migrations.AddField("attempt", "next", models.JSONField(null=True)),
        migrations.RunSQL(_TENDERS, migrations.RunSQL.noop),
        migrations.RemoveField("attempt", "next_url"),
    ]
