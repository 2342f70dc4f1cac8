"""What a message says: the facts of its order or line, formatted in the reader's language."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import Max

from tsuzuki.actions.lines import links
from tsuzuki.core.brand import Brand
from tsuzuki.core.money import Money
from tsuzuki.core.states import NO_CLAIM, RefundState
from tsuzuki.records import models, queries
from tsuzuki.ui import formats, mail_html, messages
from tsuzuki.ui.languages import N_, nearest, translator


class Letter(NamedTuple):
    words: messages.MessageText
    html: str


def compose_for(message: models.OutboundMessage) -> Letter:
    """Subject and text of one message, and the same as HTML; dates in the carrier's zone with its name."""
    order, purchase, language, brand = message.order, message.purchase, message.language, queries.brand()
    facts: dict[str, Any] = {
        "brand": brand.name,
        "seller": formats.name(brand.legal.get("seller", {}), language) or brand.name,
        "contact": brand.contacts[0].value if brand.contacts else settings.PUBLIC_URL,
        "url": _page(message),
        **message.facts,
    }
    if message.secret is not None:
        facts["voucher"] = settings.KEYRING.open(message.secret)
    if purchase is not None:
        facts = {"code": purchase.code} | facts
    if message.line_id is not None:
        facts["number"] = _number(message.line_id)
    if order is not None:
        facts |= _of_order(order, language)
    if message.facts.get("orders", 1) > 1:  # the letter is about all of them
        facts |= {"number": "", "plan": ""}
    if purchase is not None and ("orders" in message.facts or message.kind == "receipt"):
        facts["amount"] = formats.money(Money(purchase.minor, purchase.currency), language)
    if purchase is not None and message.kind == "receipt":
        facts |= _of_payment(purchase, language, brand)
    if order is not None and _is_not_told_of_the_others(message, order):
        facts |= {"url": "", "code": ""} | ({"amount": ""} if "orders" in message.facts else {})
    if order is not None and purchase is not None and message.kind == "refund_owed":
        facts |= _of_what_is_owed(order, message, to_payer=message.address == purchase.email)
    if order is not None and "old_start" in message.facts:
        facts |= _old_dates(order, message.facts, language)
    words = messages.compose(message.kind, language, facts)
    return Letter(words, mail_html.mail_html(words, brand, language, str(facts["url"])))


def _is_not_told_of_the_others(message: models.OutboundMessage, order: models.Order) -> bool:
    """Who holds one line of a purchase that somebody else paid for several.

    Its page shows all of them, and its code finds that page.
    """
    return message.address != order.purchase.email and queries.is_shared(order)


def _page(message: models.OutboundMessage) -> str:
    """What it leads to: its order's page, its line's, or the shop."""
    purchase, line = message.purchase, message.line
    if purchase is not None:
        # The page speaks the payer's language by itself;
        # whoever is written to in another gets the page in that one.
        tongue = "" if message.language == purchase.language else f"/{nearest(message.language)}"
        return f"{settings.PUBLIC_URL}{tongue}/p/{purchase.token}"
    return links.url(line, message.made_at) if line is not None else settings.PUBLIC_URL


def _number(line: UUID) -> str:
    number = queries.numbers_of([line]).get(line)
    return formats.number(number) if number else ""


def _of_what_is_owed(order: models.Order, message: models.OutboundMessage, to_payer: bool) -> dict[str, str]:
    """How much; where to say the account is for the payer alone: it is their money, and nobody else says
    where it goes.
    """
    rows = models.Refund.objects.filter(purchase=order.purchase_id, state=RefundState.OWED)
    owed = (rows.filter(id=message.about) if message.about else rows.filter(order=order)).first()
    if owed is None:
        return {}
    facts = {"amount": formats.money(Money(owed.minor, owed.currency), message.language)}
    if to_payer:
        token = links.refund_token(owed.id, message.made_at)
        facts["account_url"] = f"{settings.PUBLIC_URL}/{nearest(message.language)}/b/{token}"
    return facts


def _of_payment(purchase: models.Purchase, language: str, brand: Brand) -> dict[str, str]:
    """When the money came, and what a receipt must show of tax."""
    say, content = translator(language), queries.quote_value(purchase.quote)
    paid = models.Tender.objects.filter(purchase=purchase, paid_at__isnull=False).aggregate(
        at=Max("paid_at")
    )["at"]
    tax = [
        say(N_("incl. %(percent)s%% tax %(amount)s"))
        % {"percent": line.percent, "amount": formats.money(line.tax, language)}
        for line in content.tax
        if line.tax.minor
    ]
    lines = [
        f"{formats.name(line.names, language)}  {formats.money(line.amount, language)}"
        for item in content.items
        for line in item.price_lines
    ]
    facts = {"tax": "\n".join(tax), "registration": brand.invoice_number, "lines": "\n".join(lines)}
    return facts | ({"date": formats.moment(paid, content.items[0].zone, language)} if paid else {})


def _of_order(order: models.Order, language: str) -> dict[str, str]:
    item = queries.items_of([order])[order.id]
    period = models.Period.objects.filter(order=order).first()
    lot = models.Lot.objects.filter(order=order).order_by("ends_at").last()
    span = period or lot
    starts, ends = (span.starts_at, span.ends_at) if span else (item.starts_at, item.new_end)
    refunds = list(
        models.Refund.objects.filter(order=order).exclude(state__in=NO_CLAIM).values_list("minor", flat=True)
    )
    return {
        "number": _number(order.line_id),
        "plan": formats.name(item.names, language),
        "starts": formats.moment(starts, item.zone, language),
        "ends": formats.moment(ends, item.zone, language, closing=True),
        "expires": formats.moment(ends, item.zone, language, closing=True),
        "date": formats.moment(order.made_at, item.zone, language),
        "way": "",
        "amount": formats.money(Money(sum(refunds) if refunds else order.minor, order.currency), language),
    }


def _old_dates(order: models.Order, facts: dict[str, str], language: str) -> dict[str, str]:
    """What we wrote before, in the same words."""
    zone = queries.items_of([order])[order.id].zone
    starts, ends = (datetime.fromisoformat(facts[name]) for name in ("old_start", "old_end"))
    return {
        "old_start": formats.moment(starts, zone, language),
        "old_end": formats.moment(ends, zone, language, closing=True),
    }
