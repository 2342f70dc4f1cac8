"""The guide's files: what the loader refuses and where, what the check finds, and that the files we ship have
no fault.
"""

import json
import shutil
from datetime import date
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from tsuzuki.cli.main import app
from tsuzuki.guide.check import check, conflicts, faults
from tsuzuki.guide.load import loader, vocabulary
from tsuzuki.guide.load.claims import LANGUAGES, UNKNOWN, AsIs, Table, Text, Word, amounts
from tsuzuki.guide.load.freshness import (
    Harm,
    alone,
    first_day,
    harm,
    is_price,
    may_have_changed,
    over_a_year,
    stale,
)
from tsuzuki.guide.load.loader import Wrong, brand, brands, load
from tsuzuki.guide.topics.essentials import JOBS, essentials, gaps

TODAY = date(2026, 11, 22)

BRAND = """\
id: x_mobile
names: {en: X Mobile, ja: エックスモバイル, zh-Hans: X 移动}
operator: unknown
kind: mvno
payment_model: postpaid_monthly
open_to_new: unknown
claims:
  - key: lapse.no_purchase_days
    value: 180
    unit: day
    source: https://example.jp/rule
    kind: official
    as_of: 2026-05
    basis: page-date
    confidence: high
steps:
  - job: topup
    channel: app
    title: {en: Top up, ja: チャージする, zh-Hans: 充值}
    do:
      - {label: メニュー → 追加/購入 / 変更, en: Tap these., ja: 押します。, zh-Hans: 点按。}
      - {label: [My Page, OK], label_lang: en, en: Go on., ja: 進みます。, zh-Hans: 继续。}
      - {label: {literal: A / B}, en: Tap., ja: 押します。, zh-Hans: 点按。}
      - {en: Wait., ja: 待ちます。, zh-Hans: 等待。}
    source: https://example.jp/steps
    kind: official
    basis: undated
    confidence: medium
"""


def written(tmp_path, text=BRAND, name="x_mobile"):
    path = tmp_path / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def with_value(value, more=""):
    return BRAND.replace("    value: 180\n    unit: day\n", f"    value: {value}\n{more}")


def test_a_brand_is_read(tmp_path):
    found = load(written(tmp_path))
    assert found.names == Text("X Mobile", "エックスモバイル", "X 移动")
    assert (found.operator, found.open_to_new, found.network) == (UNKNOWN, UNKNOWN, None)
    claim = found.about("lapse.no_purchase_days")[0]
    assert (claim.value, claim.unit, claim.source.as_of, claim.place) == (
        180,
        "day",
        "2026-05",
        "x_mobile.yaml:8",
    )
    paths = [step.labels for step in found.steps[0].do]
    assert paths == [
        ((("メニュー",), ("追加/購入", "変更")),),
        ((("My Page",),), (("OK",),)),
        ((("A / B",),),),
        (),
    ]
    assert [step.label_lang for step in found.steps[0].do] == ["ja", "en", "ja", "ja"]


@pytest.mark.parametrize(
    ("value", "more", "is_"),
    [
        ("true", "", True),
        ("unknown", "", UNKNOWN),
        ("residence_card", "", Word("residence_card")),
        ("zh-Hans", "", Word("zh-Hans")),
        ('"3.3"', "    unit: JPY\n", Decimal("3.3")),
        ('"2026-04-27"', "    unit: date\n", date(2026, 4, 27)),
        ("{literal: jci@jci}", "", AsIs("jci@jci")),
        ("{en: a, ja: い, zh-Hans: 一}", "", Text("a", "い", "一")),
        ("[visa, {literal: X}, 3]", "", (Word("visa"), AsIs("X"), 3)),
    ],
)
def test_the_kinds_of_values(tmp_path, value, more, is_):
    assert load(written(tmp_path, with_value(value, more))).claims[0].value == is_


def test_a_table_gives_each_amount_its_unit(tmp_path):
    table = (
        "{table: [{label: 30 GB, value: 2970, unit: JPY}, {label: {en: Days, ja: 日数, zh-Hans: "
        "天数}, value: [1, 2]}]}"
    )
    claim = load(written(tmp_path, with_value(table, "    unit: day\n"))).claims[0]
    assert isinstance(claim.value, Table)
    assert claim.value.rows[0].label == AsIs("30 GB")
    assert list(amounts(claim)) == [(2970, "JPY"), (1, "day"), (2, "day")]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("confidence: high", "confidense: high", "x_mobile.yaml:15: the field 'confidense' is not known"),
        ("    confidence: high\n", "", "x_mobile.yaml:8: the field 'confidence' is missing"),
        ("    source: https://example.jp/rule\n", "", "x_mobile.yaml:8: a source is missing"),
        ("    kind: official\n    as_of", "    as_of", "x_mobile.yaml:8: kind is missing"),
        ("as_of: 2026-05", "as_of: 2026-13", "x_mobile.yaml:13: '2026-13' is no date"),
        ("as_of: 2026-05", "as_of: May", "x_mobile.yaml:13: 'May' is no date"),
        ("value: 180", "value: 3.3", "x_mobile.yaml:9: 3.3 cannot stand here"),
        (
            "value: 180",
            "value: Pay by the 25th",
            "x_mobile.yaml:9: 'Pay by the 25th' is neither a code nor a number",
        ),
        (
            "value: 180",
            "value: {en: a, ja: い}",
            "x_mobile.yaml:9: value needs a text in each of en, ja, zh-Hans",
        ),
        ("value: 180", "value: {en: a, ja: い, zh-Hans: ''}", "value in zh-Hans is no text"),
        ("value: 180", "value: {table: [{label: 3, value: 4}]}", "label needs a text in each"),
        ("value: 180", "value: {table: [{label: a, value: {table: []}}]}", "a table in a table"),
        ("unit: day", "unit: a day", "x_mobile.yaml:10: unit is a short code"),
        ("unit: day", "unit: date", "180"),
        ("id: x_mobile", "id: y_mobile", "x_mobile.yaml:1: the id is 'y_mobile'"),
        (
            "open_to_new: unknown",
            "open_to_new: maybe",
            "x_mobile.yaml:6: open_to_new is true, false or unknown",
        ),
        ("source: https://", "source: see https://", "a source is missing; give its https address"),
        (
            "source: https://example.jp/rule",
            "source: https://example.jp/rule (a list)",
            "a source is missing; give its https address",
        ),
        ("kind: mvno", "kind: mvno\nkind: mno", "x_mobile.yaml:5: kind is there twice"),
        ("  - key: lapse", "  - key: lapse.x\n  - key: lapse", "x_mobile.yaml:8"),
        ("  - key: lapse", "  - just text\n  - key: lapse", "x_mobile.yaml:7: claims is a list of mappings"),
        ("names: {en", "names: {{en", "x_mobile.yaml:2: a name (before the colon) is text"),
        ("label: メニュー → 追加/購入 / 変更", "label: メニュー →  / 変更", "something is missing beside"),
        ("label: メニュー → 追加/購入 / 変更", "label: 3", "a label is text"),
        ("label_lang: en", "label_lang: ko", "label_lang goes with a label and is one of"),
        ("{en: Wait.,", "{label_lang: ja, en: Wait.,", "label_lang goes with a label"),
        (
            "title: {en: Top up,",
            "title: {fr: x, en: Top up,",
            "title needs a text in each of en, ja, zh-Hans, and nothing else",
        ),
    ],
)
def test_a_mistake_is_refused_with_its_line(tmp_path, old, new, says):
    assert old in BRAND
    text = BRAND.replace(old, new, 1)
    if "unit: date" in new:
        text = text.replace("value: 180", 'value: "180"')
    with pytest.raises(Wrong) as wrong:
        load(written(tmp_path, text))
    assert says in str(wrong.value)
    assert str(wrong.value).startswith("x_mobile.yaml:")


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "id: [", "\x00", "a: &a [*a]\n", "1: 2\n"])
def test_what_is_no_brand_is_refused(tmp_path, text):
    with pytest.raises(Wrong):
        load(written(tmp_path, text))


def said_of(tmp_path, text):
    return "\n".join(faults(load(written(tmp_path, text)), TODAY))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "lapse.no_purchase_days",
            "lapse.nobody_knows",
            "x_mobile.yaml:8: the key 'lapse.nobody_knows' is not in the vocabulary",
        ),
        ("value: 180", "value: nonsense_code", "the code 'nonsense_code' is not in the vocabulary"),
        ("unit: day", "unit: furlong", "the unit 'furlong'"),
        ("as_of: 2026-05", "as_of: 2026-12", "lies in the future"),
        ("confidence: high", "confidence: sure", "confidence is one of high, medium, low"),
        ("basis: page-date", "basis: guess", "basis is one of"),
        ("basis: page-date", "basis: undated", "basis undated goes with no as_of"),
        ("kind: official\n    as_of", "kind: rumour\n    as_of", "kind is one of official"),
        ("value: 180\n    unit: day", "value: -5\n    unit: JPY", "is no amount of JPY"),
        ("value: 180\n    unit: day", "value: true\n    unit: JPY", "is no amount of JPY"),
        ("value: 180\n    unit: day", "value: []", "an empty list says nothing"),
        ("{en: Top up,", "{en: Top up \u00a5500,", "x_mobile.yaml:17: a bare yen sign"),
        ("充值}", "充值 \uffe5500}", "a bare yen sign"),
        ("kind: mvno", "kind: circus", "the kind 'circus'"),
        ("payment_model: postpaid_monthly", "payment_model: barter", "the payment model 'barter'"),
        ("job: topup", "job: juggle", "the job 'juggle'"),
        ("channel: app", "channel: pigeon", "the channel 'pigeon'"),
    ],
)
def test_the_check_finds(tmp_path, old, new, says):
    assert said_of(tmp_path, BRAND) == ""
    assert says in said_of(tmp_path, BRAND.replace(old, new, 1))


def test_the_same_steps_twice_need_a_condition(tmp_path):
    twice = BRAND + BRAND[BRAND.index("  - job:") :]
    assert "stand at x_mobile.yaml:17 already" in said_of(tmp_path, twice)


def test_a_conflict_is_listed_and_no_error(tmp_path):
    claim = BRAND[BRAND.index("  - key:") : BRAND.index("steps:")]
    other = BRAND.replace("steps:", claim.replace("180", "90") + "steps:")
    found = load(written(tmp_path, other))
    assert [conflict.key for conflict in conflicts(found)] == ["lapse.no_purchase_days"]
    assert list(faults(found, TODAY)) == []
    same = load(written(tmp_path, BRAND.replace("steps:", claim + "steps:")))
    assert list(conflicts(same)) == []
    when = "    when: {en: Abroad, ja: 海外, zh-Hans: 境外}\n    source"
    apart = BRAND.replace("steps:", claim.replace("180", "90").replace("    source", when) + "steps:")
    assert list(conflicts(load(written(tmp_path, apart)))) == []


def test_a_brand_that_disappears_or_cannot_be_read_leaves_the_others(tmp_path):
    shutil.copy(loader.DATA / "povo2.yaml", tmp_path)
    written(tmp_path, "id: [")
    report = check(TODAY, tmp_path)
    assert [found.id for found in report.brands] == ["povo2"]
    assert len(report.errors) == 1
    assert report.errors[0].startswith("x_mobile.yaml:1: not YAML")
    with pytest.raises(KeyError):
        brand("gone_mobile")


def test_two_brands_of_one_name(tmp_path):
    written(tmp_path)
    written(tmp_path, BRAND.replace("id: x_mobile", "id: y_mobile"), "y_mobile")
    assert any("names are those of another brand" in error for error in check(TODAY, tmp_path).errors)


@pytest.mark.parametrize(
    ("number", "unit", "words"),
    [
        (180, "day", ("180 days", "180日", "180 天")),
        (1, "day", ("1 day", "1日", "1 天")),
        (990, "JPY", ("JPY 990", "990円", "990 日元")),
        (60000, "JPY", ("JPY 60,000", "60,000円", "60,000 日元")),
        (Decimal("3.3"), "JPY", ("JPY 3.3", "3.3円", "3.3 日元")),
        (Decimal("14.5"), "pct_year", ("14.5 % a year", "年14.5％", "年利率 14.5％")),
        (date(2026, 4, 27), "date", ("27 April 2026", "2026年4月27日", "2026 年 4 月 27 日")),
        (7, None, ("7", "7", "7")),
        (True, None, ("Yes", "はい", "是")),
        (UNKNOWN, "JPY", ("Unknown", "不明", "不明")),
        (Word("residence_card"), None, ("residence card", "在留カード", "在留卡")),
        (AsIs("jci@jci"), None, ("jci@jci",) * 3),
    ],
)
def test_values_in_words(number, unit, words):
    assert tuple(vocabulary.said(number, unit, language) for language in LANGUAGES) == words


def test_every_value_we_ship_can_be_said():
    for found in brands():
        for claim in found.claims:
            for piece, unit in amounts(claim):
                for language in LANGUAGES:
                    assert vocabulary.said(piece, unit, language).strip()


def test_the_vocabulary_is_strict(tmp_path):
    text = vocabulary.FILE.read_text(encoding="utf-8")
    for old, new, says in [
        ("  jcb: JCB\n", "  jcb: [a, b]\n", "give [English, Japanese, Chinese]"),
        ("for: credit}", "for: fun}", "is no purpose"),
        ("taxes:\n", "taxis:\n", "the sections are"),
        ('"%s年", "%s 年"]', '"年", "%s 年"]', "a unit needs %s"),
    ]:
        assert old in text
        path = tmp_path / "vocabulary.yaml"
        path.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(Wrong, match=says.replace("[", r"\[")):
            vocabulary.load(path)


def test_age():
    assert first_day("2024") == date(2024, 1, 1)
    assert first_day("2024-05") == date(2024, 5, 1)
    assert not over_a_year("2025-11-22", TODAY)
    assert over_a_year("2025-11-21", TODAY)
    assert over_a_year("2025", TODAY)
    assert not over_a_year("2024-02-29", date(2025, 2, 28))
    assert over_a_year("2024-02-29", date(2025, 3, 1))


def test_a_price_may_have_changed(tmp_path):
    def claim(value, more):
        return load(written(tmp_path, with_value(value, more))).claims[0]

    dated = claim("990", "    unit: JPY\n")
    assert is_price(dated)
    assert not may_have_changed(dated, TODAY)
    assert may_have_changed(dated, date(2027, 5, 2))
    assert not may_have_changed(claim("180", "    unit: day\n"), date(2029, 1, 1))
    undated = BRAND.replace("value: 180\n    unit: day", "value: 990\n    unit: JPY").replace(
        "    as_of: 2026-05\n", ""
    )
    assert may_have_changed(load(written(tmp_path, undated.replace("page-date", "undated"))).claims[0], TODAY)
    rows = claim("{table: [{label: a, value: 5, unit: JPY}]}", "")
    assert is_price(rows)


def test_stale_begins_with_what_a_number_hangs_on():
    items = stale(brands(), TODAY)
    order = [(item.harm, not item.alone) for item in items]
    assert order == sorted(order)
    assert {item.harm for item in items} == set(Harm)
    first = [item for item in items if item.harm is Harm.NUMBER and item.alone]
    old = [item for item in first if item.why == "old"]
    assert first[: len(old)] == old
    assert [item.source.as_of for item in old] == sorted(item.source.as_of for item in old)
    assert ("rakuten_mobile", "lapse.no_use_days") in {(item.brand, item.key) for item in old}
    fresh = {(claim.key, found.id) for found in brands() for claim in found.claims} - {
        (item.key, item.brand) for item in items
    }
    assert ("topping.unlimited_24h", "povo2") in fresh


def test_what_can_cost_a_number_or_much_money_has_two_sources_or_says_one():
    for found in brands():
        for claim in found.claims:
            grave = harm(claim) in (Harm.NUMBER, Harm.MUCH_MONEY) and claim.value is not UNKNOWN
            hosts = {urlsplit(url).hostname for url in (claim.source.url or "", *claim.source.also)}
            assert len(hosts) == 1 + len(claim.source.also), claim.place
            assert alone(claim) is (grave and len(hosts) < 2), claim.place
    povo, docomo = brand("povo2"), brand("docomo")
    assert harm(povo.about("lapse.no_purchase_days")[0]) is Harm.NUMBER
    assert harm(docomo.about("fee.shop_procedure")[0]) is Harm.MUCH_MONEY
    assert harm(docomo.about("data.extra_1gb")[0]) is Harm.MONEY


def test_what_is_not_known_is_said():
    povo = gaps(brand("povo2"))
    assert {"foreign_card", "steps.new_sim", "help_hours"} <= set(povo)
    assert "steps.bill" not in povo
    assert "foreign_card" not in gaps(brand("rakuten_mobile"))
    assert essentials(brand("au")).help_languages
    for found in brands():
        assert set(essentials(found).steps) == set(JOBS)


def test_the_commands():
    said = CliRunner().invoke(app, ["guide", "check"])
    assert said.exit_code == 0
    assert "40 brands" in said.stdout
    assert "CONFLICT softbank_simple_style fee.universal_service_per_recharge" in said.stdout
    found = json.loads(CliRunner().invoke(app, ["guide", "check", "--json"]).stdout)
    assert (found["ok"], found["brands"], found["errors"]) == (True, 40, [])
    rows = json.loads(CliRunner().invoke(app, ["guide", "stale", "--json", "--most", "7"]).stdout)
    assert len(rows) == 7
    assert {"brand", "key", "harm", "one_source", "why", "as_of", "confidence", "url", "at"} == set(rows[0])
    assert "7 of" in CliRunner().invoke(app, ["guide", "stale", "--most", "7"]).stdout


def test_a_fault_makes_the_command_fail(tmp_path, monkeypatch):
    written(tmp_path, BRAND.replace("lapse.no_purchase_days", "lapse.nobody_knows"))
    monkeypatch.setattr("tsuzuki.cli.guide.check_all", lambda today: check(today, tmp_path))
    assert CliRunner().invoke(app, ["guide", "check"]).exit_code == 1
