"""Bytes, counted on the wire: TLS 1.3 and HTTP/2 through the link. Times are not asserted here; `make prove`
reports them.
"""

from collections.abc import Iterator

import pytest

from tsuzuki.ui.languages import SHIPPED

from . import journey, measure, places
from .certificate import Certificate
from .chromium import Chromium
from .front import Front
from .measure import Meter, Secure

PAGE, JOURNEY, COOKIES = 14_000, 30_000, 500  # bytes
PLAN = "data-3gb"


@pytest.fixture(scope="module")
def secure(trusted: Certificate, house: Front) -> Iterator[Secure]:
    """A second server over the same shop."""
    from . import front

    with front.entered(house), measure.secure(trusted) as running:
        yield running


@pytest.mark.parametrize("language", SHIPPED)
@pytest.mark.parametrize("by", ["link", "number"])
def test_a_whole_renewal_is_light(
    browser: Chromium, shop: Front, secure: Secure, language: str, by: str
) -> None:
    """What the link carried down for it, handshakes and certificates too; and up, for a phone sends as slowly
    as it hears.
    """
    line = shop.line((PLAN, 32))
    with browser.person(language) as mei:
        tab = mei.tab()
        meter = Meter(tab, secure.url)
        down, up = secure.link.down.bytes, secure.link.up.bytes
        start = shop.link(line).replace(shop.url, secure.url) if by == "link" else f"{secure.url}/{language}/"
        steps = journey.renew(tab, start, "" if by == "link" else shop.number(line), plan=PLAN)
        weights = [meter.read(page) for page in steps]
        shop.work()
        tab.reload()
        weights.append(meter.read("order, again"))
        carried = secure.link.down.bytes - down
        assert shop.states(line)[-1] == "delivered"
    for weight in weights:
        assert weight.bytes <= PAGE, weight
        assert weight.cookies <= COOKIES, weight
        assert weight.requests <= 2, weight  # the page, and what sent us there
        assert set(weight.others) <= ({shop.sandbox.url} if weight.page in ("gateway", "order") else set()), (
            weight
        )
    assert sum(weight.bytes for weight in weights) <= carried <= JOURNEY
    assert secure.link.up.bytes - up <= JOURNEY


@pytest.mark.parametrize("language", SHIPPED)
def test_every_page_is_light(browser: Chromium, shop: Front, secure: Secure, language: str) -> None:
    with browser.person(language) as reader:
        tab = reader.tab()
        meter = Meter(tab, secure.url)
        weights = []
        for name, url in places.all_of(shop, browser).items():
            tab.open(f"{secure.url}/{language}{url}")
            weights.append(meter.read(name))
    assert [weight for weight in weights if weight.bytes > PAGE] == []
    assert [weight for weight in weights if weight.others] == []
    assert min(weight.bytes for weight in weights) > 500
