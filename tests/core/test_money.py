"""Whole minor units, as many digits as the currency has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.money import DIGITS, LARGEST_MINOR, Money, parse, payable, total

amounts = st.integers(-(10**12), 10**12)
currencies = st.sampled_from(sorted(DIGITS))


@pytest.mark.parametrize(
    ("text", "currency", "minor", "plain"),
    [
        ("1980", "JPY", 1_980, "1980"),
        ("1,980", "JPY", 1_980, "1980"),
        (" 1,234,567 ", "JPY", 1_234_567, "1234567"),
        ("1980.00", "JPY", 1_980, "1980"),
        ("１００", "JPY", 100, "100"),
        ("２，９８０", "JPY", 2_980, "2980"),
        ("１９．８", "CNY", 1_980, "19.80"),
        ("1000円", "JPY", 1_000, "1000"),
        ("￥1,000", "JPY", 1_000, "1000"),
        ("¥ 1,000 円", "JPY", 1_000, "1000"),
        ("19.80", "CNY", 1_980, "19.80"),
        ("19.8", "CNY", 1_980, "19.80"),
        ("19", "CNY", 1_900, "19.00"),
        ("0.05", "CNY", 5, "0.05"),
        ("1.005", "KWD", 1_005, "1.005"),
        ("1", "KWD", 1_000, "1.000"),
        ("-0.5", "KWD", -500, "-0.500"),
        ("-3", "JPY", -3, "-3"),
        ("0", "CNY", 0, "0.00"),
    ],
)
def test_parsed_and_written_with_the_currencys_digits(
    text: str, currency: str, minor: int, plain: str
) -> None:
    money = parse(text, currency)
    assert money == Money(minor, currency)
    assert money.plain() == plain
    assert str(money) == f"{currency} {plain}"


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("1.5", "JPY"),
        ("1.005", "CNY"),
        ("1.0005", "KWD"),
        ("", "JPY"),
        (".5", "CNY"),
        ("5.", "CNY"),
        ("1e3", "JPY"),
        ("NaN", "JPY"),
        ("¥100", "CNY"),
        ("100円", "CNY"),
        ("¥", "JPY"),
        ("$100", "JPY"),
        ("1ー000", "JPY"),
        ("--1", "JPY"),
        ("1 000", "JPY"),
        ("1_000", "JPY"),
        ("9" * 16, "JPY"),
        ("1.0000000", "JPY"),
    ],
)
def test_never_rounded_never_guessed(text: str, currency: str) -> None:
    with pytest.raises(Refused) as caught:
        parse(text, currency)
    assert (caught.value.code, caught.value.facts) == (Code.AMOUNT_MALFORMED, {"amount": text[:24]})


@given(amounts, currencies)
def test_what_is_written_is_read_back(minor: int, currency: str) -> None:
    assert parse(Money(minor, currency).plain(), currency) == Money(minor, currency)


@given(amounts, st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any), currencies)
def test_a_split_sums_exactly_and_fairly(minor: int, weights: list[int], currency: str) -> None:
    shares = Money(minor, currency).split(weights)
    assert len(shares) == len(weights)
    assert total(shares, currency) == Money(minor, currency)
    for share, weight in zip(shares, weights, strict=True):
        # Within one minor unit of its exact part.
        assert abs(share.minor * sum(weights) - minor * weight) < sum(weights)
        assert weight or not share


def test_the_remainder_of_a_split_goes_to_the_earliest() -> None:
    assert [share.minor for share in Money(100, "JPY").split([1, 1, 1])] == [34, 33, 33]
    assert [share.minor for share in Money(1980, "JPY").split([30, 1])] == [1917, 63]


def test_currencies_do_not_mix() -> None:
    yen, yuan = Money(100, "JPY"), Money(100, "CNY")
    sums = (
        lambda: yen + yuan,
        lambda: yen - yuan,
        lambda: total([yen, yuan], "JPY"),
        lambda: total([yen], "CNY"),
    )
    for mix in (*sums, lambda: yen < yuan, lambda: yen <= yuan):
        with pytest.raises(Refused) as caught:
            mix()
        assert caught.value.code is Code.CURRENCY_MISMATCH
    assert yen != yuan
    for unknown in (lambda: Money(1, "XXX"), lambda: Money(1, "jpy"), lambda: parse("1", "¥")):
        with pytest.raises(Refused) as caught:
            unknown()
        assert caught.value.code is Code.CURRENCY_UNKNOWN


def test_arithmetic() -> None:
    assert Money(100, "JPY") + Money(-30, "JPY") - Money(5, "JPY") == Money(65, "JPY")
    assert -Money(3, "JPY") == Money(-3, "JPY")
    assert Money(1, "JPY") < Money(2, "JPY") <= Money(2, "JPY")
    assert not Money(2, "JPY") < Money(2, "JPY")
    assert [bool(Money(minor, "JPY")) for minor in (-1, 0, 1)] == [True, False, True]
    assert total([], "KWD") == Money(0, "KWD")
    assert (DIGITS["JPY"], DIGITS["CNY"], DIGITS["KWD"]) == (0, 2, 3)


@pytest.mark.parametrize(
    ("minor", "code"),
    [
        (0, Code.AMOUNT_NOT_POSITIVE),
        (-1, Code.AMOUNT_NOT_POSITIVE),
        (LARGEST_MINOR + 1, Code.AMOUNT_TOO_LARGE),
    ],
)
def test_what_nobody_can_be_asked_for(minor: int, code: Code) -> None:
    with pytest.raises(Refused) as caught:
        payable(minor, "JPY")
    assert (caught.value.code, caught.value.facts) == (code, {"amount": minor})


def test_the_smallest_and_the_largest_that_can() -> None:
    assert (payable(1, "JPY").minor, payable(LARGEST_MINOR, "JPY").minor) == (1, LARGEST_MINOR)
    assert LARGEST_MINOR < 2**63
