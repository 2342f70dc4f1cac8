"""J7, when something goes wrong or people do what people do: plain words, no dead end, and never a second
charge or delivery.
"""

from collections.abc import Callable, Iterator

import pytest

from tsuzuki.ui import formats, states
from tsuzuki.ui.languages import SHIPPED, translator

from . import front, journey
from .chromium import Chromium, Tab
from .front import Front

PLAN = "data-3gb"
WAY_OUT = "03-0000-0000"
Opens = Callable[[str], Tab]


@pytest.fixture
def opens(browser: Chromium) -> Iterator[Opens]:
    """A tab of one person who reads this language; a second call is a second tab of the same."""
    people: dict[str, object] = {}
    held = []

    def open_(language: str) -> Tab:
        if language not in people:
            held.append(browser.person(language, *journey.HELD[language]))
            people[language] = held[-1].__enter__()
        return people[language].tab()  # type: ignore[attr-defined,no-any-return]

    yield open_
    for person in held:
        person.__exit__(None, None, None)


def shown(state: str, language: str, unsure: bool = False) -> str:
    return states.state(state, starts=None, ends=None, unsure=unsure, started=True, language=language)


@pytest.mark.parametrize("language", SHIPPED)
def test_the_carrier_refuses_and_the_refund_begins(opens: Opens, shop: Front, language: str) -> None:
    line = shop.line((PLAN, 32))
    shop.press("carrier", "refuse", times=1)
    shop.press("gateway/refunds", "pending", times=1)
    tab, say = opens(language), translator(language)
    journey.through(journey.renew(tab, shop.link(line)))
    shop.settle(tab)
    text, amount = tab.text("main"), formats.money(front.price(PLAN), language)
    assert tab.text("h1") == shown("refunding", language)
    assert say("It could not be activated") in text
    assert say("Refund of %(amount)s begun") % {"amount": amount} in text
    assert WAY_OUT in text
    shop.refunds_arrive(line)
    shop.settle(tab, minutes=10)
    assert tab.text("h1") == shown("refunded", language)
    assert say("Refunded %(amount)s") % {"amount": amount} in tab.text("main")
    assert shop.states(line)[-1] == "refunded"
    assert shop.calls(line) == {"charges": 1, "deliveries": 1}  # the one of 32 days ago


@pytest.mark.parametrize("language", SHIPPED)
def test_the_carrier_says_nothing_and_nobody_is_told_it_failed(
    opens: Opens, shop: Front, language: str
) -> None:
    """Its answer is lost after it acted: «we are fixing it», looked up later, and delivered once."""
    line = shop.line((PLAN, 32))
    shop.press("carrier", "late", times=1)
    tab, say = opens(language), translator(language)
    journey.through(journey.renew(tab, shop.link(line)))
    shop.settle(tab)
    assert tab.text("h1") == shown("applied", language, unsure=True)
    assert say("There is nothing you need to do. You can close this page and come back.") in tab.text("main")
    shop.settle(tab, minutes=10)
    assert shop.states(line)[-1] == "delivered"
    assert shop.headline_date(line, language) in tab.text("h1")
    assert shop.calls(line) == {"charges": 1, "deliveries": 2}


@pytest.mark.parametrize("language", SHIPPED)
def test_the_payment_is_refused_and_another_way_is_a_tap_away(
    opens: Opens, shop: Front, language: str
) -> None:
    line = shop.line((PLAN, 32))
    tab, say = opens(language), translator(language)
    journey.through(journey.renew(tab, shop.link(line), press=journey.DECLINE))
    shop.settle(tab)
    text = tab.text("main")
    assert say("The payment did not go through") in text
    assert say("Nothing was charged. Please choose another way to pay.") in text
    assert WAY_OUT in text
    assert tab.has("input[name=method]") >= 2
    tab.mark("input[name=method][value=card]")
    tab.press("form:has(input[name=method]) button")
    tab.press(journey.PAY)
    shop.settle(tab)
    assert shop.states(line)[-1] == "delivered"
    assert shop.calls(line) == {"charges": 1, "deliveries": 2}


def test_refused_then_paid_in_cash(opens: Opens, shop: Front) -> None:
    """The spoken code is shown large, with where to go; nothing moves until someone took the money."""
    line = shop.line((PLAN, 32))
    tab = opens("ja")
    journey.through(journey.renew(tab, shop.link(line), press=journey.DECLINE))
    shop.settle(tab)
    tab.mark("input[name=method][value=cash]")
    tab.press("form:has(input[name=method]) button")
    shop.settle(tab)
    [purchase] = [one for one in shop.purchases(line) if one.waiting]
    assert tab.text(".code") == purchase.code
    assert "見本店" in tab.text("main")
    assert shop.states(line)[-1] == "awaiting_payment"


@pytest.mark.parametrize("page", ["choose", "confirm"])
def test_a_double_click_is_one_order(opens: Opens, shop: Front, page: str) -> None:
    line = shop.line((PLAN, 32))
    tab = opens("en")
    steps = journey.renew(tab, shop.link(line))
    journey.until(steps, page)
    if page == "choose":
        tab.mark("input[name=method][value=card]")
    tab.press_twice(journey.NEXT)
    if page == "choose":
        tab.press(journey.NEXT)
    # The second tap came while the first still asked the gateway: the order's page leads on by itself.
    elif "/pay/" not in tab.url:
        tab.do(lambda page: page.wait_for_selector("a.go[href*='/pay/']"))
        tab.press("a.go[href*='/pay/']")
    assert "/pay/" in tab.url
    tab.press(journey.PAY)
    shop.settle(tab)
    assert shop.states(line) == ["delivered", "delivered"]
    assert shop.calls(line) == {"charges": 1, "deliveries": 2}


def test_back_from_a_paid_order_leads_to_the_order(opens: Opens, shop: Front) -> None:
    line = shop.line((PLAN, 32))
    tab = opens("en")
    steps = journey.renew(tab, shop.link(line))
    journey.until(steps, "confirm")
    confirm = tab.url
    journey.through(steps)
    shop.settle(tab)
    order = tab.url
    tab.back()  # the gateway's page, which is no longer for paying
    assert tab.has(journey.PAY) == 0
    tab.open(confirm)
    assert tab.url.rpartition("/")[2] == order.rpartition("/")[2]
    assert tab.has("button") == 0, "nothing there can be ordered or paid again"
    assert len(shop.purchases(line)) == 2


def test_back_to_the_last_screen_and_once_more(opens: Opens, shop: Front) -> None:
    """From the gateway's page back to the confirm page, and the button again: the same order, the same
    payment.
    """
    line = shop.line((PLAN, 32))
    tab = opens("zh-Hans")
    journey.until(journey.renew(tab, shop.link(line)), "gateway")
    gateway = tab.url
    tab.back()
    assert shop.purchases(line)[-1].token in tab.url, "the confirm page has become the order's"
    tab.press("a.go")
    assert tab.url == gateway
    tab.press(journey.PAY)
    shop.settle(tab)
    assert shop.calls(line) == {"charges": 1, "deliveries": 2}


def test_reload_orders_nothing(opens: Opens, shop: Front) -> None:
    line = shop.line((PLAN, 32))
    tab = opens("ja")
    for page in journey.renew(tab, shop.link(line)):
        tab.reload()
        if page == "choose":
            assert len(shop.purchases(line)) == 1
    shop.settle(tab)
    assert shop.states(line) == ["delivered", "delivered"]
    assert shop.calls(line) == {"charges": 1, "deliveries": 2}


def test_the_same_order_in_two_tabs(opens: Opens, shop: Front) -> None:
    line = shop.line((PLAN, 32))
    first, second = opens("en"), opens("en")
    journey.until(journey.renew(first, shop.link(line)), "confirm")
    second.open(first.url)
    first.press(journey.NEXT)
    second.press(journey.NEXT)
    assert second.url == first.url or shop.purchases(line)[-1].token in second.url
    first.press(journey.PAY)
    shop.settle(second)
    assert len(shop.purchases(line)) == 2
    assert shop.calls(line) == {"charges": 1, "deliveries": 2}


@pytest.mark.parametrize("language", SHIPPED)
def test_closed_after_paying_and_found_again(opens: Opens, shop: Front, language: str) -> None:
    """Paid, and the phone died: the gateway tells us, the order goes on, and code and number find it."""
    line = shop.line((PLAN, 32))
    tab = opens(language)
    journey.until(journey.renew(tab, shop.link(line)), "gateway")
    status, _ = shop.sandbox.post(tab.url.removeprefix(shop.sandbox.url), behaviour="accept")
    assert status == 303
    tab.close()
    shop.told(line)
    shop.work()
    shop.web_rests(line)  # what a page took up before the worker came
    purchase = shop.purchases(line)[-1]
    again = opens(language)
    again.open(f"{shop.url}/{language}/find")
    again.fill("input[name=code]", purchase.code.lower())
    again.fill("input[name=number]", shop.number(line))
    again.press(journey.NEXT)
    assert purchase.token in again.url
    assert shop.end(line, language) in again.text("h1")


@pytest.mark.parametrize("language", SHIPPED)
def test_a_wrong_code_and_a_wrong_number_get_the_same_answer(
    opens: Opens, shop: Front, language: str
) -> None:
    line, other = shop.line((PLAN, 32)), shop.line((PLAN, 32))
    code, tab, said = shop.purchases(line)[-1].code, opens(language), []
    for given, number in (("R-ZZZZZ", shop.number(line)), (code, shop.number(other)), (code, "09012345678")):
        tab.open(f"{shop.url}/{language}/find")
        tab.fill("input[name=code]", given)
        tab.fill("input[name=number]", number)
        assert tab.press(journey.NEXT) in (404, 422)
        said.append(tab.text("main").replace(given, ""))
        assert tab.do(lambda page: page.input_value("input[name=number]")) == number, (
            "nothing has to be typed again"
        )
    assert len(set(said)) == 1


@pytest.mark.parametrize("language", SHIPPED)
def test_a_page_looks_again_by_itself_until_it_rests(opens: Opens, shop: Front, language: str) -> None:
    line = shop.line((PLAN, 32))
    shop.press("carrier", "late", times=1)
    tab = opens(language)
    journey.through(journey.renew(tab, shop.link(line)))
    shop.work()
    assert tab.refreshes() > 0
    shop.work(minutes=10)
    assert tab.refreshes() == 0
