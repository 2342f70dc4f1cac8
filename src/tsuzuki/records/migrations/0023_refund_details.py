from django.db import migrations

from tsuzuki.records.models.sealed import SealedField


class Migration(migrations.Migration):
    dependencies = [("records", "0022_customers")]

    operations = [migrations.AddField("refund", "bank_details", SealedField(null=True))]
