"""The guide's own contents beside the claims: chapters, topics, show-cards, ways to pay."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.language import CJK, KANA, OWN_FORMS, YEN_SIGNS
from tsuzuki.guide.load.claims import Claim, Source, Table, Text, Word, pieces
from tsuzuki.guide.load.loader import brand, brands
from tsuzuki.guide.load.vocabulary import vocabulary
from tsuzuki.guide.topics import chapters, paying
from tsuzuki.guide.topics.cards import cards, situations
from tsuzuki.guide.topics.counter import CARDS, FEES, PAPERS, counter
from tsuzuki.guide.topics.paying import Answer, payable
from tsuzuki.guide.topics.topic_pages import topics

KANA_ONLY = re.compile(r"[\u3040-\u30ff 、。]+")
ROMAJI = re.compile(r"[A-Za-zāīūēōĪŌĒ ,.-]+")


def test_every_topic_of_the_vocabulary_stands_in_exactly_one_chapter():
    stood = Counter(topic for inside in chapters.CHAPTERS.values() for topic in inside)
    assert set(stood) == {topic.id for topic in vocabulary().topics}
    assert set(stood.values()) == {1}


def test_keys_and_codes_that_are_named_exist():
    keys = vocabulary().keys
    named = {
        key
        for group in (chapters.CLOCKS, chapters.WANTS, FEES)
        for inside in group.values()
        for key in inside
    }
    named |= {key for _, inside in chapters.DOORS.values() for key in inside} | set(PAPERS)
    named |= {key for inside in paying.ABOUT.values() for key in inside} | {
        *paying.LISTS,
        *paying.LATE,
        *paying.ENDED,
        *paying.SURE,
    }
    assert named <= set(keys)
    prefixes = {prefix for topic in vocabulary().topics for prefix in topic.prefixes}
    assert {key for topic in topics().values() for key in topic.claims} <= set(keys) | prefixes
    assert {code for inside in paying.METHODS.values() for code in inside} - set(vocabulary().codes) <= {
        "paidy"
    }
    assert {channel for channels, _ in chapters.DOORS.values() for channel in channels} == set(
        vocabulary().channels
    )
    kinds = [kind for inside in chapters.GROUPS.values() for kind in inside]
    assert sorted(kinds) == sorted(vocabulary().kinds)
    assert set(chapters.FIRST) <= {one.id for one in brands()}


def test_every_brand_stands_in_exactly_one_group():
    stood = [one.id for group in chapters.grouped(brands()).values() for one in group]
    assert sorted(stood) == sorted(one.id for one in brands())
    assert stood[: len(chapters.FIRST)] == list(chapters.FIRST)


def test_a_card_can_be_read_aloud():
    assert len(cards()) == 40
    for card in cards().values():
        assert KANA_ONLY.fullmatch(card.kana), card.kana
        assert ROMAJI.fullmatch(card.romaji), card.romaji
        sentences = [text.count("。") for text in (card.words.ja, card.kana)]
        assert sentences[0] == sentences[1] == len(re.findall(r"[.](?: |$)", card.romaji)), card.id
        assert KANA.search(card.words.ja)
    assert {card.situation for card in cards().values()} == set(situations())
    assert set(CARDS.values()) <= set(cards())


def own_texts() -> list[Text]:
    found = [card.words for card in cards().values()]
    for topic in topics().values():
        found += [
            topic.title,
            topic.lead,
            *topic.do,
            *(fact.words for fact in topic.facts),
            *(fact.heard for fact in topic.facts if fact.heard),
        ]
    held = counter()
    found += [
        *held.jobs.values(),
        *held.sims.values(),
        *held.pays.values(),
        *(item.words for item in held.bring),
    ]
    return [text for text in found if isinstance(text, Text)]


def test_own_texts_are_each_in_their_language():
    assert len(own_texts()) > 130
    for text in own_texts():
        assert not CJK.search(text.en), text.en
        assert not KANA.search(text.zh_hans), text.zh_hans
        for language, words in (("ja", text.ja), ("zh-Hans", text.zh_hans)):
            words.replace("–", "-").encode(OWN_FORMS[language])
        assert not any(sign in words for sign in YEN_SIGNS for words in text.all())


def test_facts_of_topics_have_a_source_and_advice_has_none():
    for topic in topics().values():
        assert topic.facts or topic.do
        for fact in topic.facts:
            assert fact.source.url
            assert fact.source.confidence in vocabulary().confidences
    assert [fact.verdict for fact in topics()["hearsay"].facts].count("no") == 4
    assert {id for id, topic in topics().items() if not topic.claims} == {"safe-seller", "hearsay"}


@pytest.mark.parametrize(
    ("id", "method", "answer"),
    [
        ("rakuten_mobile", "foreign_card", "no"),
        ("sakura_mobile", "foreign_card", "yes"),
        ("iijmio", "foreign_card", "depends"),
        ("povo2", "foreign_card", "unknown"),
        ("povo2", "paidy", "yes"),
        ("povo2", "konbini", "unknown"),
        ("nbk_mobile", "wechat", "yes"),
        ("docomo", "konbini", "depends"),
        ("mobal", "konbini", "depends"),
        ("mobal", "alipay", "depends"),
        ("iijmio", "debit", "not_listed"),
        ("linemo", "debit", "depends"),
        ("uq_mobile", "konbini", "depends"),
        ("mineo", "bank", "depends"),
        ("mineo", "card", "yes"),
        ("docomo", "bank", "yes"),
        ("docomo", "card", "yes"),
        ("au", "bank", "yes"),
        ("au", "card", "yes"),
        ("softbank", "bank", "yes"),
        ("softbank", "card", "yes"),
        ("softbank", "unionpay", "unknown"),
        ("klook_esim", "card", "unknown"),
    ],
)
def test_ways_to_pay_follow_from_the_claims(id, method, answer):
    assert payable(brand(id), method).answer is Answer(answer)


def test_an_answer_other_than_unknown_rests_on_a_claim_with_a_source():
    for one in brands():
        for method in paying.METHODS:
            found = payable(one, method)
            assert found.answer is Answer.UNKNOWN or any(claim.source.url for claim in found.claims), (
                one.id,
                method,
            )


def test_what_a_list_names_is_never_denied():
    """A yes in one source and silence in another's list is «it depends», not «not listed»."""
    for one in brands():
        listed = {
            piece.code
            for claim in one.claims
            if claim.key in paying.LISTS
            for piece in pieces(claim.value)
            if isinstance(piece, Word)
        }
        for method, codes in paying.METHODS.items():
            if listed & codes:
                assert payable(one, method).answer in (Answer.YES, Answer.DEPENDS), (one.id, method)


def test_topics_give_a_brand_only_what_is_its_own():
    claims, steps = topics()["suspended"].of(brand("povo2"))
    assert {claim.key for claim in claims} >= {
        "suspended.app_purchase_possible",
        "cancel.after_suspension_days",
        "lapse.no_purchase_days",
    }
    assert {one.job for one in steps} == {"pay_overdue", "resume_after_lapse"}
    source = Source("https://x.example", "official", None, "undated", "low")
    assert not topics()["suspended"].has(Claim("pay.paidy", True, source))
    assert not isinstance(claims[0].value, Table)
