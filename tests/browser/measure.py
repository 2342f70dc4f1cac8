"""What a page weighs, and when the first of it can be seen: asked of the browser itself, through a link.

with tls.serving(...) as secure, browser.person("ja") as mei:
    tab = mei.tab()
    meter = Meter(tab, secure.url)
    tab.open(secure.url + "/ja/")
    meter.read("home")
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import CDPSession, Page

from .certificate import Certificate
from .chromium import Tab
from .link import Link
from .server import OURS, free_port, serving

FAST = 10**12  # bits a second: a link that only counts
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
TRIES = 2000  # of 10 ms each, until the browser has painted what it has loaded and told us all


@dataclass(frozen=True, slots=True)
class Weight:
    """One page as it came: bytes of all our answers for it with their headers, requests to us, milliseconds
    until something could be read, bytes of cookies afterwards, and who else was asked.
    """

    page: str
    bytes: int
    requests: int
    paint: int
    cookies: int
    others: tuple[str, ...]


class Meter:
    """Listens to one tab; `read` gives what has come since it was read last."""

    def __init__(self, tab: Tab, origin: str) -> None:
        self.tab, self.origin = tab, origin
        self._asked: dict[str, str] = {}
        self._bytes: dict[str, int] = {}
        self._others: set[str] = set()
        tab.do(self._listen)

    def _listen(self, page: Page) -> None:
        session: CDPSession = page.context.new_cdp_session(page)
        session.on("Network.requestWillBeSent", self._sent)
        session.on(
            "Network.loadingFinished", lambda told: self._came(told["requestId"], told["encodedDataLength"])
        )
        session.send("Network.enable")

    def _sent(self, told: dict[str, Any]) -> None:
        if "redirectResponse" in told:  # the same id goes on to another address
            self._came(told["requestId"], told["redirectResponse"]["encodedDataLength"])
        url = urlsplit(told["request"]["url"])
        if url.scheme in ("http", "https"):
            self._asked[told["requestId"]] = f"{url.scheme}://{url.netloc}"

    def _came(self, request: str, size: int) -> None:
        origin = self._asked.pop(request, "")
        if origin == self.origin:
            self._bytes[f"{request} {len(self._bytes)}"] = int(size)
        elif origin:
            self._others.add(origin)

    def _all_came(self, page: Page) -> None:
        for _ in range(TRIES):
            if not self._asked:
                return
            page.wait_for_timeout(10)
        raise AssertionError(f"never answered: {sorted(self._asked.values())}")

    def read(self, page: str) -> Weight:
        paint = self.tab.do(_paint)
        self.tab.do(self._all_came)
        weight = Weight(
            page,
            sum(self._bytes.values()),
            len(self._bytes),
            paint,
            self.tab.person.cookies(),
            tuple(sorted(self._others)),
        )
        self._bytes.clear()
        self._others.clear()
        return weight


def _paint(page: Page) -> int:
    for _ in range(TRIES):
        found = page.evaluate(PAINT)
        if found is not None:
            return round(found)
        page.wait_for_timeout(10)
    raise AssertionError(f"{page.url} was never painted")


@dataclass(frozen=True, slots=True)
class Secure:
    """A server with TLS 1.3 and HTTP/2 behind a link."""

    url: str
    link: Link


@contextmanager
def secure(certificate: Certificate, app: str = OURS, link: Link | None = None) -> Iterator[Secure]:
    """The server believes that customers reach it at the link, as it would behind a proxy."""
    with link or Link(rate=FAST, round_trip=0) as carrying:
        carrying.upstream = free_port()
        url = f"https://127.0.0.1:{carrying.port}"
        with serving(carrying.upstream, certificate, app, public=url):
            yield Secure(url, carrying)
