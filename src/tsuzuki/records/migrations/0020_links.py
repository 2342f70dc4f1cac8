"""Signed links can be revoked: each names its line's generation of links; those of before name none, which is 0."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0019_gross")]

    operations = [migrations.AddField("line", "link_generation", models.IntegerField(db_default=0, default=0))]
