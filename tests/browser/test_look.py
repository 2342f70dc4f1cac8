"""Every page in every language, width and theme: nothing scrolls sideways, every target takes a thumb, axe finds nothing at all.

The browser here has scripts on, for axe is one; the pages' policy lets none of their own run.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tsuzuki.ui.languages import SHIPPED

from . import axe, look, places
from .chromium import Chromium, Person, Tab
from .front import Front

WIDTHS = (320, 390, 1280)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", SHIPPED)
def test_every_page(browser: Chromium, shop: Front, language: str, width: int, theme: str) -> None:
    """axe takes its time: at each width it sees every third page, so in each language and theme it has seen them all. Sizes do not depend
    on the theme; in the dark only those pages are looked at."""
    with browser.person(language, width, theme, scripts=True) as reader:
        found = []
        for place, (name, url) in enumerate(places.all_of(shop, browser).items()):
            thorough = place % 3 == WIDTHS.index(width)
            if thorough or theme == "light":
                with standing_at(reader, f"{shop.url}/{language}{url}") as tab:
                    found += [(name, one) for one in look.wrong(tab) + (axe.violations(tab) if thorough else [])]
    assert together(found) == {}


@pytest.mark.parametrize("language", SHIPPED)
def test_with_type_twice_as_large(browser: Chromium, shop: Front, language: str) -> None:
    with browser.person(language, 390) as reader:
        found = []
        for name, tab in pages(reader, shop, browser, language):
            look.double_type(tab)
            found += [(name, one) for one in look.wrong(tab)]
    assert together(found) == {}


@pytest.mark.parametrize("language", SHIPPED)
def test_zoomed_to_200_percent(browser: Chromium, shop: Front, language: str) -> None:
    """A window of 1,280 px is 640 wide then; one of 640 is 320, which is looked at above."""
    with browser.person(language, 640, device_scale_factor=2) as reader:
        found = [(name, one) for name, tab in pages(reader, shop, browser, language) for one in look.wrong(tab)]
    assert together(found) == {}


@contextmanager
def standing_at(reader: Person, url: str) -> Iterator[Tab]:
    """A tab of its own: a page that looks again by itself must not take the next one away."""
    tab = reader.tab(url)
    yield tab
    tab.close()


def pages(reader: Person, shop: Front, browser: Chromium, language: str) -> Iterator[tuple[str, Tab]]:
    for name, url in places.all_of(shop, browser).items():
        with standing_at(reader, f"{shop.url}/{language}{url}") as tab:
            yield name, tab


def together(found: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Each finding once, with the pages it is on."""
    by: dict[str, list[str]] = {}
    for page, one in found:
        by.setdefault(one, []).append(page)
    return {one: names if len(names) < 4 else [*names[:3], f"and {len(names) - 3} more"] for one, names in by.items()}


BROKEN = {
    "wide": ("<main><p style='width:2000px'>wide", "px too wide"),
    "small": ("<main><a href=/ style='display:block;width:20px;height:20px'>x</a>", "is 20 x 20"),
    "cut": ("<main><p style='overflow:hidden;white-space:nowrap;width:90px'>much more than fits here", "cut off"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_wrong_is_found(browser: Chromium, kind: str) -> None:
    html, said = BROKEN[kind]
    with browser.person() as reader:
        tab = reader.tab()
        tab.do(lambda page: page.set_content(f"<!doctype html><html lang=en><meta name=viewport content='width=device-width'>{html}"))
        assert any(said in one for one in look.wrong(tab))


def test_axe_finds_what_is_there(browser: Chromium) -> None:
    with browser.person(scripts=True) as reader:
        tab = reader.tab()
        tab.do(lambda page: page.set_content("<!doctype html><html lang=en><title>x</title><main><h1>x</h1><img src='data:,'>"))
        assert [one.split(" ")[0] for one in axe.violations(tab)] == ["image-alt"]
