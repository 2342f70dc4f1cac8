"""Letters about orders become messages about a purchase, a line or neither, to an address of any channel; a secret in one is sealed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from tsuzuki.records.models.sealed import SealedField

STATES = ["waiting", "sent", "refused"]
# Nothing was the same twice without an order, but nothing forbade it either.
TOLD_APART = "UPDATE records_outboundmessage SET about = id::text WHERE order_id IS NULL AND about = ''"


def seal(apps, schema_editor):
    """A voucher's digits stood among the facts until its letter was sent."""
    messages = apps.get_model("records", "OutboundMessage").objects
    for one in messages.filter(facts__has_key="voucher").iterator():
        secret = settings.KEYRING.seal(one.facts.pop("voucher"))
        messages.filter(pk=one.pk).update(secret=secret, facts=one.facts)


def about(to, **options):
    return models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="messages", to=to, **options)


class Migration(migrations.Migration):
    dependencies = [("records", "0020_links")]

    operations = [
        migrations.RemoveConstraint("notice", "notice_once"),
        migrations.RemoveConstraint("notice", "notice_state"),
        migrations.RenameModel("Notice", "OutboundMessage"),
        migrations.RenameField("outboundmessage", "recipient", "address"),
        migrations.RenameIndex("outboundmessage", "message_to_send", old_name="notice_to_send"),
        migrations.AlterField("outboundmessage", "address", models.CharField(max_length=1000)),
        migrations.AlterField("outboundmessage", "purchase", about("records.purchase")),
        migrations.AlterField("outboundmessage", "order", about("records.order")),
        migrations.AddField("outboundmessage", "line", about("records.line")),
        migrations.AddField("outboundmessage", "secret", SealedField(null=True)),
        migrations.RunPython(seal, migrations.RunPython.noop),
        migrations.RunSQL(TOLD_APART, migrations.RunSQL.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AddConstraint(
            "outboundmessage",
            models.UniqueConstraint(
                fields=("purchase", "order", "line", "kind", "channel", "address", "about"), name="message_once", nulls_distinct=False
            ),
        ),
        migrations.AddIndex(
            "outboundmessage",
            models.Index(condition=models.Q(("secret__isnull", False)), fields=["id"], name="message_with_secret"),
        ),
        migrations.AddConstraint("outboundmessage", models.CheckConstraint(condition=models.Q(state__in=STATES), name="message_state")),
        migrations.AddConstraint(
            "outboundmessage",
            models.CheckConstraint(
                condition=models.Q(("line", None), ("purchase__isnull", False)) | models.Q(("order", None), ("purchase", None)),
                name="message_about_one_thing",
            ),
        ),
    ]
