"""The road by the customer's pages: what is shown to whom, what bad input meets, and that nothing happens
twice.
"""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from tests import cast


def text(response) -> str:
    return unescape(response.content.decode())


def follow(response) -> str:
    assert response.status_code == 302, (response.status_code, text(response)[-800:])
    return response["Location"]


def choose(client, typed: str, **fields: str) -> str:
    """From the typed number to the address of the final check."""
    address = follow(client.post("/en/", {"number": typed}))
    return follow(client.post(address, {"plan": "data-3gb", "method": "byhand"} | fields))


def running(line) -> None:
    """Something runs on the line, bought a day ago."""
    from django.utils import timezone

    from tests import cast

    then = timezone.now() - timedelta(days=1)
    purchase = cast.buy(line, "credit-open", cast.voucher(3000, then), now=then, amount=yen(3000))
    cast.go(then, purchase.id)


def yen(amount: int):
    from tsuzuki.core.money import Money

    return Money(amount, "JPY")


def bought_with_credit(line):
    """A period that runs, delivered by hand."""
    from django.utils import timezone

    from tests import cast
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.actions.work import work_items

    running(line)
    now = timezone.now()
    purchase = cast.buy(line, "data-3gb", PaymentChoice("credit", yen(990)), now=now)
    cast.go(now, purchase.id)
    (task,) = [one.id for one in work_items.waiting() if one.id.startswith("a")]
    work_items.take(task, "staff", now)
    later = now + timedelta(seconds=10)
    work_items.finish(task, "ref", "staff", later)
    cast.go(later, purchase.id)
    assert cast.states(purchase) == ["delivered"]
    return purchase


@pytest.fixture
def line(client):
    from django.utils import timezone

    from tests import cast

    return cast.line("hand", now=timezone.now())


def test_a_typed_number_shows_the_catalogue_and_nothing_of_the_line(client, line, number, iccid):
    purchase = bought_with_credit(line)
    from tsuzuki.records.models import Period

    period = Period.objects.get(order__purchase=purchase.id)
    from tsuzuki.ui import formats

    end = formats.moment(period.ends_at, "Asia/Tokyo", "en", closing=True)
    day = end.split(",")[0]
    by_number, by_sim = (
        text(client.get(follow(client.post("/en/", {"number": typed})))) for typed in (number, iccid)
    )
    assert day in by_sim
    assert "the same as last time" in by_sim
    assert "A plan is running" in by_sim
    for secret in (day, "the same as last time", "A plan is running", "eSIM"):
        assert secret not in by_number
    assert number[-4:] in by_number  # what was typed is shown back, masked
    assert number not in by_number


def test_the_final_check_says_the_six_things_and_the_yes_makes_one_order(client, number):
    from tsuzuki.records.models import Purchase

    address = choose(client, number)
    check = text(client.get(address))
    for name in (
        "Quantity",
        "Total price",
        "Payment",
        "Start of use",
        "Cancelling and refunds",
        "Offer valid until",
    ):
        assert f"<dt>{name}</dt>" in check
    assert "JPY 990" in check
    assert "Place the order and pay JPY 990" in check
    # A double click, then a change of mind.
    first, again = (follow(client.post(address, {"email": email})) for email in ("", "other@example.com"))
    assert first == again
    assert follow(client.get(address)) == first  # Back
    assert Purchase.objects.count() == 1
    assert Purchase.objects.get().code in text(client.get(first))


def test_the_order_is_found_again_by_its_code_and_number(client, number):
    from tsuzuki.records.models import Purchase

    address = follow(client.post(choose(client, number), {}))
    code = Purchase.objects.get().code
    assert follow(client.post("/en/find", {"code": f" {code.lower()} ", "number": number})) == address
    wrong = [
        client.post("/en/find", fields)
        for fields in ({"code": code, "number": "08099998888"}, {"code": "R-00000", "number": number})
    ]
    answers = [re.sub(r'value="[^"]*"', "", text(one)) for one in wrong]
    assert {one.status_code for one in wrong} == {422}
    assert answers[0] == answers[1]  # whether code or number is wrong is nobody's business


def test_codes_and_numbers_cannot_be_tried_in_bulk(client):
    answers = [
        client.post("/en/find", {"code": f"R-{n:05}", "number": "09012345678"}).status_code for n in range(11)
    ]
    assert answers == [422] * 10 + [429]
    tried = [client.post("/en/", {"number": "not a number"}) for _ in range(31)]
    assert [one.status_code for one in tried] == [422] * 30 + [429]
    assert int(tried[-1]["Retry-After"]) > 0
    assert "Too many tries" in text(tried[-1])


@pytest.mark.parametrize(
    ("language", "least", "cash"), [("en", "JPY 100", "Cash at a shop"), ("ja", "100円", "店頭で現金払い")]
)
def test_the_first_page_says_what_it_costs_and_how_to_pay(client, line, language, least, cash):
    said = text(client.get(f"/{language}/"))
    assert least in said.replace("\u202f", " ").replace("\xa0", " ")
    assert cash in said
    assert f'href="/{language}/elsewhere#docomo"' in said
    assert 'id="docomo"' in text(client.get(f"/{language}/elsewhere"))


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "abc",
        "090",
        "０９０１２３",
        "<script>alert(1)</script>",
        "8981" * 6,
        "'; DROP TABLE records_line; --",
        "\0",
    ],
)
def test_a_number_that_is_none_is_answered_beside_the_field(client, typed):
    answer = client.post("/en/", {"number": typed})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in text(answer) or "does not look like" in text(answer)
    assert "<script>" not in answer.content.decode()


def test_full_width_digits_and_blanks_are_a_number(client, number):
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in number)
    for typed in (wide, f" {number[:3]}-{number[3:7]} {number[7:]} ", "+81 " + number[1:]):
        assert follow(client.post("/en/", {"number": typed})).startswith("/en/r/n")


def test_a_number_of_another_company_is_no_dead_end(client):
    assert follow(client.post("/en/", {"number": "080-1234-5678"})).startswith("/en/elsewhere?prefix=8180")


def test_links_that_are_altered_or_old_say_so_and_offer_the_number_field(client, line, monkeypatch):
    from django.utils import timezone

    good = cast.link(line, "n")
    assert client.get(f"/en/r/{good}").status_code == 200
    bad = [
        "x" + good[1:],
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        "s" + good[1:],
        "",
        "n",
        "n" * 200,
        "%00",
    ]
    for token in bad:
        answer = client.get(f"/en/r/{token or '-'}")
        assert answer.status_code == 410
        assert "This link is no longer valid" in text(answer)
        assert 'name="number"' in text(answer)
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(seconds=86_401))
    assert client.get(f"/en/r/{good}").status_code == 410


def test_bad_choices_come_back_to_the_page_with_a_sentence(client, number):
    address = follow(client.post("/en/", {"number": number}))
    good = {"plan": "data-3gb", "method": "byhand"}
    for fields, said in (
        ({"plan": "nonesuch"}, "Please choose one from the list"),
        ({"plan": ""}, "Please choose one from the list"),
        ({"plan": "old"}, "no longer sold"),
        ({"method": "bitcoin"}, "This way to pay is not available"),
        ({"method": ""}, "This way to pay is not available"),
        ({"plan": "credit-open", "amount-credit-open": "-5"}, "greater than zero"),
        ({"plan": "credit-open", "amount-credit-open": "1e9"}, "cannot read"),
        ({"plan": "credit-open", "amount-credit-open": "9999999"}, "smaller amount"),
        ({"plan": "credit-open", "amount-credit-open": ""}, "Please enter digits only"),
        ({"plan": "<script>x</script>"}, "Please choose one from the list"),
    ):
        answer = client.post(address, good | fields)
        assert answer.status_code == 422, fields
        assert said in text(answer), fields
        assert "<script>x" not in answer.content.decode()
    assert follow(
        client.post(address, {"plan": "credit-open", "amount-credit-open": "１,５００", "method": "byhand"})
    )


def test_a_voucher_pays_and_a_wrong_one_is_answered_beside_its_field(client, number):
    from django.utils import timezone

    from tests import cast
    from tsuzuki.records.models import Purchase

    address = choose(client, number, method="voucher")
    wrong = client.post(address, {"voucher": "123"})
    assert wrong.status_code == 422
    assert 'id="voucher-wrong"' in text(wrong)
    assert not Purchase.objects.exists()
    code = cast.voucher(990, timezone.now()).secret
    paid = text(client.get(follow(client.post(address, {"voucher": code, "email": "mei@example.com"}))))
    assert "Paid JPY 990" in paid
    assert code not in paid


def test_a_bad_address_is_answered_beside_its_field_and_nothing_is_ordered(client, number):
    from tsuzuki.records.models import Purchase

    answer = client.post(choose(client, number), {"email": "<script>@x"})
    assert answer.status_code == 422
    assert 'id="email-wrong"' in text(answer)
    assert not Purchase.objects.exists()


def test_an_offer_that_is_over_shows_the_way_to_the_new_price(client, number):
    from tsuzuki.records.models import Purchase, Quote

    address = choose(client, number)
    Quote.objects.update(valid_until="2026-01-01T00:00Z")
    for answer in (client.get(address), client.post(address, {})):
        assert answer.status_code == 422
        assert "Show the current price" in text(answer)
    assert not Purchase.objects.exists()


def test_the_buyer_can_cancel_while_nothing_is_paid(client, number):
    address = follow(client.post(choose(client, number), {}))
    assert "Show this code at a shop" in text(client.get(address))
    cancelled = text(client.get(follow(client.post(address, {"cancel": "1"}))))
    assert "Cancelled, nothing charged" in cancelled
    assert client.post(address, {"cancel": "1"}).status_code == 422


def test_pages_let_nothing_else_in(client, number):
    answer = client.get(choose(client, number))
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer["Referrer-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"]
    assert "<script" not in text(answer)
    assert not re.search(r"(?:src|href)=\"?https?://", text(answer))


def test_a_form_without_its_token_or_too_large_is_refused_kindly(client, number):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True, SERVER_NAME="localhost", headers={"Accept-Language": "ja"})
    strict.get("/ja/")  # its cookie is there
    answer = strict.post("/ja/", {"number": number})
    assert answer.status_code == 403
    assert "読み込み直してください" in text(answer)
    huge = client.post("/en/", {"number": "9" * 10_000_000})
    assert huge.status_code == 413
    assert "Please send less" in text(huge)


@pytest.mark.parametrize(
    "path", ["/nothing", "/en/nothing", "/en/p/unknown-token", "/xx/find", "/en/r/", "/en/elsewhere/x/y"]
)
def test_unknown_addresses_say_so(client, path):
    assert client.get(path).status_code in (404, 410)


def test_the_language_is_the_browsers_until_the_address_names_one(client):
    for wanted, tag in (("zh-TW,zh;q=0.9", "zh-Hans"), ("ja-JP", "ja"), ("fr,en;q=0.1", "en"), ("", "en")):
        answer = client.get("/", headers={"Accept-Language": wanted})
        assert answer["Content-Language"] == tag
        assert f'<html lang="{tag}"' in text(answer)
    other = client.get("/ja/find", headers={"Accept-Language": "zh"})
    assert other["Content-Language"] == "ja"
    assert 'href="/zh-Hans/find"' in text(other)
    assert len(other.cookies["csrftoken"].OutputString()) < 500


def test_the_order_page_looks_again_by_itself_only_while_something_moves(client, number, line):
    from django.utils import timezone

    from tests import cast

    code = cast.voucher(990, timezone.now()).secret
    address = follow(client.post(choose(client, number, method="voucher"), {"voucher": code}))
    assert client.get(address)["Refresh"] == "3"
    cash = follow(client.post(choose(client, number), {}))
    assert "Refresh" not in client.get(cash)


def test_work_by_hand_says_before_paying_by_when_it_is_done(client, line, number, monkeypatch):
    """Friday at 17:00, four business hours, Monday a holiday: Tuesday at 13:00, and that is also when the
    order's own clock ends.
    """
    from datetime import UTC, datetime

    from django.utils import timezone

    from tests import cast
    from tsuzuki.records.models import Carrier, Order

    week = {day: [["10:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    Carrier.objects.filter(code="hand").update(
        hours={**week, "holidays": "JP"}, refund_after_seconds=4 * 3600
    )
    friday = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: friday)
    shown = text(client.get(choose(client, number)))
    assert "Mon–Fri 10:00–18:00" in shown
    assert re.search(
        r"If you pay now: by [^<]*24 Nov 2026, 13:00 \(Japan time\), or we begin the full refund\.", shown
    ), shown
    purchase = cast.buy(line, "data-3gb", cast.voucher(990, friday), now=friday)
    cast.go(friday)
    assert Order.objects.get(purchase=purchase.id).refund_by == datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def test_a_page_where_the_buyer_chooses_never_looks_again_by_itself(client, number, monkeypatch):
    from tsuzuki.records.models import Purchase, Tender

    address = follow(client.post(choose(client, number), {}))
    Tender.objects.update(method="card", gateway="sandbox")  # as if a gateway were asked
    moving = client.get(address)
    assert moving["Refresh"] == "3"
    assert 'name="method"' not in text(moving)
    choosing = client.get(address + "?other=1")
    assert "Refresh" not in choosing
    assert 'name="method" value="cash" required' in text(choosing)
    assert Purchase.objects.get().waiting


def test_a_gateway_without_its_secret_is_not_offered_and_hides_no_other(client, number, monkeypatch):

    from tsuzuki.actions.engine import providers

    cast.gateways({"sandbox": {}, "nonesuch": {}, "byhand": {}})
    for name in ("TSUZUKI_SANDBOX_URL", "TSUZUKI_SANDBOX_SECRET"):
        monkeypatch.delenv(name, raising=False)
    providers.forget()
    shown = text(client.get(follow(client.post("/en/", {"number": number}))))
    assert 'value="cash"' in shown
    assert 'value="card"' not in shown


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "a day before six months have passed since the voucher was made"),
        ("ja", "発行日から6か月の前日まで"),
        ("zh-Hans", "满 6 个月的前一天"),
    ],
)
def test_how_long_credit_by_voucher_lasts_is_said_before_the_yes(client, line, number, language, words):
    address = follow(client.post(f"/{language}/", {"number": number}))
    wish = {"plan": "credit-open", "amount-credit-open": "3000"}
    assert words in text(client.get(follow(client.post(address, wish | {"method": "voucher"}))))
    assert words not in text(client.get(follow(client.post(address, wish | {"method": "byhand"}))))
