"""More than one secret of the installation: beside each digest stands which made it, and what was derived from the one there was is sealed."""

import hmac
from hashlib import sha256

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import migrations, models
from django.db.models.functions import Now

from tsuzuki.core.keyring import FIRST, SecretMissing
from tsuzuki.records.models.sealed import SealedField

SECRET_ID = models.CharField(db_default=FIRST, max_length=8)


def seal(apps, schema_editor):
    """Second factors and webhook secrets were derived from TSUZUKI_SECRET. Another one would seal what nobody's telephone shows."""
    staff, endpoints, operator = (apps.get_model("records", name) for name in ("Staff", "WebhookEndpoint", "Operator"))
    mark = operator.objects.values_list("secret_mark", flat=True).first() or ""
    ring = settings.KEYRING
    if not mark and not staff.objects.exists() and not endpoints.objects.exists():
        return
    try:
        same = not mark or mark == ring.mark(FIRST)
    except SecretMissing:
        same = False
    if not same:
        raise ImproperlyConfigured(
            "TSUZUKI_SECRET is another than this database was filled with; set it as it was. "
            "If it was changed on purpose: go back to the version before, run tsuzuki accept-secret there, then migrate again"
        )
    if mark:
        apps.get_model("records", "InstallationSecret").objects.create(id=FIRST, mark=mark, current_since=Now())
    for one in staff.objects.iterator():
        staff.objects.filter(pk=one.pk).update(seed=ring.seal(_derived(f"totp:{one.user_id}:{one.salt}")[:20].hex()))
    for one in endpoints.objects.iterator():
        endpoints.objects.filter(pk=one.pk).update(secret=ring.seal(f"whsec_{_derived(f'webhook:{one.pk}').hex()}"))


def _derived(text: str) -> bytes:
    return hmac.new(settings.KEYRING.secrets[FIRST].encode(), text.encode(), sha256).digest()


class Migration(migrations.Migration):
    dependencies = [("records", "0016_cut_periods")]

    operations = [
        migrations.CreateModel(
            "InstallationSecret",
            [
                ("id", models.CharField(max_length=8, primary_key=True, serialize=False)),
                ("mark", models.CharField(max_length=16)),
                ("current_since", models.DateTimeField(null=True)),
                ("current_until", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField("apikey", "secret_id", SECRET_ID),
        migrations.AddField("apikey", "old_secret_id", SECRET_ID),
        migrations.AddField("voucher", "secret_id", SECRET_ID),
        migrations.AddField("staff", "recovery_secret_id", SECRET_ID),
        migrations.AddField("staff", "seed", SealedField(null=True)),
        migrations.AddField("webhookendpoint", "secret", SealedField(null=True)),
        migrations.RunPython(seal, migrations.RunPython.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),  # or the tables could not be altered
        migrations.AlterField("staff", "seed", SealedField()),
        migrations.AlterField("webhookendpoint", "secret", SealedField()),
        migrations.RemoveField("operator", "secret_mark"),
    ]
