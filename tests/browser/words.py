"""Which language a page speaks, word for word: what is said where, and whether it belongs there.

A text counts for the nearest `lang` around it. The language button shows other languages in their own script,
and says so; a page of help shows the words of a Japanese phone or form beside its own, and says so. Nothing
else on a page may be of another language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from tests.language import OWN_FORMS, YEN_SIGNS

# Without the middle dot, which stands between other letters too.
KANA = re.compile(r"[\u3041-\u30fa\u30fc-\u30ff]")
HAN = re.compile(r"[\u3400-\u9fff]")
LATIN = re.compile(r"[A-Za-z][A-Za-z'’-]*")
UNFILLED = re.compile(r"%\(\w+\)s|\{\{|\{%|^None$|&(?:amp|quot|lt|gt|#)")
# Latin letters that belong on a Chinese or Japanese page: addresses, codes and the numbers of things ...
NO_WORDS = re.compile(
    r"https?://\S+|[\w.+-]+@[\w.-]+\w|\b[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+\S*|\bR-[0-9A-Z]{5}\b|[0-9]+(?:\s?[A-Za-z]+)?",
    re.ASCII,
)
# ... and what nobody translates.
NAMES = frozenset(
    """
    SIM eSIM ICCID EID IMSI SMS APN GB MB KB kbps Mbps LTE VoLTE QR PDF PIN PUK ID UTC Wi-Fi iPhone iOS
    Android PAP CHAP IPv MNP URL JSON LINE WeChat PayPay PayPal Alipay Visa Mastercard JCB Pay Apple Google
    docomo NTT au KDDI UQ mobile SoftBank Y LINEMO povo ahamo Rakuten Mobile IIJmio mineo Sakura
    """.split()
)
# What phones, forms and carriers' pages speak.
QUOTED = frozenset({"ja", "ja-Latn", "en", "zh-Hans", "zh-Hant", "und"})
# Where help is full of other companies' names there is at least no sentence: words written small, one after
# the other.
SENTENCE = re.compile(r"[A-Za-z'’]+(?:,? [a-z'’]{2,}){3,}")
QUOTATION = re.compile(r"“[^”]*”|「[^」]*」|『[^』]*』|\"[^\"]*\"")
FORMS = {**OWN_FORMS, "zh-Hant": "big5hkscs"}
READ_ALOUD = ("aria-label", "aria-description", "alt", "title", "placeholder")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SILENT = {"script", "style", "template"}


@dataclass(frozen=True, slots=True)
class Said:
    """A text, its language, and the element it is in (or the attribute it is)."""

    text: str
    language: str
    where: str
    button: bool  # inside the language button


@dataclass
class _Open:
    name: str
    language: str
    button: bool


@dataclass
class Page(HTMLParser):
    """All a person can read or hear, folded away or not, and where the links lead."""

    html: str
    said: list[Said] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    buttons: dict[str, str] = field(default_factory=dict)  # of languages: where they lead
    _open: list[_Open] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.html)
        self.close()

    @property
    def language(self) -> str:
        found = re.search(r"<html[^>]*\blang=[\"']?([\w-]+)", self.html)
        return found[1] if found else ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        above = self._open[-1] if self._open else _Open("", "", False)
        here = _Open(
            tag, given.get("lang", above.language), above.button or (tag == "a" and "hreflang" in given)
        )
        for name in READ_ALOUD:
            self._say(given.get(name, ""), here, name)
        if tag == "input" and given.get("type") in ("submit", "button"):
            self._say(given.get("value", ""), here, "value")
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
            if here.button:
                self.buttons[given["hreflang"]] = given["href"]
        if tag not in VOID:
            self._open.append(here)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if any(one.name == tag for one in self._open):
            while self._open.pop().name != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._open and not SILENT & {one.name for one in self._open}:
            self._say(data, self._open[-1], self._open[-1].name)

    def _say(self, text: str, here: _Open, where: str) -> None:
        if text.strip():
            self.said.append(Said(" ".join(text.split()), here.language, where, here.button))


def wrong(page: Page, language: str, help: bool = False) -> list[str]:
    """Findings in words; none is well.

    `help`: a page that names other companies' products, and quotes phones and forms.
    """
    found = [] if page.language == language else [f"the page says it is {page.language!r}"]
    for one in page.said:
        if one.language != language and not one.button and not (help and one.language in QUOTED):
            found.append(f"{one.language or 'no language'} in the middle of the page: {one.text}")
        found += [f"{fault}: {one.text}" for fault in faults(one.text, one.language, help)]
    return found


def faults(text: str, language: str, help: bool = False) -> Iterator[str]:
    """What in a text is not of its language."""
    if any(sign in text for sign in YEN_SIGNS):
        yield "a bare yen sign"
    if UNFILLED.search(text):
        yield "a place that was not filled in"
    han = "".join(HAN.findall(text))
    if language not in FORMS:
        if han or KANA.search(text):
            yield f"characters in {language}"
        return
    bare = NO_WORDS.sub(" ", text)
    words = (
        SENTENCE.findall(QUOTATION.sub(" ", bare))
        if help
        else [word for word in LATIN.findall(bare) if word not in NAMES]
    )
    if words:
        yield f"not translated ({' '.join(words)})"
    if language != "ja" and KANA.search(text):
        yield "kana"
    if han.encode(FORMS[language], "ignore").decode(FORMS[language]) != han:
        yield "characters of another language"
