"""What people type in a Japanese or Chinese input mode is read at every door alike:
codes of orders, amounts.
"""

from __future__ import annotations

import re

import pytest

from tests import cast
from tests.faces import desk
from tsuzuki.core.staff import Role


@pytest.fixture
def now():
    from django.utils import timezone

    return timezone.now()


@pytest.fixture
def office(now):
    from django.test import Client, override_settings

    with override_settings(PASSWORD_HASHERS=desk.FAST):
        browser = Client(
            SERVER_NAME="localhost", headers={"Accept-Language": "en"}, raise_request_exception=False
        )
        desk.sign_in(browser, desk.hire("owner", Role.OWNER, now), now)
        yield browser


def wide(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


def ways(code: str) -> list[str]:
    """A spoken code as people type it; with O for 0 and l for 1 where it has them."""
    return [
        code.lower(),
        code.replace("-", ""),
        code[2:],
        wide(code),
        code.replace("-", "−"),
        code.replace("-", "ー"),
        code.replace("-", " "),
        "R-" + code[2:].replace("0", "O").replace("1", "l"),
    ]


def test_an_order_is_found_by_its_code_however_typed(client, office, line, number, now):
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.records.models import Purchase

    purchase = cast.buy(line, "data-3gb", PaymentChoice("byhand"), now=now)
    Purchase.objects.filter(id=purchase.id).update(code="R-0RN1J")
    for place, typed in enumerate(ways("R-0RN1J")):
        said = client.post(
            "/en/find", {"code": typed, "number": wide(number)}, REMOTE_ADDR=f"198.51.100.{place}"
        )
        assert (said.status_code, said.get("Location")) == (302, f"/en/p/{purchase.token}"), typed
        assert "R-0RN1J" in desk.text(office.get("/office/purchases/", {"q": typed})), typed
    said = client.post("/en/find", {"code": "R-0RN2J", "number": number}, REMOTE_ADDR="198.51.100.99")
    assert said.status_code == 422


@pytest.mark.parametrize("typed", ["1000", "１，０００", "1,000円", "￥1,000", "１０００円"])
def test_an_amount_in_the_office(client, office, typed, now):
    from tsuzuki.actions.money import accounts
    from tsuzuki.records.models import Account, PlanPrice, VoucherBatch

    said = desk.post(office, "/office/vouchers/add/", "make", amount=typed, count="２")
    assert len(re.findall(r'<b class="secret">', said.content.decode())) == 2
    assert VoucherBatch.objects.get().minor == 1000
    account = accounts.make("Hostel", "reseller", "test", now)
    assert (
        desk.post(
            office, f"/office/accounts/{account.id}/", "top_up", amount=typed, reference="T-1"
        ).status_code
        == 302
    )
    assert Account.objects.get(id=account.id).balance_minor == 1000
    new = {
        "code": "week",
        "name_en": "A week",
        "kind": "plan",
        "technology": "4g",
        "gives_data": "7 GB",
        "validity": "calendar_days",
        "count": "7",
        "start": "purchase",
        "stacking": "queue",
        "price": typed,
        "cost": typed,
        "tax": "jp_standard",
    }
    assert desk.post(office, "/office/plans/add/", "plan", **new).status_code == 302
    assert PlanPrice.objects.filter(plan__code="week").values_list("minor", "cost_minor").get() == (
        1000,
        1000,
    )


TYPED = [
    "bank 2026 #1",
    "ｂａｎｋ　２０２６　＃１",
    " bank  2026\u00a0#1 ",
    "bank 2026 #\u200b1",
    "bank 2026 #1\u202c",
]


@pytest.mark.parametrize("again", TYPED)
def test_a_bank_transfer_is_booked_once_however_typed(client, office, again, now):
    from tsuzuki.actions.money import accounts
    from tsuzuki.ledger.models import Entry
    from tsuzuki.records.models import Account

    account = accounts.make("Hostel", "reseller", "test", now)
    for typed in ("bank 2026 #1", again):
        said = desk.post(office, f"/office/accounts/{account.id}/", "top_up", amount="1000", reference=typed)
        assert said.status_code == 302, typed
    assert Account.objects.get(id=account.id).balance_minor == 1000
    assert "This transfer was booked before" in desk.text(office.get(said["Location"]))
    assert list(Entry.objects.values_list("detail", flat=True)) == ["bank 2026 #1"]
    for typed in ("   ", "\u200b", "\u202e"):
        assert (
            desk.post(
                office, f"/office/accounts/{account.id}/", "top_up", amount="1000", reference=typed
            ).status_code
            == 422
        )
