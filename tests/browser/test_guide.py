"""The guide in a real browser: every kind of its pages takes a thumb, scrolls one way only, and axe finds
nothing.
"""

import pytest

from tsuzuki.ui.languages import SHIPPED

from . import look
from .chromium import Chromium
from .front import Front

# One of each kind, those with the longest words and the most in them.
PLACES = (
    "",
    "/pay-with",
    "/pay-with/konbini",
    "/compare",
    "/compare?brand=docomo&brand=povo2&brand=au",
    "/cards",
    "/cards/invoice",
    "/5g",
    "/paste",
    "/hearsay",
    "/safe-seller",
    "/lost",
    "/povo2",
    "/au/fees",
    "/docomo/papers",
    "/docomo/all",
    "/docomo/ways",
    "/docomo/steps",
    "/docomo/suspended",
    "/povo2/steps/buy_subscription_topping/app",
    "/povo2/dates?rule=keep_alive&expires=2026-09-01",
    "/povo2/dates?rule=keep_alive&expires=never",
    "/docomo/sheet?job=lost&sim=esim",
)
THEMES = {"en": "dark", "ja": "light", "zh-Hans": "dark"}


@pytest.mark.parametrize("language", SHIPPED)
def test_every_kind_of_page(browser: Chromium, shop: Front, language: str) -> None:
    found = []
    with browser.person(language, theme=THEMES[language], scripts=True) as reader:
        for place, path in enumerate(PLACES):
            tab = reader.tab(f"{shop.url}/{language}/guide{path}")
            found += [f"{path}: {one}" for one in look.wrong_anywhere(tab, place)]
            tab.close()
    assert found == []


@pytest.mark.parametrize("path", ["/cards/invoice", "/docomo/sheet?job=lost&sim=esim"])
def test_paper_has_the_sentence_and_nothing_to_press(browser: Chromium, shop: Front, path: str) -> None:
    with browser.person("zh-Hans", 800) as reader:
        tab = reader.tab(f"{shop.url}/zh-Hans/guide{path}")
        assert tab.do(lambda page: page.locator("button:visible, select:visible, .hide:visible").count()) > 0
        tab.do(lambda page: page.emulate_media(media="print"))
        assert (
            tab.do(
                lambda page: page.locator(
                    "button:visible, select:visible, .hide:visible, footer:visible"
                ).count()
            )
            == 0
        )
        assert tab.do(lambda page: page.locator(".jp:visible").count()) == 1
