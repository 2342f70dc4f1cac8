"""Acceptance: purchase, orders, tenders and a wake-up job, in one transaction.

What our own books pay (`actions/money/own_means.py`) is settled right here; a gateway is asked later, by
`advance`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from tsuzuki.actions.engine.providers import Way, way_to_pay
from tsuzuki.actions.engine.queue import wake
from tsuzuki.actions.messages import notifications
from tsuzuki.actions.money import own_means
from tsuzuki.actions.money.own_means import OWN_MEANS
from tsuzuki.actions.write.ids import code, mint_beside, token
from tsuzuki.actions.write.insert import insert
from tsuzuki.core import postings
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.ledger_event import LedgerEvent
from tsuzuki.core.means import MeansRequest, take
from tsuzuki.core.money import Money, payable
from tsuzuki.core.order import Outcome, Step, TenderState
from tsuzuki.core.principal import Principal
from tsuzuki.core.quote import QuoteContent
from tsuzuki.ledger import book
from tsuzuki.records import models, queries

from . import unpaid
from .acceptance import Acceptance, Buyer, PaymentChoice, Sale
from .collect import clocks
from .schedule import is_closed
from .transitions import transition_in_memory, with_carriers


def accept(quote_id: UUID, pays: Sequence[PaymentChoice], buyer: Buyer, now: datetime) -> models.Purchase:
    """The one yes. The same buyer and key again give the same purchase; another wish Refused(key_reused).

    Refused leaves nothing behind: no purchase, no credit reserved, no voucher spent.
    """
    yes = Acceptance(quote_id, pays, buyer)
    try:
        (result,) = accept_many([yes], now)
    # The same key came with another quote at this very moment; now that one is there to be seen.
    except IntegrityError:
        (result,) = accept_many([yes], now)
    if isinstance(result, Refused):
        raise result
    return result


@transaction.atomic(durable=True)
def accept_many(yeses: Sequence[Acceptance], now: datetime) -> list[models.Purchase | Refused]:
    """Many yeses, each its own purchase, in one transaction: a refused one holds up no other.

    Answers in the order given. Of two to the same quote, or under the same key, the first counts.
    """
    quotes = queries.read_by_id(models.Quote, {yes.quote for yes in yeses}, "FOR NO KEY UPDATE")
    there = _purchases_there(yeses)
    used = {row.quote_id for row in there}
    known = {(row.buyer, row.key): row for row in there}
    results: list[models.Purchase | Refused | Sale] = []
    asked: dict[tuple[Principal, str], Sale] = {}  # keys of this very batch
    for yes in yeses:
        result: models.Purchase | Refused | Sale
        key = (yes.buyer.principal, yes.buyer.key)
        try:
            result = (
                _same(asked[key], yes)
                if key in asked
                else _consider(yes, quotes.get(yes.quote), known.get(key), yes.quote in used, now)
            )
        except Refused as refusal:
            result = refusal
        if isinstance(result, Sale):
            used.add(yes.quote)
            asked[key] = result
        results.append(result)
    _reserve(asked.values(), now, by_secret=True)
    sales = [sale for sale in asked.values() if not sale.refusal]
    _few_unpaid(sales)
    lines = _open_lines(sales)
    _reserve(sales, now, by_secret=False)
    _take(sales)
    good = [sale for sale in sales if not sale.refusal]
    written = {id(sale): purchase for sale, purchase in zip(good, _write(good, lines, now), strict=True)}
    return [
        (result.refusal or written[id(result)]) if isinstance(result, Sale) else result for result in results
    ]


_THERE = """
SELECT {columns} FROM records_purchase p WHERE quote_id = ANY(%(quotes)s)
UNION ALL SELECT {columns}
FROM unnest(%(kinds)s::text[], %(buyers)s::text[], %(keys)s::text[]) AS y(buyer_kind, buyer_id, key)
JOIN records_purchase p USING (buyer_kind, buyer_id, key)
"""


def _purchases_there(yeses: Sequence[Acceptance]) -> list[models.Purchase]:
    """Made before from these quotes, or under these keys."""
    buyers = [yes.buyer.principal for yes in yeses]
    return list(
        models.Purchase.objects.raw(
            _THERE.format(columns=queries.columns(models.Purchase, "p")),
            {
                "quotes": [yes.quote for yes in yeses],
                "keys": [yes.buyer.key for yes in yeses],
                "kinds": [buyer.kind for buyer in buyers],
                "buyers": [buyer.id for buyer in buyers],
            },
        )
    )


def _same(sale: Sale, yes: Acceptance) -> Sale:
    if not _is_wish(sale.wish, yes):
        raise Refused(Code.KEY_REUSED)
    return sale


def _consider(
    yes: Acceptance, row: models.Quote | None, known: models.Purchase | None, used: bool, now: datetime
) -> models.Purchase | Sale:
    """What can be refused without looking at our own books is refused here."""
    wish = _wish(yes, settings.KEYRING.current)
    if known is not None:
        if not _is_wish(known.asked, yes):
            raise Refused(Code.KEY_REUSED)
        return known
    if row is None or row.account_id not in (None, yes.buyer.principal.account_id):
        raise Refused(Code.QUOTE_UNKNOWN)
    if used:
        raise Refused(Code.QUOTE_USED)
    if now >= row.valid_until:
        raise Refused(Code.QUOTE_EXPIRED, at=row.valid_until.isoformat())
    content = queries.quote_value(row)
    amounts = _amounts(yes.pays, content)
    ways = [_way(pay.method, amount, content, now) for pay, amount in zip(yes.pays, amounts, strict=True)]
    if not yes.buyer.email and any(way and way.method.needs_email for way in ways):
        raise Refused(Code.EMAIL_NEEDED)
    return Sale(yes, wish, row.id, content, amounts, ways)


def _reserve(sales: Iterable[Sale], now: datetime, by_secret: bool) -> None:
    """What our own books have for these sales, locked.

    Those means that a secret names come before all else: whoever guesses at one holds up nobody's line.
    """
    for method, means in OWN_MEANS.items():
        if own_means.takes_secret(method) is not by_secret:
            continue
        wanting = [
            (
                sale,
                position,
                MeansRequest(sale.yes.buyer.principal, sale.lines, sale.amounts[position], pay.secret),
            )
            for sale in sales
            if not sale.refusal
            for position, pay in enumerate(sale.yes.pays)
            if pay.method == method
        ]
        results = means.reserve([wish for _, _, wish in wanting], now) if wanting else []
        for (sale, position, _), entry in zip(wanting, results, strict=True):
            if isinstance(entry, Refused):
                sale.refusal = sale.refusal or entry
            else:
                sale.reserved[position] = entry


def _take(sales: Iterable[Sale]) -> None:
    """A sale that cannot have all it wants leaves everything to those after it."""
    for sale in sales:
        if not sale.refusal:
            try:
                wanted = [(reserved, sale.amounts[position]) for position, reserved in sale.reserved.items()]
                sale.parts = dict(zip(sale.reserved, take(wanted), strict=True))
            except Refused as refusal:
                sale.refusal = refusal


def _few_unpaid(sales: Sequence[Sale]) -> None:
    """In one order for all sales of a batch, so that two batches never wait for each other."""
    bounded = [
        (sale, most) for sale in sales if (most := sale.yes.buyer.most_unpaid) is not None and _methods(sale)
    ]
    for sale, most in sorted(bounded, key=lambda pair: str(pair[0].yes.buyer.principal)):
        unpaid.lock(sale.lines, sale.yes.buyer.principal, _methods(sale))
        try:
            for method in _methods(sale):
                unpaid.require_few(sale.lines, sale.yes.buyer.principal, method, most)
        except Refused as refusal:
            sale.refusal = refusal


def _methods(sale: Sale) -> set[str]:
    """Those a gateway is asked for."""
    return {way.method.code for way in sale.ways if way}


def _open_lines(sales: Sequence[Sale]) -> dict[UUID, models.Line]:
    """The lines of all sales, so locked that none is closed before these are written.

    A sale for a closed one is refused.
    """
    lines = queries.read_by_id(models.Line, {line for sale in sales for line in sale.lines}, "FOR KEY SHARE")
    for sale in sales:
        if any(is_closed(lines[line]) for line in sale.lines):
            sale.refusal = Refused(Code.LINE_CLOSED)
    return lines


def _is_wish(asked: object, yes: Acceptance) -> bool:
    """Whether that was asked before, with whichever of the installation's secrets it was written down."""
    return any(asked == _wish(yes, secret) for secret in settings.KEYRING.secrets)


def _wish(yes: Acceptance, secret_id: str) -> dict[str, object]:
    """What the key stands for; a secret by its digest only."""
    tenders = [
        {
            "method": p.method,
            "amount": p.amount and asdict(p.amount),
            "secret": p.secret and own_means.digests(p.method, p.secret)[secret_id],
        }
        for p in yes.pays
    ]
    return {"quote": str(yes.quote), "pays": tenders, "email": yes.buyer.email}


def _write(sales: Sequence[Sale], lines: Mapping[UUID, models.Line], now: datetime) -> list[models.Purchase]:
    """One INSERT per table for all sales. Our own books are settled; who is paid in full is paid."""
    if not sales:
        return []
    purchases = [_purchase(sale, now) for sale in sales]
    pairs = list(zip(sales, purchases, strict=True))
    orders = [order for sale, purchase in pairs for order in _orders(sale, purchase, now)]
    paid = [order for order in orders if not order.purchase.waiting]
    _start(paid, lines, now)
    insert(purchases)
    insert(orders)
    tenders = [_tenders(sale, purchase, now) for sale, purchase in pairs]
    insert([tender for group in tenders for tender in group])
    _settle([(sale, group) for (sale, _), group in zip(pairs, tenders, strict=True)], now)
    notifications.receipt(paid, now)
    wake(*(purchase.id for purchase in purchases), new=True)
    return purchases


def _settle(sales: Sequence[tuple[Sale, list[models.Tender]]], now: datetime) -> None:
    """What was found is taken, by one statement for each means."""
    own = [(group[position], parts) for sale, group in sales for position, parts in sale.parts.items()]
    for method, means in OWN_MEANS.items():
        if taken := {tender.id: parts for tender, parts in own if tender.method == method}:
            means.settle(taken)
    book.post(
        {
            LedgerEvent.tender_paid(tender.id): postings.paid_from(
                tender.purchase_id, [(part.account, part.amount) for part in parts]
            )
            for tender, parts in own
        },
        now,
    )


def _start(orders: Sequence[models.Order], lines: Mapping[UUID, models.Line], now: datetime) -> None:
    """Nothing of these is still to be paid: written as paid,
    with the clock of «deliver or refund» running.
    """
    for order in orders:
        order.line = lines[order.line_id]
    with_carriers(orders)
    for refund_by, group in clocks(orders, now).items():
        transition_in_memory(group, Step.PAY, Outcome.DONE, now, due_at=now, refund_by=refund_by)


def _purchase(sale: Sale, now: datetime) -> models.Purchase:
    buyer, content = sale.yes.buyer, sale.content
    return models.Purchase(
        id=mint_beside(now, sale.quote),
        quote_id=sale.quote,
        buyer_kind=buyer.principal.kind,
        buyer_id=buyer.principal.id,
        account_id=buyer.principal.account_id,
        key=buyer.key,
        asked=sale.wish,
        code=code(),
        token=token(),
        minor=content.total.minor,
        currency=content.total.currency,
        email=buyer.email,
        language=buyer.language,
        made_at=now,
        pay_by=content.pay_by,
        waiting=any(sale.ways),
    )


def _orders(sale: Sale, purchase: models.Purchase, now: datetime) -> list[models.Order]:
    return [
        models.Order(
            id=mint_beside(now, item.line),
            purchase=purchase,
            position=position,
            line_id=item.line,
            plan_id=item.plan_id,
            carrier_id=item.carrier,
            kind=item.kind,
            minor=item.price.amount.minor,
            tax_minor=item.tax.minor,
            tax_percent=item.percent,
            cost_minor=item.price.cost.minor,
            currency=item.price.amount.currency,
            made_at=now,
        )
        for position, item in enumerate(sale.content.items)
    ]


def _tenders(sale: Sale, purchase: models.Purchase, now: datetime) -> list[models.Tender]:
    """Our own books pay as they are written, in the same transaction. A gateway waits for `advance`."""
    return [
        models.Tender(
            id=mint_beside(now, purchase.id),
            purchase=purchase,
            position=position,
            minor=amount.minor,
            currency=amount.currency,
            **(
                {"method": way.method.code, "gateway": way.gateway, "due_at": now}
                if way
                else {"method": pay.method, "state": TenderState.PAID, "paid_at": now}
            ),
        )
        for position, (pay, amount, way) in enumerate(
            zip(sale.yes.pays, sale.amounts, sale.ways, strict=True)
        )
    ]


def _amounts(pays: Sequence[PaymentChoice], content: QuoteContent) -> list[Money]:
    """What each tender is to bring; together exactly the total.

    `missing` is told only where something is missing.
    """
    due = content.total
    for pay in pays:
        if pay.amount is not None:
            if pay.amount.currency != due.currency:
                raise Refused(Code.CURRENCY_MISMATCH, expected=due.currency, got=pay.amount.currency)
            payable(pay.amount.minor, due.currency)
    left = Money(due.minor - sum(pay.amount.minor for pay in pays if pay.amount is not None), due.currency)
    opens = sum(pay.amount is None for pay in pays)
    if not pays or opens > 1 or left.minor < 0 or (left.minor > 0) != (opens == 1):
        raise Refused(Code.TENDERS_DO_NOT_COVER, **({"missing": str(left)} if left.minor > 0 else {}))
    return [pay.amount or left for pay in pays]


def _way(method: str, amount: Money, content: QuoteContent, now: datetime) -> Way | None:
    if method not in OWN_MEANS:
        return way_to_pay(method, amount, content.pay_by - now)
    if not own_means.may_pay(method, {item.kind for item in content.items}):
        raise Refused(Code.METHOD_UNKNOWN, method=method)
    return None
