"""What an audit entry is about, in columns. Older entries have it as text, in one of these forms."""

from django.db import migrations, models

FILL = r"""
UPDATE records_auditentry SET subject_kind = replace(form.words[1], ' ', '_'), subject_id = form.words[2]
FROM (
  SELECT id, regexp_match(
    subject, '^(line|order|account|key|endpoint|vouchers|staff|plan|carrier|roaming table) (.+)$'
  ) AS words FROM records_auditentry
) AS form
WHERE records_auditentry.id = form.id AND form.words IS NOT NULL;

UPDATE records_auditentry SET subject_kind = subject WHERE subject IN ('operator', 'pilot');

UPDATE records_auditentry SET subject_kind = 'purchase', subject_id = lower(subject)
WHERE act = 'cancel' AND subject ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';

UPDATE records_auditentry SET subject_id = lower(substr(subject, 2)),
  subject_kind = CASE left(subject, 1) WHEN 'a' THEN 'attempt' WHEN 'r' THEN 'refund' ELSE 'incident' END
WHERE act IN ('take', 'take_over', 'finish', 'refuse')
  AND subject ~* '^([ar][0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|i[0-9]+)$';
"""


class Migration(migrations.Migration):
    dependencies = [("records", "0013_secret_mark")]

    operations = [
        migrations.AddField(
            "auditentry", "subject_kind", models.CharField(db_default="", default="", max_length=20)
        ),
        migrations.AddField(
            "auditentry", "subject_id", models.CharField(db_default="", default="", max_length=80)
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            "auditentry",
            models.Index(fields=["subject_kind", "subject_id", "at"], name="audit_of_subject_id"),
        ),
    ]
