"""The guide as people meet it: every statement with its source and age, in one language, on light pages; and
what bad input meets.
"""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.faces.markup import Markup
from tsuzuki.guide.load.claims import UNKNOWN, Table, pieces
from tsuzuki.guide.load.loader import brand, brands
from tsuzuki.guide.load.vocabulary import said, vocabulary
from tsuzuki.guide.topics import chapters
from tsuzuki.guide.topics.cards import cards
from tsuzuki.guide.topics.paying import METHODS
from tsuzuki.guide.topics.topic_pages import topics
from tsuzuki.ui.languages import SHIPPED

HEAVIEST = 14 * 1024
PARTS = (*chapters.CHAPTERS, "ways", "steps", "dates", "sheet", "all", "paste", "cost")
ACROSS = (
    "",
    "/cost",
    "/roaming",
    "/roaming/cn",
    "/roaming/jp",
    "/roaming/cn/tariffs",
    "/roaming/jp/tariffs",
    "/pay-with",
    "/compare",
    "/compare?brand=docomo&brand=povo2&brand=au",
    "/cards",
    "/5g",
    "/paste",
)


def addresses() -> list[str]:
    """Every page of the guide, below «/LANGUAGE/guide»."""
    found = [
        *ACROSS,
        *(f"/pay-with/{method}" for method in METHODS),
        *(f"/cards/{card}" for card in cards()),
        *(f"/{id}" for id in topics()),
    ]
    cases = [id for id, topic in topics().items() if topic.claims]
    for one in brands():
        found += [f"/{one.id}", *(f"/{one.id}/{part}" for part in (*PARTS, *cases))]
        found += [f"/{one.id}/steps/{steps.job}/{steps.channel}" for steps in one.steps]
    return list(dict.fromkeys(found))


def opened(client, path: str) -> Markup:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return Markup(answer.content.decode())


@pytest.mark.parametrize("language", SHIPPED)
def test_every_page_is_light_well_formed_and_in_one_language(client, language):
    every = addresses()
    assert len(every) > 700
    wrong, linked = [], set()
    for path in every:
        answer = client.get(f"/{language}/guide{path}")
        page = Markup(answer.content.decode())
        heavy = len(gzip.compress(answer.content))
        faults = [*page.wrong, *page.foreign(language)]
        faults += [f"{heavy} bytes"] if heavy > HEAVIEST else []
        faults += [f"status {answer.status_code}"] if answer.status_code != 200 else []
        linked |= {link.partition("#")[0] for link in page.links if link.startswith(f"/{language}/guide")}
        wrong += [f"{path}: {fault}" for fault in faults]
    assert not wrong, "\n".join(wrong[:40])
    missing = {link.partition("?")[0] for link in linked} - {
        f"/{language}/guide{path.partition('?')[0]}" for path in every
    }
    assert all(link.endswith("/dates.ics") for link in missing), missing  # nothing leads nowhere


@pytest.mark.parametrize("language", SHIPPED)
def test_every_claim_shows_with_its_words_its_source_and_its_age(client, language):
    missing = []
    for one in brands():
        shown = {}
        for chapter in chapters.CHAPTERS:
            shown |= opened(client, f"/{language}/guide/{one.id}/{chapter}").ids
        seen: dict[str, int] = {}
        for claim in one.claims:
            seen[claim.key] = seen.get(claim.key, 0) + 1
            anchor = claim.key if seen[claim.key] == 1 else f"{claim.key}-{seen[claim.key]}"
            missing += [f"{one.id} {anchor}: {what}" for what in lacking(claim, shown.get(anchor), language)]
    assert not missing, "\n".join(missing[:40])


def lacking(claim, element, language: str) -> list[str]:
    """What of a claim its place on the page does not say."""
    if element is None:
        return ["is not shown"]
    words, text = vocabulary(), _plain(element.text)
    wanted = [words.keys[claim.key].to(language), words.confidences[claim.source.confidence].to(language)]
    units = {row.unit for row in claim.value.rows if row.unit} if isinstance(claim.value, Table) else set()
    if isinstance(claim.value, Table):
        wanted += [row.label.to(language) for row in claim.value.rows]
        for row in claim.value.rows:
            wanted += [said(piece, row.unit or claim.unit, language) for piece in pieces(row.value)]
    else:
        assert not units
        wanted += [said(piece, claim.unit, language) for piece in pieces(claim.value)]
    wanted += [part.to(language) for part in (claim.when, claim.note) if part]
    if claim.tax and claim.value is not UNKNOWN:
        wanted.append(words.taxes[claim.tax].to(language))
    if claim.source.url:
        wanted += [
            words.source_kinds[claim.source.kind].to(language),
            claim.source.as_of or _undated(language),
        ]
    lost = [f"does not say {one!r}" for one in wanted if _plain(one) not in text]
    return lost + (
        [f"no link to {claim.source.url}"]
        if claim.source.url and claim.source.url not in element.links
        else []
    )


def _undated(language: str) -> str:
    return {"en": "found in November 2026", "ja": "2026年11月に確認", "zh-Hans": "2026年11月查到"}[language]


def _plain(text: str) -> str:
    return re.sub(r"\s+|[「」]", "", text)


@pytest.mark.parametrize("language", SHIPPED)
def test_every_step_shows_with_the_labels_of_the_screen_in_their_own_language(client, language):
    for one in brands():
        for steps in one.steps:
            page = opened(client, f"/{language}/guide/{one.id}/steps/{steps.job}/{steps.channel}")
            text = _plain(page.said())
            for step in steps.do:
                assert _plain(step.text.to(language)) in text, steps.place
                for label in (choice for path in step.labels for tap in path for choice in tap):
                    assert any(
                        said == step.label_lang and _plain(words) == _plain(label)
                        for said, words in page.texts
                    ), (
                        steps.place,
                        label,
                    )
            if steps.source.url:
                assert steps.source.url in page.links


def test_old_prices_unknowns_and_disagreements_say_so(client):
    povo = opened(client, "/en/guide/povo2/keep").ids["topping.data_3gb_30d"].text
    assert "may have changed, found in November 2026" in povo
    assert "JPY 990" in povo
    docomo = opened(client, "/en/guide/docomo/fees").ids["fee.shop_procedure"].text
    assert "may have changed, as of 2025-08-06" in docomo
    assert "Unknown" in opened(client, "/en/guide/povo2/pay").ids["pay.foreign_issued_card"].text
    simple = opened(client, "/en/guide/softbank_simple_style/fees").ids
    disputed = [
        element.text for id, element in simple.items() if id.startswith("fee.universal_service_per_recharge")
    ]
    assert len(disputed) == 2
    assert all("Sources disagree" in text for text in disputed)


def test_a_brands_disagreements_are_looked_for_once_whatever_is_asked(client, monkeypatch):
    from tsuzuki.web.guide import claim_view

    looked = []
    monkeypatch.setattr(
        claim_view, "conflicts", lambda one, search=claim_view.conflicts: looked.append(one.id) or search(one)
    )
    claim_view._disputed.cache_clear()
    for language in SHIPPED:
        opened(client, f"/{language}/guide/docomo/fees")
    assert looked == ["docomo"]


def test_what_is_not_known_is_named_on_the_brands_page(client):
    docomo = opened(client, "/en/guide/docomo").said()
    assert "Whether a card issued abroad works" in docomo
    assert "How to: Get a new SIM card" in docomo
    klook = opened(client, "/en/guide/klook_esim").said()
    assert klook.count("Unknown: we found no source.") >= 4


@pytest.mark.parametrize("language", SHIPPED)
def test_from_my_docomo_line_is_cut_off_to_the_right_page_in_two_taps(client, language):
    first = opened(client, f"/{language}/guide")
    assert f"/{language}/guide/docomo" in first.links
    second = opened(client, f"/{language}/guide/docomo")
    assert f"/{language}/guide/docomo/suspended" in second.links
    page = opened(client, f"/{language}/guide/docomo/suspended")
    assert f"/{language}/guide/docomo/steps/pay_overdue/konbini" in page.links
    assert f"/{language}/guide/cards/how-much-owed" in page.links
    # and from a number that is not ours
    assert f"/{language}/elsewhere/docomo/cut" in opened(client, f"/{language}/elsewhere").links
    assert f"/{language}/guide/docomo/suspended" in opened(client, f"/{language}/elsewhere/docomo/cut").links
    assert f"/{language}/guide" in opened(client, f"/{language}/").links


def test_ways_to_pay_say_no_more_than_the_sources(client):
    page = opened(client, "/en/guide/pay-with")
    assert sum(link.endswith("/pay") for link in page.links) == len(brands())
    foreign = client.get("/en/guide/pay-with/foreign_card").content.decode()
    places = [foreign.index(f">{words}<") for words in ("Yes", "It depends", "No", "Unknown")]
    rakuten, sakura, povo = (
        foreign.index(f"/en/guide/{id}/pay") for id in ("rakuten_mobile", "sakura_mobile", "povo2")
    )
    assert places[0] < sakura < places[1] < places[2] < rakuten < places[3] < povo
    assert "https://network.mobile.rakuten.co.jp/faq/detail/10000251/" in foreign


def test_brands_are_compared_side_by_side_and_never_more_than_three(client):
    page = opened(
        client, "/en/guide/compare?brand=docomo&brand=povo2&brand=docomo&brand=nonesuch&brand=au&brand=ahamo"
    )
    names = [brand(id).names.en for id in ("docomo", "povo2", "au")]
    assert all(f"/en/guide/{id}" in page.links for id in ("docomo", "povo2", "au"))
    assert "/en/guide/ahamo" not in page.links
    assert all(name in page.said() for name in names)


def test_the_sheet_for_the_counter_holds_the_case_and_nothing_about_the_reader(client):
    page = opened(client, "/zh-Hans/guide/docomo/sheet?job=lost&sim=esim&pay=cash")
    japanese = " ".join(text for language, text in page.texts if language == "ja")
    assert "SIMカードをなくしました。回線を止めて、再発行してください。" in japanese
    assert "NTTドコモ" in japanese
    assert "eSIMのQRコードを映す別の端末" in japanese
    assert "この回線を使っている端末" not in japanese  # it is lost
    assert {
        tag for tag in page.tags if tag in ("input", "textarea")
    } == set()  # only choices: nothing to type
    same = opened(client, "/zh-Hans/guide/docomo/sheet?job=<script>&sim=9&pay=&name=Mei")
    assert "Mei" not in same.said()
    assert "このSIMの利用を続けたいです" in " ".join(text for _, text in same.texts)


def test_forty_cards_on_one_page_and_each_large(client):
    assert len(cards()) == 40
    page = opened(client, "/zh-Hans/guide/cards")
    for card in cards().values():
        for language, words in (
            ("ja", card.words.ja),
            ("ja", card.kana),
            ("ja-Latn", card.romaji),
            ("zh-Hans", card.words.zh_hans),
        ):
            assert (language, words) in page.texts
    assert opened(client, "/en/guide/cards/puk").h1 == [cards()["puk"].words.ja]


@pytest.mark.parametrize(
    "path",
    [
        "/nonesuch",
        "/nonesuch/pay",
        "/docomo/nonesuch",
        "/docomo/hearsay",
        "/docomo/steps/fly/app",
        "/docomo/steps/pay_overdue/moon",
        "/cards/nonesuch",
        "/pay-with/gold",
        "/povo2/dates.ics",
        "/povo2/dates.ics?rule=nonesuch",
        "/nonesuch/dates.ics",
        "/nonesuch/paste",
        "/povo2/dates.ics?rule=keep_alive&expires=1066-10-14",
        "/..%2f..%2fetc",
        "/docomo%00",
    ],
)
def test_what_does_not_exist_is_not_found(client, path):
    assert client.get(f"/en/guide{path}").status_code == 404


def test_povos_dates_follow_its_rule_and_say_what_they_rest_on(client):
    page = opened(client, "/en/guide/povo2/dates?rule=keep_alive&expires=2021-10-31")
    text = page.said()
    assert "Fri 29 April 2022" in text  # as one user's line had it
    assert "This has passed." in text
    assert "Sun 29 May 2022" in text
    assert "error 4002" in text
    assert "https://fanblogs.jp/mobilera8/archive/31635/0" in page.links
    assert "?rule=keep_alive&expires=2021-10-31" in page.links


def test_dates_to_come_have_a_margin_and_a_calendar_file(client, monkeypatch):
    at(monkeypatch, "2026-11-22T03:00:00+00:00")
    page = opened(client, "/ja/guide/povo2/dates?rule=keep_alive&expires=2026-09-01")
    assert "2027年2月28日（日）" in page.said()
    assert "2027年2月25日（木）までに済ませましょう" in page.said()
    (link,) = [link for link in page.links if "dates.ics?rule=keep_alive" in link]
    answer = client.get(link)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    file = answer.content.decode().replace("\r\n ", "")
    assert "DTSTART:20270228T145900Z" in file
    assert "http://localhost/ja/guide/povo2/dates?rule=keep_alive&expires=2026-09-01" in file
    assert file.count("BEGIN:VEVENT") == 3
    assert client.get(link.replace("2026-09-01", "2016-09-01")).status_code == 404  # all of it is over
    assert answer.content == client.get(link).content  # made anew from the address alone


@pytest.mark.parametrize(
    ("brand", "day", "first", "said"),
    [
        ("docomo", "2026-12-02", "Mon 30 November 2026", "Mon 14 December 2026"),
        ("au", "2026-11-26", "Wed 25 November 2026", "Mon 30"),
        ("nbk_mobile", "2026-12-21", "Sun 20 December 2026", "may be suspended"),
        ("gtn_mobile", "2026-11-27", "Wed 25 November 2026", "23:59"),
        ("sakura_mobile", "2026-12-11", "Thu 10 December 2026", "JPY 500"),
    ],
)
def test_who_is_late_sees_the_bill_that_is_overdue_first(client, monkeypatch, brand, day, first, said):
    at(monkeypatch, f"{day}T03:00:00+00:00")
    text = opened(client, f"/en/guide/{brand}/dates").said()
    overdue, next_one = text.index(f"If the bill due {first} is still unpaid"), text.index("The bill due")
    assert overdue < text.index(said, overdue) < next_one
    assert "If the bill due" not in opened(client, f"/en/guide/{brand}/dates?rule=bill&due=2026-12-31").said()


def test_a_bill_needs_no_date_at_all(client, monkeypatch):
    at(monkeypatch, "2026-11-22T03:00:00+00:00")
    page = opened(client, "/en/guide/docomo/dates")
    text = page.said()
    assert text.index("If the bill due Mon 2 November 2026 is still unpaid") < text.index(
        "The bill due Mon 30 November 2026"
    )
    assert "Mon 14 December 2026" in text
    assert any("dates.ics?rule=bill&due=2026-11-30" in link for link in page.links)
    other = opened(client, "/en/guide/docomo/dates?rule=bill&due=2026-10-30")
    assert "?rule=bill&due=2026-10-30" in other.links


@pytest.mark.parametrize(
    ("rule", "typed"),
    [
        ("keep_alive", {"expires": "0000-00-00"}),
        ("keep_alive", {"expires": "2026-02-30"}),
        ("keep_alive", {"expires": "9999-12-31"}),
        ("keep_alive", {"expires": "<script>alert(1)</script>"}),
        ("keep_alive", {"expires": "2026-01-01", "spent": "-5"}),
        ("keep_alive", {"expires": "２０２６年" * 30}),
        ("topping", {"bought": "2026-01-01T99:99", "days": "3"}),
        ("topping", {"bought": "2026-01-01T10:00", "days": "99999999999"}),
        ("topping", {"bought": "2026-01-01T10:00", "days": "1e3"}),
        ("topping", {"bought": "2026-01-01T10:00", "days": "0"}),
        ("keep_alive", {"activated": "1' OR '1'='1"}),
    ],
)
def test_absurd_dates_come_back_beside_their_field(client, rule, typed):
    answer = client.get("/en/guide/povo2/dates", {"rule": rule} | typed)
    text = answer.content.decode()
    assert answer.status_code == 422, text[-500:]
    assert 'aria-invalid="true"' in text
    assert "We cannot read this" in text
    assert "<script>" not in text


def test_dates_as_people_write_them_are_read(client):
    for typed in ("2021-10-31", "２０２１／１０／３１", "2021年10月31日", "2021.10.31"):
        assert (
            "Fri 29 April 2022"
            in opened(client, f"/en/guide/povo2/dates?rule=keep_alive&expires={quote(typed)}").said()
        )
    short = opened(client, "/en/guide/povo2/dates?rule=topping&days=3").said()
    assert "not enough" in short
    assert client.get("/en/guide/povo2/dates?rule=nonesuch&expires=x").status_code == 200


def test_the_reader_keeps_his_dates_when_he_changes_the_language(client):
    page = opened(client, "/en/guide/povo2/dates?rule=keep_alive&expires=2021-10-31")
    assert "/ja/guide/povo2/dates?rule=keep_alive&expires=2021-10-31" in page.links


def test_pages_may_be_kept_and_found_but_not_the_one_that_reads_messages(client):
    plain, private = client.get("/en/guide/docomo"), client.get("/en/guide/paste")
    assert plain["Cache-Control"] == "public, max-age=300"
    assert 'content="index"' in plain.content.decode()
    assert "Set-Cookie" not in plain
    assert private["Cache-Control"] == "private, no-store"
    assert 'content="noindex"' in private.content.decode()
    bare = client.get("/guide/docomo", headers={"Accept-Language": "ja"})
    assert bare["Content-Language"] == "ja"


def test_the_page_named_for_each_of_the_28_pains_exists(client):
    text = (Path(__file__).parents[2] / "docs" / "pains.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \|(.*)$", text, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 29))
    for number, row in rows:
        named = re.findall(r"`(/[^`]*)`", row)
        assert named or "cards" in row or "steps" in row, number
        for path in named:
            brand_page = path.replace("BRAND", "povo2")
            place = (
                f"/en{path}"
                if path == "/slow"
                else f"/en/guide{brand_page if path != '/dates' else '/bmobile_visitor/dates'}"
            )
            assert client.get(place).status_code == 200, (number, path)


def at(monkeypatch, moment: str) -> None:
    from datetime import datetime

    from django.utils import timezone

    monkeypatch.setattr(timezone, "now", lambda: datetime.fromisoformat(moment))


def test_one_day_is_no_days(client, monkeypatch):
    at(monkeypatch, "2026-11-22T03:00:00+00:00")
    for due, words in (
        ("2026-11-22", "less than a day left"),
        ("2026-11-23", "1 day left"),
        ("2026-11-24", "2 days left"),
    ):
        assert words in opened(client, f"/en/guide/softbank/dates?rule=bill&due={due}").said()


def test_a_card_that_expires_is_no_card_that_failed(client):
    answer = client.post(
        "/en/guide/nihon_tsushin/paste", {"text": "ご登録のクレジットカードの有効期限 2026年12月31日"}
    )
    page = Markup(answer.content.decode())
    assert "Thu 31 December 2026" in page.said()
    assert not [link for link in page.links if "card_failed" in link], (
        "it would say that the number goes on the 30th"
    )
