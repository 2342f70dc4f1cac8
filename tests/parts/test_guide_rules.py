"""Every brand's deadlines from the claims we ship: they rest on claims that exist and are said in every language."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.language import one_language
from tsuzuki.core.deadline_rules import Dates, Hard, What, also, ways
from tsuzuki.core.deadlines import deadlines
from tsuzuki.guide.load.claims import LANGUAGES
from tsuzuki.guide.load.loader import brand, brand_ids, brands
from tsuzuki.guide.rules.rule_words import rule_words
from tsuzuki.guide.rules.rules import deadlines_of, rules

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
JST = ZoneInfo("Asia/Tokyo")
ALL = Dates(
    bought=datetime(2026, 11, 1, 9, tzinfo=JST), days=10, expires=date(2026, 12, 1), activated=date(2026, 1, 1), issued=date(2026, 11, 12),
    due=date(2026, 11, 30), slip_due=date(2026, 12, 14), spent=0,
)  # fmt: skip
EVERY = [(brand_id, rule) for brand_id in brand_ids() for rule in rules(brand_id)]
NAMES = [f"{brand_id}-{rule.id}" for brand_id, rule in EVERY]


def found(brand_id, rule_id, what, **dates):
    return next(line for line in deadlines_of(brand_id, rule_id, Dates(**dates), NOW) if line.what is what)


@pytest.mark.parametrize(("brand_id", "rule"), EVERY, ids=NAMES)
def test_what_it_rests_on_is_there(brand_id, rule):
    lines = deadlines(rule.rule, ALL, NOW)
    assert lines
    words = rule_words()
    for line in lines:
        for key in line.rests.claims:
            assert brand(brand_id).about(key), key
        assert line.words in words.rules
        assert words.whats[line.what]
        assert words.hards[line.hard]
        assert words.margins[line.rests.confidence]
        assert set(line.after) <= set(words.after)
    assert rule.title in words.titles
    asked = {name for way in ways(rule.rule) for name in way} | set(also(rule.rule))
    assert set(rule.asks) <= asked
    assert {rule.asks.get(name, name) for name in asked} <= set(words.asks)


@pytest.mark.parametrize("brand_id", brand_ids())
def test_the_rules_of_a_brand_have_names_of_their_own(brand_id):
    names = [rule.id for rule in rules(brand_id)]
    assert len(set(names)) == len(names)


def test_only_carriers_whose_way_of_paying_is_unknown_have_no_rule():
    assert {b.id for b in brands() if not rules(b.id)} == {"cn_mobile", "cn_telecom", "cn_unicom", "jp_smart_sim"}
    assert {b.payment_model for b in brands() if not rules(b.id)} == {"unknown", "mixed"}


def test_povo_by_its_claims():
    # https://orefolder.jp/2022/06/povo-180days/amp
    assert found("povo2", "keep_alive", What.RENEW_BY, expires=date(2021, 10, 31)).last_day == date(2022, 4, 29)
    lost = found("povo2", "keep_alive", What.NUMBER_LOST, expires=date(2021, 10, 31))
    assert (lost.last_day, lost.hard, lost.words) == (date(2022, 5, 29), Hard.NUMBER_LOST, "povo_cancelled")
    assert found("povo2", "keep_alive", What.RENEW_BY, expires=date(2021, 10, 31)).rests.confidence == "medium"


def test_a_changed_claim_changes_the_rule(monkeypatch):
    from dataclasses import replace

    povo = brand("povo2")
    claims = tuple(replace(c, value=90) if c.key == "lapse.no_purchase_days" else c for c in povo.claims)
    monkeypatch.setattr("tsuzuki.guide.rules.rules.brand_of", lambda id: replace(povo, claims=claims))
    line = deadlines(rules.__wrapped__("povo2")[0].rule, Dates(expires=date(2026, 1, 1)), NOW)[0]
    assert line.last_day == date(2026, 4, 1)
    gone = replace(povo, claims=tuple(c for c in povo.claims if c.key != "lapse.no_purchase_days"))
    monkeypatch.setattr("tsuzuki.guide.rules.rules.brand_of", lambda id: gone)
    with pytest.raises(KeyError, match="no number in lapse"):
        rules.__wrapped__("povo2")


@pytest.mark.parametrize(
    ("brand_id", "rule_id", "what", "dates", "last"),
    [
        ("docomo", "bill", What.PAY_BY, {"issued": date(2026, 10, 12)}, date(2026, 11, 2)),
        ("docomo", "bill", What.SECOND_DEBIT, {"issued": date(2026, 12, 12)}, date(2027, 1, 14)),
        ("docomo", "bill", What.SLIP_UNTIL, {"due": date(2026, 11, 30)}, date(2027, 1, 29)),
        ("au", "bill", What.PAY_BY, {"issued": date(2026, 7, 1)}, date(2026, 7, 27)),
        ("au", "extra_data", What.DATA_END, {"bought": datetime(2026, 11, 1, 9, tzinfo=JST)}, date(2027, 1, 2)),
        ("sakura_mobile", "plan_change", What.CHANGE_BY, {}, date(2026, 11, 25)),
        ("sakura_mobile", "method_change", What.CHANGE_BY, {}, date(2026, 11, 24)),
        ("bmobile_visitor", "end_date", What.RENEW_BY, {"expires": date(2026, 12, 1)}, date(2026, 12, 3)),
        ("mobal", "end_date", What.NUMBER_LOST, {"expires": date(2026, 12, 1)}, date(2026, 11, 30)),
        ("mobal", "lost_phone", What.NUMBER_LOST, {"bought": datetime(2026, 11, 1, 9, tzinfo=JST)}, date(2026, 11, 8)),
        ("nbk_mobile", "bill", What.SUSPENSION, {"issued": date(2026, 12, 10)}, date(2026, 12, 20)),
        ("nihon_tsushin", "card_failed", What.NUMBER_LOST, {"expires": date(2026, 12, 10)}, date(2026, 12, 9)),
        ("softbank_simple_style", "balance", What.NUMBER_LOST, {"expires": date(2026, 11, 30)}, date(2027, 11, 25)),
        ("mineo", "extra_data", What.DATA_END, {"bought": datetime(2026, 11, 1, 9, tzinfo=JST)}, date(2026, 12, 31)),
        ("iijmio", "extra_data", What.DATA_END, {"bought": datetime(2026, 11, 1, 9, tzinfo=JST)}, date(2026, 11, 30)),
        ("rakuten_mobile", "data_abroad", What.DATA_END, {"bought": datetime(2026, 11, 1, 9, tzinfo=JST)}, date(2026, 12, 1)),
        ("holafly", "end_date", What.RENEW_BY, {"expires": date(2026, 12, 1)}, date(2026, 11, 30)),
    ],
)
def test_by_brand(brand_id, rule_id, what, dates, last):
    assert found(brand_id, rule_id, what, **dates).last_day == last


def test_every_word_is_used():
    words = rule_words()
    lines = [line for _, rule in EVERY for line in (*deadlines(rule.rule, ALL, NOW), *_without_slip(rule))]
    assert {line.words for line in lines} == set(words.rules)
    assert {key for line in lines for key in line.after} == set(words.after)
    assert {rule.title for _, rule in EVERY} == set(words.titles)
    used = {rule.asks.get(n, n) for _, rule in EVERY for way in (*ways(rule.rule), also(rule.rule)) for n in way}
    assert used == set(words.asks)


def _without_slip(rule):
    from dataclasses import replace

    return deadlines(rule.rule, replace(ALL, slip_due=None), NOW)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_are_of_one_language(language):
    words = rule_words()
    for section in (words.whats, words.hards, words.margins, words.titles, words.after):
        for text in section.values():
            one_language(text.to(language).replace("My SoftBank", "").replace("docomo", ""), language)


def test_there_is_no_such_brand_or_rule():
    with pytest.raises(KeyError):
        deadlines_of("gone_mobile", "bill", ALL, NOW)
    with pytest.raises(KeyError):
        deadlines_of("povo2", "bill", ALL, NOW)
