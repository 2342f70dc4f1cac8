"""A person says yes: Purchase, Orders, Tenders and a wake-up job, in one transaction.

Credit and vouchers are our own books, so they are settled right here; a gateway is asked later, by `advance`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from tsuzuki.actions.engine.providers import Way, way_to_pay
from tsuzuki.actions.engine.queue import wake
from tsuzuki.actions.messages import notices
from tsuzuki.actions.money import accounts, credit, vouchers
from tsuzuki.actions.write.ids import code, mint_beside, token
from tsuzuki.actions.write.insert import insert
from tsuzuki.core import postings
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.ledger_event import LedgerEvent
from tsuzuki.core.money import Money, payable
from tsuzuki.core.order import Outcome, Step, TenderState
from tsuzuki.core.plan import Kind
from tsuzuki.core.principal import Principal
from tsuzuki.core.quote import Quote
from tsuzuki.ledger import book
from tsuzuki.records import models, queries

from . import unpaid
from .collect import clocks
from .move import set_out, with_carriers
from .place import is_closed

CREDIT, VOUCHER, ACCOUNT = "credit", "voucher", "account"
OURS = (CREDIT, VOUCHER, ACCOUNT)  # our own books: paid as they are written


@dataclass(frozen=True, slots=True)
class Pay:
    """One means of payment. `amount` None: whatever the others leave. `secret`: a voucher's digits."""

    method: str
    amount: Money | None = None
    secret: str = ""

    def __repr__(self) -> str:
        return f"Pay({self.method!r}, {self.amount!r})"


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys (with `key` it makes a repeat the same purchase), and where the receipt goes. `most_unpaid`:
    so many of their orders of one line may wait for a gateway's money at a time.
    """

    principal: Principal
    key: str
    email: str = ""
    language: str = "en"
    most_unpaid: int | None = None


@dataclass(frozen=True, slots=True)
class Yes:
    quote: UUID
    pays: Sequence[Pay]
    buyer: Buyer


@dataclass(slots=True)
class _Sale:
    """A yes on its way through one transaction; `refusal` takes it out before anything is written."""

    yes: Yes
    wish: dict[str, object]
    quote: UUID
    content: Quote
    amounts: list[Money]
    ways: list[Way | None]  # by position; None: our own books
    parts: dict[int, list[credit.Part]] = field(default_factory=dict)
    vouchers: dict[int, models.Voucher] = field(default_factory=dict)
    refusal: Refused | None = None


def accept(quote_id: UUID, pays: Sequence[Pay], buyer: Buyer, now: datetime) -> models.Purchase:
    """The one yes. The same buyer and key again give the same purchase; another wish Refused(key_reused).

    Refused leaves nothing behind: no purchase, no credit reserved, no voucher spent.
    """
    yes = Yes(quote_id, pays, buyer)
    try:
        (result,) = accept_many([yes], now)
    # The same key came with another quote at this very moment; now that one is there to be seen.
    except IntegrityError:
        (result,) = accept_many([yes], now)
    if isinstance(result, Refused):
        raise result
    return result


@transaction.atomic(durable=True)
def accept_many(yeses: Sequence[Yes], now: datetime) -> list[models.Purchase | Refused]:
    """Many yeses, each its own purchase, in one transaction: a refused one holds up no other.

    Answers in the order given.
    """
    quotes = queries.read_by_id(models.Quote, {yes.quote for yes in yeses}, "FOR NO KEY UPDATE")
    there = _purchases_there(yeses)
    used = {row.quote_id for row in there}
    known = {(row.buyer, row.key): row for row in there}
    vouchers_named = {pay.secret for yes in yeses for pay in yes.pays if pay.method == VOUCHER}
    if vouchers_named:
        vouchers.lock(vouchers_named)
    results: list[models.Purchase | Refused | _Sale] = []
    taken: set[int] = set()  # vouchers and
    asked: dict[tuple[Principal, str], _Sale] = {}  # keys of this very batch
    for yes in yeses:
        result: models.Purchase | Refused | _Sale
        key = (yes.buyer.principal, yes.buyer.key)
        try:
            result = (
                _same(asked[key], yes)
                if key in asked
                else _consider(yes, quotes.get(yes.quote), known.get(key), yes.quote in used, now)
            )
            if isinstance(result, _Sale) and key not in asked:
                _take_vouchers(result, taken)
        except Refused as refusal:
            result = refusal
        if isinstance(result, _Sale):
            used.add(yes.quote)
            asked[key] = result
        results.append(result)
    sales = list(asked.values())
    _few_unpaid(sales)
    lines = _open_lines(sales)
    balances = accounts.lock_to_spend(_payers(sales))
    _find_credit(sales, now)
    _find_balance(sales, balances)
    good = [sale for sale in sales if not sale.refusal]
    written = {id(sale): purchase for sale, purchase in zip(good, _write(good, lines, now), strict=True)}
    return [
        (result.refusal or written[id(result)]) if isinstance(result, _Sale) else result for result in results
    ]


_THERE = """
SELECT {columns} FROM records_purchase p WHERE quote_id = ANY(%(quotes)s)
UNION ALL SELECT {columns}
FROM unnest(%(kinds)s::text[], %(buyers)s::text[], %(keys)s::text[]) AS y(buyer_kind, buyer_id, key)
JOIN records_purchase p USING (buyer_kind, buyer_id, key)
"""


def _purchases_there(yeses: Sequence[Yes]) -> list[models.Purchase]:
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


def _same(sale: _Sale, yes: Yes) -> _Sale:
    if not _is_wish(sale.wish, yes):
        raise Refused(Code.KEY_REUSED)
    return sale


def _take_vouchers(sale: _Sale, taken: set[int]) -> None:
    ids = [voucher.id for voucher in sale.vouchers.values()]
    if len(set(ids)) < len(ids) or taken & set(ids):
        raise Refused(Code.VOUCHER_USED)
    taken |= set(ids)


def _consider(
    yes: Yes, row: models.Quote | None, known: models.Purchase | None, used: bool, now: datetime
) -> models.Purchase | _Sale:
    """All that can be refused is refused here, before anything is written; vouchers are locked."""
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
    sale = _Sale(yes, wish, row.id, content, amounts, ways)
    for position, pay in enumerate(yes.pays):
        if pay.method == VOUCHER:
            sale.vouchers[position] = vouchers.find(pay.secret, sale.amounts[position], now)
    return sale


def _few_unpaid(sales: Sequence[_Sale]) -> None:
    """In one order for all sales of a batch, so that two batches never wait for each other."""
    bounded = [
        (sale, most) for sale in sales if (most := sale.yes.buyer.most_unpaid) is not None and _methods(sale)
    ]
    for sale, most in sorted(bounded, key=lambda one: str(one[0].yes.buyer.principal)):
        lines = {item.line for item in sale.content.items}
        unpaid.lock(lines, sale.yes.buyer.principal, _methods(sale))
        try:
            for method in _methods(sale):
                unpaid.require_few(lines, sale.yes.buyer.principal, method, most)
        except Refused as refusal:
            sale.refusal = refusal


def _methods(sale: _Sale) -> set[str]:
    """Those a gateway is asked for."""
    return {way.method.code for way in sale.ways if way}


def _open_lines(sales: Sequence[_Sale]) -> dict[UUID, models.Line]:
    """The lines of all sales, so locked that none is closed before these are written.

    A sale for a closed one is refused.
    """
    lines = queries.read_by_id(
        models.Line, {item.line for sale in sales for item in sale.content.items}, "FOR KEY SHARE"
    )
    for sale in sales:
        if any(is_closed(lines[item.line]) for item in sale.content.items):
            sale.refusal = Refused(Code.LINE_CLOSED)
    return lines


def _find_credit(sales: Sequence[_Sale], now: datetime) -> None:
    wanting = [
        (sale, position)
        for sale in sales
        if not sale.refusal
        for position, pay in enumerate(sale.yes.pays)
        if pay.method == CREDIT
    ]
    wishes = [
        ({item.line for item in sale.content.items}, sale.amounts[position]) for sale, position in wanting
    ]
    for (sale, position), found in zip(wanting, credit.find(wishes, now) if wishes else [], strict=True):
        if isinstance(found, Money):
            sale.refusal = Refused(Code.CREDIT_SHORT, missing=str(found))
        else:
            sale.parts[position] = found


def _payers(sales: Sequence[_Sale]) -> set[UUID]:
    """Of the accounts that pay."""
    buyers = {
        sale.yes.buyer.principal for sale in sales if any(pay.method == ACCOUNT for pay in sale.yes.pays)
    }
    return {account for buyer in buyers if (account := buyer.account_id) is not None}


def _find_balance(sales: Sequence[_Sale], balances: dict[UUID, models.Account]) -> None:
    pays = [
        (sale, pay, amount)
        for sale in sales
        if not sale.refusal
        for pay, amount in zip(sale.yes.pays, sale.amounts, strict=True)
    ]
    wanting = [(sale, amount) for sale, pay, amount in pays if pay.method == ACCOUNT]
    found = accounts.find(
        balances, [(sale.yes.buyer.principal.account_id, amount) for sale, amount in wanting]
    )
    for (sale, _), refusal in zip(wanting, found, strict=True):
        sale.refusal = sale.refusal or refusal


def _is_wish(asked: object, yes: Yes) -> bool:
    """Whether that was asked before, with whichever of the installation's secrets it was written down."""
    return any(asked == _wish(yes, id) for id in settings.KEYRING.secrets)


def _wish(yes: Yes, secret_id: str) -> dict[str, object]:
    """What the key stands for; a voucher by its digest only."""
    tenders = [
        {
            "method": p.method,
            "amount": p.amount and asdict(p.amount),
            "secret": p.secret and vouchers.digests(p.secret)[secret_id],
        }
        for p in yes.pays
    ]
    return {"quote": str(yes.quote), "pays": tenders, "email": yes.buyer.email}


def _write(sales: Sequence[_Sale], lines: Mapping[UUID, models.Line], now: datetime) -> list[models.Purchase]:
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
    spent, posted = {}, {}
    charged: dict[UUID, int] = {}
    for (sale, purchase), group in zip(pairs, tenders, strict=True):
        for position, tender in enumerate(group):
            if tender.method == CREDIT:
                spent[tender.id] = sale.parts[position]
                moved = postings.credit_reserved(
                    purchase.id, [(part.lot, part.amount) for part in sale.parts[position]]
                )
                posted[LedgerEvent.tender_paid(tender.id)] = moved
            elif tender.method == VOUCHER:
                vouchers.redeem(sale.vouchers[position], tender)
                posted[LedgerEvent.tender_paid(tender.id)] = postings.paid(
                    VOUCHER, purchase.id, sale.amounts[position]
                )
            elif tender.method == ACCOUNT and (payer := purchase.account_id):
                charged[payer] = charged.get(payer, 0) + tender.minor
                posted[LedgerEvent.tender_paid(tender.id)] = postings.account_spent(
                    purchase.id, payer, sale.amounts[position]
                )
    credit.take(spent)
    accounts.take(charged)
    book.post(posted, now)
    notices.tell(paid, "receipt", now)
    wake(*(purchase.id for purchase in purchases), new=True)
    return purchases


def _start(orders: Sequence[models.Order], lines: Mapping[UUID, models.Line], now: datetime) -> None:
    """Nothing of these is still to be paid: written as paid,
    with the clock of «deliver or refund» running.
    """
    for order in orders:
        order.line = lines[order.line_id]
    with_carriers(orders)
    for refund_by, group in clocks(orders, now).items():
        set_out(group, Step.PAY, Outcome.DONE, now, due_at=now, refund_by=refund_by)


def _purchase(sale: _Sale, now: datetime) -> models.Purchase:
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


def _orders(sale: _Sale, purchase: models.Purchase, now: datetime) -> list[models.Order]:
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


def _tenders(sale: _Sale, purchase: models.Purchase, now: datetime) -> list[models.Tender]:
    """Credit and vouchers are paid as they are written, in the same transaction.

    A gateway waits for `advance`.
    """
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


def _amounts(pays: Sequence[Pay], content: Quote) -> list[Money]:
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


def _way(method: str, amount: Money, content: Quote, now: datetime) -> Way | None:
    # Credit bought with credit would outlive the date its law allows it
    # (Payment Services Act, six-month exemption).
    if method == CREDIT and any(item.kind is Kind.CREDIT for item in content.items):
        raise Refused(Code.METHOD_UNKNOWN, method=method)
    return None if method in OURS else way_to_pay(method, amount, content.pay_by - now)
