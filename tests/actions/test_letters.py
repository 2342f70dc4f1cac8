"""Letters carry the operator's own name, seller and first contact, in both parts, in the language of whoever
reads.
"""

from __future__ import annotations

import re

from tests import cast
from tests.cast import NOON


def brand() -> None:
    from tsuzuki.actions.catalogue.brand import save_brand

    contacts = [{"kind": "mail", "value": "ask@sakura.example"}, {"kind": "phone", "value": "03-0000-0000"}]
    seller = {"en": "Sakura SIM Co.", "ja": "さくらSIM株式会社", "zh-Hans": "樱花SIM株式会社"}
    save_brand(
        {"name": "Sakura SIM", "colour": "#0b6b4f", "contacts": contacts, "legal": {"seller": seller}},
        "test",
        NOON,
    )


def sent(shop) -> list[dict[str, str]]:
    from tsuzuki.actions.messages.notifications import send_due

    while send_due(NOON):
        pass
    return shop.letters()


def letter(shop, to: str, wanted: str) -> dict[str, str]:
    """The one letter; a busy machine's mail server that acknowledged too late may hold it twice, under one
    Message-ID.
    """
    (found,) = {
        one["message_id"]: one for one in sent(shop) if one["to"] == to and wanted in one["subject"]
    }.values()
    return found


def test_the_operators_words_stand_in_both_parts(shop):
    brand()
    shop.pays()
    purchase = cast.buy(cast.line(email="holder@example.com"), "data-3gb", email="payer@example.com")
    cast.go()
    mail = letter(shop, "payer@example.com", "Receipt")
    assert "090-••••-" in mail["text"], "as the pages write it"
    for part in (mail["text"], mail["html"]):
        assert "Sakura SIM Co." in part
        assert "ask@sakura.example" in part
        assert "03-0000-0000" not in part, "one way out is enough in a letter"
        assert f"/p/{purchase.token}" in part
    assert "background:#0b6b4f" in mail["html"]
    holder = letter(shop, "holder@example.com", "有効")
    assert f"/ja/p/{purchase.token}" in holder["html"], "the payer's page would speak the payer's language"
    cast.buy(cast.line(email="only@example.com"))
    cast.go()
    assert "さくらSIM株式会社" in letter(shop, "only@example.com", "領収")["text"]


def test_before_anything_is_said_the_name_signs_alone(shop):
    from django.conf import settings

    shop.pays()
    cast.buy(cast.line(), "data-3gb", email="early@example.com")
    cast.go()
    mail = letter(shop, "early@example.com", "Receipt")
    assert settings.BRAND in mail["text"].splitlines()
    assert settings.PUBLIC_URL in mail["text"].splitlines()[-1]


def test_a_receipt_shows_when_the_money_came_and_its_tax(shop):
    """Ordered at noon, paid at the counter a quarter of an hour later: the letter and the page say the same
    time.
    """
    from datetime import timedelta

    from tsuzuki.actions.catalogue.brand import save_brand
    from tsuzuki.records.models import Tender

    save_brand({"name": "Sakura SIM", "invoice_number": "T1234567890123"}, "test", NOON)
    shop.pays()
    purchase = cast.buy(cast.line(), "data-3gb", email="payer@example.com")
    cast.go()
    Tender.objects.filter(purchase=purchase.id).update(paid_at=NOON + timedelta(minutes=15))
    text = letter(shop, "payer@example.com", "Receipt")["text"]
    assert re.search(r"Paid: .*12:15|Paid: .*21:15", text), text
    assert "incl. 10% tax JPY 90" in text
    assert "Invoice registration: T1234567890123" in text


def bought_for_two(payer: str = "payer@example.com"):
    """Two lines of two holders, paid by somebody else at once."""
    lines = [cast.line(email=f"holder{n}@example.com") for n in (1, 2)]
    purchase = cast.buy(lines, "data-3gb", cast.voucher(1980), email=payer)
    cast.go()
    return purchase


def test_who_holds_one_line_of_several_is_not_told_of_the_others(shop):
    """The purchase's page shows every line of it, and its code finds that page."""
    purchase = bought_for_two()
    mails = [one for one in sent(shop) if one["to"].startswith("holder")]
    assert {one["to"] for one in mails} == {"holder1@example.com", "holder2@example.com"}
    for mail in mails:
        for part in (mail["subject"], mail["text"], mail["html"]):
            for of_others in (purchase.token, purchase.code, "1,980"):
                assert of_others not in part
        assert "12月22日" in mail["text"], "what is theirs they are told"
    (told, again) = [
        one for one in sent(shop) if one["to"] == "payer@example.com" and "active" in one["subject"]
    ]
    assert purchase.token in told["text"]
    assert purchase.token in again["text"]


def test_one_payment_is_one_receipt_to_who_paid(shop):
    bought_for_two()
    mail = letter(shop, "payer@example.com", "Receipt")
    assert mail["text"].count("data-3gb JPY 990") == 2
    assert "Total: JPY 1,980" in mail["text"]
    assert "incl. 10% tax JPY 180" in mail["text"]
    assert "090-" not in mail["text"]
    assert not [one for one in sent(shop) if one["to"].startswith("holder") and "領収" in one["subject"]]


def test_a_payer_without_an_address_is_told_through_the_line_if_it_is_the_only_one(shop):
    bought_for_two(payer="")
    assert {one["kind"] for one in written()} == {"active"}
    cast.buy(cast.line(email="only@example.com"), "data-3gb", cast.voucher(990))
    cast.go()
    assert {one["kind"] for one in written() if one["address"] == "only@example.com"} == {"active", "receipt"}


def written() -> list[dict[str, str]]:
    from tsuzuki.records.models import OutboundMessage

    return list(OutboundMessage.objects.values("kind", "address"))


def test_a_letter_about_an_order_names_its_own_price(shop):
    """Of a top-up what was topped up, not what all of the purchase cost."""
    line = cast.line(email="holder@example.com")
    cast.buy([line, line], "credit-3000", cast.voucher(6000), email="payer@example.com")
    cast.go()
    for mail in [one for one in sent(shop) if one["to"] == "payer@example.com"]:
        assert ("JPY 6,000" in mail["text"]) == mail["subject"].startswith("Receipt")


def test_only_the_payer_is_asked_where_a_refund_shall_go(shop):
    from tsuzuki.actions.order.take_back import take_back

    shop.press("gateway/refunds", "refuse")
    shop.pays()
    for payer in ("payer@example.com", ""):
        purchase = cast.buy(cast.line(email="holder@example.com"), "data-3gb", email=payer)
        cast.go()
        take_back(purchase.orders.get().id, "why", "test", NOON)
        cast.go()
    asked = [one["address"] for one in written() if one["kind"] == "refund_owed"]
    assert sorted(asked) == ["holder@example.com", "payer@example.com"]
