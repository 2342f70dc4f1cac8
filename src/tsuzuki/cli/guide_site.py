"""guide export: the guide as files for any host, or none: every page of every language, links between files,
a search that needs no server.

The pages are asked for as any visitor would ask, and made over: links become links between files, what
reckons on a server becomes a sentence, the policy that came as a header stands in the page.
"""

import html
import json
import posixpath
import re
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

from rjsmin import jsmin

from tsuzuki.guide.search.site_index import LEFT_OUT, site_index
from tsuzuki.ui.languages import N_, OWN_NAMES, SHIPPED, translator

LEFT = "left-out"  # the page that says what is not among the files
INDEX, INDEX_MOST = "search-index.js", 60_000
SCRIPT_MOST = 3072
WORDS = {
    "reckons": N_("This part reckons with what you type. It is in the guide on the web, not in this copy."),
    "title": N_("Not in this copy"),
    "why": N_(
        "This is a copy of the guide as files. What reckons with what you type (your dates, a pasted "
        "message, other sums) needs the guide on the web. The rules and prices themselves are all here, on "
        "the company's pages."
    ),
    "guide": N_("Renewing in Japan: the guide"),
    "search": N_("Search"),
    "label": N_("Search the guide"),
    "found": N_("Found"),
    "nothing": N_("Nothing found. Try fewer or other words."),
    "loading": N_("Loading ..."),
    "broken": N_("The list of words could not be loaded."),
    "noscript": N_("This search needs JavaScript. The guide does not."),
    "made": N_("A copy made on %(day)s. Prices and rules change."),
}
_HREF = re.compile(r'href="(/[^"]*|\?[^"]*)"')
_FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)
_STYLE = re.compile(r"style-src ('sha256-[^']+')")

Ask = Callable[[str], tuple[int, dict[str, str], str]]


@dataclass(frozen=True, slots=True)
class Exported:
    pages: int
    total: int  # bytes
    heaviest: int
    index: int  # bytes of the largest, as it lies there
    script: int


def export_site(folder: Path, day: str) -> Exported:
    """Write all of it into a folder that is empty or not there yet."""
    ask, written, index = _client(), [], 0
    script = jsmin(files(__package__).joinpath("guide_search.js").read_text(encoding="utf-8"))
    assert len(script.encode()) <= SCRIPT_MOST
    for language in SHIPPED:
        for path, text in _pages(ask, language, day, script):
            written.append(_write(folder / file_of(path), text))
        content = "found(" + json.dumps(site_index(language), ensure_ascii=False, separators=(",", ":")) + ")"
        index = max(index, _write(folder / language / INDEX, content))
    _write(folder / "index.html", _first())
    return Exported(len(written) + 1, sum(written), max(written), index, len(script.encode()))


def _pages(ask: Ask, language: str, day: str, script: str) -> Iterator[tuple[str, str]]:
    """From the guide's first page to wherever its links lead."""
    start = f"/{language}/guide"
    waiting, seen = deque([start]), {start}
    while waiting:
        path = waiting.popleft()
        status, headers, text = ask(path)
        assert status == 200, (path, status)
        for link in _HREF.findall(text):
            target = html.unescape(link).partition("#")[0]
            if kept(target, language) and target not in seen:
                seen.add(target)
                waiting.append(target)
        yield path, _made_over(path, text, headers, language, day)
    status, headers, text = ask(f"/{language}/search")
    assert status == 200
    yield f"/{language}/search", _search(text, headers, language, day, script)
    yield f"/{language}/{LEFT}", _left_out(text, headers, language, day)


def kept(path: str, language: str) -> bool:
    """Is this address among the files? What carries a question, and what only answers one, is not."""
    inside = path == f"/{language}/guide" or path.startswith(f"/{language}/guide/")
    return inside and "?" not in path and not path.endswith(".ics") and path.rsplit("/", 1)[1] not in LEFT_OUT


def file_of(path: str) -> str:
    return path.strip("/") + ".html"


def _made_over(path: str, text: str, headers: dict[str, str], language: str, day: str) -> str:
    say = translator(language)
    search = f'<a class="go plain" href="/{language}/search">{say(WORDS["search"])}</a>'
    note = f'<p class="note">{say(WORDS["reckons"])}</p>'
    text = _FORM.sub(lambda form: search if 'role="search"' in form[0] else note, text)
    return _linked(path, _framed(text, headers, language, day), language)


def _search(text: str, headers: dict[str, str], language: str, day: str, script: str) -> str:
    fields = {name: html.escape(translator(language)(words)) for name, words in WORDS.items()}
    main = (
        f'<h1>{fields["search"]}</h1><form class="card"><label class="field">{fields["label"]}<input '
        'class="text" type="search" name="q" '
        'autocomplete="off" '
        f"required></label><button>{fields['search']}</button><noscript><p>{fields['noscript']}</p></noscript></form>"
        f'<section class="card"><h2>{fields["found"]}</h2><ul class="said" id="found" '
        f'aria-live="polite" data-nothing="{fields["nothing"]}" '
        f'data-loading="{fields["loading"]}" data-broken="{fields["broken"]}"></ul></section>'
    )
    page = _framed(_with_main(text, main, fields["search"]), headers, language, day, script)
    return _linked(f"/{language}/search", page + f"<script>{script}</script>", language)


def _left_out(text: str, headers: dict[str, str], language: str, day: str) -> str:
    fields = {name: html.escape(translator(language)(words)) for name, words in WORDS.items()}
    main = (
        f'<h1>{fields["title"]}</h1><div class="note">{fields["why"]}</div>'
        f'<a class="go" href="/{language}/guide">{fields["guide"]}</a><a class="go plain" '
        f'href="/{language}/search">{fields["search"]}</a>'
    )
    return _linked(
        f"/{language}/{LEFT}",
        _framed(_with_main(text, main, fields["title"]), headers, language, day),
        language,
    )


def _with_main(text: str, main: str, title: str) -> str:
    text = re.sub(r"<main>.*</main>", lambda _: f"<main>{main}</main>", text, count=1, flags=re.DOTALL)
    return re.sub(r"<title>[^<]*</title>", lambda _: f"<title>{title}</title>", text, count=1)


def _framed(text: str, headers: dict[str, str], language: str, day: str, script: str = "") -> str:
    """The page's own policy; its first link leads into the guide; its foot says what this is."""
    say, style = translator(language), _STYLE.search(headers["Content-Security-Policy"])
    assert style is not None
    policy = f"default-src 'none'; style-src {style[1]}; img-src data:; base-uri 'none'; form-action 'none'"
    # The index is a script that this one asks for: no other origin, and none that it did not ask for.
    if script:
        digest = b64encode(sha256(script.encode()).digest()).decode()
        policy += f"; script-src 'sha256-{digest}' 'strict-dynamic'"
    held = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
    text = text.replace('<meta charset="utf-8">', f'{held}<meta name="referrer" content="no-referrer">', 1)
    text = text.replace(f'<header><a href="/{language}/">', f'<header><a href="/{language}/guide">', 1)
    links = "".join(f'<a href="/{language}/{path}">{say(WORDS[path])}</a>' for path in ("guide", "search"))
    foot = (
        f'<footer><nav aria-label="{say(N_("More"))}">{links}</nav>'
        f"<p>{say(WORDS['made']) % {'day': day}}</p></footer>"
    )
    return re.sub(r"<footer>.*?</footer>", lambda _: foot, text, count=1, flags=re.DOTALL)


def _linked(path: str, text: str, language: str) -> str:
    """Links between files, from where this one lies.

    What is not among the files leads to the page that says so.
    """
    here = posixpath.dirname(file_of(path))

    def linked(found: re.Match[str]) -> str:
        target, _, anchor = html.unescape(found[1]).partition("#")
        of = target.split("/")[1] if target.startswith("/") else language
        own = of if of in SHIPPED else language
        known = kept(target.partition("?")[0] if own != language else target, own) or target in (
            f"/{own}/search",
            f"/{own}/{LEFT}",
        )
        to = file_of(target.partition("?")[0] if known else f"/{own}/{LEFT}")
        return f'href="{html.escape(posixpath.relpath(to, here))}{"#" + anchor if anchor and known else ""}"'

    return _HREF.sub(linked, text)


def _first() -> str:
    """The folder's own page: one link a language, each in its own script."""
    links = "".join(
        f'<p><a lang="{tag}" hreflang="{tag}" href="{tag}/guide.html">{name}</a></p>'
        for tag, name in OWN_NAMES.items()
    )
    policy = "default-src 'none'; base-uri 'none'; form-action 'none'"
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta '
        f'http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" '
        'content="width=device-width,initial-scale=1"><title>Guide</title><h1>日本 · '
        f"Japan</h1>{links}</html>"
    )


def _write(path: Path, text: str) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.write_bytes(text.encode())


def _client() -> Ask:
    """Pages as the web application gives them, without a server in between."""
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
    host = next((name for name in settings.ALLOWED_HOSTS if name and name[0] not in "*.["), "localhost")

    def ask(path: str) -> tuple[int, dict[str, str], str]:
        seen: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]], _: Any = None, /) -> Callable[[bytes], object]:
            seen.update(status=int(status.split()[0]), headers=dict(headers))
            return lambda _: None  # nobody writes that way any more

        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "SERVER_NAME": host,
            "SERVER_PORT": "80",
            "HTTP_HOST": host,
            "wsgi.input": BytesIO(),
            "wsgi.errors": BytesIO(),
            "wsgi.url_scheme": "https",
            "SERVER_PROTOCOL": "HTTP/1.1",
        }
        answer = application(environ, start)
        try:
            body = b"".join(answer)
        finally:
            getattr(answer, "close", lambda: None)()
        return seen["status"], seen["headers"], body.decode()

    return ask
