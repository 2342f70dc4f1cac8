"""A page taken apart: is it well formed, in which language is each piece of its text, where do its links
lead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from tests.language import CJK, KANA, OWN_FORMS

VOID = {"meta", "link", "input", "br", "path", "circle", "rect", "img", "hr"}
IMPLIED = {"html", "body"}  # the page leaves their ends to the browser
BLOCKS = {"p", "div", "ul", "ol", "dl", "section", "form", "nav", "h1", "h2", "h3", "table", "details"}
SIGNS = "○△×–☐→‹·“”…•℃–—‑"
NAMED = re.compile(r"https?://\S+|[\w.+-]+@[\w-]+\.\w+|[\w-]+(?:\.[\w-]+)+(?:/\S*)?")
# What an English sentence cannot do without, and a product's name rarely has.
ENGLISH = re.compile(
    r"\b(?:the|is|are|was|of|to|you|your|with|not|by|from|this|that|it|if|when|which|has|have)\b"
)


@dataclass
class Element:
    """An element with an id, flattened."""

    id: str
    text: str = ""
    links: list[str] = field(default_factory=list)


class Markup(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.links: list[str] = []
        self.texts: list[tuple[str, str]] = []  # language, text
        self.ids: dict[str, Element] = {}
        self.h1: list[str] = []
        self.tags: list[str] = []
        self._open: list[
            tuple[str, str, Element | None]
        ] = []  # tag, language, the element with an id it stands in
        self.feed(page)
        self.close()
        self.wrong += [f"<{tag}> is never closed" for tag, _, _ in self._open if tag not in IMPLIED]
        if len(self.h1) != 1:
            self.wrong.append(f"{len(self.h1)} h1")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        inside = [name for name, _, _ in self._open]
        if tag == "a" and "a" in inside:
            self.wrong.append("a link in a link")
        if tag in BLOCKS and "p" in inside:
            self.wrong.append(f"<{tag}> in <p>")
        if tag == "li" and inside and inside[-1] not in ("ul", "ol"):
            self.wrong.append(f"<li> in <{inside[-1]}>")
        if tag == "script" or any(name.startswith("on") for name in given):
            self.wrong.append(f"script: {self.get_starttag_text()}")
        language = given.get("lang", self._open[-1][1] if self._open else "")
        around = self._open[-1][2] if self._open else None
        if "id" in given:
            if given["id"] in self.ids:
                self.wrong.append(f"the id {given['id']} stands twice")
            around = self.ids[given["id"]] = Element(given["id"])
        if tag == "h1":
            self.h1.append("")
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
            if around:
                around.links.append(given["href"])
        for name in ("title", "aria-label", "alt"):
            if given.get(name):
                self.texts.append((language, given[name]))
        if tag not in VOID:
            self._open.append((tag, language, around))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self._open or self._open[-1][0] != tag:
            self.wrong.append(f"</{tag}> closes {self._open[-1][0] if self._open else 'nothing'}")
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if not self._open or any(tag in ("style", "title") for tag, _, _ in self._open):
            return
        _, language, around = self._open[-1]
        if around:
            around.text += data
        if self.h1 and any(tag == "h1" for tag, _, _ in self._open):
            self.h1[-1] += data
        if data.strip():
            self.texts.append((language, data.strip()))

    def said(self) -> str:
        return " ".join(text for _, text in self.texts)

    def foreign(self, language: str) -> list[str]:
        """Pieces of text that say they are in `language` and are not.

        Names of companies and products are at home everywhere.
        """
        return [
            text for said, text in self.texts if said == language and not _is(NAMED.sub("", text), language)
        ]


def _is(text: str, language: str) -> bool:
    if language == "en":
        return not CJK.search(text)
    plain = "".join(letter for letter in text if letter not in SIGNS)
    if ENGLISH.search(plain) or (language == "zh-Hans" and KANA.search(plain)):
        return False
    try:
        plain.encode(OWN_FORMS[language])
    except UnicodeEncodeError:
        return False
    return True
