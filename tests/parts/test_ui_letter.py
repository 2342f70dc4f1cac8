"""The HTML part says what the text part says, carries nothing from elsewhere, and can be read in the dark."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest

from tests.parts.test_ui_messages import full
from tsuzuki.core.brand import Brand
from tsuzuki.ui import languages, mail_html, messages

BRAND = Brand("Sakura SIM", "#0b6b4f", "#c13a22")


class Read(HTMLParser):
    """What a mail program draws: its words, its links, its tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def drawn(kind: str, language: str, **changed: str):
    facts = full(language) | changed
    words = messages.compose(kind, language, facts)
    return words, facts, mail_html.mail_html(words, BRAND, language, facts["url"])


@pytest.mark.parametrize("language", languages.SHIPPED)
@pytest.mark.parametrize("kind", sorted(messages.KINDS))
def test_it_says_what_the_text_says_and_nothing_else(kind, language):
    words, facts, html = drawn(kind, language)
    read = Read(html)
    said = [
        part.strip(" :：")
        for line in words.text.splitlines()
        for part in re.split(r": |：", line.replace(facts["url"], ""), maxsplit=1)
    ]
    shown = re.sub(r"\s+", "", "".join(read.words))
    for part in said:
        assert re.sub(r"\s+", "", part) in shown, part
    left = shown.replace(re.sub(r"\s+", "", words.subject), "", 1).replace("SakuraSIM", "")
    for part in sorted(said, key=len, reverse=True):
        left = left.replace(re.sub(r"\s+", "", part), "")
    assert re.sub(r"[:：]", "", left) == ""


@pytest.mark.parametrize("language", languages.SHIPPED)
@pytest.mark.parametrize("kind", sorted(messages.KINDS))
def test_one_button_no_guests_and_safe_in_the_dark(kind, language):
    words, facts, html = drawn(kind, language)
    read = Read(html)
    links = read.all("a")
    assert [one["href"] for one in links] == [facts["url"]] * (facts["url"] in words.text)
    assert {tag for tag, _ in read.tags} <= {
        "html",
        "head",
        "meta",
        "title",
        "body",
        "div",
        "p",
        "h1",
        "br",
        "table",
        "tr",
        "td",
        "a",
    }
    assert "url(" not in html
    assert html.replace(facts["url"], "").count("http") == 0
    assert read.all("html")[0]["lang"] == language
    assert {"name": "color-scheme", "content": "light dark"} in read.all("meta")
    coloured = [
        tag
        for tag, attributes in read.tags
        if re.search(r"(?<!-)(background|color):", attributes.get("style") or "")
    ]
    assert set(coloured) <= {"a"}, "whatever has a colour of its own needs a ground of its own"
    assert all(f"background:{BRAND.colour};color:#ffffff" in (one["style"] or "") for one in links)
    assert len(html.encode()) < 6000


def test_words_from_outside_stay_words():
    hostile = '<script>alert(1)</script>"&'
    words, _, html = drawn("receipt", "en", plan=hostile, seller=hostile, lines=hostile)
    assert "<script" not in html
    assert hostile in unescape(html)
    assert hostile in words.text
    assert (
        Read(mail_html.mail_html(words, Brand(hostile), "en", 'https://a.example/"onload=')).all("script")
        == []
    )


def test_without_an_address_there_is_no_button():
    words = messages.compose("receipt", "ja", full("ja") | {"url": ""})
    assert Read(mail_html.mail_html(words, BRAND, "ja", "")).all("a") == []


@pytest.mark.parametrize("language", ["zh-Hans", "ja"])
@pytest.mark.parametrize("kind", sorted(messages.KINDS))
def test_an_sms_is_at_most_seventy_characters_with_an_address_as_long_as_ours(kind, language):
    facts = full(language) | {
        "url": "https://renew.sakura-sim.example/p/" + "k" * 43,
        "contact": "help@sakura-sim.example",
    }
    short = messages.compose(kind, language, facts).short
    assert len(short) <= 70, short
    assert any(facts[name] in short for name in ("number", "url", "contact")), "whose line it is, or a way on"
    assert "Sakura SIM" in short
