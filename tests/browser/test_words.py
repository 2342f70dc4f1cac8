"""A walk over every page, in every language: nothing untranslated, nothing mixed, no bare yen sign, and every
page offers the others. Links are followed wherever they lead inside the shop.
"""

import re
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
import urllib3

from tsuzuki.ui.languages import OWN_NAMES, SHIPPED

from . import places, words
from .chromium import Chromium
from .front import BRAND, Front
from .words import Page

HELP = re.compile(r"/(guide|slow|apn|elsewhere|sandbox)(/|$)")


@pytest.mark.parametrize("language", SHIPPED)
def test_every_page_speaks_one_language(browser: Chromium, shop: Front, language: str) -> None:
    ours, seen, found = urlsplit(shop.url).netloc, set(), {}
    waiting = [f"{shop.url}/{language}{url}" for url in places.all_of(shop, browser).values()]
    with urllib3.PoolManager(retries=False, timeout=60) as http:
        while waiting:
            url = waiting.pop()
            if url in seen:
                continue
            seen.add(url)
            answer = http.request("GET", url, redirect=False)
            assert answer.status < 500, url
            if not answer.headers.get("Content-Type", "").startswith("text/html"):
                continue
            page = Page(answer.data.decode())
            assert offered(page) == {tag: own for tag, own in OWN_NAMES.items() if tag != language}, url
            if answer.status == 200:  # one who went astray is led to where one can begin
                here = urlsplit(url).path
                assert page.buttons == {tag: here.replace(language, tag, 1) for tag in page.buttons}, (
                    "the same page"
                )
            if wrong := words.wrong(page, language, help=bool(HELP.search(urlsplit(url).path))):
                found[url.removeprefix(shop.url)] = wrong
            links = [urldefrag(urljoin(url, link)).url for link in page.links]
            waiting += [to for to in links if urlsplit(to).netloc == ours and f"/{language}/" in to]
    assert found == {}
    assert len(seen) > len(places.FIXED)


def offered(page: Page) -> dict[str, str]:
    """What the language button says, each name in its own language."""
    return {one.language: one.text for one in page.said if one.button}


ASKED = [
    ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
    ("ja-JP", "ja"),
    ("fr-FR,fr;q=0.9", "en"),
    ("zh-TW", "zh-Hans"),
    ("", "en"),
]


@pytest.mark.parametrize(("asked", "language"), ASKED)
def test_the_first_page_speaks_what_the_browser_asks_for(shop: Front, asked: str, language: str) -> None:
    answer = urllib3.request("GET", shop.url, headers={"Accept-Language": asked}, timeout=60)
    page = Page(answer.data.decode())
    assert words.wrong(page, language) == []
    assert answer.headers["Content-Language"] == language


def test_the_brand_is_a_name_in_every_language() -> None:
    assert set(str(BRAND["name"]).split()) <= words.NAMES


WRONG = [
    ("Renew", "ja"), ("续费 Renew now", "zh-Hans"), ("续费", "ja"), ("更新する", "zh-Hans"), ("更新", "en"),
    ("\u00a5990", "en"), ("\uffe5990", "ja"), ("%(amount)s", "en"), ("円", "zh-Hans"), ("None", "zh-Hans"),
    ("テザリング tethering", "ja"), ("元気", "ja-Latn"),
]  # fmt: skip
RIGHT = [
    ("Renew 090-••••-4417 for JPY 990", "en"), ("3GB流量（30天）", "zh-Hans"), ("990円を支払う", "ja"),
    ("eSIM · docomo 线路 · 4G", "zh-Hans"), ("注文番号は R-AW6R8 です", "ja"), ("help@example.com", "ja"),
    ("APN：sakura.example.jp", "ja"), ("10:00〜18:00", "ja"), ("Genki desu", "ja-Latn"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "language"), WRONG)
def test_what_is_wrong_is_found(text: str, language: str) -> None:
    assert list(words.faults(text, language))


@pytest.mark.parametrize(("text", "language"), RIGHT)
def test_what_is_right_is_let_be(text: str, language: str) -> None:
    assert list(words.faults(text, language)) == []


def test_help_may_name_what_it_likes_but_say_nothing_in_another_language() -> None:
    assert list(words.faults("打开 My Rakuten Mobile", "zh-Hans", help=True)) == []
    assert list(words.faults("收到邮件“Notice temporarily suspend your service”", "zh-Hans", help=True)) == []
    assert list(words.faults("Pay at any convenience store", "zh-Hans", help=True))


def test_every_text_of_a_page_is_seen_with_its_language() -> None:
    page = Page(
        "<!doctype html><html lang=ja><title>題</title><style>a{}</style><body><a hreflang=en "
        "lang=en href=/en/>English</a>"
        "<p>本<b lang=en>bold</b><br>後<img alt='絵' src=x><input placeholder='例'><svg><path "
        "d='M0 0'/></svg>末"
    )
    said = [(one.text, one.language, one.button) for one in page.said]
    assert said == [
        ("題", "ja", False),
        ("English", "en", True),
        ("本", "ja", False),
        ("bold", "en", False),
        ("後", "ja", False),
        ("絵", "ja", False),
        ("例", "ja", False),
        ("末", "ja", False),
    ]
    assert (page.links, page.buttons) == (["/en/"], {"en": "/en/"})
    assert words.wrong(page, "ja") == ["en in the middle of the page: bold"]
    assert words.wrong(page, "ja", help=True) == []
    assert words.wrong(page, "zh-Hans")[0] == "the page says it is 'ja'"
