"""Spending and giving back line credit: each lot is an account,
spent by a conditional update in the posting's transaction.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Sum

from tsuzuki.actions.money import unsettled
from tsuzuki.actions.write.ids import mint_beside
from tsuzuki.core import postings
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.ledger_event import LedgerEvent
from tsuzuki.core.money import Money
from tsuzuki.core.order import DisputeState
from tsuzuki.core.states import HoldingState
from tsuzuki.ledger import book
from tsuzuki.records import models, queries

LEAST_AFTER_REFUND = timedelta(days=30)  # what comes back can be used for at least this long


@dataclass(frozen=True, slots=True)
class Part:
    """What one lot gives."""

    lot: UUID
    amount: Money


_USABLE = """
SELECT {columns} FROM records_lot l WHERE line_id = ANY(%(lines)s)
  AND good = 'credit' AND state = 'confirmed' AND remaining > 0
  AND starts_at <= %(now)s AND ends_at > %(now)s ORDER BY id FOR NO KEY UPDATE
"""


def find(wishes: Sequence[tuple[Collection[UUID], Money]], now: datetime) -> list[list[Part] | Money]:
    """Lock the credit lots of some lines and say what each wish would take, the earliest to end first.

    A Money in the result is what is missing.

    The locks hold until the caller's transaction ends: what is found here can be taken.
    """
    lines = list({line for wish, _ in wishes for line in wish})
    by_line: dict[UUID, list[models.Lot]] = defaultdict(list)
    usable = _USABLE.format(columns=queries.columns(models.Lot, "l"))
    # Locked in id order, used by date.
    for lot in models.Lot.objects.raw(usable, {"lines": lines, "now": now}):
        by_line[lot.line_id].append(lot)
    return [_found([lot for line in wish for lot in by_line[line]], amount) for wish, amount in wishes]


def _found(lots: list[models.Lot], amount: Money) -> list[Part] | Money:
    left, parts = amount.minor, []
    for lot in sorted(lots, key=lambda lot: (lot.ends_at, lot.id)):
        usable = min(left, lot.remaining or 0) if lot.currency == amount.currency else 0
        if usable:
            parts.append(Part(lot.id, Money(usable, amount.currency)))
            left -= usable
    if left:
        return Money(left, amount.currency)
    taken = {part.lot: part.amount.minor for part in parts}
    for lot in lots:  # another wish of the same batch must not find it again
        lot.remaining = (lot.remaining or 0) - taken.get(lot.id, 0)
    return parts


_TAKE = """
WITH parts AS (SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[]) AS p(tender, lot, minor)),
  spent AS (
  INSERT INTO records_spending (tender_id, lot_id, minor, returned) SELECT tender, lot, minor, 0 FROM parts
)
UPDATE records_lot l SET remaining = l.remaining - t.minor
FROM (SELECT lot, sum(minor)::bigint AS minor FROM parts GROUP BY lot) t
WHERE l.id = t.lot AND l.remaining >= t.minor
"""


def take(spent: Mapping[UUID, Sequence[Part]]) -> None:
    """Take what was found, by tender: one conditional UPDATE, so that a lot can never
    give more than it has.
    """
    parts = [(tender, part) for tender, given in spent.items() for part in given]
    if not parts:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE,
            [
                list(column)
                for column in zip(*((id, part.lot, part.amount.minor) for id, part in parts), strict=True)
            ],
        )
        if cursor.rowcount != len({part.lot for _, part in parts}):
            raise Refused(Code.CREDIT_SHORT, missing=str(parts[0][1].amount))


_LOCK = """
SELECT id FROM records_lot WHERE id IN (
  SELECT s.lot_id FROM records_spending s JOIN records_tender t ON t.id = s.tender_id
  WHERE t.purchase_id = ANY(%(purchases)s)
  UNION ALL SELECT id FROM records_lot WHERE order_id = ANY(%(orders)s) AND good = 'credit'
) ORDER BY id FOR NO KEY UPDATE
"""


def lock(orders: Sequence[models.Order]) -> None:
    """The lots that undoing these orders changes, in the order in which `find` locks them: what paid for
    them, and what they gave.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _LOCK,
            {"purchases": [order.purchase_id for order in orders], "orders": [order.id for order in orders]},
        )


def give_back(tender: models.Tender, amount: Money, now: datetime) -> list[tuple[str, Money]]:
    """Return an amount to the lots it came from, locked, the longest-lived first.

    Returns (account, part) for the postings. What was bought with money that is, or was, asked back is frozen
    until its disputes are settled again: nobody can spend it in between.
    """
    spendings = models.Spending.objects.filter(tender=tender, returned__lt=F("minor")).select_related(
        "lot__order"
    )
    bought = {spending.lot.order.purchase_id for spending in spendings}
    contested = models.Dispute.objects.filter(purchase__in=bought).exclude(state=DisputeState.WON)
    doubtful = set(contested.values_list("purchase", flat=True))
    left, parts = amount.minor, []
    for spending in sorted(spendings, key=lambda spending: spending.lot.ends_at, reverse=True):
        part = min(left, spending.minor - spending.returned)
        if part:
            frozen = spending.lot.order.purchase_id in doubtful
            place, account = ("frozen", postings.frozen) if frozen else ("remaining", postings.credit)
            ends_at = max(spending.lot.ends_at, now + LEAST_AFTER_REFUND)
            models.Spending.objects.filter(id=spending.id).update(returned=F("returned") + part)
            models.Lot.objects.filter(id=spending.lot_id).update(
                **{place: F(place) + part, "ends_at": ends_at}
            )
            parts.append((account(spending.lot_id), Money(part, amount.currency)))
            left -= part
    assert not left, f"tender {tender.id} never spent what is to come back"
    unsettled.mark(list(bought), now)
    return parts


def freeze(lot: models.Lot, open_: int, lost: int, now: datetime) -> int:
    """So much of the money that bought this lot is disputed, and so much is lost: what was not spent of it is
    frozen, or taken against the loss; what neither needs is free again. The lot is locked. Returns what was
    spent of it already; what expired was not.

    Computed from all disputes each time, so that several may come, and be decided, in any order.
    """
    own = (lot.remaining or 0) + lot.frozen + lot.forfeited
    forfeited = min(lost, own)
    frozen = min(open_, own - forfeited)
    changes = [
        Money(now_ - before, lot.currency)
        for now_, before in ((frozen, lot.frozen), (forfeited, lot.forfeited))
    ]
    if any(changes):
        book.post(
            {
                LedgerEvent.lot_disputed(lot.id, mint_beside(now, lot.id)): postings.credit_frozen(
                    lot.id, *changes
                )
            },
            now,
        )
        free = own - frozen - forfeited
        released = free > (lot.remaining or 0)
        ends_at = max(lot.ends_at, now + LEAST_AFTER_REFUND) if released else lot.ends_at
        models.Lot.objects.filter(id=lot.id).update(
            frozen=frozen, forfeited=forfeited, remaining=free, ends_at=ends_at
        )
    left = F("minor") - F("returned")
    spent = models.Spending.objects.filter(lot=lot).aggregate(spent=Sum(left))["spent"] or 0
    return min(open_ + lost - frozen - forfeited, spent)


@transaction.atomic(durable=True)
def expire(now: datetime, limit: int = 1000) -> int:
    """Close credit lots whose date has passed with something left. Returns how many."""
    lots = list(
        models.Lot.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(good="credit", state=HoldingState.CONFIRMED, ends_at__lte=now, remaining__gt=0)
        .order_by("id")[:limit]
    )
    book.post(
        {
            LedgerEvent.lot_expired(lot.id, lot.ends_at): postings.credit_expired(
                lot.id, Money(lot.remaining or 0, lot.currency)
            )
            for lot in lots
        },
        now,
    )
    models.Lot.objects.filter(id__in=[lot.id for lot in lots]).update(remaining=0)
    return len(lots)
