"""A subject may have several attempts: one for each step and provider, one of them open at a time."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

LINKS = ("order", "tender", "refund")


def _once(link):
    linked = Q(**{f"{link}__isnull": False})
    once = {"fields": [link, "step", "provider"], "condition": linked, "name": f"attempt_once_for_{link}"}
    one_open = {"fields": [link], "condition": linked & Q(outcome=""), "name": f"attempt_one_open_for_{link}"}
    return [migrations.AddConstraint("attempt", models.UniqueConstraint(**what)) for what in (once, one_open)]


def _many(link):
    kept = django.db.models.deletion.PROTECT
    field = models.ForeignKey(f"records.{link}", kept, null=True, db_index=False, related_name="attempts")
    return migrations.AlterField("attempt", link, field)


class Migration(migrations.Migration):
    dependencies = [("records", "0023_refund_details")]

    operations = [
        migrations.RemoveConstraint("attempt", "attempt_one_subject"),
        migrations.AddConstraint(
            "attempt",
            models.CheckConstraint(
                condition=Q(order__isnull=False, tender=None, refund=None)
                | Q(order=None, tender__isnull=False, refund=None)
                | Q(order=None, tender=None, refund__isnull=False),
                name="attempt_one_subject",
            ),
        ),
        *(added for link in LINKS for added in _once(link)),
        *(_many(link) for link in LINKS),
    ]
