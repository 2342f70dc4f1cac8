"""Words: complete in every language, true to their facts, never a bare yen sign, never two languages in one
sentence.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.language import YEN_SIGNS, one_language
from tsuzuki.core.money import DIGITS, Money
from tsuzuki.core.order import State
from tsuzuki.core.plan import AllowanceKind
from tsuzuki.ui import formats, languages, states

TOKYO = "Asia/Tokyo"
END = datetime(2026, 12, 20, 15, tzinfo=UTC)


@pytest.mark.parametrize(("language", "said"), [("en", "a, b"), ("ja", "a、b"), ("zh-Hans", "a、b")])
def test_things_one_after_another(language, said):
    assert formats.listed(iter(["a", "b"]), language) == said


# the check of languages


def test_the_check_of_one_language_bites():
    for text, language in [
        ("请稍等。費用", "zh-Hans"),
        ("支払う円", "zh-Hans"),
        ("料金の", "zh-Hans"),
        ("续费します", "ja"),
        ("返金 Please wait for it", "ja"),
        ("Refund 退款", "en"),
    ]:
        with pytest.raises(AssertionError):
            one_language(text, language)
    one_language("SIM 卡号（ICCID）“%(text)s”", "zh-Hans")
    one_language("「%(text)s」はSIMの番号（ICCID）", "ja")


@pytest.mark.parametrize(
    ("asked", "given_language"),
    [
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("zh-TW", "zh-Hans"),
        ("zh-Hant-HK", "zh-Hans"),
        ("zh_Hans", "zh-Hans"),
        ("zh-hans", "zh-Hans"),
        ("ja", "ja"),
        ("ja_JP", "ja"),
        ("JA", "ja"),
        ("en-GB", "en"),
        ("ko", "en"),
        ("", "en"),
        ("*", "en"),
        ("zha", "en"),
        ("jav-ID", "en"),
        ("ko-KR,ko;q=0.9,ja;q=0.5", "ja"),
        ("en;q=0.4, zh-CN;q=0.8", "zh-Hans"),
        ("ja;q=0, en;q=0.1", "en"),
        ("ja;q=0", "en"),
        ("en,ja", "en"),
        ("ja;q=1.0,en", "ja"),
        ("ja;q=nonsense,en;q=0.1", "en"),
        ("ja ; q=0.7 , en;q=0.6", "ja"),
        ("fr," * 5000 + "ja", "en"),
    ],
)
def test_the_nearest_language(asked, given_language):
    assert languages.nearest(asked) == given_language


@given(st.text())
def test_no_header_breaks_the_choice_of_language(header):
    assert languages.nearest(header) in languages.SHIPPED


def test_languages_are_named_in_their_own_script():
    assert set(languages.OWN_NAMES) == set(languages.SHIPPED)
    assert (languages.OWN_NAMES["zh-Hans"], languages.OWN_NAMES["ja"]) == ("中文", "日本語")


def test_an_unknown_language_reads_english_and_the_empty_sentence_stays_empty():
    assert languages.translator("ko")("Refunded") == "Refunded"
    assert languages.first_sayable(("",), {}, languages.translator("ja")) == ""


# formats


@pytest.mark.parametrize(
    ("money", "en", "ja", "zh"),
    [
        (Money(1980, "JPY"), "JPY 1,980", "1,980円", "1,980 日元"),
        (Money(9520, "CNY"), "CNY 95.20", "95.20 人民元", "95.20 元人民币"),
        (Money(1234567, "USD"), "USD 12,345.67", "12,345.67 米ドル", "12,345.67 美元"),
        (Money(1005, "KWD"), "KWD 1.005", "1.005 クウェートディナール", "1.005 科威特第纳尔"),
        (Money(-500, "JPY"), "JPY -500", "-500円", "-500 日元"),
        (Money(-5, "CNY"), "CNY -0.05", "-0.05 人民元", "-0.05 元人民币"),
        (Money(0, "JPY"), "JPY 0", "0円", "0 日元"),
    ],
)
def test_money_names_its_currency(money, en, ja, zh):
    assert [formats.money(money, language) for language in ("en", "ja", "zh-Hans")] == [en, ja, zh]


@pytest.mark.parametrize("language", languages.SHIPPED)
def test_no_two_currencies_look_alike(language):
    shown = {currency: formats.money(Money(123456, currency), language) for currency in DIGITS}
    assert len({re.sub(r"[\d.,]", "", text) for text in shown.values()}) == len(DIGITS)
    assert not any(sign in text for text in shown.values() for sign in (*YEN_SIGNS, "$"))


@given(st.integers(-(10**12), 10**12), st.sampled_from(sorted(DIGITS)), st.sampled_from(languages.SHIPPED))
def test_money_loses_no_digit(minor, currency, language):
    shown = formats.money(Money(minor, currency), language)
    assert re.sub(r"[^\d.-]", "", shown.replace("UAE", "")) == Money(minor, currency).plain()


@pytest.mark.parametrize(
    ("language", "open_end", "closing_end"),
    [
        ("en", "Mon 21 Dec 2026, 00:00 (Japan time)", "Sun 20 Dec 2026, 23:59 (Japan time)"),
        ("ja", "2026年12月21日（月）00:00（日本時間）", "2026年12月20日（日）23:59（日本時間）"),
        ("zh-Hans", "2026年12月21日（周一）00:00（日本时间）", "2026年12月20日（周日）23:59（日本时间）"),
    ],
)
def test_a_half_open_end_at_midnight_is_shown_as_the_last_minute_of_the_day_before(
    language, open_end, closing_end
):
    assert formats.moment(END, TOKYO, language) == open_end
    assert formats.moment(END, TOKYO, language, closing=True) == closing_end
    assert formats.moment(END, ZoneInfo(TOKYO), language, closing=True) == closing_end


def test_only_local_midnight_closes_a_day():
    assert (
        formats.moment(END, "Asia/Shanghai", "zh-Hans", closing=True)
        == "2026年12月20日（周日）23:00（北京时间）"
    )
    assert "14:03" in formats.moment(END.replace(hour=5, minute=3), TOKYO, "en", closing=True)
    new_year = datetime(2026, 12, 31, 15, tzinfo=UTC)
    assert formats.moment(new_year, TOKYO, "en", closing=True) == "Thu 31 Dec 2026, 23:59 (Japan time)"


@pytest.mark.parametrize(
    ("zone", "language", "named"),
    [
        ("America/New_York", "en", "New York time"),
        ("America/New_York", "ja", "ニューヨーク時間"),
        ("America/Lima", "ja", "リマ時間"),
        ("America/St_Johns", "zh-Hans", "圣约翰斯时间"),
        ("America/St_Johns", "en", "St. John’s time"),
        ("Asia/Kathmandu", "ja", "ネパール時間"),
        ("Asia/Kolkata", "zh-Hans", "UTC+05:30"),
        ("UTC", "ja", "UTC"),
        ("UTC", "en", "UTC"),
        ("Etc/GMT-9", "en", "UTC+09:00"),
        (timezone(timedelta(hours=5, minutes=45)), "en", "UTC+05:45"),
        (UTC, "zh-Hans", "UTC"),
    ],
)
def test_every_zone_has_a_name_in_the_readers_language(zone, language, named):
    shown = formats.moment(END, zone, language)
    assert shown.endswith((f"({named})", f"（{named}）"))


@pytest.mark.parametrize("language", languages.SHIPPED)
def test_a_zone_whose_clocks_change_is_never_labelled_with_the_offset_of_winter(language):
    for zone in ("America/Los_Angeles", "America/St_Johns", "Europe/Madrid", "Pacific/Auckland"):
        assert "UTC" not in formats.zone_label(zone, language), zone


@pytest.mark.parametrize("language", languages.SHIPPED)
def test_names_of_zones_and_currencies_are_of_one_language(language):
    said = [formats.zone_label(zone, language) for zone in available_timezones()]
    said += [formats.money(Money(5, currency), language) for currency in DIGITS]
    for text in said:
        # The dot inside a foreign name, which GB 2312 has at another place.
        one_language(text.replace("·", ""), language)


@pytest.mark.parametrize("language", languages.SHIPPED)
def test_every_day_of_a_year_reads_right(language):
    seen = set()
    for day in range(365):
        at = datetime(2026, 1, 1, 3, tzinfo=UTC) + timedelta(days=day)
        shown = formats.moment(at, TOKYO, language)
        one_language(shown.replace("Japan time", ""), language)
        if language == "en":
            assert shown.startswith(f"{at:%a} {at.day} {at:%b} {at.year}, 12:00")
        else:
            week = "一二三四五六日" if language == "zh-Hans" else "月火水木金土日"
            assert shown.startswith(f"2026年{at.month}月{at.day}日（")
            assert f"{week[at.weekday()]}）12:00" in shown
        seen.add(shown)
    assert len(seen) == 365


@pytest.mark.parametrize(
    ("good", "quantity", "en", "ja", "zh"),
    [
        (AllowanceKind.DATA, 3 * 10**9, "3 GB", "3 GB", "3 GB"),
        (AllowanceKind.DATA, 1_500_000_000, "1.5 GB", "1.5 GB", "1.5 GB"),
        (AllowanceKind.DATA, 999_999_999, "999.99 MB", "999.99 MB", "999.99 MB"),
        (AllowanceKind.DATA, 1_999_999_999, "1.99 GB", "1.99 GB", "1.99 GB"),
        (AllowanceKind.DATA, 20 * 10**9, "20 GB", "20 GB", "20 GB"),
        (AllowanceKind.DATA, 2**30, "1.07 GB", "1.07 GB", "1.07 GB"),
        (AllowanceKind.DATA, 999, "999 B", "999 B", "999 B"),
        (AllowanceKind.DATA, 0, "0 GB", "0 GB", "0 GB"),
        (AllowanceKind.DATA, None, "unlimited data", "データ使い放題", "不限流量"),
        (AllowanceKind.VOICE, 3600, "60 min", "60分", "60 分钟"),
        (AllowanceKind.VOICE, 90, "1 min 30 s", "1分30秒", "1 分 30 秒"),
        (AllowanceKind.VOICE, 45, "45 s", "45秒", "45 秒"),
        (AllowanceKind.VOICE, 0, "0 min", "0分", "0 分钟"),
        (AllowanceKind.VOICE, None, "unlimited calls", "通話かけ放題", "通话不限时长"),
        (AllowanceKind.SMS, 1000, "1,000 SMS", "SMS 1,000通", "1,000 条短信"),
        (AllowanceKind.SMS, None, "unlimited SMS", "SMS送り放題", "短信不限条数"),
    ],
)
def test_allowances_in_words(good, quantity, en, ja, zh):
    assert [formats.amount(good, quantity, language) for language in ("en", "ja", "zh-Hans")] == [en, ja, zh]


def test_credit_is_never_shown_without_its_currency():
    assert formats.amount(AllowanceKind.CREDIT, 3000, "zh-Hans", currency="JPY") == "3,000 日元"
    with pytest.raises(ValueError, match="currency"):
        formats.amount(AllowanceKind.CREDIT, 3000, "en")


def test_names_fall_back_to_english_then_to_what_there_is():
    names = {"ja": "さくら20", "en": "Sakura 20", "zh-Hans": "樱花20"}
    assert formats.name(names, "zh-Hans") == formats.name(names, "zh-hans") == "樱花20"
    assert formats.name({**names, "zh-Hans": ""}, "zh-Hans") == "Sakura 20"
    assert formats.name({"ko": "", "ja": "さくら20"}, "zh-Hans") == "さくら20"
    assert formats.name({}, "en") == ""


# states

STATES = [
    "awaiting_payment",
    "paid",
    "applied",
    "delivered",
    "refunding",
    "refund_owed",
    "refunded",
    "expired",
    "cancelled",
    "reversed",
]


def said(state, language="en", starts="S", ends="E", unsure=False, started=True):
    return states.state(state, starts=starts, ends=ends, unsure=unsure, started=started, language=language)


def test_the_buyers_words():
    assert [state.value for state in State] == STATES
    assert [said(state) for state in STATES] == [
        "Waiting for payment",
        "Paid, activating",
        "Paid, activating",
        "Active until E",
        "Refund on its way",
        "Refund ready: please tell us where to send it",
        "Refunded",
        "Cancelled, nothing charged",
        "Cancelled, nothing charged",
        "Payment taken back",
    ]
    assert said("delivered", started=False) == "Starts S"
    assert said("delivered", ends=None) == "Active"
    assert said("delivered", starts=None, started=False) == "Paid, waiting to start"


def test_not_knowing_is_shown_only_where_it_matters():
    fixing = "We are fixing it, nothing to do"
    assert {state for state in STATES if said(state, unsure=True) == fixing} == {
        "awaiting_payment",
        "paid",
        "applied",
    }
    with pytest.raises(KeyError):
        said("dreaming")


@pytest.mark.parametrize("language", languages.SHIPPED)
@pytest.mark.parametrize("state", STATES)
def test_every_state_has_words_in_every_language(state, language):
    for starts, ends, unsure, started in [
        ("1", "2", False, True),
        (None, None, False, False),
        (None, None, True, True),
        ("", "", 0, 1),
    ]:
        words = said(state, language, starts, ends, unsure, started)
        assert words
        assert "%(" not in words
        assert not words.endswith((".", "。"))
        one_language(words, language)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (60, ("1 minute", "1分", "1 分钟")),
        (900, ("15 minutes", "15分", "15 分钟")),
        (3600, ("1 hour", "1時間", "1 小时")),
        (14_400, ("4 hours", "4時間", "4 小时")),
        (5400, ("90 minutes", "90分", "90 分钟")),
    ],
)
def test_whole_hours_are_hours(seconds, words):
    assert tuple(formats.span(seconds, language) for language in ("en", "ja", "zh-Hans")) == words
