"""Limits on unpaid orders: how many of one line may wait for money at a time.

Counted by line, buyer and way to pay, so that whoever fills one way for a number that is not theirs leaves
its holder the others.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import connection
from django.db.models import Count

from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.order import State
from tsuzuki.core.principal import Principal
from tsuzuki.records import models

BY_NUMBER = 5  # where all that is known of the buyer is that they typed the number
BY_HOLDER = 20  # by a signed link, by the SIM number, or by one program


_LOCK = """
SELECT pg_advisory_xact_lock(key) FROM (
  SELECT DISTINCT hashtextextended('unpaid ' || what, 0) AS key
  FROM unnest(%s::text[]) AS asked (what) ORDER BY key
) keys
"""


def lock(lines: Collection[UUID], buyer: Principal, methods: Collection[str]) -> None:
    """Whoever counts the same waits until the caller's transaction ends: two at one moment are counted one
    after the other. Taken at once, in one order, before any line.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _LOCK, [[f"{line} {buyer.kind} {buyer.id} {method}" for line in lines for method in methods]]
        )


def require_few(lines: Collection[UUID], buyer: Principal, method: str, most: int) -> None:
    """Refused(too_many_unpaid) where another order by this way to pay, from this buyer, would be one too many
    for one of the lines. Locked as by `lock`.
    """
    waiting = models.Order.objects.filter(
        line__in=lines,
        state=State.AWAITING_PAYMENT,
        purchase__buyer_kind=buyer.kind,
        purchase__buyer_id=buyer.id,
        purchase__waiting=True,
        purchase__tenders__method=method,
    )
    for result in waiting.values("line").annotate(orders=Count("id", distinct=True)):
        if result["orders"] >= most:
            raise Refused(Code.TOO_MANY_UNPAID, count=result["orders"])
