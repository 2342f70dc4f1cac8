"""Letters carry the operator's own name, seller and first contact, in both parts, in the language of whoever
reads.
"""

from __future__ import annotations

import re

from tests import cast
from tests.cast import NOON


def brand() -> None:
    from tsuzuki.actions.catalogue.brand import put_brand

    contacts = [{"kind": "mail", "value": "ask@sakura.example"}, {"kind": "phone", "value": "03-0000-0000"}]
    seller = {"en": "Sakura SIM Co.", "ja": "さくらSIM株式会社", "zh-Hans": "樱花SIM株式会社"}
    put_brand(
        {"name": "Sakura SIM", "colour": "#0b6b4f", "contacts": contacts, "legal": {"seller": seller}},
        "test",
        NOON,
    )


def sent(shop) -> list[dict[str, str]]:
    from tsuzuki.actions.messages.notices import send_due

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
    holder = letter(shop, "holder@example.com", "領収")
    assert "さくらSIM株式会社" in holder["text"]
    assert f"/ja/p/{purchase.token}" in holder["html"], "the payer's page would speak the payer's language"


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

    from tsuzuki.actions.catalogue.brand import put_brand
    from tsuzuki.records.models import Tender

    put_brand({"name": "Sakura SIM", "invoice_number": "T1234567890123"}, "test", NOON)
    shop.pays()
    purchase = cast.buy(cast.line(), "data-3gb", email="payer@example.com")
    cast.go()
    Tender.objects.filter(purchase=purchase.id).update(paid_at=NOON + timedelta(minutes=15))
    text = letter(shop, "payer@example.com", "Receipt")["text"]
    assert re.search(r"Paid: .*12:15|Paid: .*21:15", text), text
    assert "incl. 10% tax JPY 90" in text
    assert "Invoice registration: T1234567890123" in text
