"""The pages met by people who mean harm, or type what nobody would: what it must not break, show, or let
through.
"""

from __future__ import annotations

import os
import subprocess
import sys
from uuid import UUID

import pytest

from tests.faces.test_pages import choose, follow, text, yen

NUL = "\0"


def bought(client, number: str, **fields: str) -> str:
    """The address of an order that waits for cash."""
    return follow(client.post(choose(client, number), {"email": ""} | fields))


def test_a_nul_is_refused_like_any_other_wrong_word(client, number):
    line = follow(client.post("/en/", {"number": number}))
    order = bought(client, number)
    asked = [
        client.post("/en/", {"number": NUL}),
        client.post("/en/find", {"code": f"R{NUL}", "number": number}),
        client.post("/en/find", {"code": "R-7K3QF", "number": NUL}),
        client.post(line, {"plan": f"{NUL}x", "method": "byhand"}),
        client.post(line, {"plan": "data-3gb", "method": NUL}),
        client.post(order, {"method": f"{NUL}x"}),
        client.post(choose(client, number, method="voucher"), {"voucher": NUL}),
        client.post(choose(client, number), {"email": f"{NUL}@example.com"}),
    ]
    assert [said.status_code for said in asked] == [422] * len(asked)
    assert [client.get(path).status_code for path in ("/p/%00", "/en/p/a%00b", "/r/%00", "/q/%00")] == [
        404,
        404,
        410,
        410,
    ]


def test_an_address_longer_than_mail_allows_is_said_and_nothing_is_lost(client, number):
    from tsuzuki.records.models import Purchase

    address = choose(client, number)
    long = "a" * 60 + "@" + ("b" * 60 + ".") * 3 + "example.com"
    assert 254 < len(long) < 320
    said = client.post(address, {"email": long})
    assert said.status_code == 422
    assert "e-mail" in text(said)
    assert not Purchase.objects.exists()
    follow(client.post(address, {"email": "a@example.com"}))


def test_only_what_the_shop_offers_can_be_chosen_for_an_order_that_waits(client, number, monkeypatch):
    from tsuzuki.actions.engine import providers
    from tsuzuki.records.models import Gateway, Tender

    order = bought(client, number)
    Gateway.objects.update(active=False)  # cash is taken no more
    providers.forget()
    assert client.post(order, {"method": "byhand"}).status_code == 422
    assert Tender.objects.count() == 1


def test_nobody_opens_payments_without_end(client, number):
    from tsuzuki.records.models import Tender

    order = bought(client, number)
    said = [client.post(order, {"method": "byhand"}).status_code for _ in range(30)]
    assert said == [302] * 20 + [422] * 10
    assert Tender.objects.count() == 21


def test_nobody_floods_a_strangers_mailbox(client, line, number):
    from tsuzuki.records.models import Line, OutboundMessage

    Line.objects.filter(id=line).update(email="holder@example.com")
    for name in ["Mei@example.com"] * 5 + ["mei@example.com"] * 5:
        order = bought(client, number, email=name)
        assert client.post(order, {"cancel": "1"}).status_code == 302
    said = client.post(choose(client, number), {"email": "mei@example.com"})
    assert said.status_code == 422
    assert "minutes" in text(said)
    bought(client, number)
    assert set(OutboundMessage.objects.values_list("address", flat=True)) == {
        "Mei@example.com",
        "mei@example.com",
    }
    assert OutboundMessage.objects.count() == 10


def half_paid(line: UUID, number: str):
    """A purchase of 990 yen: 500 by voucher, the rest in cash."""
    from django.utils import timezone

    from tests import cast
    from tsuzuki.actions.order.acceptance import PaymentChoice

    now = timezone.now()
    voucher = PaymentChoice("voucher", yen(500), cast.voucher(500, now).secret)
    purchase = cast.buy(line, "data-3gb", voucher, PaymentChoice("byhand"), now=now)
    cast.go(now, purchase.id)
    purchase.refresh_from_db()
    assert purchase.waiting
    return purchase


def test_what_a_voucher_has_paid_already_is_not_asked_for_again(client, line, number):
    purchase = half_paid(line, number)
    shown = text(client.get(f"/en/p/{purchase.token}"))
    assert "JPY 490" in shown
    assert "pay JPY 990" not in shown
    assert "Receipt" not in shown  # nor is it paid
    assert "Paid JPY 990" not in shown


def test_a_voucher_that_was_released_paid_nothing(client, line, number):
    purchase = half_paid(line, number)
    follow(client.post(f"/en/p/{purchase.token}", {"cancel": "1"}))
    shown = text(client.get(f"/en/p/{purchase.token}"))
    assert "Cancelled, nothing charged" in shown
    assert "Receipt" not in shown
    assert "Paid" not in shown


ORIGIN = """
import sys
import django
from django.conf import settings
django.setup()
settings.CSRF_FAILURE_VIEW = "django.http.HttpResponseForbidden"  # ours asks the database who the operator is
from django.http import HttpResponse
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.test import RequestFactory

make, door = RequestFactory(SERVER_NAME="shop.example"), CsrfViewMiddleware(lambda request: HttpResponse())
first = make.get("/en/")
token = get_token(first)
for origin in sys.argv[1:]:
    request = make.post("/en/", {"csrfmiddlewaretoken": token}, headers={"Origin": origin})
    request.COOKIES["csrftoken"] = first.META["CSRF_COOKIE"]
    door.process_request(request)
    refused = door.process_view(request, lambda request: HttpResponse(), (), {})
    print(origin, "refused" if refused else "taken")
"""


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        (
            "https://shop.example",
            [
                "https://shop.example",
                "https://shop.example.",
                "https://a.sims.example",
                "https://a.sims.example.",
            ],
        ),
        (
            "https://shop.example:8443",
            [
                "https://shop.example:8443",
                "https://shop.example.:8443",
                "https://shop.example",
                "https://a.sims.example:8443",
                "https://127.0.0.1:8443",
                "https://[::1]:8443",
            ],
        ),
    ],
)
def test_behind_a_proxy_that_ends_tls_our_own_origin_is_known_and_no_other(url, taken):
    """Browsers name https as the origin; between proxy and program it is plain http."""
    environ = {
        **os.environ,
        "TSUZUKI_URL": url,
        "TSUZUKI_HOSTS": "shop.example,.sims.example,[::1],127.0.0.1",
        "TSUZUKI_SANDBOX": "1",
        "DJANGO_SETTINGS_MODULE": "tsuzuki.site.settings",
    }
    refused = [
        "https://evil.example",
        "http://shop.example.evil.example",
        "null",
        "https://shop.example.evil",
        "https://shop.example..",
        "https://shop.example:9443",
        "https://evilsims.example",
        "https://.",
    ]
    said = subprocess.run(
        [sys.executable, "-c", ORIGIN, *taken, *refused],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.splitlines() == [
        *(f"{one} taken" for one in taken),
        *(f"{one} refused" for one in refused),
    ]


LOG = """
import logging
from tsuzuki.cli.start import set_up_log
set_up_log("json")
for path in ("/en/r/sAZv79:1xVE3I:rYkBi", "/q/nAZv79:1xVE3I:rYkBi", "/zh-Hans/p/JcMHv7hG-MuzV", "/en/find"):
    logging.getLogger("django.request").warning("%s: %s", "Unprocessable Entity", path)
forms = logging.getLogger("django.security.csrf")
forms.warning("Forbidden (CSRF token missing.): /p/JcMHv7hG-MuzV")
forms.warning("Forbidden (CSRF cookie not set.): /office/join/01a2.hG-MuzV:rYkBi/")
logging.getLogger("django.request").warning("%s: %s", "Gone", "/office/join/01a2.hG-MuzV:rYkBi/")
"""


def test_no_address_that_opens_something_gets_into_the_log():
    said = subprocess.run([sys.executable, "-c", LOG], capture_output=True, text=True, check=True).stderr
    assert [line.partition(": ")[2] for line in said.splitlines()] == [
        "/en/r/…", "/q/…", "/zh-Hans/p/…", "/en/find", "/p/…",
        "/office/join/…/", "/office/join/…/",
    ]  # fmt: skip
