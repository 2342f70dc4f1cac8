"""Deleting quotes that nobody accepted, some time after they ended.

Those that were bought from stay with their purchase.
"""

from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from tsuzuki.records import models

KEPT = timedelta(days=1)  # after its end: as long as the page of a quote opens
BATCH = 5000

_DELETE = """
DELETE FROM records_quote q WHERE q.valid_until > %s AND q.valid_until <= %s
AND NOT EXISTS (SELECT FROM records_purchase p WHERE p.quote_id = q.id)
"""


@transaction.atomic(durable=True)
def forget_quotes(now: datetime) -> bool:
    """One batch; True: there may be more. What is bought is passed over once and never read again."""
    mark, _ = models.Sweep.objects.select_for_update(no_key=True).get_or_create(
        name="quotes", defaults={"until": datetime(2000, 1, 1, tzinfo=UTC)}
    )
    old = models.Quote.objects.filter(valid_until__gt=mark.until, valid_until__lte=now - KEPT)
    last = old.order_by("valid_until").values_list("valid_until", flat=True)[BATCH - 1 : BATCH].first()
    until = last or max(mark.until, now - KEPT)
    with connection.cursor() as cursor:
        cursor.execute(_DELETE, [mark.until, until])
    models.Sweep.objects.filter(name="quotes").update(until=until)
    return last is not None
