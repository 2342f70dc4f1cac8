"""Gateways become rows. What TSUZUKI_GATEWAYS said until now is taken over, once and here; a gateway it says nothing of
any more, but money was paid through, gets a row that is switched off: refunds and late events still go to it.
"""

import json
import os

from django.core.exceptions import ImproperlyConfigured
from django.db import migrations, models


def take_over(apps, schema_editor):
    Gateway, Tender = apps.get_model("records", "Gateway"), apps.get_model("records", "Tender")
    try:
        said = {name: dict(settings) for name, settings in json.loads(os.environ.get("TSUZUKI_GATEWAYS") or "{}").items()}
    except (ValueError, TypeError, AttributeError):
        raise ImproperlyConfigured("TSUZUKI_GATEWAYS is no JSON such as {\"byhand\": {}}: mend it, and migrate again") from None
    paid = set(Tender.objects.exclude(gateway="").values_list("gateway", flat=True).distinct())
    Gateway.objects.bulk_create(
        Gateway(code=name, names={"en": name}, provider=name, settings=said.get(name, {}), active=name in said, methods=[], position=place)
        for place, name in enumerate([*said, *sorted(paid - set(said))], start=1)
    )


class Migration(migrations.Migration):
    dependencies = [("records", "0024_attempts")]

    operations = [
        migrations.CreateModel(
            name="Gateway",
            fields=[
                ("code", models.SlugField(max_length=40, primary_key=True, serialize=False)),
                ("names", models.JSONField()),
                ("provider", models.CharField(max_length=40)),
                ("settings", models.JSONField(default=dict)),
                ("active", models.BooleanField(default=True)),
                ("methods", models.JSONField(default=list)),
                ("position", models.SmallIntegerField(default=0)),
            ],
        ),
        migrations.RunPython(take_over, migrations.RunPython.noop, elidable=True),
    ]
