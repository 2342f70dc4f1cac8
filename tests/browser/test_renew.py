"""J1, renewed in a minute: a real browser without scripts, in three languages, from a link, a number or the
SIM's own number.
"""

import pytest

from tsuzuki.ui import formats, states
from tsuzuki.ui.languages import SHIPPED

from . import front, journey
from .chromium import Chromium, Tab
from .front import Front

PLAN = "data-3gb"
HANDLERS = (
    "() => [...document.querySelectorAll('*')].flatMap(one => one.getAttributeNames()).filter(name "
    "=> name.startsWith('on'))"
)
OURS = {"link": ["choose", "confirm", "order"], "number": ["home", "choose", "confirm", "order"]}


@pytest.mark.parametrize("language", SHIPPED)
@pytest.mark.parametrize("by", ["link", "number", "iccid"])
def test_renewed(browser: Chromium, shop: Front, language: str, by: str) -> None:
    """Few screens, few taps, one field; whoever only typed a number sees no dates; the end is active, with
    the same words as everywhere.
    """
    line = shop.line((PLAN, 32))
    typed = {"link": "", "number": shop.number(line), "iccid": shop.iccid(line)}[by]
    with browser.person(language, *journey.HELD[language]) as mei:
        tab = mei.tab()
        steps = journey.renew(
            tab, shop.url if typed else shop.link(line), typed, plan=PLAN if by == "number" else ""
        )
        ours, texts = [], {}
        for page in steps:
            if page != "gateway":
                ours.append(page)
                texts[page] = tab.text("main")
                assert tab.ask("() => document.documentElement.lang") == language
                assert mei.cookies() <= 500
        shop.settle(tab)
        assert ours == OURS["link" if by == "link" else "number"]
        assert tab.taps - 1 <= 5  # one was the gateway's
        assert tab.fields == (1 if typed else 0)
        assert shop.states(line) == ["delivered", "delivered"]
        assert shop.calls(line) == {"charges": 1, "deliveries": 2}
        end = shop.end(line, language)
        said = states.state("delivered", starts=None, ends=end, unsure=False, started=True, language=language)
        assert tab.text("h1") == said
        assert (end in texts["choose"]) == (end in texts["confirm"]) == (by != "number")


@pytest.mark.parametrize("language", SHIPPED)
def test_the_last_screen_says_all_six_things_and_who_sells(
    browser: Chromium, shop: Front, language: str
) -> None:
    """Act on Specified Commercial Transactions, Art. 12-6."""
    from tsuzuki.ui import statutory
    from tsuzuki.ui.languages import translator

    line = shop.line((PLAN, 32))
    with browser.person(language) as mei:
        tab = mei.tab()
        journey.until(journey.renew(tab, shop.link(line)), "confirm")
        said = tab.text("main")
        for name in statutory._NAMES.values():
            assert translator(language)(name) in said
        assert formats.number("+81" + shop.number(line)[1:]) in said
        assert "03-0000-0000" in said
        assert front.seller(language) in said
        amount = formats.money(front.price(PLAN), language)
        assert amount in tab.text(journey.NEXT)


def test_by_keyboard_alone(browser: Chromium, shop: Front) -> None:
    line = shop.line((PLAN, 32))
    with browser.person("en") as mei:
        tab = mei.tab(shop.url)
        tab.focus("input[name=number]")
        tab.type(shop.number(line))
        tab.enter()
        tab.focus("input[name=plan]")
        pick(tab, f"input[value={PLAN}]")
        tab.focus("input[name=method]")
        pick(tab, "input[value=card]")
        tab.focus(journey.NEXT)
        tab.enter()
        tab.focus(journey.NEXT)
        tab.enter()
        assert "/pay/" in tab.url
        tab.focus(journey.PAY)
        tab.enter()
        shop.settle(tab)
        assert shop.states(line)[-1] == "delivered"


def pick(tab: Tab, what: str) -> None:
    """Among radios, which are one stop of the Tab key: by the arrow keys."""
    tab.key("Space")
    for _ in range(30):
        if tab.ask("(what) => document.activeElement.matches(what) && document.activeElement.checked", what):
            return
        tab.key("ArrowDown")
    raise AssertionError(f"the arrow keys never come to {what}")


def test_pages_have_no_scripts_and_ask_nobody_else(browser: Chromium, shop: Front) -> None:
    line = shop.line((PLAN, 32))
    with browser.person("ja") as mei:
        tab = mei.tab()
        asked: list[str] = []
        tab.do(lambda page: page.on("request", lambda request: asked.append(request.url)))
        for page in journey.renew(tab, shop.link(line)):
            if page == "gateway":
                break
            assert tab.has("script") == 0
            assert (
                tab.ask(
                    "() => [...document.querySelectorAll('*')].flatMap(one => "
                    "one.getAttributeNames()).filter(a => a.startsWith('on'))"
                )
                == []
            )
        assert {
            url for url in asked if not url.startswith((shop.url, "data:", shop.sandbox.url + "/pay/"))
        } == set()
