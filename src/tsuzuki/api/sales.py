"""Quotes and purchases: the price comes from the quote, one key makes one purchase."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings

from tsuzuki import decode
from tsuzuki.actions.engine.clock import Clock
from tsuzuki.actions.engine.providers import knows, offered, way_to_pay
from tsuzuki.actions.money import own_means
from tsuzuki.actions.money.own_means import OWN_MEANS
from tsuzuki.actions.order import unpaid
from tsuzuki.actions.order.accept import accept
from tsuzuki.actions.order.acceptance import Buyer, PaymentChoice
from tsuzuki.actions.order.advance import advance_within
from tsuzuki.actions.order.offers import plans_for
from tsuzuki.actions.order.quote import LineRequest, price, quote
from tsuzuki.actions.people import idempotency, limits
from tsuzuki.core import mailbox
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.means import ACCOUNT, CREDIT, VOUCHER
from tsuzuki.core.money import Money
from tsuzuki.core.order import TenderState
from tsuzuki.core.period import end_of
from tsuzuki.core.plan import Choice, Kind
from tsuzuki.core.principal import Principal
from tsuzuki.core.quote import QuoteContent, QuoteItem
from tsuzuki.records import models, queries

from . import bodies as b
from .lines import amount, hidden, id_of
from .router import Call, Reply

# Vouchers that do not exist, of one account or one address, in so many seconds.
GUESSES, GUESSES_PER = 60, 3600
# Orders of one account that name one mailbox and are not paid at once, in so many seconds.
LETTERS, LETTERS_PER = 60, 3600
SOON = "2"  # seconds until it is worth asking again
_KEY = re.compile(r"[!-~]{1,80}")


def make_quote(call: Call) -> Reply:
    asked: b.QuoteAsk = call.body
    wants = _wants(asked.items, call)
    try:
        return _quoted(asked, wants, call)
    except Refused as refusal:
        raise _untold(refusal, wants, call) from None


def _untold(refusal: Refused, wants: Sequence[LineRequest], call: Call) -> Refused:
    """Why a start cannot be had is told with the dates of what runs only to who may see them."""
    if not hidden({want.line for want in wants}, call):
        return refusal
    told = {name: fact for name, fact in refusal.facts.items() if not isinstance(fact, datetime)}
    return Refused(refusal.code, **told)


def _quoted(asked: b.QuoteAsk, wants: Sequence[LineRequest], call: Call) -> Reply:
    currency = call.who.currency
    if asked.payment_methods:  # before anything is written
        content = price(wants, call.now, currency)
        for method in asked.payment_methods:
            _require(method, content, call)
    row = quote(wants, call.now, currency, call.who.id)
    content = queries.quote_value(row)
    return Reply(_quote(row, content, asked.payment_methods or _methods(content, call), call), 201)


def _wants(items: Sequence[b.QuoteItemAsk], call: Call) -> list[LineRequest]:
    plans = models.Plan.objects.in_bulk({item.plan_id for item in items if item.plan_id})
    lines = models.Line.objects.in_bulk({item.line_id for item in items})
    unseen = hidden(lines, call)
    wants = [_want(item, plans, lines.get(item.line_id), call) for item in items]
    return [replace(want, unseen=want.line in unseen) for want in wants]


def _want(
    item: b.QuoteItemAsk, plans: Mapping[UUID, models.Plan], line: models.Line | None, call: Call
) -> LineRequest:
    if line is None:
        raise Refused(Code.NUMBER_UNKNOWN)
    asked = Money(item.amount_minor, call.who.currency) if item.amount_minor else None
    if item.plan_id is not None:
        row = plans.get(item.plan_id)
        if row is None or row.kind != item.kind:
            raise Refused(Code.PLAN_UNKNOWN, plan=str(item.plan_id))
        code = row.code
    elif item.kind == "credit" and asked is not None:
        code = _open_credit(line, asked, call)
    else:
        raise Refused(
            Code.MALFORMED, where="items", reason="plan_id is needed; credit may give amount_minor instead"
        )
    return LineRequest(line.id, code, Choice(item.start) if item.start else None, asked)


def _open_credit(line: models.Line, asked: Money, call: Call) -> str:
    """The smallest credit plan that takes this amount."""
    for plan, cost in plans_for(line, asked.currency, call.now):
        if plan.kind == "credit" and plan.allowances[0].amount is None and asked <= cost.amount:
            return plan.code
    raise Refused(Code.AMOUNT_TOO_LARGE)


def _methods(content: QuoteContent, call: Call) -> list[str]:
    ours = [ACCOUNT] if call.who.kind == "reseller" or call.who.balance_minor else []
    return (
        ours
        + ([CREDIT] if _may_use(CREDIT, call) and own_means.may_pay(CREDIT, _kinds(content)) else [])
        + [VOUCHER, *_offered(content)]
    )


def _offered(content: QuoteContent) -> list[str]:
    return [
        method.code
        for method in offered(content.total.currency, content.pay_by - content.made_at, content.total)
    ]


def _require(method: str, content: QuoteContent, call: Call) -> None:
    if not _may_use(method, call):
        raise Refused(Code.METHOD_UNKNOWN, method=method)
    if method not in OWN_MEANS:
        way_to_pay(method, content.total, content.pay_by - content.made_at)
    elif not own_means.may_pay(method, _kinds(content)):
        raise Refused(Code.METHOD_UNKNOWN, method=method)


def _may_use(method: str, call: Call) -> bool:
    """A line's balance is its holder's: no reseller spends it, or learns from a refusal how much it is.

    And what is not set up here is nobody's way to pay.
    """
    if method == CREDIT:
        return call.who.kind == "operator"
    return method in OWN_MEANS or knows(method)


def _kinds(content: QuoteContent) -> set[Kind]:
    return {item.kind for item in content.items}


def _quote(row: models.Quote, content: QuoteContent, methods: Sequence[str], call: Call) -> b.QuoteShown:
    unseen = hidden({item.line for item in content.items}, call)
    return b.QuoteShown(
        id=row.id,
        items=[_item(item, item.line not in unseen, content.made_at) for item in content.items],
        total=amount(content.total),
        tax=[b.TaxLine(percent=line.percent, amount=amount(line.tax)) for line in content.tax],
        payment_methods=list(methods),
        valid_until=content.valid_until,
        pay_by=content.pay_by,
    )


def _item(item: QuoteItem, seen: bool, made_at: datetime) -> b.QuoteItem:
    old_end, starts_at, new_end = (item.old_end, item.starts_at, item.new_end) if seen else (None, None, None)
    return b.QuoteItem(
        line_id=item.line,
        kind=item.kind.value,
        plan=b.PlanName(id=item.plan_id, code=item.plan, names=item.names),
        price_lines=[
            b.PriceLine(what=line.what, names=line.names, amount=amount(line.amount))
            for line in item.price_lines
        ],
        old_end=old_end,
        starts_at=starts_at,
        new_end=new_end,
        ends_if_started_now=end_of(item.terms, made_at, item.zone),
        zone=item.zone,
        awaits=item.awaits,
    )


def buy(call: Call) -> Reply:
    """Accept a quote.

    Asked again under the same key, whenever and however often, it answers as it did the first time.
    """
    asked: b.PurchaseAsk = call.body
    key = call.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(key):
        raise Refused(Code.MALFORMED, where="Idempotency-Key", reason="1 to 80 printable ASCII letters")
    wish = idempotency.digest(msgspec.json.encode(asked))
    if (before := idempotency.find(call.who.id, key, wish)) is not None:
        return _kept(*before)
    for tender in asked.tenders:
        if not _may_use(tender.method, call):
            raise Refused(Code.METHOD_UNKNOWN, method=tender.method)
    if not models.Quote.objects.filter(id=asked.quote_id, account=call.who).exists():
        raise Refused(Code.QUOTE_UNKNOWN)
    pays = [
        PaymentChoice(tender.method, _of(tender.amount_minor, call), tender.voucher_code)
        for tender in asked.tenders
    ]
    email = mailbox.read(asked.email or "")
    if email and any(not own_means.is_reserved(pay.method) for pay in pays):
        _few_letters(email, call)
    buyer = Buyer(Principal.account(call.who.id), key, email, asked.language, unpaid.BY_HOLDER)
    with _few_guesses(call) if any(own_means.takes_secret(pay.method) for pay in pays) else nullcontext():
        purchase = accept(asked.quote_id, pays, buyer, call.now)
    if purchase.waiting:
        # The gateway is asked at once, so that the buyer's page can be named.
        advance_within(purchase.id, Clock.read(call.now))
    shown = purchase_shown(queries.full_purchases().get(id=purchase.id))
    return _kept(*idempotency.keep(call.who.id, key, wish, 201, msgspec.json.encode(shown), call.now))


def _few_letters(email: str, call: Call) -> None:
    """Who pays nothing yet names a mailbox, perhaps a stranger's, and writes to it by giving up."""
    subject = f"{call.who.id} {mailbox.owner(email)}"
    wait = limits.take("api letters to", subject, LETTERS, LETTERS_PER, call.now)
    if wait is not None:
        raise Refused(Code.RATE_LIMITED, seconds=wait)


@contextmanager
def _few_guesses(call: Call) -> Iterator[None]:
    """Vouchers that do not exist are counted by account and by address; after too many none is looked at."""
    subjects = (f"account {call.who.id}", f"address {call.address}")
    for subject in subjects:
        wait = limits.wait_for("api voucher", subject, GUESSES, call.now)
        if wait is not None:
            raise Refused(Code.RATE_LIMITED, seconds=wait)
    try:
        yield
    except Refused as refusal:
        if refusal.code in (Code.VOUCHER_UNKNOWN, Code.VOUCHER_MALFORMED):
            for subject in subjects:
                limits.take("api voucher", subject, GUESSES, GUESSES_PER, call.now)
        raise


def _of(minor: int | None, call: Call) -> Money | None:
    return None if minor is None else Money(minor, call.who.currency)


def _kept(status: int, body: bytes) -> Reply:
    shown = decode.from_json(body, b.PurchaseShown)
    waits = shown.next_action is not None and shown.next_action.type == "wait"
    headers = {"Location": f"{settings.PUBLIC_URL}/api/v1/purchases/{shown.id}"}
    return Reply(body, status, headers | ({"Retry-After": SOON} if waits else {}))


def get_purchase(call: Call) -> Reply:
    rows = queries.full_purchases().filter(id=id_of(call.path["id"]))
    if call.who.kind != "operator":
        rows = rows.filter(account=call.who)
    purchase = rows.first()
    if purchase is None:
        raise Refused(Code.NOT_FOUND)
    shown = purchase_shown(purchase)
    waits = shown.next_action is not None and shown.next_action.type == "wait"
    return Reply(shown, headers={"Retry-After": SOON} if waits else {})


def purchase_shown(purchase: models.Purchase) -> b.PurchaseShown:
    """Expects queries.full_purchases()."""
    page = f"{settings.PUBLIC_URL}/p/{purchase.token}"
    return b.PurchaseShown(
        id=purchase.id,
        code=purchase.code,
        page_url=page,
        total=b.Amount(amount_minor=purchase.minor, currency=purchase.currency),
        orders=[
            b.OrderBrief(id=order.id, line_id=order.line_id, state=order.state)
            for order in purchase.orders.all()
        ],
        tenders=[
            b.TenderShown(
                method=tender.method,
                amount=b.Amount(amount_minor=tender.minor, currency=tender.currency),
                state=tender.state,
                reason=tender.reason,
                disputes=[_dispute(dispute) for dispute in tender.disputes.all()],
            )
            for tender in purchase.tenders.all()
        ],
        made_at=purchase.made_at,
        pay_by=purchase.pay_by,
        next_action=_next(purchase, page),
    )


def _dispute(row: models.Dispute) -> b.DisputeShown:
    return b.DisputeShown(
        amount=b.Amount(amount_minor=row.minor, currency=row.currency),
        state=row.state,  # type: ignore[arg-type]  # a column of these words
        opened_at=row.opened_at,
        closed_at=row.closed_at,
    )


def _next(purchase: models.Purchase, page: str) -> b.NextAction | None:
    """What the buyer is to do for the money; None: nothing."""
    if not purchase.waiting:
        return None
    tenders = list(purchase.tenders.all())
    for tender in tenders:
        attempt = queries.attempt_of(tender)
        if (
            tender.state == TenderState.OPEN
            and attempt is not None
            and attempt.next
            and attempt.next["type"] != "wait"
        ):
            return _action(attempt.next, page)
    if any(
        tender.state in (TenderState.WAITING, TenderState.OPEN, TenderState.CLOSING) for tender in tenders
    ):
        return b.NextAction(type="wait", url=None)
    return b.NextAction(type="pay_again", url=page)


def _action(told: Mapping[str, Any], page: str) -> b.NextAction:
    if told["type"] == "redirect":
        return b.NextAction(type="redirect", url=told["url"])
    due = told["due"] and datetime.fromisoformat(told["due"])
    if told["type"] == "codes":
        return b.NextAction(
            type="show_codes",
            url=page,
            place=told["place"],
            codes=[b.PayCode(*entry) for entry in told["codes"]],
            due=due,
        )
    account = b.BankAccount(**{name: told[name] for name in b.BankAccount.__struct_fields__})
    return b.NextAction(type="show_account", url=page, account=account, due=due)
