from django.db import migrations, models

GUARDS = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the ledger is append-only: % refused, post a reversing entry', TG_OP; END $$;
CREATE TRIGGER ledger_only_insert_rows BEFORE UPDATE OR DELETE ON ledger_transfer
  FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_only_insert_table BEFORE TRUNCATE ON ledger_transfer
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
"""
UNGUARD = "DROP TRIGGER ledger_only_insert_rows ON ledger_transfer; DROP TRIGGER ledger_only_insert_table ON ledger_transfer; DROP FUNCTION ledger_refuse_change();"


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Transfer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event", models.TextField()),
                ("position", models.SmallIntegerField()),
                ("source", models.TextField()),
                ("destination", models.TextField()),
                ("minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("event", "position"), name="ledger_event_once"),
                    models.CheckConstraint(condition=models.Q(("minor__gt", 0)), name="ledger_amount_positive"),
                    models.CheckConstraint(condition=models.Q(("source", models.F("destination")), _negated=True), name="ledger_two_sides"),
                ],
                "indexes": [
                    models.Index(fields=["source", "currency"], name="ledger_source"),
                    models.Index(fields=["destination", "currency"], name="ledger_destination"),
                ],
            },
        ),
        migrations.RunSQL(GUARDS, UNGUARD),
    ]
