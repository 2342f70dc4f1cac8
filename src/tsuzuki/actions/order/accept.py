"""A person says yes: Purchase, Orders, Tenders and a wake-up job, in one transaction.

Credit and vouchers are our own books, so they are settled right here; a gateway is asked later, by `advance`.
"""
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from tsuzuki.actions import credit, vouchers
from tsuzuki.actions.ids import code, mint_beside, token
from tsuzuki.actions.providers import require_gateway
from tsuzuki.actions.queue import wake
from tsuzuki.core import postings
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.money import Money, payable
from tsuzuki.core.order import TenderState
from tsuzuki.core.plan import Kind
from tsuzuki.core.quote import Quote
from tsuzuki.ledger import book
from tsuzuki.records import models, queries

from .collect import all_paid

CREDIT, VOUCHER = "credit", "voucher"


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
    """Who asks (`asker` + `key` make a repeat the same purchase), and where the receipt goes."""

    asker: str
    key: str
    email: str = ""
    language: str = "en"


@transaction.atomic(durable=True)
def accept(quote_id: UUID, pays: Sequence[Pay], buyer: Buyer, now: datetime) -> models.Purchase:
    """The one yes. The same asker and key again give the same purchase; with another wish Refused(key_reused).

    Refused leaves nothing behind: no purchase, no credit reserved, no voucher spent.
    """
    wish = _wish(quote_id, pays, buyer)
    quote = models.Quote.objects.select_for_update().filter(id=quote_id).first()
    known = models.Purchase.objects.filter(asker=buyer.asker, key=buyer.key).first()
    if known is not None:
        if known.asked != wish:
            raise Refused(Code.KEY_REUSED)
        return known
    if quote is None:
        raise Refused(Code.QUOTE_UNKNOWN)
    if models.Purchase.objects.filter(quote=quote).exists():
        raise Refused(Code.QUOTE_USED)
    if now >= quote.valid_until:
        raise Refused(Code.QUOTE_EXPIRED, at=quote.valid_until.isoformat())
    return _write(quote, queries.quote_value(quote), pays, buyer, wish, now)


def accept_many(wants: Sequence[tuple[UUID, Sequence[Pay], Buyer]], now: datetime) -> list[models.Purchase]:
    """Several yeses, each its own purchase and transaction: a campaign, an opening stock, a benchmark."""
    return [accept(quote_id, pays, buyer, now) for quote_id, pays, buyer in wants]


def _wish(quote_id: UUID, pays: Sequence[Pay], buyer: Buyer) -> dict[str, object]:
    """What the key stands for; a voucher by its digest only."""
    tenders = [{"method": p.method, "amount": p.amount and asdict(p.amount), "secret": p.secret and vouchers.digest(p.secret)} for p in pays]
    return {"quote": str(quote_id), "pays": tenders, "email": buyer.email}


def _write(quote: models.Quote, content: Quote, pays: Sequence[Pay], buyer: Buyer, wish: dict[str, object], now: datetime) -> models.Purchase:
    amounts = _amounts(pays, content)
    purchase = models.Purchase.objects.create(
        id=mint_beside(now, quote.id), quote=quote, asker=buyer.asker, key=buyer.key, asked=wish, code=code(), token=token(),
        minor=content.total.minor, currency=content.total.currency, email=buyer.email, language=buyer.language,
        made_at=now, pay_by=content.pay_by,
    )  # fmt: skip
    models.Order.objects.bulk_create(
        models.Order(
            id=mint_beside(now, item.line), purchase=purchase, position=position, line_id=item.line, plan_id=item.plan_id,
            carrier_id=item.carrier, kind=item.kind, minor=item.price.amount.minor, tax_minor=item.tax.minor,
            tax_percent=item.percent,
            cost_minor=item.price.cost.minor, currency=item.price.amount.currency, made_at=now,
        )
        for position, item in enumerate(content.items)
    )  # fmt: skip
    tenders = models.Tender.objects.bulk_create(
        models.Tender(
            id=mint_beside(now, purchase.id), purchase=purchase, position=position, method=pay.method, minor=amount.minor,
            currency=amount.currency, due_at=now,
        )
        for position, (pay, amount) in enumerate(zip(pays, amounts, strict=True))
    )  # fmt: skip
    for tender, pay in zip(tenders, pays, strict=True):
        settle_at_once(tender, pay.secret, content, now)
    if all(tender.state == TenderState.PAID for tender in tenders):
        all_paid([purchase], now)
    wake(purchase.id)
    return purchase


def _amounts(pays: Sequence[Pay], content: Quote) -> list[Money]:
    """What each tender is to bring; together exactly the total."""
    due, amounts = content.total, []
    if sum(pay.amount is None for pay in pays) > 1 or not pays:
        raise Refused(Code.TENDERS_DO_NOT_COVER, missing=str(due))
    for pay in pays:
        if pay.amount is not None:
            if pay.amount.currency != due.currency:
                raise Refused(Code.CURRENCY_MISMATCH, expected=due.currency, got=pay.amount.currency)
            payable(pay.amount.minor, due.currency)
    left = due.minor - sum(pay.amount.minor for pay in pays if pay.amount is not None)
    for pay in pays:
        amount = pay.amount or Money(left, due.currency)
        if amount.minor <= 0 or (pay.amount and left and all(other.amount for other in pays)):
            raise Refused(Code.TENDERS_DO_NOT_COVER, missing=str(Money(left, due.currency)))
        _require_method(pay.method, amount, content)
        amounts.append(amount)
    return amounts


def _require_method(method: str, amount: Money, content: Quote) -> None:
    if method == VOUCHER:
        return
    if method == CREDIT:
        # Credit bought with credit would outlive the date its law allows it (Payment Services Act, six-month exemption).
        if any(item.kind is Kind.CREDIT for item in content.items):
            raise Refused(Code.METHOD_UNKNOWN, method=method)
        return
    require_gateway(method, amount)


def settle_at_once(tender: models.Tender, secret: str, content: Quote, now: datetime) -> None:
    """Credit and vouchers: reserve or redeem, post, and mark the tender paid. Others wait for `advance`."""
    amount = Money(tender.minor, tender.currency)
    if tender.method == CREDIT:
        parts = credit.spend({item.line for item in content.items}, tender, amount, now)
        moved = postings.credit_reserved(tender.purchase_id, parts)
    elif tender.method == VOUCHER:
        vouchers.redeem(secret, tender, amount, now)
        moved = postings.paid(VOUCHER, tender.purchase_id, amount)
    else:
        return
    book.post({f"tender {tender.id} paid": moved}, now)
    tender.state, tender.paid_at, tender.due_at = TenderState.PAID, now, None
    tender.save(update_fields=["state", "paid_at", "due_at"])
