"""Every brand's deadlines from the claims we ship: they rest on claims that exist and are said in every
language.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.language import one_language
from tsuzuki.core.deadline_rules import DeadlineKind, KnownDates, Loss, also, ways
from tsuzuki.core.deadlines import deadlines
from tsuzuki.guide.load.claims import LANGUAGES
from tsuzuki.guide.load.loader import brand, brand_ids, brands
from tsuzuki.guide.rules.date_rules import deadlines_of, rules
from tsuzuki.guide.rules.rule_words import rule_words
from tsuzuki.strict_yaml import Wrong, read

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
JST = ZoneInfo("Asia/Tokyo")
ALL = KnownDates(
    bought=datetime(2026, 11, 1, 9, tzinfo=JST),
    days=10,
    expires=date(2026, 12, 1),
    activated=date(2026, 1, 1),
    issued=date(2026, 11, 12),
    due=date(2026, 11, 30),
    slip_due=date(2026, 12, 14),
    spent=0,
)
EVERY = [(brand_id, rule) for brand_id in brand_ids() for rule in rules(brand_id)]
NAMES = [f"{brand_id}-{rule.id}" for brand_id, rule in EVERY]


def found(brand_id, rule_id, what, **dates):
    return next(
        line for line in deadlines_of(brand_id, rule_id, KnownDates(**dates), NOW) if line.what is what
    )


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
    assert {b.id for b in brands() if not rules(b.id)} == {
        "cn_mobile",
        "cn_telecom",
        "cn_unicom",
        "jp_smart_sim",
    }
    assert {b.payment_model for b in brands() if not rules(b.id)} == {"unknown", "mixed"}


def test_povo_by_its_claims():
    # https://orefolder.jp/2022/06/povo-180days/amp
    assert found("povo2", "keep_alive", DeadlineKind.RENEW_BY, expires=date(2021, 10, 31)).last_day == date(
        2022, 4, 29
    )
    lost = found("povo2", "keep_alive", DeadlineKind.NUMBER_LOST, expires=date(2021, 10, 31))
    assert (lost.last_day, lost.hard, lost.words) == (date(2022, 5, 29), Loss.NUMBER_LOST, "povo_cancelled")
    assert (
        found("povo2", "keep_alive", DeadlineKind.RENEW_BY, expires=date(2021, 10, 31)).rests.confidence
        == "medium"
    )


def test_a_changed_claim_changes_the_rule(monkeypatch):
    povo = brand("povo2")
    claims = tuple(replace(c, value=90) if c.key == "lapse.no_purchase_days" else c for c in povo.claims)
    monkeypatch.setattr("tsuzuki.guide.rules.date_rules.brand_of", lambda id: replace(povo, claims=claims))
    line = deadlines(rules.__wrapped__("povo2")[0].rule, KnownDates(expires=date(2026, 1, 1)), NOW)[0]
    assert line.last_day == date(2026, 4, 1)
    gone = replace(povo, claims=tuple(c for c in povo.claims if c.key != "lapse.no_purchase_days"))
    monkeypatch.setattr("tsuzuki.guide.rules.date_rules.brand_of", lambda id: gone)
    with pytest.raises(Wrong, match=r"povo2.yaml:\d+: povo2 has no number in lapse"):
        rules.__wrapped__("povo2")


RULE = (
    "rules:\n  - {id: bill, kind: bill, words: au_due, rests: [bill.due], day: 31, "
    "stages: [{what: suspension, words: au_stop, rests: [bill.due]}]}\n"
)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("kind: bill", "kind: bills", "x.yaml:2: a rule has an id and a kind: keep_alive, pack"),
        ("day: 31", "days: 31", "x.yaml:2: days is not known here; known are words, rests, day"),
        ("words: au_due, ", "", "x.yaml:2: words is missing"),
        ("words: au_due", "words: 3", "x.yaml:2: words is text"),
        ("day: 31", "day: last", "x.yaml:2: day is a whole number, or {claim: KEY}"),
        ("day: 31", "day: {claim: bill.gone}", "x.yaml:2: docomo has no number in bill.gone"),
        ("day: 31", "bank_day: 1", "x.yaml:2: bank_day is true or false"),
        ("rests: [bill.due], day", "rests: [bill.gone], day", "x.yaml:2: docomo has no claim bill.gone"),
        ("rests: [bill.due], day", "rests: bill.due, day", "x.yaml:2: rests is a list of the keys of claims"),
        (
            "rests: [bill.due], day",
            "rests: {claims: [bill.due], confidence: sure}, day",
            "x.yaml:2: give the keys of claims",
        ),
        ("what: suspension", "what: stop", "x.yaml:2: what is one of start_by, change_by"),
        ("what: suspension, ", "", "x.yaml:2: what is missing"),
        ("stages: [{", "stages: [a, {", "x.yaml:2: stages is a list of mappings"),
        ("day: 31", "asks: [a]", "x.yaml:2: asks renames dates"),
        (
            "kind: bill, words: au_due, rests: [bill.due], day: 31",
            'kind: pack, words: w, rests: [bill.due], switch_off: "25"}  # ',
            'x.yaml:2: switch_off is an hour and minutes: "23:30"',
        ),
    ],
)
def test_a_rule_that_is_not_as_it_must_be_is_refused_with_its_line(monkeypatch, old, new, says):
    assert old in RULE
    row = read(RULE.replace(old, new, 1), "x.yaml").marked()
    docomo = brand("docomo")
    monkeypatch.setattr(
        "tsuzuki.guide.rules.date_rules.brand_of", lambda id: replace(docomo, rules=tuple(row["rules"]))
    )
    with pytest.raises(Wrong) as wrong:
        rules.__wrapped__("docomo")
    assert str(wrong.value).startswith(says)


def test_a_rule_without_a_zone_has_its_brands(monkeypatch):
    sosim = brand("sosim_hk")
    assert rules("sosim_hk")[0].rule.zone == "Asia/Hong_Kong"
    monkeypatch.setattr("tsuzuki.guide.rules.date_rules.brand_of", lambda id: replace(sosim, zone=""))
    assert rules.__wrapped__("sosim_hk")[0].rule.zone == "Asia/Tokyo"
    monkeypatch.setattr("tsuzuki.guide.rules.date_rules.brand_of", lambda id: replace(sosim, rules=()))
    assert rules.__wrapped__("sosim_hk")[0].rule.zone == "Asia/Hong_Kong"


def test_a_doubt_of_our_own_lowers_what_the_claims_say():
    unused = next(rule.rule for rule in rules("airalo") if rule.id == "start")
    assert brand("airalo").about("lapse.recycled_after")[0].source.confidence != "low"
    assert unused.rests.confidence == "low"


@pytest.mark.parametrize(
    ("brand_id", "rule_id", "what", "dates", "last"),
    [
        ("docomo", "bill", DeadlineKind.PAY_BY, {"issued": date(2026, 10, 12)}, date(2026, 11, 2)),
        ("docomo", "bill", DeadlineKind.SECOND_DEBIT, {"issued": date(2026, 12, 12)}, date(2027, 1, 14)),
        ("docomo", "bill", DeadlineKind.SLIP_UNTIL, {"due": date(2026, 11, 30)}, date(2027, 1, 29)),
        ("au", "bill", DeadlineKind.PAY_BY, {"issued": date(2026, 7, 1)}, date(2026, 7, 27)),
        (
            "au",
            "extra_data",
            DeadlineKind.DATA_END,
            {"bought": datetime(2026, 11, 1, 9, tzinfo=JST)},
            date(2027, 1, 2),
        ),
        ("sakura_mobile", "plan_change", DeadlineKind.CHANGE_BY, {}, date(2026, 11, 25)),
        ("sakura_mobile", "method_change", DeadlineKind.CHANGE_BY, {}, date(2026, 11, 24)),
        (
            "bmobile_visitor",
            "end_date",
            DeadlineKind.RENEW_BY,
            {"expires": date(2026, 12, 1)},
            date(2026, 12, 3),
        ),
        ("mobal", "end_date", DeadlineKind.NUMBER_LOST, {"expires": date(2026, 12, 1)}, date(2026, 11, 30)),
        (
            "mobal",
            "lost_phone",
            DeadlineKind.NUMBER_LOST,
            {"bought": datetime(2026, 11, 1, 9, tzinfo=JST)},
            date(2026, 11, 8),
        ),
        ("nbk_mobile", "bill", DeadlineKind.SUSPENSION, {"issued": date(2026, 12, 10)}, date(2026, 12, 20)),
        (
            "nihon_tsushin",
            "card_failed",
            DeadlineKind.NUMBER_LOST,
            {"expires": date(2026, 12, 10)},
            date(2026, 12, 9),
        ),
        (
            "softbank_simple_style",
            "balance",
            DeadlineKind.NUMBER_LOST,
            {"expires": date(2026, 11, 30)},
            date(2027, 11, 25),
        ),
        (
            "mineo",
            "extra_data",
            DeadlineKind.DATA_END,
            {"bought": datetime(2026, 11, 1, 9, tzinfo=JST)},
            date(2026, 12, 31),
        ),
        (
            "iijmio",
            "extra_data",
            DeadlineKind.DATA_END,
            {"bought": datetime(2026, 11, 1, 9, tzinfo=JST)},
            date(2026, 11, 30),
        ),
        (
            "rakuten_mobile",
            "data_abroad",
            DeadlineKind.DATA_END,
            {"bought": datetime(2026, 11, 1, 9, tzinfo=JST)},
            date(2026, 12, 1),
        ),
        ("holafly", "end_date", DeadlineKind.RENEW_BY, {"expires": date(2026, 12, 1)}, date(2026, 11, 30)),
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
    used = {
        rule.asks.get(n, n) for _, rule in EVERY for way in (*ways(rule.rule), also(rule.rule)) for n in way
    }
    assert used == set(words.asks)


def _without_slip(rule):
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
