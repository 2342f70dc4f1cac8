"""verify: proves that the ledger and the records tell the same story, to the yen. Reads only."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from tsuzuki.core.order import AT_REST, DisputeState, State
from tsuzuki.core.states import NO_CLAIM, HoldingState, RefundState
from tsuzuki.ledger import book
from tsuzuki.records import models

# Families that are negative by what they brought or cost.
OUTSIDE = ("clearing", "cash", "loss", "cost", "deferred_cost", "commission", "disputed", "margin")


@dataclass(frozen=True, slots=True)
class Proof:
    """`faults` empty: everything held.

    `counts` says over what; `totals` are minor units by currency and account family.
    """

    counts: dict[str, int]
    totals: dict[str, dict[str, int]]
    faults: tuple[str, ...]


def verify(now: datetime) -> Proof:
    """All of it as it stood at one moment, however much is sold meanwhile."""
    with _one_moment():
        ledger = book.verify()
        balances = book.balances()
        faults = [*ledger.faults, *_identity(balances), *(fault for check in CHECKS for fault in check(now))]
        faults += _against_accounts(balances)
        counts = {"transfers": ledger.transfers, "accounts": ledger.accounts, **_counts()}
        return Proof(counts, _families(balances), tuple(faults))


@contextmanager
def _one_moment() -> Iterator[None]:
    """Inside a transaction of the caller's it is that one's moment."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # It reads everything; a worker's limit is not meant for it.
        cursor.execute("SET LOCAL statement_timeout = 0")
        yield


def _families(balances: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    totals: dict[str, dict[str, int]] = {}
    for account, amounts in balances.items():
        family = totals.setdefault(account.split(":")[0], {})
        for currency, minor in amounts.items():
            family[currency] = family.get(currency, 0) + minor
    return totals


def _identity(balances: dict[str, dict[str, int]]) -> Iterator[str]:
    """What is held outside for us equals all we owe and own: paid = held + unearned + revenue + tax + owed +
    credit + on its way back.
    """
    families = _families(balances)
    for currency in book.currencies():
        outside = sum(families.get(name, {}).get(currency, 0) for name in OUTSIDE)
        inside = sum(amounts.get(currency, 0) for name, amounts in families.items() if name not in OUTSIDE)
        if outside + inside:
            yield (
                f"{currency}: paid {-outside} is not what is held, unearned, earned, taxed, owed and "
                f"refunded: {inside}"
            )


def _against_accounts(balances: dict[str, dict[str, int]]) -> Iterator[str]:
    """Accounts that stand for one record each hold exactly what the record says."""
    expected: dict[str, dict[str, int]] = {}

    def expect(account: str, currency: str, minor: int) -> None:
        if minor:
            amounts = expected.setdefault(account, {})
            amounts[currency] = amounts.get(currency, 0) + minor

    lots = models.Lot.objects.filter(good="credit", state=HoldingState.CONFIRMED).exclude(
        remaining=0, frozen=0
    )
    for id, currency, remaining, frozen in lots.values_list(
        "id", "currency", "remaining", "frozen"
    ).iterator():
        expect(f"credit:{id}", currency, remaining or 0)
        expect(f"frozen:{id}", currency, frozen)
    for id, currency, minor in models.Dispute.objects.filter(state=DisputeState.OPEN).values_list(
        "id", "currency", "minor"
    ):
        expect(f"disputed:{id}", currency, -minor)
    refunds = models.Refund.objects.exclude(state__in=[RefundState.DONE, RefundState.BY_DISPUTE, *NO_CLAIM])
    for id, currency, minor, state in refunds.values_list("id", "currency", "minor", "state").iterator():
        expect(f"{'owed' if state == RefundState.OWED else 'refund'}:{id}", currency, minor)
    for id, currency, balance in models.Account.objects.exclude(balance_minor=0).values_list(
        "id", "currency", "balance_minor"
    ):
        expect(f"account:{id}", currency, balance)
    for unit, unearned, deferred in _rows(_NOT_OVER):
        expect("unearned", unit, unearned)
        expect("deferred_cost", unit, -deferred)
    for plan, unit, earned, cost in _rows(_OVER):
        expect(f"revenue:{plan}", unit, earned)
        expect(f"cost:{plan}", unit, -cost)
    for purchase, unit, open_minor in _rows(_HELD):
        expect(f"held:{purchase}", unit, open_minor)
    families = (
        "account:",
        "credit:",
        "refund:",
        "owed:",
        "unearned",
        "deferred_cost",
        "revenue:",
        "cost:",
        "held:",
        "frozen:",
        "disputed:",
    )
    for account in sorted({*expected, *(name for name in balances if name.startswith(families))}):
        if expected.get(account, {}) != balances.get(account, {}):
            yield f"{account} holds {balances.get(account, {})} and should hold {expected.get(account, {})}"


# What orders have still to earn and to cost; and, by plan, what of both the ledger has seen: not what the
# cutover found netted.
_NOT_OVER = """
SELECT currency, sum(earn_minor - earned_minor)::bigint, coalesce(sum(cost_minor - expensed_minor), 0)::bigint
FROM records_order WHERE state IN ('delivered', 'reversed') AND kind <> 'credit' GROUP BY currency
"""
_OVER = """
SELECT p.code, o.currency, sum(o.earned_minor - coalesce(o.netted_minor, 0))::bigint,
  coalesce(sum(o.expensed_minor - coalesce(o.netted_minor, 0)), 0)::bigint
FROM records_order o JOIN records_plan p ON p.id = o.plan_id
WHERE o.state IN ('delivered', 'reversed') GROUP BY p.code, o.currency
"""
# The cutover, less what was taken back of it, is what orders delivered before it had still to cost.
_CUTOVER = """
SELECT currency, coalesce(l.minor, 0), coalesce(o.minor, 0) FROM (
  SELECT currency, sum(CASE WHEN source = 'deferred_cost' THEN minor ELSE -minor END)::bigint AS minor
  FROM ledger_transfer
  WHERE (source, destination) IN (('deferred_cost', 'unearned'), ('unearned', 'deferred_cost'))
  GROUP BY currency
) l FULL JOIN (
  SELECT currency, sum(cost_minor - netted_minor)::bigint AS minor
  FROM records_order WHERE netted_minor IS NOT NULL GROUP BY currency
) o USING (currency) WHERE coalesce(l.minor, 0) <> coalesce(o.minor, 0)
"""
# What came in for a purchase, less what its orders' deliveries and refunds took out again.
_HELD = """
SELECT p.id, p.currency, (
    coalesce((SELECT sum(t.minor) FROM records_tender t WHERE t.purchase_id = p.id AND t.state = 'paid'), 0)
  - coalesce((SELECT sum(o.minor) FROM records_order o
    WHERE o.purchase_id = p.id AND o.state IN ('delivered', 'reversed')), 0)
  - coalesce((SELECT sum(r.minor) FROM records_refund r
    WHERE r.purchase_id = p.id AND r.state NOT IN ('given_up', 'twice')), 0))::bigint
FROM records_purchase p
"""


def _rows(query: str, *values: list[str]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


_RECORDS: tuple[tuple[str, str, list[list[str]]], ...] = (
    (
        "holds money though all its orders are at rest",
        """SELECT p.id FROM records_purchase p JOIN (
             SELECT account FROM (SELECT destination AS account, minor
               FROM ledger_transfer WHERE starts_with(destination, 'held:')
               UNION ALL SELECT source, -minor FROM ledger_transfer WHERE starts_with(source, 'held:')) sides
             GROUP BY account HAVING sum(minor) <> 0
           ) l ON l.account = 'held:' || p.id
           WHERE NOT EXISTS (SELECT 1 FROM records_order o
             WHERE o.purchase_id = p.id AND o.state <> ALL(%s))""",
        [[state.value for state in AT_REST]],
    ),
    (
        "base periods of one line overlap",
        """SELECT a.line_id FROM records_period a
           JOIN records_period b ON a.line_id = b.line_id AND a.id < b.id
           WHERE a.state = 'confirmed' AND b.state = 'confirmed'
             AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
             AND a.starts_at < a.ends_at AND b.starts_at < b.ends_at""",
        [],
    ),
    (
        "is delivered, but its period or a lot is not confirmed",
        """SELECT o.id FROM records_order o WHERE o.state = 'delivered' AND (
             EXISTS (SELECT 1 FROM records_period p WHERE p.order_id = o.id AND p.state <> 'confirmed')
             OR EXISTS (SELECT 1 FROM records_lot t WHERE t.order_id = o.id AND t.state <> 'confirmed')
             OR NOT EXISTS (SELECT 1 FROM records_lot t WHERE t.order_id = o.id))""",
        [],
    ),
    (
        "is not delivered, but has a confirmed period or lot",
        """SELECT o.id FROM records_order o WHERE o.state NOT IN ('delivered', 'reversed') AND (
             EXISTS (SELECT 1 FROM records_period p WHERE p.order_id = o.id AND p.state = 'confirmed')
             OR EXISTS (SELECT 1 FROM records_lot t WHERE t.order_id = o.id AND t.state = 'confirmed'))""",
        [],
    ),
    (
        "is delivered and refunded",
        "SELECT o.id FROM records_order o JOIN records_refund r ON r.order_id = o.id WHERE "
        "o.state = 'delivered'",
        [],
    ),
    (
        "was paid by tenders that are not its total",
        """SELECT p.id FROM records_purchase p
           WHERE NOT p.waiting AND EXISTS (SELECT 1 FROM records_order o
             WHERE o.purchase_id = p.id AND o.state = 'delivered')
             AND (SELECT coalesce(sum(t.minor), 0) FROM records_tender t
               WHERE t.purchase_id = p.id AND t.state = 'paid')
               - (SELECT coalesce(sum(r.minor), 0) FROM records_refund r
                  WHERE r.purchase_id = p.id AND r.order_id IS NULL
                    AND r.state NOT IN ('given_up', 'twice')) <> p.minor""",
        [],
    ),
    (
        "has more refunds returned by disputes than disputes that were lost",
        """SELECT t.id FROM records_tender t
           WHERE (SELECT coalesce(sum(r.minor), 0) FROM records_refund r
             WHERE r.tender_id = t.id AND r.state = 'by_dispute')
               > (SELECT coalesce(sum(d.minor), 0) FROM records_dispute d
                 WHERE d.tender_id = t.id AND d.state = 'lost')""",
        [],
    ),
    (
        "is a refund that waits for a dispute, and none is open",
        """SELECT r.id FROM records_refund r WHERE r.state = 'contested'
             AND EXISTS (SELECT 1 FROM records_dispute d WHERE d.tender_id = r.tender_id)
             AND NOT EXISTS (SELECT 1 FROM records_dispute d
                             WHERE d.tender_id = r.tender_id AND (d.state = 'open' OR d.due_at IS NOT NULL))
             AND NOT EXISTS (SELECT 1 FROM records_attempt a
                             WHERE a.tender_id = r.tender_id AND a.look_at IS NOT NULL)""",
        [],
    ),
)


def _records(now: datetime) -> Iterator[str]:
    for what, query, values in _RECORDS:
        for row in _rows(query + " LIMIT 5", *values):
            yield f"{row[0]} {what}"


def _cutover(now: datetime) -> Iterator[str]:
    for currency, booked, left in _rows(_CUTOVER):
        yield (
            f"{currency}: the cutover to gross revenue moved {booked}, and orders delivered before it "
            f"had {left} to cost"
        )


CHECKS = (_records, _cutover)


def _counts() -> dict[str, int]:
    orders = {f"orders {state.value}": models.Order.objects.filter(state=state).count() for state in State}
    return {
        "lines": models.Line.objects.count(),
        "purchases": models.Purchase.objects.count(),
        **{name: count for name, count in orders.items() if count},
        "attempts open": models.Attempt.objects.filter(outcome="").count(),
        "incidents open": models.Incident.objects.filter(closed_at=None).count(),
    }
