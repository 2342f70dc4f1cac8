"""A visitor without a browser's comforts: loads pages, keeps cookies, fills in forms.

What works for it works without a script.
"""

from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin

import urllib3


class _Form(HTMLParser):
    """The first form of a page that has all of `wanted`'s fields: what it would send as
    it stands, and where.
    """

    def __init__(self, wanted: set[str]) -> None:
        super().__init__()
        self.wanted, self.found, self.action = wanted, False, ""
        self.fields: dict[str, str] = {}
        self._names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if self.found:
            return
        if tag == "form":
            self.fields, self._names, self.action = {}, set(), has.get("action", "")
        elif tag == "input":
            self._names.add(has.get("name", ""))
            if has.get("type") != "radio" or "checked" in has:
                self.fields[has.get("name", "")] = has.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self.found = self.found or (tag == "form" and self.wanted <= self._names)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]


class Visitor:
    def __init__(self, language: str) -> None:
        self._http = urllib3.PoolManager(retries=False, timeout=20.0)
        self._cookies: dict[str, dict[str, str]] = {}
        self._language = language
        self.url, self.text, self.bytes = "", "", 0

    def load(self, url: str, body: str | None = None) -> None:
        """Follows redirects as a browser does, and raises where a page refuses; `bytes` counts what came over
        the wire, all pages together.
        """
        for _ in range(6):
            url = urljoin(self.url, url)
            jar = self._cookies.setdefault(urllib3.util.parse_url(url).netloc or "", {})
            headers = {
                "Accept-Language": self._language,
                "Accept-Encoding": "gzip",
                "Cookie": "; ".join(f"{k}={v}" for k, v in jar.items()),
            }
            if body is not None:
                headers |= {"Content-Type": "application/x-www-form-urlencoded", "Referer": self.url}
            answer = self._http.request(
                "POST" if body is not None else "GET", url, body=body, headers=headers, redirect=False
            )
            self.bytes += int(answer.headers.get("Content-Length", len(answer.data)))
            for cookie in answer.headers.getlist("Set-Cookie"):
                jar.update({name: morsel.value for name, morsel in SimpleCookie(cookie).items()})
            self.url, body = url, None
            if answer.status not in (301, 302, 303):
                self.text = answer.data.decode()
                if answer.status >= 400:
                    raise RuntimeError(f"{answer.status} at {url}")
                return
            url = answer.headers["Location"]
        raise RuntimeError(f"too many redirects at {url}")

    def reaches(self, site: str) -> bool:
        """Whether the visitor is at `site`, going there by a link if the page has one; else the page is
        loaded anew, as it does itself.
        """
        if not self.url.startswith(site):
            links = _Links()
            links.feed(self.text)
            self.load(next((text for text in links.found if text.startswith(site)), self.url))
        return self.url.startswith(site)

    def send(self, **fields: str) -> None:
        """Fill in the form that has these fields, and press its button.

        Form names with a hyphen are written with `__`.
        """
        wanted = {name.replace("__", "-"): value for name, value in fields.items()}
        form = _Form(set(wanted))
        form.feed(self.text)
        if not form.found:
            raise LookupError(f"no form with {', '.join(wanted)} at {self.url}")
        self.load(form.action or self.url, urlencode(form.fields | wanted))
