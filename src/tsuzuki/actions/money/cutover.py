"""The cutover to gross revenue: earlier versions took the carrier's share off before a sale was unearned.
What of it is unearned at this moment becomes gross, with its cost deferred beside it; what was earned before
stays as it was earned.
"""

from datetime import datetime

from django.db import connection, transaction

from tsuzuki.actions.write import audit
from tsuzuki.actions.write.ids import mint
from tsuzuki.core import postings
from tsuzuki.core.audit import Act, AuditSubject, SubjectKind
from tsuzuki.core.ledger_event import LedgerEvent
from tsuzuki.core.money import Money
from tsuzuki.ledger import book

# The condition is the index order_net's, which is empty after the cutover. Of the cost, revenue is net of the
# part that has been earned.
_CUT_OVER = """
WITH net AS (
  SELECT id, div(cost_minor::numeric * earned_minor, earn_minor)::bigint AS netted FROM records_order
  WHERE earn_next IS NOT NULL AND expensed_minor IS NULL AND cost_minor > 0 AND earn_minor > 0
    AND earn_minor = minor - tax_minor - cost_minor
  ORDER BY id FOR NO KEY UPDATE
), gross AS (
  UPDATE records_order o
  SET earn_minor = o.earn_minor + o.cost_minor, earned_minor = o.earned_minor + net.netted,
    expensed_minor = net.netted, netted_minor = net.netted
  FROM net WHERE o.id = net.id RETURNING o.currency, o.cost_minor - net.netted AS cost
)
SELECT currency, count(*), sum(cost)::bigint FROM gross GROUP BY currency ORDER BY currency
"""


@transaction.atomic(durable=True)
def cut_over(now: datetime) -> None:
    """All of it in one transaction and one posting.

    Once more finds nothing, unless a worker of an earlier version delivered meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # once, every order that is not over
        cursor.execute(_CUT_OVER)
        results = [(count, Money(minor, currency)) for currency, count, minor in cursor.fetchall()]
    if not results:
        return
    book.post(
        {
            LedgerEvent.gross_cutover(mint(now, 0)): [
                move for _, cost in results for move in postings.cut_over(cost)
            ]
        },
        now,
    )
    facts = {"orders": sum(count for count, _ in results), "costs": [str(cost) for _, cost in results]}
    audit.write(Act.GROSS_CUTOVER, AuditSubject(SubjectKind.OPERATOR), "clock", now, **facts)
