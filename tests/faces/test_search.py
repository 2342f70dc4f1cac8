"""The search: the queries people type find their page first, in every script and with slips; bad input finds
nothing and breaks nothing.
"""

from __future__ import annotations

import gzip
import re

import pytest

from tests.faces.markup import Markup
from tests.faces.search_queries import HOSTILE, NOTHING, QUERIES
from tsuzuki.guide.load.claims import LANGUAGES
from tsuzuki.guide.search.documents import Kind, documents
from tsuzuki.segments import asked, likely, segments
from tsuzuki.ui.languages import SHIPPED

RESULT = re.compile(r'<li><a href="/[^/]+/([^"]*)">')


@pytest.fixture
def indexed(client, monkeypatch):
    from tsuzuki.actions.catalogue.search import index
    from tsuzuki.web import search

    monkeypatch.setattr(search, "SEARCHES", 10_000)
    index()
    return client


def found(client, query: str, language: str = "en") -> list[str]:
    answer = client.get(f"/{language}/search", {"q": query})
    assert answer.status_code == 200, query
    return RESULT.findall(answer.content.decode())


def test_every_query_finds_its_page_among_the_first(indexed):
    wrong = []
    for query, wanted, place in QUERIES:
        paths = found(indexed, query)
        if wanted not in paths[:place]:
            wrong.append(
                f"{query}: {wanted} stands "
                f"{paths.index(wanted) + 1 if wanted in paths else 'nowhere'}; first are "
                f"{paths[:3]}"
            )
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", SHIPPED)
def test_the_page_is_light_well_formed_and_in_one_language(indexed, language):
    for query in ("", "停机", "docmo", "料金 未払い", "sim", *NOTHING[:1]):
        answer = indexed.get(f"/{language}/search", {"q": query})
        page = Markup(answer.content.decode())
        assert page.wrong == []
        foreign = [text for text in page.foreign(language) if text != query]
        assert foreign == [], query
        assert len(gzip.compress(answer.content)) < 14_000
        assert answer["Cache-Control"] == "private, no-store", "what is looked for is nobody's business"


@pytest.mark.parametrize("language", SHIPPED)
def test_a_query_of_one_language_answers_in_the_readers(indexed, language):
    page = Markup(indexed.get(f"/{language}/search", {"q": "停机"}).content.decode())
    words = {"en": "Already cut off", "ja": "すでに止まった回線", "zh-Hans": "已经停机"}[language]
    assert words in page.said()
    assert f"/{language}/guide/suspended" in page.links


def test_all_that_can_be_found_is_there_under_its_name(indexed):
    """Every address of the search opens; a page's title, and a statement's anchor, are on it."""
    pages: dict[str, Markup] = {}
    for one in documents():
        path, _, anchor = one.path.partition("#")
        if path not in pages:
            answer = indexed.get(f"/ja/{path}")
            assert answer.status_code == 200, path
            pages[path] = Markup(answer.content.decode())
        if anchor:
            assert anchor in pages[path].ids, one.path
        if path and one.kind in (Kind.PAGE, Kind.METHOD, Kind.TOPIC):  # the first page is headed by a promise
            assert pages[path].h1 == [one.names.to("ja")], path
        if one.kind is Kind.CHAPTER:
            assert one.names.to("ja").endswith(pages[path].h1[0]), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_are_those_of_the_pages(indexed, language):
    for one in documents():
        if one.path and one.kind in (Kind.PAGE, Kind.METHOD):
            page = Markup(indexed.get(f"/{language}/{one.path}").content.decode())
            assert page.h1 == [one.names.to(language)], one.path


@pytest.mark.parametrize("query", NOTHING)
def test_what_is_nowhere_is_said_and_leads_on(indexed, query):
    page = Markup(indexed.get("/en/search", {"q": query}).content.decode())
    assert "Found" not in page.said()
    assert "Nothing found" in page.said()
    assert {"/en/guide", "/en/elsewhere", "/en/help"} <= set(page.links)


@pytest.mark.parametrize("query", HOSTILE)
def test_hostile_queries_break_nothing(indexed, query):
    answer = indexed.get("/en/search", {"q": query})
    assert answer.status_code == 200
    assert b"<script" not in answer.content
    assert Markup(answer.content.decode()).wrong == []


def test_a_slip_is_corrected_and_said(indexed):
    page = Markup(indexed.get("/en/search", {"q": "docmo cut off"}).content.decode())
    assert "we looked for: docomo" in page.said()
    assert "we looked for" not in Markup(indexed.get("/en/search", {"q": "docomo"}).content.decode()).said()


def test_plans_are_found_as_they_are_sold_and_no_longer(indexed):
    from django.utils import timezone

    from tests.cast import plans
    from tsuzuki.actions.catalogue.plans import retire, save_plans

    assert "fees#data-20gb" in found(indexed, "data 20gb")[:2]
    assert found(indexed, "only hand")[:1] == ["fees#only-hand"]
    retire("only-hand", True, "test", timezone.now())
    assert "fees#only-hand" not in found(indexed, "only hand")
    assert not found(indexed, "fees#old")[:0]
    new = next(one for one in plans() if one.code == "day")
    save_plans(
        [
            type(new)(
                **{
                    **{name: getattr(new, name) for name in new.__slots__},
                    "code": "skilift",
                    "names": {"en": "Skilift week"},
                }
            )
        ],
        timezone.now(),
    )
    assert found(indexed, "skilift")[:1] == ["fees#skilift"]


def test_making_it_anew_leaves_it_as_it_is(indexed):
    from tsuzuki.actions.catalogue.search import index
    from tsuzuki.records.models import SearchEntry

    before = set(SearchEntry.objects.values_list("path", "prior"))
    assert index() == len(before) > 1200
    assert set(SearchEntry.objects.values_list("path", "prior")) == before


def test_an_empty_table_finds_nothing_and_breaks_nothing(client):
    assert found(client, "docomo") == []
    assert found(client, "docmo") == []


def test_the_field_stands_on_the_guides_first_page_and_on_help(client):
    for path in ("guide", "help"):
        answer = client.get(f"/en/{path}").content.decode()
        assert '<form class="card" role="search" method="get" action="/en/search">' in answer


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("povo2.0", ["povo2", "povo", "2", "0"]),
        ("ＮＴＴドコモ", ["ntt", "ドコ", "コモ"]),
        ("ﾄﾞｺﾓ", ["ドコ", "コモ"]),
        ("どこも", ["ドコ", "コモ"]),
        ("便利店付款", ["便利", "利店", "店付", "付款"]),
        ("卡", ["卡"]),
        ("cards", ["card"]),
        ("Café", ["cafe"]),
        ("", []),
        ("\x00' \\", []),
    ],
)
def test_text_falls_into_pieces(text, pieces):
    assert list(segments(text)) == pieces


def test_empty_words_are_left_out_of_a_question():
    assert asked("How do I top up my SIM?") == ["top", "up", "sim"]
    assert asked("流量用完了怎么办") == ["流量", "量用", "用完"]
    assert asked("how to") == ["how", "to"], "unless there is nothing else"
    assert asked("的") == []
    assert len(asked("停机" * 100)) == 2
    assert len(asked(" ".join(f"w{n}x" for n in range(100)))) == 24


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("docmo", "docomo"),
        ("dcoomo", "docomo"),
        ("docomoo", "docomo"),
        ("docono", "docomo"),
        ("docomo", "docomo"),
        ("dcmo", ""),
        ("omocod", ""),
        ("sofbnk", ""),
        ("sofbank", "softbank"),
        ("softbakn", "softbank"),
        ("sotfbakn", "softbank"),
        ("sotfakn", ""),
        ("line", "lines"),
        ("limes", "limes"),
        ("linez", "lines"),
        ("lixes", "lines"),
        ("", ""),
        ("x" * 40, ""),
    ],
)
def test_a_slip_is_near_and_another_word_is_not(typed, meant):
    words = {"docomo": 40, "softbank": 30, "lines": 9, "limes": 2, "linemo": 5}
    assert likely(typed, words) == meant


def test_of_many_slips_two_are_looked_up(indexed):
    """Whoever types sixteen made-up words must not cost a second of a core."""
    from tsuzuki.records.search import search

    findings = search(asked("docmoo rakutne softbnak linemoo yopu sloi"))
    assert findings.corrected == {"docmoo": "docomo", "rakutne": "rakuten"}


def test_the_words_there_are_are_read_once_and_again_when_they_changed(indexed):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tsuzuki.actions.catalogue.search import index, index_plans
    from tsuzuki.records.search import search

    def read() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert search(["docmoo"]).corrected == {"docmoo": "docomo"}
        return sum("ts_stat" in one["sql"] for one in seen.captured_queries)

    read()
    assert [read(), read()] == [0, 0]
    for again in (index_plans, index):
        again()
        assert [read(), read()] == [1, 0]


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Too many tries"), ("ja", "回数"), ("zh-Hans", "次数")]
)
def test_one_address_searches_only_so_often(indexed, monkeypatch, language, words):
    from tsuzuki.web import search

    monkeypatch.setattr(search, "SEARCHES", 2)
    found(indexed, "docomo", language), found(indexed, "povo", language)
    answer = indexed.get(f"/{language}/search", {"q": "au"})
    assert (answer.status_code, int(answer["Retry-After"]) > 0) == (429, True)
    assert words in answer.content.decode()
    assert indexed.get(f"/{language}/search").status_code == 200  # the empty field costs nothing
    assert indexed.get(f"/{language}/search", {"q": "au"}, REMOTE_ADDR="203.0.113.9").status_code == 200
