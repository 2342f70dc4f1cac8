"""Coming to rest, and what must be true then: our books against the providers' own, and nobody and nothing
forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from tests.prove.invariants import QUERIES
from tsuzuki.core.period import end_of, promise
from tsuzuki.core.quote import QuoteItem

from .house import House
from .toys import KNOWS_DISPUTES
from .world import calm

LATE = timedelta(minutes=5)  # so much of a delay nobody makes good
SOON, MOST_ROUNDS = timedelta(minutes=40), 80
# Of the proofs' own checks those that hold at every rest; what waits for a buyer or for people is looked at
# below.
LOOKS = [
    name
    for name in QUERIES
    if name
    not in (
        "an order is not at rest",
        "an attempt is left open",
        "base periods of a line overlap",
        "a credit lot and its spendings differ",
        "a refund and its postings disagree",
        "a tender and its posting disagree",
        "a delivery and its posting disagree",
        "a refunded order has no refund, or one under way",
    )
]


def come_to_rest(house: House, last: bool) -> None:
    """Providers are well, events arrive, workers and the clock do what is due, until nothing is but what
    waits for buyers or people. At the `last` rest their time runs out too.
    """
    house.calm = True
    calm(house)
    horizon = house.now + SOON
    for _ in range(MOST_ROUNDS):
        _events(house)
        _workers(house)
        due = _next_due(house)
        if any(toy.told for toy in (*house.gateways.values(), house.carrier)):
            continue
        if due is None or due > horizon:
            waits = (
                [
                    row[0]
                    for row in house.rows("SELECT max(pay_by) FROM records_purchase WHERE waiting")
                    if row[0]
                ]
                if last
                else []
            )
            if not waits:
                break
            due = waits[0]
            horizon = due + SOON
        house.elapsed = max(house.elapsed, (due - house.theme.start).total_seconds())
    else:
        house.found.append("it never comes to rest")
    house.calm = False


def _events(house: House) -> None:
    from tsuzuki.actions.engine.receive import receive_from_carrier, receive_payment

    for toy in (*house.gateways.values(), house.carrier):
        for told in toy.told:
            raw = json.dumps({"id": told.id, "key": told.key}).encode()
            if toy is house.carrier:
                receive_from_carrier("sand", {}, raw, house.now)
            else:
                receive_payment(toy.name, {}, raw, house.now)
        toy.told.clear()


def _workers(house: House) -> None:
    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.messages import notifications, webhooks
    from tsuzuki.actions.money import recognise
    from tsuzuki.actions.order.advance import advance_until_still

    advance_until_still(Clock.read(), rounds=50)
    recognise.run(house.now)
    while notifications.send_due(house.now):
        pass
    while webhooks.send_due(house.now):
        pass


_DUE = """
SELECT min(at) FROM (
  SELECT greatest(a.look_at, a.lease_until) AS at
  FROM records_attempt a JOIN records_purchase p ON p.id = a.purchase_id
    WHERE a.look_at IS NOT NULL AND (NOT p.waiting OR a.look_at < %(soon)s)
  UNION ALL SELECT refund_by FROM records_order WHERE state IN ('paid', 'applied') AND needs_staff = ''
  UNION ALL SELECT due_at FROM records_order WHERE state = 'paid' AND needs_staff = ''
  UNION ALL SELECT due_at FROM records_refund WHERE state = 'waiting'
  UNION ALL SELECT due_at FROM records_tender WHERE state IN ('waiting', 'closing')
  UNION ALL SELECT due_at FROM records_outboundmessage WHERE state = 'waiting'
  UNION ALL SELECT due_at FROM records_webhookdelivery WHERE state = 'waiting'
) due WHERE at > %(now)s
"""


def _next_due(house: House) -> datetime | None:
    ((at,),) = house.control.execute(
        _DUE, {"now": house.now, "soon": house.now + timedelta(minutes=10)}
    ).fetchall()
    return None if at is None else at + timedelta(seconds=1)


def violations(house: House) -> list[str]:
    """Everything that is wrong at a rest; empty is right."""
    from tsuzuki.actions.money.verify import verify

    found = [f"verify: {fault}" for fault in verify(house.now).faults]
    for name in LOOKS:
        found += [f"{name}: {row[1:]}" for row in house.rows(QUERIES[name].replace("%%", "%"))]
    for look in (at_the_gateways, at_the_carrier, time_given, next_steps, told, charged_back):
        found += look(house)
    return found


def at_the_gateways(house: House) -> Iterator[str]:
    """What each gateway holds is what our clearing account says; and no buyer has the same money twice."""
    held = dict(
        house.rows("""SELECT account, sum(minor)::bigint FROM (
            SELECT source AS account, minor FROM ledger_transfer
            UNION ALL SELECT destination, -minor FROM ledger_transfer) s
        WHERE account LIKE 'clearing:%' GROUP BY account""")  # type: ignore[arg-type]
    )
    known = {
        row[0]: row[1:]
        for row in house.rows("""SELECT a.key, t.id, t.minor,
            coalesce((SELECT sum(CASE WHEN l.source IN ('refund:' || r.id, 'owed:' || r.id)
              THEN l.minor ELSE -l.minor END)
                FROM records_refund r JOIN ledger_transfer l ON
                    (l.source IN ('refund:' || r.id, 'owed:' || r.id)
                      AND l.destination ~ '^(clearing|cash|credit|account)')
                    OR (l.destination IN ('refund:' || r.id, 'owed:' || r.id)
                      AND l.source ~ '^(clearing|cash|credit|account)')
                WHERE r.tender_id = t.id), 0)::bigint,
            coalesce((SELECT sum(r.minor) FROM records_refund r
              WHERE r.tender_id = t.id AND r.state = 'owed'), 0)::bigint
        FROM records_attempt a JOIN records_tender t ON t.id = a.tender_id""")
    }
    for name, gateway in house.gateways.items():
        there = sum(charge.here for charge in gateway.charges.values())
        if there != (here := held.get(f"clearing:{name}", 0)):
            yield f"the gateway holds something else: {name} {there}, the books {here}"
        for key, charge in gateway.charges.items():
            if key not in known:
                yield f"charged under a key nobody wrote down: {key}"
                continue
            tender, minor, back, owed = known[key]
            if charge.status == "paid" and charge.times > 1:
                yield f"charged {charge.times} times: tender {tender}"
            # What is owed stays owed while a dispute is open, and people may not pay it out.
            lost = (
                sum(one.minor for one in charge.disputes if one.state == "lost")
                if KNOWS_DISPUTES
                else charge.disputed
            )
            if charge.status == "paid" and back + max(charge.disputed, owed + lost) > minor:
                yield (
                    f"the buyer gets the same money twice: tender {tender} {minor}: back {back}, owed "
                    f"{owed}, disputed {charge.disputed}"
                )


def at_the_carrier(house: House) -> Iterator[str]:
    """What the carrier gave is what the line has, once; where it is not, people know."""
    known = {
        row[0]: row[1:]
        for row in house.rows("""SELECT a.key, o.id, o.state,
            EXISTS (SELECT 1 FROM records_incident i WHERE (i.order_id = o.id OR i.subject = o.id::text)
                AND i.kind IN ('staff_took_back', 'carrier_took_back', 'delivered_to_closed_line'))
        FROM records_attempt a JOIN records_order o ON o.id = a.order_id WHERE a.provider = 'toy'""")
    }
    for key in house.carrier.grants.keys() - known.keys():
        yield f"the carrier was asked under a key nobody wrote down: {key}"
    for key, (order, state, people_know) in known.items():
        grant = house.carrier.grants.get(key)
        times, standing = (grant.times, grant.status) if grant else (0, "")
        if times > 1:
            yield f"given {times} times: order {order}"
        has = state in ("delivered", "reversed")
        if has and standing != "done":
            yield f"delivered here, not at the carrier: order {order} {standing or 'never asked'}"
        if not has and standing == "done" and not people_know:
            yield f"given at the carrier, not here: order {order} {state}"


def time_given(house: House) -> Iterator[str]:
    """Who paid for time has it: until the end the rule promises, counted from when it was to begin, or from
    when it was delivered late. What was cut and goes on because the other plan was taken back has, with what
    it had served, all that was sold.
    """
    for order, item, starts, ends, delivered, closed, served in house.rows("""
            SELECT o.id, q.content->'items'->o.position::int,
              p.starts_at, coalesce(p.was_until, p.ends_at), a.closed_at, l.closed_at,
                p.served
            FROM records_order o JOIN records_period p ON p.order_id = o.id
            JOIN records_attempt a ON a.order_id = o.id
            JOIN records_line l ON l.id = o.line_id
            JOIN records_purchase u ON u.id = o.purchase_id JOIN records_quote q ON q.id = u.quote_id
            WHERE o.state IN ('delivered', 'reversed')"""):
        sold = msgspec.convert(item, QuoteItem)
        began = delivered if delivered - starts > LATE and closed is None else starts
        if served is not None:
            if ends - starts + served < sold.new_end - sold.starts_at - LATE:
                yield f"cut, and the rest is lost: order {order} from {starts} until {ends}, had {served}"
        elif ends <= delivered and sold.new_end > sold.starts_at:
            yield f"over before it was delivered: order {order}"
        elif ends < promise(sold.terms, began, sold.zone):
            yield f"late, and the time is lost: order {order} from {began} until {ends}"
        elif ends < sold.new_end and ends - starts < sold.new_end - sold.starts_at:
            yield (
                f"shorter than it was sold: order {order} from {starts} until {ends}, sold "
                f"{sold.starts_at} until {sold.new_end}"
            )
    yield from _waits_behind_nothing(house)


def _waits_behind_nothing(house: House) -> Iterator[str]:
    """What was queued behind a plan that was taken back moves up, unless its rule would then give less: a
    month waits for the 1st.
    """
    for order, item, starts, ends, before in house.rows(
        """
            SELECT p.order_id, q.content->'items'->o.position::int,
              p.starts_at, p.ends_at,
              (SELECT max(b.ends_at) FROM records_period b
                WHERE b.line_id = p.line_id AND b.state = 'confirmed'
                  AND b.starts_at < p.starts_at AND b.ends_at > b.starts_at)
            FROM records_period p JOIN records_line l ON l.id = p.line_id
            JOIN records_order o ON o.id = p.order_id
            JOIN records_purchase u ON u.id = o.purchase_id JOIN records_quote q ON q.id = u.quote_id
            WHERE p.state = 'confirmed' AND p.awaits = ''
              AND p.starts_at > %s AND p.ends_at > p.starts_at AND l.closed_at IS NULL
            """,
        house.now,
    ):
        sold = msgspec.convert(item, QuoteItem)
        free = max(before or house.now, house.now)
        if free < starts and end_of(sold.terms, free, sold.zone) - free >= ends - starts:
            yield f"it waits behind nothing: order {order} until {starts}"


_STEPS = {
    "a paid order nobody will take up": """
        SELECT o.id FROM records_order o WHERE o.state = 'paid' AND o.needs_staff = ''
        AND (o.due_at IS NULL OR o.refund_by IS NULL)""",
    "an applied order nobody is asked for": """
        SELECT o.id FROM records_order o LEFT JOIN records_attempt a ON a.order_id = o.id
        WHERE o.state = 'applied' AND (a.id IS NULL OR a.outcome <> '')""",
    "an order waits for a purchase that is over": """
        SELECT o.id FROM records_order o JOIN records_purchase p ON p.id = o.purchase_id
        WHERE o.state = 'awaiting_payment' AND NOT p.waiting""",
    "a purchase waits though its orders do not": """SELECT p.id FROM records_purchase p WHERE p.waiting
        AND EXISTS (SELECT 1 FROM records_order o
          WHERE o.purchase_id = p.id AND o.state <> 'awaiting_payment')""",
    "an order is refunding without a refund under way": """
        SELECT o.id FROM records_order o WHERE o.state = 'refunding' AND NOT EXISTS (
        SELECT 1 FROM records_refund r
        WHERE r.order_id = o.id AND r.state IN ('waiting', 'asked', 'contested'))""",
    "a refund was asked for and nobody looks": """
        SELECT r.id FROM records_refund r LEFT JOIN records_attempt a ON a.refund_id = r.id
        WHERE r.state = 'asked'
          AND (a.id IS NULL OR (a.look_at IS NULL AND a.provider <> 'byhand' AND NOT EXISTS (
            SELECT 1 FROM records_incident i WHERE i.subject = r.id::text AND i.closed_at IS NULL)))""",
    "an open tender nobody looks at": """
        SELECT t.id FROM records_tender t LEFT JOIN records_attempt a ON a.tender_id = t.id
        WHERE t.state IN ('open', 'closing')
          AND (a.id IS NULL OR a.outcome <> '' OR (a.look_at IS NULL AND a.provider <> 'byhand'
            AND NOT EXISTS (SELECT 1 FROM records_order o
              WHERE o.purchase_id = t.purchase_id AND o.needs_staff <> '')))""",
    "an attempt people should answer, and they do not know": """
        SELECT a.id FROM records_attempt a JOIN records_order o ON o.id = a.order_id
        WHERE a.outcome = '' AND a.look_at IS NULL AND o.needs_staff = '' AND a.provider <> 'byhand'""",
    "people are called and there is no incident": """
        SELECT o.id FROM records_order o WHERE o.needs_staff <> '' AND NOT EXISTS (
        SELECT 1 FROM records_incident i WHERE i.order_id = o.id AND i.closed_at IS NULL)""",
    "money is owed and nobody was told": """
        SELECT r.id FROM records_refund r LEFT JOIN records_order o ON o.id = r.order_id
        JOIN records_purchase p ON p.id = r.purchase_id WHERE r.state = 'owed'
        AND NOT EXISTS (SELECT 1 FROM records_incident i WHERE i.subject = r.id::text AND i.closed_at IS NULL)
        AND NOT EXISTS (SELECT 1 FROM records_outboundmessage n
          WHERE n.order_id = o.id AND n.kind = 'refund_owed')
        AND p.email <> '' AND r.order_id IS NOT NULL""",
}


def next_steps(house: House) -> Iterator[str]:
    """Whatever is not over has somebody or some moment that carries it on."""
    for what, query in _STEPS.items():
        for row in house.rows(query):
            yield f"{what}: {row[0]}"


LETTERS = {
    "delivered": ("active", "queued", "credit_added"),
    "refunded": ("refunded",),
    "refund_owed": ("refund_owed",),
    "expired": ("expired",),
    "cancelled": ("cancelled",),
    "reversed": ("reversed", "disputed"),
}
BY_DISPUTE = ("reversed", "disputed", "expired", "cancelled")  # nothing came back through us


def told(house: House) -> Iterator[str]:
    """The payer has a letter of how it ended, and it was brought."""
    for (
        order,
        state,
        kinds,
        sent_back,
    ) in house.rows("""SELECT o.id, o.state, array_agg(n.kind) FILTER (WHERE n.state = 'sent'),
                EXISTS (SELECT 1 FROM records_refund r WHERE r.order_id = o.id AND r.state = 'done')
            FROM records_order o
            JOIN records_purchase p ON p.id = o.purchase_id
            LEFT JOIN records_outboundmessage n ON n.address = p.email
                -- one for all of a purchase
                AND (n.order_id = o.id OR (n.purchase_id = p.id AND n.kind IN ('reversed', 'disputed')))
            WHERE p.email <> '' GROUP BY o.id"""):
        letters = BY_DISPUTE if state == "refunded" and not sent_back else LETTERS.get(state)
        if letters and not set(letters) & set(kinds or ()):
            yield f"the payer was never told: order {order} {state} {kinds}"
    for (notice,) in house.rows("SELECT id::text FROM records_outboundmessage WHERE state = 'sent'"):
        if notice not in house.mail.brought:
            yield f"a letter counts as sent and was not brought: {notice}"
    for (event,) in house.rows("SELECT event::text FROM records_webhookdelivery WHERE state = 'sent'"):
        if event not in house.programs:
            yield f"a message counts as sent and was not heard: {event}"


def charged_back(house: House) -> Iterator[str]:
    """Credit whose money the bank took back is not spent any more."""
    for row in house.rows("""SELECT s.id, o.id FROM records_spending s JOIN records_lot l ON l.id = s.lot_id
            JOIN records_order o ON o.id = l.order_id JOIN records_tender t ON t.id = s.tender_id
            JOIN records_purchase p ON p.id = t.purchase_id
            WHERE o.state = 'reversed' AND o.rest_at < p.made_at"""):
        yield f"charged-back credit was spent: order {row[1]}"
