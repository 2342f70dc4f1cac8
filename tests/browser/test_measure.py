"""The measuring itself, on pages whose size is known."""

import pytest

from . import measure
from .chromium import Chromium
from .measure import Meter, Secure
from .static import IMAGE, PAGE, SIZE


@pytest.fixture(scope="module")
def static(trusted, browser):
    with measure.secure(trusted, app="tests.browser.static:application") as running:
        yield running


HEADERS = range(20, 400)  # bytes, packed as HTTP/2 packs them


def test_a_page_weighs_its_body_and_its_headers(browser: Chromium, static: Secure) -> None:
    with browser.person() as mei:
        tab = mei.tab()
        meter = Meter(tab, static.url)
        tab.open(static.url + "/")
        small = meter.read("small")
        tab.open(static.url + "/large")
        large = meter.read("large")
    assert small.bytes - len(PAGE) in HEADERS
    assert large.bytes - SIZE in HEADERS
    assert (small.requests, large.requests, small.cookies, large.cookies) == (1, 1, 0, len("a=12345"))
    assert small.paint > 0
    assert small.others == large.others == ()


def test_what_a_page_fetches_and_where_it_was_sent_from_counts_too(browser: Chromium, static: Secure) -> None:
    with browser.person() as mei:
        tab = mei.tab()
        meter = Meter(tab, static.url)
        tab.open(static.url + "/image")
        assert (page := meter.read("image")).requests == 2
        assert page.bytes > len(PAGE) + len(IMAGE)
        tab.open(static.url + "/sent-on")
        sent_on = meter.read("sent on")
        assert sent_on.requests == 2
        assert sent_on.bytes - SIZE in range(40, 800)


def test_the_link_has_carried_at_least_what_the_page_weighs(browser: Chromium, static: Secure) -> None:
    """More, by the handshake and its certificates; and it is TLS 1.3 with HTTP/2 on one connection."""
    before, connections = static.link.down.bytes, static.link.connections
    with browser.person() as mei:
        tab = mei.tab()
        meter = Meter(tab, static.url)
        tab.open(static.url + "/large")
        weight = meter.read("large")
        said = tab.ask("() => performance.getEntriesByType('navigation')[0].nextHopProtocol")
        carried = static.link.down.bytes - before
    assert said == "h2"
    assert static.link.connections - connections == 1
    assert weight.bytes + 500 < carried < weight.bytes + 5000


def test_another_origin_is_noticed(browser: Chromium, static: Secure) -> None:
    with browser.person() as mei:
        tab = mei.tab()
        meter = Meter(tab, "https://elsewhere.example")
        tab.open(static.url + "/")
        weight = meter.read("not ours")
    assert (weight.bytes, weight.requests, weight.others) == (0, 0, (static.url,))
