"""How long a person on a worn-out line waits: every page of a renewal in a real browser, TLS 1.3 and HTTP/2,
128 kbit/s, 400 ms.

Cold is the first page of a phone that never was here; warm the same page on a line that is open; next as the
journey comes to it, which after a form is a round trip more, and on the order's page the asking of gateway
and carrier too.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from django.db import connection

from tests.browser import certificate, chromium, front, journey, measure
from tests.browser.chromium import Chromium
from tests.browser.front import Front
from tests.browser.link import Link
from tests.browser.measure import Meter, Secure, Weight
from tsuzuki.ui.languages import SHIPPED

from .result import Part, Result

COLD, WARM = 2000, 800  # ms until something can be read
PAGE, JOURNEY, COOKIES = 14_000, 30_000, 500  # bytes
PLAN = "data-3gb"


def run(rounds: int, say: Callable[[str], None] = lambda text: None) -> Result:
    began = time.monotonic()
    result = Result("pages", sums=False)
    with tempfile.TemporaryDirectory(prefix="tsuzuki-prove-") as folder:
        trusted = certificate.make(Path(folder))
        with (
            chromium.running(trusted.trusted) as browser,
            front.opened(str(connection.settings_dict["NAME"]), Path(folder)) as shop,
        ):
            result.notes["browser"] = f"Chromium {browser.version}, no scripts"
            result.notes["link"] = f"128 kbit/s each way, 400 ms there and back; median of {rounds}"
            with front.entered(shop), measure.secure(trusted, link=Link()) as secure:
                for language in SHIPPED:
                    result.parts += _language(browser, shop, secure, language, rounds)
                    say(f"{language} measured")
    result.seconds = time.monotonic() - began
    return result


def _language(browser: Chromium, shop: Front, secure: Secure, language: str, rounds: int) -> Iterator[Part]:
    following: dict[str, list[Weight]] = {}
    addresses: dict[str, str] = {}
    carried = []
    for _ in range(rounds):
        weights, urls, bytes_ = _journey(browser, shop, secure, language)
        carried.append(bytes_)
        addresses |= urls
        for weight in weights:
            following.setdefault(weight.page, []).append(weight)
    for page, url in addresses.items():
        seen = [_visits(browser, secure, language, page, url) for _ in range(rounds)]
        yield _page(language, page, seen, following[page])
    down, up = (max(each) for each in zip(*carried, strict=True))
    taken = sum(_paint(weights) for page, weights in following.items() if page != "gateway")
    figures = {"bytes": down, "bytes up": up, "next ms": taken}
    yield Part(
        f"{language}, all of it",
        figures,
        [] if down <= JOURNEY else [f"{down} bytes for a whole renewal, {JOURNEY} at most"],
    )


def _journey(
    browser: Chromium, shop: Front, secure: Secure, language: str
) -> tuple[list[Weight], dict[str, str], tuple[int, int]]:
    """A renewal by a typed number, the longest of ours: what each page weighed, where it was, and what the
    link carried both ways.
    """
    line = shop.line((PLAN, 32))
    down, up = secure.link.down.bytes, secure.link.up.bytes
    with browser.person(language) as mei:
        tab = mei.tab()
        meter = Meter(tab, secure.url)
        weights, urls = [], {}
        for page in journey.renew(tab, f"{secure.url}/{language}/", shop.number(line), plan=PLAN):
            weights.append(meter.read(page))
            if page != "gateway":
                urls[page] = tab.url
        carried = secure.link.down.bytes - down, secure.link.up.bytes - up
        journey.until(
            journey.renew(tab, f"{secure.url}/{language}/", shop.number(line), plan=PLAN), "confirm"
        )
        urls["confirm"] = tab.url  # of an offer that still stands; the first one's has become the order's
        shop.work()
        return weights, urls, carried


def _visits(browser: Chromium, secure: Secure, language: str, page: str, url: str) -> tuple[Weight, Weight]:
    """A first visit and one right after it."""
    with browser.person(language) as mei:
        tab = mei.tab()
        meter = Meter(tab, secure.url)
        tab.open(url)
        cold = meter.read(page)
        tab.open(url)
        return cold, meter.read(page)


def _page(language: str, page: str, seen: list[tuple[Weight, Weight]], following: list[Weight]) -> Part:
    cold, warm = _paint([one for one, _ in seen]), _paint([one for _, one in seen])
    heaviest = max(weight.bytes for pair in seen for weight in pair)
    cookies = max(weight.cookies for pair in seen for weight in pair)
    figures = {
        "bytes": heaviest,
        "cold ms": cold,
        "warm ms": warm,
        "next ms": _paint(following),
        "cookies": cookies,
    }
    limits = {"bytes": PAGE, "cold ms": COLD, "warm ms": WARM, "cookies": COOKIES}
    wrong = [
        f"{name} {figures[name]}, {most} at most" for name, most in limits.items() if figures[name] > most
    ]
    return Part(f"{language}, {page}", figures, wrong)


def _paint(weights: list[Weight]) -> int:
    return round(median(weight.paint for weight in weights))
