"""Every page in every language, width, theme and size of type: nothing scrolls sideways, every target takes a
thumb, axe finds nothing at all.

The browser here has scripts on, for axe is one; the pages' policy lets none of their own run.
"""

import pytest

from tsuzuki.ui.languages import SHIPPED

from . import axe, look, places
from .chromium import Chromium
from .front import Front


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", SHIPPED)
def test_every_page(browser: Chromium, shop: Front, language: str, theme: str) -> None:
    """In the dark each page is looked at in one of the languages: neither sizes nor colours depend on it."""
    with browser.person(language, theme=theme, scripts=True) as reader:
        found = []
        for place, (name, url) in enumerate(places.all_of(shop, browser).items()):
            if theme == "dark" and place % len(SHIPPED) != SHIPPED.index(language):
                continue
            # Of its own: a page that looks again by itself must not take the next one away.
            tab = reader.tab(f"{shop.url}/{language}{url}")
            found += [(name, one) for one in look.wrong_anywhere(tab, place)]
            tab.close()
    assert together(found) == {}


def together(found: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Each finding once, with the pages it is on."""
    by: dict[str, list[str]] = {}
    for page, one in found:
        by.setdefault(one, []).append(page)
    return {
        one: names if len(names) < 4 else [*names[:3], f"and {len(names) - 3} more"]
        for one, names in by.items()
    }


BROKEN = {
    "wide": ("<main><p style='width:2000px'>wide", "px too wide"),
    "small": ("<main><a href=/ style='display:block;width:20px;height:20px'>x</a>", "is 20 x 20"),
    "cut": (
        "<main><p style='overflow:hidden;white-space:nowrap;width:90px'>much more than fits here",
        "cut off",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_wrong_is_found(browser: Chromium, kind: str) -> None:
    html, said = BROKEN[kind]
    with browser.person() as reader:
        tab = reader.tab()
        tab.do(
            lambda page: page.set_content(
                f"<!doctype html><html lang=en><meta name=viewport content='width=device-width'>{html}"
            )
        )
        assert any(said in one for one in look.wrong(tab))


def test_axe_finds_what_is_there(browser: Chromium) -> None:
    with browser.person(scripts=True) as reader:
        tab = reader.tab()
        tab.do(
            lambda page: page.set_content(
                "<!doctype html><html lang=en><title>x</title><main><h1>x</h1><img src='data:,'>"
            )
        )
        assert [one.split(" ")[0] for one in axe.violations(tab)] == ["image-alt"]
