"""Every refusal has its sentence, in every language, true to its facts."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.language import YEN_SIGNS, one_language
from tsuzuki.core.errors import Code
from tsuzuki.core.money import Money
from tsuzuki.ui import languages, refusals

TOKYO = "Asia/Tokyo"
FACTS = {
    "number": "0901234",
    "text": "8981100",
    "reason": "UTF-16",
    "amount": "19,8o",
    "currency": "XXX",
    "expected": "JPY",
    "got": "CNY",
    "plan": "p20",
    "at": "14:32",
    "missing": "JPY 500",
    "count": 3,
    "most": 50,
    "where": "plans[2]",
    "name": "acme",
    "id": "R-7K3QF",
}


@pytest.mark.parametrize("language", languages.SHIPPED)
@pytest.mark.parametrize("code", Code)
def test_every_refusal_has_its_sentence(code, language):
    for facts in ({}, FACTS, dict.fromkeys(FACTS), dict.fromkeys(FACTS, "")):
        said = refusals.sentence(code, facts, language)
        assert said.endswith("." if language == "en" else "。")
        assert "%(" not in said
        assert "None" not in said
        assert "\u3000" not in said
        assert len(said) <= (150 if language == "en" else 90)
        one_language(said, language)
        assert {"zh-Hans": "请", "ja": "ください", "en": "lease"}[language] in said  # what to do next


@pytest.mark.parametrize("language", languages.SHIPPED)
def test_no_two_refusals_say_the_same(language):
    assert len({refusals.sentence(code, {}, language) for code in Code}) == len(Code)
    assert set(refusals._SENTENCES) == set(Code)


@pytest.mark.parametrize(
    ("code", "facts", "named"),
    [
        (Code.NUMBER_MALFORMED, {"number": "0901234"}, "0901234"),
        (Code.NUMBER_UNKNOWN, {"number": "090-••••-4417"}, "090-••••-4417"),
        (Code.ICCID_MALFORMED, {"text": "8981100", "reason": "length"}, "8981100"),
        (Code.AMOUNT_MALFORMED, {"amount": "19,8o"}, "19,8o"),
        (Code.CURRENCY_UNKNOWN, {"currency": "XXX"}, "XXX"),
        (Code.CURRENCY_MISMATCH, {"expected": "JPY", "got": "CNY"}, "JPY"),
        (Code.PLAN_UNKNOWN, {"plan": "p20"}, "p20"),
        (Code.PLAN_RETIRED, {"plan": "p20"}, "p20"),
        (Code.QUOTE_EXPIRED, {"at": "14:32"}, "14:32"),
        (Code.QUOTE_EXPIRED, {"at": datetime(2026, 12, 20, 14, 32, tzinfo=ZoneInfo(TOKYO))}, "14:32"),
        (Code.ROWS_REFUSED, {"count": 3}, "3"),
        (Code.FILE_UNREADABLE, {"reason": "UTF-16"}, "UTF-16"),
        (Code.PLAN_FILE_WRONG, {"where": "plans[2]", "reason": "price"}, "price"),
        (Code.PLAN_FILE_WRONG, {"where": "plans[2]"}, "plans[2]"),
        (Code.PLAN_FILE_WRONG, {"reason": "price"}, "price"),
        (Code.PROVIDER_UNKNOWN, {"name": "acme"}, "acme"),
        (Code.WORK_UNKNOWN, {"id": "W-1"}, "W-1"),
        (Code.ORDER_UNKNOWN, {"id": "R-7K3QF"}, "R-7K3QF"),
    ],
)
def test_refusals_name_their_facts(code, facts, named):
    assert all(named in refusals.sentence(code, facts, language) for language in languages.SHIPPED)


def test_money_in_a_refusal_names_its_currency():
    short = {"missing": Money(500, "JPY")}
    assert refusals.sentence(Code.CREDIT_SHORT, short, "zh-Hans").startswith("余额还差 500 日元")
    assert "500円" in refusals.sentence(Code.TENDERS_DO_NOT_COVER, short, "ja")
    assert "JPY 500" in refusals.sentence(Code.CREDIT_SHORT, short, "en")
    # minor units without a currency would be read as yen by one and as yuan by another
    assert "9999" not in refusals.sentence(Code.AMOUNT_TOO_LARGE, {"amount": 9999}, "en")
    assert "JPY 9,999" in refusals.sentence(Code.AMOUNT_TOO_LARGE, {"amount": Money(9999, "JPY")}, "en")


@pytest.mark.parametrize("language", languages.SHIPPED)
def test_what_was_typed_is_quoted_harmlessly(language):
    typed = "1980\r\nBcc: x\u202e\x00" + "9" * 500
    said = refusals.sentence(Code.AMOUNT_MALFORMED, {"amount": typed}, language)
    assert "1980 Bcc: x9" in said
    assert not re.search(r"[\r\n\u202e\x00]", said)
    assert len(said) < 200
    for sign in YEN_SIGNS:
        assert sign not in refusals.sentence(Code.AMOUNT_MALFORMED, {"amount": f"{sign}1980"}, language)
    assert "%(plan)s %s %%" in refusals.sentence(Code.PLAN_UNKNOWN, {"plan": "%(plan)s %s %%"}, language)


def test_facts_that_travel_as_text_are_said_the_readers_way():
    at = {"at": "2026-12-20T05:32:00+00:00"}
    assert "2026年12月20日（周日）14:32（日本时间）" in refusals.sentence(Code.QUOTE_EXPIRED, at, "zh-Hans")
    assert "13:32" in refusals.sentence(Code.QUOTE_EXPIRED, at, "en", zone="Asia/Shanghai")
    assert "500円" in refusals.sentence(Code.TENDERS_DO_NOT_COVER, {"missing": "JPY 500"}, "ja")
    assert "95.20 元人民币" in refusals.sentence(
        Code.CREDIT_SHORT, {"missing": str(Money(9520, "CNY"))}, "zh-Hans"
    )
    for broken in ("2026-99-20T05:32:00+00:00", "ZZZ 5", "JPY 1.2.3"):
        assert broken in refusals.sentence(Code.PLAN_UNKNOWN, {"plan": broken}, "en")


@pytest.mark.parametrize("language", languages.SHIPPED)
def test_digits_lost_in_a_spreadsheet_are_told_as_that(language):
    for code, named in ((Code.ICCID_MALFORMED, "ICCID"), (Code.EID_MALFORMED, "EID")):
        spoilt = refusals.sentence(code, {"text": "8.98E+18", "reason": "spreadsheet"}, language)
        assert spoilt != refusals.sentence(code, {"text": "8.98E+18", "reason": "form"}, language)
        assert named in spoilt
        one_language(spoilt, language)


def test_vouchers_are_never_quoted():
    facts = dict.fromkeys(("code", "voucher", "number", "text", "id"), "SECRET-CODE")
    vouchers = (Code.VOUCHER_MALFORMED, Code.VOUCHER_UNKNOWN, Code.VOUCHER_USED, Code.VOUCHER_EXPIRED)
    for code in (*vouchers, Code.ACTIVATION_CODE_MALFORMED, Code.EID_MALFORMED):
        assert all("SECRET" not in refusals.sentence(code, facts, language) for language in languages.SHIPPED)


@pytest.mark.parametrize(
    ("code", "facts", "said"),
    [
        (Code.TOO_MANY_TRIES, {"minutes": 1}, "Please wait 1 minute, then"),
        (Code.TOO_MANY_TRIES, {"minutes": 2}, "Please wait 2 minutes, then"),
        (Code.TOO_MANY_TRIES, {"minutes": "a few"}, "Please wait a few minutes, then"),
        (Code.RATE_LIMITED, {"seconds": 1}, "Please wait 1 second and"),
        (Code.QUOTE_TOO_LONG, {"most": 1}, "at most 1 item."),
        (Code.QUOTE_TOO_LONG, {"most": 50}, "at most 50 items."),
    ],
)
def test_one_is_not_several(code, facts, said):
    assert said in refusals.sentence(code, facts, "en")


@pytest.mark.parametrize("language", ["ja", "zh-Hans"])
@pytest.mark.parametrize("minutes", [1, 2])
def test_japanese_and_chinese_have_one_form(language, minutes):
    said = refusals.sentence(Code.TOO_MANY_TRIES, {"minutes": minutes}, language)
    assert str(minutes) in said
    one_language(said, language)
