"""Line credit as a means of payment: each lot is an account,
spent by a conditional update in the posting's transaction.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Sum

from tsuzuki.actions.money import unsettled
from tsuzuki.actions.write.ids import mint_beside
from tsuzuki.core import postings
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.ledger_event import LedgerEvent
from tsuzuki.core.means import Back, ByAccount, Home, MeansRequest, Part, Reserved, Source
from tsuzuki.core.money import Money
from tsuzuki.core.order import DisputeState
from tsuzuki.core.states import HoldingState
from tsuzuki.ledger import book
from tsuzuki.records import models, queries

BUYS_CREDIT = False  # it would outlive the date its law allows it (Payment Services Act, six-month exemption)
BRINGS_MONEY = False
digests = None
LEAST_AFTER_REFUND = timedelta(days=30)  # what comes back can be used for at least this long


_USABLE = """
SELECT {columns} FROM records_lot l WHERE line_id = ANY(%(lines)s)
  AND good = 'credit' AND state = 'confirmed' AND remaining > 0
  AND starts_at <= %(now)s AND ends_at > %(now)s ORDER BY id FOR NO KEY UPDATE
"""


def reserve(wishes: Sequence[MeansRequest], now: datetime) -> list[Reserved | Refused]:
    """The credit lots of the lines, the earliest to end first."""
    lines = list({line for wish in wishes for line in wish.lines})
    by_line: dict[UUID, list[tuple[models.Lot, Source]]] = defaultdict(list)
    usable = _USABLE.format(columns=queries.columns(models.Lot, "l"))
    # Locked in id order, used by date.
    for lot in models.Lot.objects.raw(usable, {"lines": lines, "now": now}):
        by_line[lot.line_id].append((lot, Source(lot.id, postings.credit(lot.id), lot.remaining or 0)))
    return [
        _reserved([pair for line in wish.lines for pair in by_line[line]], wish.amount) for wish in wishes
    ]


def _reserved(lots: list[tuple[models.Lot, Source]], amount: Money) -> Reserved:
    usable = [(lot, source) for lot, source in lots if lot.currency == amount.currency]
    usable.sort(key=lambda pair: (pair[0].ends_at, pair[0].id))
    return Reserved([source for _, source in usable], Code.CREDIT_SHORT)


_TAKE = """
WITH parts AS (SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[]) AS p(tender, lot, minor)),
  spent AS (
  INSERT INTO records_spending (tender_id, lot_id, minor, returned) SELECT tender, lot, minor, 0 FROM parts
)
UPDATE records_lot l SET remaining = l.remaining - t.minor
FROM (SELECT lot, sum(minor)::bigint AS minor FROM parts GROUP BY lot) t
WHERE l.id = t.lot AND l.remaining >= t.minor
"""


def settle(taken: Mapping[UUID, Sequence[Part]]) -> None:
    """One conditional UPDATE, so that a lot can never give more than it has."""
    parts = [(tender, part) for tender, given in taken.items() for part in given]
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE,
            [
                list(column)
                for column in zip(*((id, part.record, part.amount.minor) for id, part in parts), strict=True)
            ],
        )
        if cursor.rowcount != len({part.record for _, part in parts}):
            raise Refused(Code.CREDIT_SHORT, missing=str(parts[0][1].amount))


_LOCK = """
SELECT id FROM records_lot WHERE id IN (
  SELECT s.lot_id FROM records_spending s JOIN records_tender t ON t.id = s.tender_id
  WHERE t.purchase_id = ANY(%(purchases)s)
  UNION ALL SELECT id FROM records_lot WHERE order_id = ANY(%(orders)s) AND good = 'credit'
) ORDER BY id FOR NO KEY UPDATE
"""


def lock(delivered: Sequence[models.Order], back: Sequence[models.Order]) -> None:
    """The lots that undoing these orders changes, in the order in which `reserve` locks them: what paid for
    them, and what they gave.
    """
    if back:
        with connection.cursor() as cursor:
            cursor.execute(
                _LOCK,
                {"purchases": [order.purchase_id for order in back], "orders": [order.id for order in back]},
            )


def release(backs: Sequence[Back], now: datetime) -> list[ByAccount]:
    """Return amounts to the lots they came from, locked, the longest-lived first.

    What was bought with money that is, or was, asked back is frozen until its disputes are settled again:
    nobody can spend it in between.
    """
    spendings: dict[UUID, list[models.Spending]] = defaultdict(list)
    bought = set()
    rows = models.Spending.objects.filter(tender__in={back.tender for back in backs}, returned__lt=F("minor"))
    for spending in rows.select_related("lot__order").order_by("-lot__ends_at", "id"):
        spendings[spending.tender_id].append(spending)
        bought.add(spending.lot.order.purchase_id)
    contested = models.Dispute.objects.filter(purchase__in=bought).exclude(state=DisputeState.WON)
    doubtful = set(contested.values_list("purchase", flat=True))
    returned: list[tuple[models.Spending, int]] = []
    moved: list[ByAccount] = []
    for back in backs:
        parts = list(_returned(spendings[back.tender], back))
        moved.append(
            [
                (
                    (postings.frozen if spending.lot.order.purchase_id in doubtful else postings.credit)(
                        spending.lot_id
                    ),
                    Money(minor, back.amount.currency),
                )
                for spending, minor in parts
            ]
        )
        returned += parts
    _give_back(returned, doubtful, now)
    unsettled.mark(bought, now)
    return moved


def refund(backs: Sequence[Back], now: datetime) -> list[Home]:
    return [Home(parts) for parts in release(backs, now)]


def _returned(spendings: Iterable[models.Spending], back: Back) -> Iterator[tuple[models.Spending, int]]:
    left = back.amount.minor
    for spending in spendings:
        if part := min(left, spending.minor - spending.returned):
            spending.returned += part
            left -= part
            yield spending, part
    assert not left, f"tender {back.tender} never spent what is to come back"


_GIVE_BACK = """
WITH parts AS (
  SELECT * FROM unnest(%(spendings)s::bigint[], %(lots)s::uuid[], %(minors)s::bigint[], %(frozen)s::boolean[])
    AS p(spending, lot, minor, frozen)
), spent AS (
  UPDATE records_spending s SET returned = s.returned + p.minor
  FROM (SELECT spending, sum(minor)::bigint AS minor FROM parts GROUP BY spending) p WHERE s.id = p.spending
)
UPDATE records_lot l SET ends_at = greatest(l.ends_at, %(least)s),
  remaining = l.remaining + p.usable, frozen = l.frozen + p.frozen
FROM (
  SELECT lot, coalesce(sum(minor) FILTER (WHERE NOT frozen), 0)::bigint AS usable,
    coalesce(sum(minor) FILTER (WHERE frozen), 0)::bigint AS frozen
  FROM parts GROUP BY lot
) p
WHERE l.id = p.lot
"""


def _give_back(parts: Sequence[tuple[models.Spending, int]], doubtful: set[UUID], now: datetime) -> None:
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(
                _GIVE_BACK,
                {
                    "spendings": [spending.id for spending, _ in parts],
                    "lots": [spending.lot_id for spending, _ in parts],
                    "minors": [minor for _, minor in parts],
                    "frozen": [spending.lot.order.purchase_id in doubtful for spending, _ in parts],
                    "least": now + LEAST_AFTER_REFUND,
                },
            )


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
