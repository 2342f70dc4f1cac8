"""What must be true when nothing moves any more, seen by another look than the engine's: plain SQL, and what
really happened at the sandbox (its own process, its own storage).
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from django.db import connection

from tests.sandbox_process import Sandbox

REST = "('delivered', 'refund_owed', 'refunded', 'expired', 'cancelled', 'reversed')"

# what it means -> a query whose rows are violations; the first column is the purchase, by which a cut point
# is found again.
QUERIES = {
    "an order is not at rest": f"""
        SELECT purchase_id, id, state FROM records_order WHERE state NOT IN {REST} AND needs_staff = ''""",
    "an attempt is left open": """
        SELECT coalesce(o.purchase_id, t.purchase_id, r.purchase_id),
          a.key, a.step, a.standing, a.asks, a.looks, a.look_at
        FROM records_attempt a LEFT JOIN records_order o ON o.id = a.order_id
        LEFT JOIN records_tender t ON t.id = a.tender_id
        LEFT JOIN records_refund r ON r.id = a.refund_id
        LEFT JOIN records_order w ON w.purchase_id = coalesce(o.purchase_id, t.purchase_id, r.purchase_id)
          AND w.needs_staff <> ''
        WHERE a.outcome = '' AND w.id IS NULL""",
    "money in and money out of a purchase differ": f"""
        SELECT p.id, (SELECT coalesce(sum(minor), 0) FROM records_tender t WHERE t.purchase_id = p.id
                AND t.state = 'paid') AS came,
            (SELECT coalesce(sum(minor), 0) FROM records_order o WHERE o.purchase_id = p.id
                AND o.state IN ('delivered', 'reversed')) AS sold,
            (SELECT coalesce(sum(minor), 0) FROM records_refund r
                WHERE r.purchase_id = p.id AND r.state NOT IN ('given_up', 'twice')) AS back
        FROM records_purchase p WHERE NOT EXISTS
            (SELECT 1 FROM records_order o
              WHERE o.purchase_id = p.id AND (o.state NOT IN {REST} OR o.needs_staff <> ''))
        AND (SELECT coalesce(sum(minor), 0) FROM records_tender t
          WHERE t.purchase_id = p.id AND t.state = 'paid')
            <> (SELECT coalesce(sum(minor), 0) FROM records_order o
              WHERE o.purchase_id = p.id AND o.state IN ('delivered', 'reversed'))
             + (SELECT coalesce(sum(minor), 0) FROM records_refund r
                WHERE r.purchase_id = p.id AND r.state NOT IN ('given_up', 'twice'))""",
    "a delivered order has a refund": """
        SELECT o.purchase_id, o.id FROM records_order o
        JOIN records_refund r ON r.order_id = o.id WHERE o.state = 'delivered'""",
    "a refunded order has no refund, or one under way": """
        SELECT o.purchase_id, o.id, o.state FROM records_order o
        LEFT JOIN records_refund r ON r.order_id = o.id
        WHERE o.state IN ('refunded', 'refund_owed')
          AND (r.id IS NULL OR r.state IN ('waiting', 'asked', 'contested')
            OR (o.state = 'refunded' AND r.state = 'owed'))""",
    "period or lot do not agree with the order": f"""
        SELECT o.purchase_id, o.id, o.state, x.what, x.state FROM records_order o JOIN (
            SELECT order_id, 'period' AS what, state FROM records_period
            UNION ALL SELECT order_id, 'lot', state FROM records_lot
        ) x ON x.order_id = o.id WHERE o.state IN {REST}
            AND (x.state = 'pending' OR (o.state IN ('delivered', 'reversed')) <> (x.state = 'confirmed'))""",
    "a delivered order gave nothing": """
        SELECT o.purchase_id, o.id FROM records_order o
        JOIN records_plan p ON p.id = o.plan_id WHERE o.state = 'delivered' AND (
            NOT EXISTS (SELECT 1 FROM records_lot l WHERE l.order_id = o.id AND l.state = 'confirmed')
            OR (o.kind = 'plan' AND p.terms->>'stacking' <> 'parallel'
                AND NOT EXISTS (SELECT 1 FROM records_period b
                  WHERE b.order_id = o.id AND b.state = 'confirmed')))""",
    "base periods of a line overlap": """
        SELECT o.purchase_id, a.id, b.id FROM records_period a
        JOIN records_period b ON a.line_id = b.line_id AND a.id < b.id
            AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
        JOIN records_order o ON o.id = b.order_id WHERE a.state = 'confirmed' AND b.state = 'confirmed'""",
    "a delivery and its posting disagree": """
        SELECT o.purchase_id, o.id, o.state FROM records_order o
        WHERE (o.state IN ('delivered', 'reversed'))
            <> EXISTS (SELECT 1 FROM ledger_transfer t WHERE t.event = 'order ' || o.id || ' delivered')""",
    "a tender and its posting disagree": """
        SELECT t.purchase_id, t.id, t.state, t.minor, x.minor FROM records_tender t LEFT JOIN (
            SELECT destination, event, sum(minor) AS minor FROM ledger_transfer GROUP BY destination, event
        ) x ON x.event = 'tender ' || t.id || ' paid' AND x.destination = 'held:' || t.purchase_id
        WHERE (t.state = 'paid' AND x.minor IS DISTINCT FROM t.minor)
            OR (t.state <> 'paid' AND x.minor IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM ledger_transfer l
                  WHERE l.event = 'tender ' || t.id || ' released'))""",
    "a refund and its postings disagree": """
        SELECT r.purchase_id, r.id, r.state FROM records_refund r
        WHERE NOT EXISTS (SELECT 1 FROM ledger_transfer t WHERE t.event = 'refund ' || r.id || ' begun')
            OR (r.state IN ('done', 'by_dispute', 'given_up', 'twice')) <> (0 =
            (SELECT coalesce(sum(CASE WHEN destination = 'refund:' || r.id OR destination = 'owed:' || r.id
                  THEN minor ELSE 0 END)
                - sum(CASE WHEN source = 'refund:' || r.id OR source = 'owed:' || r.id THEN minor
                  ELSE 0 END), 0)
             FROM ledger_transfer
             WHERE destination IN ('refund:' || r.id, 'owed:' || r.id)
               OR source IN ('refund:' || r.id, 'owed:' || r.id)))""",
    "money is held of a purchase at rest": f"""
        SELECT p.id, sum(x.minor) FROM records_purchase p JOIN (
            SELECT destination AS account, minor FROM ledger_transfer WHERE destination LIKE 'held:%%'
            UNION ALL SELECT source, -minor FROM ledger_transfer WHERE source LIKE 'held:%%'
        ) x ON x.account = 'held:' || p.id
        WHERE NOT EXISTS (SELECT 1 FROM records_order o
          WHERE o.purchase_id = p.id AND (o.state NOT IN {REST} OR o.needs_staff <> ''))
        GROUP BY p.id HAVING sum(x.minor) <> 0""",
    "a credit lot and its account differ": """
        SELECT o.purchase_id, l.id, l.remaining, coalesce(x.minor, 0)
        FROM records_lot l JOIN records_order o ON o.id = l.order_id LEFT JOIN (
            SELECT account, sum(minor) AS minor FROM (
                SELECT destination AS account, minor FROM ledger_transfer WHERE destination LIKE 'credit:%%'
                UNION ALL SELECT source, -minor FROM ledger_transfer WHERE source LIKE 'credit:%%') sides
                GROUP BY account
        ) x ON x.account = 'credit:' || l.id
        WHERE l.good = 'credit' AND l.state = 'confirmed' AND l.remaining <> coalesce(x.minor, 0)""",
    "a credit lot and its spendings differ": """
        SELECT o.purchase_id, l.id, l.granted, l.remaining, coalesce(s.minor, 0)
        FROM records_lot l JOIN records_order o ON o.id = l.order_id
        LEFT JOIN (SELECT lot_id, sum(minor - returned) AS minor
          FROM records_spending GROUP BY lot_id) s ON s.lot_id = l.id
        WHERE l.good = 'credit' AND l.state = 'confirmed'
          AND l.granted - coalesce(s.minor, 0) <> l.remaining + l.frozen + l.forfeited""",
    "what is unearned, earned and its cost are not what the orders say": """
        WITH sides AS (
            SELECT destination AS account, minor FROM ledger_transfer
            UNION ALL SELECT source, -minor FROM ledger_transfer
        ), books AS (
            SELECT coalesce(sum(minor) FILTER (WHERE account = 'unearned'), 0) AS unearned,
                coalesce(sum(minor) FILTER (WHERE account = 'deferred_cost'), 0) AS deferred,
                coalesce(sum(minor) FILTER (WHERE account LIKE 'revenue:%%'), 0) AS revenue,
                coalesce(sum(minor) FILTER (WHERE account LIKE 'cost:%%'), 0) AS cost,
                coalesce(sum(minor) FILTER (WHERE account LIKE 'carrier:%%'), 0) AS carriers
            FROM sides
        ), sold AS (
            SELECT coalesce(sum(minor - tax_minor), 0) AS price, coalesce(sum(cost_minor), 0) AS cost
            FROM records_order
            WHERE state IN ('delivered', 'reversed') AND kind <> 'credit'
        )
        SELECT NULL::uuid, books.*, sold.* FROM books, sold
        WHERE unearned + revenue <> sold.price OR deferred + books.cost <> -sold.cost OR carriers <> sold.cost
            OR unearned < 0 OR deferred > 0""",
    "a voucher tender is paid and no voucher is spent on it, or the other way round": """
        SELECT t.purchase_id, t.id, t.state FROM records_tender t
        LEFT JOIN records_voucher v ON v.tender_id = t.id
        WHERE (t.method = 'voucher' AND t.state = 'paid') <> (v.digest IS NOT NULL)""",
}


def violations(sandbox: Sandbox, now: datetime, staff: Collection[str] = ()) -> list[str]:
    """Everything that is wrong once nothing moves any more; empty is right.

    `staff`: reasons for which an order may wait for people.
    """
    from tsuzuki.ledger import book

    found = [
        f"{what}: purchase {row[0]} {[str(one) for one in row[1:]]}"
        for what, query in QUERIES.items()
        for row in _rows(query)
    ]
    for purchase, order, why in _rows(
        "SELECT purchase_id, id, needs_staff FROM records_order WHERE needs_staff <> ''"
    ):
        if why not in staff:
            found.append(f"an order waits for people: purchase {purchase} {order} {why}")
    found += [f"ledger: {fault}" for fault in book.verify().faults]
    found += _at_the_carrier(sandbox)
    found += _at_the_gateway(sandbox)
    return found


def _rows(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query.replace("%%", "%"))
        return cursor.fetchall()


def _at_the_carrier(sandbox: Sandbox) -> Iterator[str]:
    """Every delivery belongs to one delivered order, asked no more often than was written down; and every
    delivered order has one.
    """
    effects: dict[str, dict[str, Any]] = sandbox.json("carrier/effects")["keys"]
    known = {
        row[0]: row[1:]
        for row in _rows("""
        SELECT a.key, o.purchase_id, o.id, o.state, a.asks, o.needs_staff,
          o.state IN ('refunded', 'refunding', 'refund_owed') AND EXISTS
            (SELECT 1 FROM records_incident i WHERE i.order_id = o.id AND i.kind = 'delivered_after_refund')
        FROM records_attempt a JOIN records_order o ON o.id = a.order_id
        JOIN records_carrier c ON c.code = o.carrier_id
        WHERE c.provider = 'sandbox'""")
    }
    for key, did in effects.items():
        if key not in known:
            yield f"the carrier was asked under a key nobody wrote down: {key} {did}"
    for key, (purchase, order, state, asks, staff, told) in known.items():
        did = effects.get(key, {"calls": 0, "deliveries": 0, "reversed": 0})
        standing = did["deliveries"] - did["reversed"]
        where = f"purchase {purchase} order {order} {state} key {key} {did}"
        if did["deliveries"] > 1:
            yield f"delivered {did['deliveries']} times: {where}"
        if did["calls"] > asks:
            yield f"the carrier was asked more often than was written down ({asks}): {where}"
        if state in ("delivered", "reversed") and standing < 1:
            yield f"delivered here, not at the carrier: {where}"
        if state not in ("delivered", "reversed") and standing and not told and not staff:
            yield f"delivered at the carrier, not here: {where}"
    unasked = _rows("""SELECT o.purchase_id, o.id
        FROM records_order o JOIN records_carrier c ON c.code = o.carrier_id
        LEFT JOIN records_attempt a ON a.order_id = o.id
        WHERE o.state = 'delivered' AND o.kind <> 'credit' AND c.provider = 'sandbox' AND a.id IS NULL""")
    for purchase, order in unasked:
        yield f"delivered and nobody was asked: purchase {purchase} order {order}"


def _at_the_gateway(sandbox: Sandbox) -> Iterator[str]:
    """Every charge is one paid tender, every refund paid out one refund that is done; and what the gateway
    holds is in our books.
    """
    from tsuzuki.ledger import book

    seen = sandbox.json("gateway/effects")
    effects: dict[str, dict[str, Any]] = seen["keys"]
    known = {
        row[0]: row[1:]
        for row in _rows("""
        SELECT a.key, t.purchase_id, t.id, t.state, t.minor, a.asks, a.standing = 'other_amount',
            (SELECT count(*) FROM records_refund r WHERE r.tender_id = t.id AND r.state IN ('done', 'twice')),
            (SELECT coalesce(sum(minor), 0) FROM records_refund r
              WHERE r.tender_id = t.id AND r.state IN ('done', 'twice')),
            (SELECT coalesce(sum(b.asks), 0) FROM records_refund r
              JOIN records_attempt b ON b.refund_id = r.id WHERE r.tender_id = t.id)
        FROM records_attempt a JOIN records_tender t ON t.id = a.tender_id WHERE a.provider = 'sandbox'""")
    }
    nothing = {"calls": 0, "charges": 0, "charged": {}, "refunds": 0, "refunded": {}, "refund_calls": 0}
    for key, did in effects.items():
        if key not in known:
            yield f"the gateway was asked under a key nobody wrote down: {key} {did}"
    for key, (purchase, tender, state, minor, asks, other, refunds, back, back_asks) in known.items():
        did = effects.get(key, nothing)
        where = f"purchase {purchase} tender {tender} {state} {minor} key {key} {did}"
        if did["charges"] > 1:
            yield f"charged {did['charges']} times: {where}"
        if did["calls"] > asks or did["refund_calls"] > back_asks:
            yield f"the gateway was asked more often than was written down ({asks}, {back_asks}): {where}"
        if (state == "paid") != (did["charges"] > 0) and not other:
            yield f"charged at the gateway and paid here differ: {where}"
        if state == "paid" and sum(did["charged"].values()) != minor * did["charges"]:
            yield f"another amount was charged: {where}"
        if (did["refunds"], sum(did["refunded"].values())) != (refunds, back):
            yield f"refunds at the gateway and here ({refunds}, {back}) differ: {where}"
    totals = seen["totals"]
    there = {
        currency: minor - totals["refunded"].get(currency, 0) - totals["withheld"].get(currency, 0)
        for currency, minor in totals["charged"].items()
    }
    here = {
        currency: -minor
        for currency, minor in book.balances("clearing:sandbox").get("clearing:sandbox", {}).items()
    }
    if {k: v for k, v in there.items() if v} != here:
        yield f"the gateway holds {there}, the books say {here}"
