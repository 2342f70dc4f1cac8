"""What a notice says: its order's facts, formatted in the reader's language."""

from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Max

from tsuzuki.actions import links
from tsuzuki.core.brand import Brand
from tsuzuki.core.money import Money
from tsuzuki.core.states import NO_CLAIM, RefundState
from tsuzuki.records import models, queries
from tsuzuki.ui import formats, letter, messages
from tsuzuki.ui.languages import N_, nearest, translator


class Letter(NamedTuple):
    words: messages.Words
    html: str


def compose_for(notice: models.Notice) -> Letter:
    """Subject and text of one notice, and the same as HTML; dates in the carrier's zone with its name."""
    order, purchase, language, brand = notice.order, notice.purchase, notice.language, queries.brand()
    # The page speaks the payer's language by itself; whoever is written to in another gets the page in that one.
    tongue = "" if language == purchase.language else f"/{nearest(language)}"
    url = f"{settings.PUBLIC_URL}{tongue}/p/{purchase.token}"
    facts: dict[str, Any] = {
        "code": purchase.code, "amount": formats.money(Money(purchase.minor, purchase.currency), language), "brand": brand.name,
        "seller": formats.name(brand.legal.get("seller", {}), language) or brand.name,
        "contact": brand.contacts[0].value if brand.contacts else settings.PUBLIC_URL, "url": url, **notice.facts,
    }  # fmt: skip
    if order is not None:
        facts |= _of_order(order, language)
    if notice.facts.get("orders", 1) > 1:  # the letter is about all of them
        facts |= {"number": "", "plan": ""}
    if notice.kind == "receipt":
        facts |= _of_payment(notice, language, brand)
    if order is not None and notice.kind == "refund_owed" and notice.recipient == purchase.email:  # the payer's money, and nobody else's
        owed = models.Refund.objects.filter(order=order, state=RefundState.OWED).order_by("id").first()
        facts |= {"account_url": f"{settings.PUBLIC_URL}{tongue}/b/{links.refund_token(owed.id)}"} if owed else {}
    if order is not None and "old_start" in notice.facts:
        facts |= _old_dates(order, notice.facts, language)
    words = messages.compose(notice.kind, language, facts)
    return Letter(words, letter.html(words, brand, language, url))


def _of_payment(notice: models.Notice, language: str, brand: Brand) -> dict[str, str]:
    """When the money came, and what a receipt must show of tax."""
    say, content = translator(language), queries.quote_value(notice.purchase.quote)
    paid = models.Tender.objects.filter(purchase=notice.purchase, paid_at__isnull=False).aggregate(at=Max("paid_at"))["at"]
    tax = [
        say(N_("incl. %(percent)s%% tax %(amount)s")) % {"percent": one.percent, "amount": formats.money(one.tax, language)}
        for one in content.tax if one.tax.minor
    ]  # fmt: skip
    facts = {"tax": "\n".join(tax), "registration": brand.invoice_number}
    return facts | ({"date": formats.moment(paid, content.items[0].zone, language)} if paid else {})


def _of_order(order: models.Order, language: str) -> dict[str, str]:
    item = queries.items_of([order])[order.id]
    period = models.Period.objects.filter(order=order).first()
    lot = models.Lot.objects.filter(order=order).order_by("ends_at").last()
    span = period or lot
    starts, ends = (span.starts_at, span.ends_at) if span else (item.starts_at, item.new_end)
    number = queries.numbers_of([order.line_id]).get(order.line_id)
    refunds = list(models.Refund.objects.filter(order=order).exclude(state__in=NO_CLAIM).values_list("minor", flat=True))
    return {
        "number": formats.number(number) if number else "",
        "plan": formats.name(item.names, language),
        "starts": formats.moment(starts, item.zone, language),
        "ends": formats.moment(ends, item.zone, language, closing=True),
        "expires": formats.moment(ends, item.zone, language, closing=True),
        "lines": "\n".join(f"{formats.name(line.names, language)}  {formats.money(line.amount, language)}" for line in item.price_lines),
        "date": formats.moment(order.made_at, item.zone, language),
        "way": "",
    } | ({"amount": formats.money(Money(sum(refunds), order.currency), language)} if refunds else {})


def _old_dates(order: models.Order, facts: dict[str, str], language: str) -> dict[str, str]:
    """What we wrote before, in the same words."""
    zone = queries.items_of([order])[order.id].zone
    starts, ends = (datetime.fromisoformat(facts[name]) for name in ("old_start", "old_end"))
    return {"old_start": formats.moment(starts, zone, language), "old_end": formats.moment(ends, zone, language, closing=True)}
