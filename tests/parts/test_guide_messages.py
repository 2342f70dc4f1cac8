"""Dates out of a pasted message: the shapes carriers write, and whatever else people paste."""

import re
from collections import Counter
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.prove.readings import LEAST, corpus, expected, score, sure
from tests.prove.readings import NOW as READ_ON
from tsuzuki.core.deadline_rules import KnownDates
from tsuzuki.core.deadlines import known_from
from tsuzuki.guide.messages.message_reader import LONGEST, MOST, Doubt, Meaning, _plain, read
from tsuzuki.guide.rules.date_rules import rules

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
NOV30 = date(2026, 11, 30)


def only(text, **more):
    reading = read(text, NOW, **more)
    assert len(reading.found) == 1, reading
    return reading.found[0]


@pytest.mark.parametrize(
    ("text", "day", "meaning", "doubts"),
    [
        ("お支払期限:2026年11月30日", NOV30, Meaning.DUE, ()),
        ("お支払期限:2026年 11月 30日(月)", NOV30, Meaning.DUE, ()),
        ("有効期限:2026/11/30 23:59", NOV30, Meaning.EXPIRES, ()),
        ("有効期限2026-11-30", NOV30, Meaning.EXPIRES, ()),
        ("令和8年11月30日に利用停止となります", NOV30, Meaning.SUSPENSION, ()),
        ("11/30までにお支払いください", NOV30, Meaning.DUE, (Doubt.YEAR,)),
        ("12月10日(木)以降、順次利用停止いたします", date(2026, 12, 10), Meaning.SUSPENSION, (Doubt.YEAR,)),
        ("Please pay by November 30", NOV30, Meaning.DUE, (Doubt.YEAR,)),
        ("Your plan expires on November 30th, 2026.", NOV30, Meaning.EXPIRES, ()),
        ("valid until 30 Nov 2026", NOV30, Meaning.EXPIRES, ()),
        ("will be suspended on Dec. 10, 2026", date(2026, 12, 10), Meaning.SUSPENSION, ()),
        ("your contract will be terminated on 2027-01-10", date(2027, 1, 10), Meaning.NUMBER_LOST, ()),
        ("due 11/30/2026", NOV30, Meaning.DUE, ()),
        ("due 30/11/2026", NOV30, Meaning.DUE, ()),
        ("due 30/11", NOV30, Meaning.DUE, (Doubt.YEAR,)),
        ("due 04/05/2026", date(2026, 4, 5), Meaning.DUE, (Doubt.ORDER,)),
        ("您的套餐将于2026年11月30日到期", NOV30, Meaning.EXPIRES, ()),
        ("缴费截止日:11月30日", NOV30, Meaning.DUE, (Doubt.YEAR,)),
        ("11月30号起停机", NOV30, Meaning.SUSPENSION, (Doubt.YEAR,)),
        ("号码将于2026年12月1日销号", date(2026, 12, 1), Meaning.NUMBER_LOST, ()),
        ("30日以内にお支払いください", date(2026, 12, 22), Meaning.DUE, (Doubt.COUNTED,)),
        ("Please pay within 30 days", date(2026, 12, 22), Meaning.DUE, (Doubt.COUNTED,)),
        ("请在30天内缴费", date(2026, 12, 22), Meaning.DUE, (Doubt.COUNTED,)),
        ("本日が有効期限です", date(2026, 11, 22), Meaning.EXPIRES, (Doubt.COUNTED,)),
        ("套餐明天到期", date(2026, 11, 23), Meaning.EXPIRES, (Doubt.COUNTED,)),
        ("今月末にお支払いください", NOV30, Meaning.DUE, (Doubt.COUNTED,)),
        ("口座振替日\n2026年11月30日", NOV30, Meaning.DUE, ()),
        ("2026年11月30日", NOV30, Meaning.UNCLEAR, ()),
        ("有効期限:01/05", date(2027, 1, 5), Meaning.EXPIRES, (Doubt.YEAR,)),
        ("お支払い期限:10/31", date(2026, 10, 31), Meaning.DUE, (Doubt.YEAR,)),
    ],
)
def test_shapes(text, day, meaning, doubts):
    found = only(text)
    assert (found.day, found.meaning, found.doubts) == (day, meaning, doubts)


def test_today_is_japans():
    assert read("本日が有効期限です", datetime(2026, 11, 22, 16, tzinfo=UTC)).found[0].day == date(
        2026, 11, 23
    )


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("有効期限:2026/11/30 23:59", time(23, 59)),
        ("有効期限:2026年11月30日(月) 23時59分", time(23, 59)),
        ("有効期限:2026年11月30日 9時", time(9)),
        ("有効期限:2026年11月30日 24:00", None),
        ("有効期限:2026年11月30日 25:00", None),
        ("有効期限:2026年11月30日", None),
    ],
)
def test_the_hour(text, clock):
    assert only(text).clock == clock


@pytest.mark.parametrize(
    ("brand", "text", "day", "meaning"),
    [
        # No verbatim message was among our sources: these have the words and dates the sources tell of.
        (
            "povo2",
            "povo2.0をご利用のお客さまへ\n2026年12月1日以降、順次利用停止となります。",
            date(2026, 12, 1),
            Meaning.SUSPENSION,
        ),
        (
            "rakuten_mobile",
            "【楽天モバイル】料金のお支払いが確認できておりません。お支払い期日:11/24",
            date(2026, 11, 24),
            Meaning.SLIP_DUE,
        ),
        (
            "docomo",
            "ドコモからのお知らせ:ご利用料金が未払いです。2026年12月10日までにお支払いください",
            date(2026, 12, 10),
            Meaning.SLIP_DUE,
        ),
        (
            "softbank",
            "ソフトバンクです。払込用紙のお支払期限は2026年12月14日です。",
            date(2026, 12, 14),
            Meaning.SLIP_DUE,
        ),
        ("au", "auご利用料金 口座振替日:2026/11/25", date(2026, 11, 25), Meaning.DUE),
        (
            "nbk_mobile",
            "NBK Mobile: please pay your invoice by 20 December 2026.",
            date(2026, 12, 20),
            Meaning.DUE,
        ),
        ("gtn_mobile", "GTN Mobile コンビニ支払い期限 2026/12/25 23:59", date(2026, 12, 25), Meaning.DUE),
        ("mobal", "Mobal: your short-term plan ends on 1 December 2026.", date(2026, 12, 1), Meaning.EXPIRES),
        ("airalo", "Your Airalo package expires on Nov 30, 2026", NOV30, Meaning.EXPIRES),
    ],
)
def test_by_brand(brand, text, day, meaning):
    reading = read(text, NOW)
    assert (reading.brand, [(f.day, f.meaning, f.sure) for f in reading.found]) == (
        brand,
        [(day, meaning, True)],
    )
    assert Doubt.BRAND not in reading.doubts


@pytest.mark.parametrize("message", corpus(), ids=lambda message: message["text"][:30].replace("\n", " "))
def test_the_corpus(message):
    """Nothing is sure and wrong; amounts, the company and the warning are as they should be."""
    reading, right = read(message["text"], READ_ON), expected(message)
    assert sure(reading) - right == Counter(), [
        (str(one.day), one.meaning, one.word) for one in reading.found
    ]
    assert [f"{one.value} {one.currency}" for one in reading.amounts] == message.get("amounts", [])
    assert reading.brand == message.get("brand", reading.brand)
    assert Doubt.FRAUD in reading.doubts or not message.get("fraud")


def test_the_corpus_is_large_mixed_and_mostly_read_for_sure():
    texts = [message["text"] for message in corpus()]
    assert len(set(texts)) == len(texts) >= 150
    japanese = [text for text in texts if re.search("[\u3040-\u30ff]", text)]
    chinese = [text for text in texts if re.search("[\u4e00-\u9fff]", text) and text not in japanese]
    assert min(len(japanese), len(chinese), len(texts) - len(japanese) - len(chinese)) >= 50
    assert sum("after" in message for message in corpus()) >= len(texts) / 3
    assert score(corpus()).percent >= LEAST


def test_each_kind_of_date_stands_in_the_corpus():
    assert {meaning for message in corpus() for _, meaning in expected(message)} == set(Meaning)


@pytest.mark.parametrize(
    ("text", "rule", "dates"),
    [
        ("NTTファイナンス: 12月15日に再度振替いたします", ("docomo", "bill"), {"due": date(2026, 11, 30)}),
        (
            "povo 12月10日までに有料トッピングのご購入がない場合、利用停止となります",
            ("povo2", "keep_alive"),
            {"expires": date(2026, 6, 13)},
        ),
    ],
)
def test_a_day_the_carrier_names_leads_back_to_the_rules_date(text, rule, dates):
    reading = read(text, READ_ON)
    found = next(one.rule for one in rules(rule[0]) if one.id == rule[1])
    assert known_from(
        found, reading.first(Meaning.ACT_BY), reading.first(Meaning.SECOND_DEBIT)
    ) == KnownDates(**dates)


def test_a_failed_debit_tells_when_the_bill_was_due():
    assert read("ソフトバンク 12月6日に料金の引き落としができませんでした", READ_ON).dates().due == date(
        2026, 12, 6
    )


@pytest.mark.parametrize(
    "text",
    [
        "https://x.example",
        "www.x.example",
        "bit.ly/abc",
        "認証番号を入力",
        "请输入验证码",
        "reply with your PIN",
    ],
)
def test_a_link_or_a_wish_for_a_code_warns_first(text):
    assert read(f"au お支払期限 2026/12/5 {text}", READ_ON).doubts[0] is Doubt.FRAUD
    assert Doubt.FRAUD not in read("au お支払期限 2026/12/5", READ_ON).doubts


def test_several_dates_each_with_its_word():
    found = read(
        "お支払期限:2026年12月14日\n期限を過ぎた場合、2026年12月15日より利用停止、2027年2月1日に契約解除となります。",
        NOW,
    ).found
    assert [(f.day, f.meaning) for f in found] == [
        (date(2026, 12, 14), Meaning.DUE),
        (date(2026, 12, 15), Meaning.SUSPENSION),
        (date(2027, 2, 1), Meaning.NUMBER_LOST),
    ]


def test_only_what_is_sure_becomes_a_date():
    assert read("有効期限:2026/11/30 お支払期限:2026/12/1", NOW).dates().expires == NOV30
    assert read("due 04/05/2026", NOW).dates().due is None
    assert read("30日以内にお支払いください", NOW).dates().due is None
    assert read("2026年11月30日", NOW).dates().expires is None
    two = read("お支払期限:2026/12/1\nお支払期限:2026/11/30", NOW).dates()
    assert two.due == NOV30


def test_a_long_run_of_accents_is_not_put_in_order_as_one():
    """100,000 of them would take a quarter of a minute."""
    assert _plain("\u0301" * 600 + "\u0316").startswith("\u0301" * 500 + "\u0316")
    assert _plain("ﾄﾞｺﾓ２０２６年") == "ドコモ2026年"


def test_round_the_clock_is_no_date():
    assert read("Your bill is unpaid. Pay 24/7 at any convenience store.", NOW).found == ()
    assert only("Your bill is unpaid. Due 24/07").day == date(2027, 7, 24)


def test_a_number_beside_a_word_is_no_part_of_it():
    assert only("お支払い 11/30 PayPayで09012345678へ").word == "お支払い"


def test_what_is_asked():
    assert read("こんにちは", NOW).doubts == (Doubt.NO_DATE, Doubt.BRAND)
    assert Doubt.WHICH in read("2026年11月30日", NOW).doubts
    assert read("docomo お支払期限 2026/11/30", NOW, brand="au").doubts == (Doubt.OTHER_BRAND,)
    assert read("お支払期限 2026/11/30", NOW, brand="au").doubts == ()
    assert read("auとUQ mobileのお知らせ お支払期限 2026/11/30", NOW).brand is None


def test_a_name_inside_another_word_is_no_name():
    for text in ("auction", "x@au.com", "https://www.au.com/", "restaurant"):
        assert read(text, NOW).brand is None
    assert read("au Styleでお支払いください", NOW).brand == "au"


def test_someone_elses_number():
    text = "090-1234-5678のご利用料金 お支払期限 2026/11/30"
    assert Doubt.OTHER_NUMBER in read(text, NOW, number="+81 80 1111 2222").doubts
    assert Doubt.OTHER_NUMBER not in read(text, NOW, number="+819012345678").doubts
    assert Doubt.OTHER_NUMBER not in read(text, NOW).doubts


def test_scripts_and_numbers_are_not_passed_on():
    text = "<script>alert('2026/11/30')</script><b onclick=x>有効期限</b>:2026年11月30日 090-1234-5678"
    reading = read(text, NOW)
    said = repr(reading)
    assert "<" not in said.replace("<Meaning", "").replace("<Doubt", "")
    assert "1234" not in said
    assert {f.day for f in reading.found} == {NOV30}


@pytest.mark.parametrize(
    "text",
    [
        "2026年13月40日 有効期限",
        "有効期限 2/30",
        "0/0",
        "99/99",
        "2026/02/30",
        "within 999 days of nothing",
        "令和99年1月1日",
    ],
)
def test_no_such_day(text):
    assert all(f.day.year < 2091 for f in read(text, NOW).found)
    assert Meaning.EXPIRES not in {f.meaning for f in read(text, NOW).found}


@pytest.mark.parametrize(
    "unit",
    [
        "2026年11月30日 ",
        "a",
        "0123456789",
        "<",
        "(",
        "au ",
        "支払い",
        "11/30 ",
        "1 月",
        "\n",
        "<script>",
        "\x00",
        "povo2.0",
        "20261130",
        "090-1234-5678 ",
    ],
)
def test_as_much_as_is_read_of_anything(unit):
    reading = read(unit * (2 * LONGEST // len(unit)), NOW)
    assert len(reading.found) <= MOST


pieces = st.sampled_from(
    [
        "2026年",
        "11月",
        "30日",
        "11/30",
        "お支払期限",
        "利用停止",
        " ",
        "\n",
        "。",
        "within 30 days",
        "Nov",
        "30",
        "23:59",
        "<b>",
        "au",
        "有効期限",
        "090-1234-5678",
        "令和8年",
        "(月)",
        "2/29",
        "停机",
        "end of the month",
        "/",
        ":",
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.text(max_size=400), st.lists(pieces, max_size=40).map("".join)),
    st.datetimes(datetime(2001, 1, 1), datetime(2080, 1, 1)),
)
def test_nothing_breaks_it(text, at):
    reading = read(text, at.replace(tzinfo=UTC))
    assert len(reading.found) <= MOST
    for found in reading.found:
        assert found.word == "" or found.meaning is not Meaning.UNCLEAR
        assert not (found.sure and found.meaning is Meaning.UNCLEAR)
    assert (Doubt.NO_DATE in reading.doubts) == (not reading.found)
    reading.dates()


def test_a_message_of_nothing_but_dates_is_not_searched_whole_for_each(monkeypatch):
    """A hundred days in 20,000 letters took over a second of a core, each time."""
    from tsuzuki.guide.messages import message_words

    whole: list[str] = []

    class Counted:
        def __init__(self, pattern):
            self._pattern = pattern

        def __getattr__(self, name):
            return lambda *given: self._counted(name, given)

        def _counted(self, name, given):
            text = given[1] if name == "sub" else given[0]
            whole.extend([name] if len(text) >= LONGEST else [])
            return getattr(self._pattern, name)(*given)

    counted = {
        section: {name: Counted(one) for name, one in rows.items()}
        for section, rows in message_words._patterns().items()
    }
    monkeypatch.setattr(message_words, "_patterns", lambda: counted)
    assert len(read("2026-12-01 " * 2000, NOW).found) == 1
    many, whole[:] = len(whole), []
    read("2026-12-01 " + "x " * LONGEST, NOW)
    assert many == len(whole) > 0
