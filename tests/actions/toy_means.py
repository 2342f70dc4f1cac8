"""A means of payment that is not ours: points a buyer has collected. All that one takes is in this file, and
one line in the table.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain

from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.means import Home, Part, Reserved, Source

BUYS_CREDIT = False
BRINGS_MONEY = False
digests = None
calls: list[tuple[str, int]] = []  # what was asked of it, and for how many at once

TABLES = """
CREATE TABLE toy_points (buyer text PRIMARY KEY, minor bigint NOT NULL CHECK (minor >= 0));
CREATE TABLE toy_spent (tender uuid PRIMARY KEY, buyer text NOT NULL, minor bigint NOT NULL);
"""


def _all(query: str, *values: object) -> list[tuple]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall() if cursor.description else []


def begin(**points: int) -> None:
    calls.clear()
    _all(TABLES)
    for buyer, minor in points.items():
        _all("INSERT INTO toy_points VALUES (%s, %s)", buyer, minor)


def left() -> dict[str, int]:
    return dict(_all("SELECT buyer, minor FROM toy_points"))


_LOCK = "SELECT buyer, minor FROM toy_points WHERE buyer = ANY(%s) ORDER BY buyer FOR NO KEY UPDATE"


def reserve(wishes, now):
    calls.append(("reserve", len(wishes)))
    found = _all(_LOCK, [wish.buyer.id for wish in wishes])
    sources = {buyer: Source(buyer, f"points:{buyer}", minor) for buyer, minor in found}
    return [
        Reserved([sources[wish.buyer.id]], Code.BALANCE_SHORT)
        if wish.buyer.id in sources
        else Refused(Code.METHOD_UNKNOWN, method="points")
        for wish in wishes
    ]


def settle(taken):
    calls.append(("settle", len(taken)))
    for tender, (part,) in taken.items():
        _all("INSERT INTO toy_spent VALUES (%s, %s, %s)", tender, part.record, part.amount.minor)
    _give(Counter(), chain.from_iterable(taken.values()))


def _give(more: Counter, less: list[Part]) -> None:
    for part in less:
        more[part.record] -= part.amount.minor
    for buyer, minor in more.items():
        _all("UPDATE toy_points SET minor = minor + %s WHERE buyer = %s", minor, buyer)


def lock(delivered, back):
    calls.append(("lock", len(back)))
    _all(_LOCK, [order.purchase.buyer_id for order in back])


def release(backs, now):
    calls.append(("release", len(backs)))
    return _returned(backs)


def refund(backs, now):
    calls.append(("refund", len(backs)))
    return [Home(parts) for parts in _returned(backs)]


def _returned(backs):
    tenders = [one.tender for one in backs]
    buyers = dict(_all("SELECT tender, buyer FROM toy_spent WHERE tender = ANY(%s)", tenders))
    more = Counter()
    for one in backs:
        more[buyers[one.tender]] += one.amount.minor
    _give(more, [])
    return [[(f"points:{buyers[one.tender]}", one.amount)] for one in backs]
