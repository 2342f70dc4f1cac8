"""Consumption tax: the rate of the day, rounded once per rate."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsuzuki.core.money import Money
from tsuzuki.core.tax import TaxLine, TaxRule, included, lines, percent_on


@pytest.mark.parametrize(
    ("day", "percent"),
    [
        (date(1997, 3, 31), 0),
        (date(1997, 4, 1), 5),
        (date(2014, 3, 31), 5),
        (date(2014, 4, 1), 8),
        (date(2019, 9, 30), 8),
        (date(2019, 10, 1), 10),
        (date(2026, 11, 22), 10),
    ],
)
def test_the_rate_of_the_day(day: date, percent: int) -> None:
    assert percent_on(TaxRule.JAPAN_STANDARD, day) == percent
    assert percent_on(TaxRule.OUT_OF_SCOPE, day) == 0


@pytest.mark.parametrize(
    ("gross", "percent", "tax"),
    [(990, 10, 90), (1_980, 10, 180), (2_780, 10, 252), (10, 10, 0), (11, 10, 1), (108, 8, 8), (500, 0, 0)],
)
def test_the_tax_inside_a_price_is_rounded_down(gross: int, percent: int, tax: int) -> None:
    assert included(Money(gross, "JPY"), percent) == Money(tax, "JPY")


def test_one_rounding_per_rate() -> None:
    """Three of 105 yen hold 28 yen of tax together; rounded each alone it would be 27."""
    items = [
        (10, Money(105, "JPY")),
        (8, Money(107, "JPY")),
        (10, Money(105, "JPY")),
        (0, Money(1_000, "JPY")),
        (10, Money(105, "JPY")),
    ]
    assert lines(items) == (
        TaxLine(10, Money(315, "JPY"), Money(28, "JPY")),
        TaxLine(8, Money(107, "JPY"), Money(7, "JPY")),
    )
    assert sum(included(gross, percent).minor for percent, gross in items if percent == 10) == 27


def test_nothing_taxed_has_no_line() -> None:
    assert lines([]) == lines([(0, Money(1_000, "JPY"))]) == ()


@given(st.lists(st.tuples(st.sampled_from([0, 8, 10]), st.integers(1, 10**7)), max_size=30))
def test_lines_hold_all_that_is_taxed_and_never_too_much(pairs: list[tuple[int, int]]) -> None:
    found = lines((percent, Money(minor, "JPY")) for percent, minor in pairs)
    assert [line.percent for line in found] == sorted(
        {percent for percent, _ in pairs if percent}, reverse=True
    )
    for line in found:
        assert line.gross.minor == sum(minor for percent, minor in pairs if percent == line.percent)
        exact = line.gross.minor * line.percent
        assert 0 <= exact - line.tax.minor * (100 + line.percent) < 100 + line.percent
