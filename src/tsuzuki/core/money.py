"""Money: whole minor units and an ISO 4217 code. No float, no two-decimal assumption."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from .errors import Code, Refused
from .typed import plain

# ISO 4217 minor-unit digits of the currencies people pay with here and of the
# odd ones a table must not forget.
DIGITS = {
    "AED": 2,
    "AUD": 2,
    "BHD": 3,
    "BRL": 2,
    "CAD": 2,
    "CHF": 2,
    "CNY": 2,
    "EUR": 2,
    "GBP": 2,
    "HKD": 2,
    "IDR": 2,
    "INR": 2,
    "JOD": 3,
    "JPY": 0,
    "KRW": 0,
    "KWD": 3,
    "MOP": 2,
    "MYR": 2,
    "NPR": 2,
    "NZD": 2,
    "OMR": 3,
    "PHP": 2,
    "SGD": 2,
    "THB": 2,
    "TND": 3,
    "TWD": 2,
    "USD": 2,
    "VND": 0,
}
LARGEST_MINOR = 10**12  # beyond any order of ours and far inside BIGINT


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`minor` counts the currency's smallest unit (JPY 1 yen, CNY 1 fen). May be negative inside sums."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in DIGITS:
            raise Refused(Code.CURRENCY_UNKNOWN, currency=str(self.currency)[:8])

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + same_currency(self, other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - same_currency(self, other).minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < same_currency(self, other).minor

    def __le__(self, other: Money) -> bool:
        return self.minor <= same_currency(self, other).minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return f"{self.currency} {self.plain()}"

    def plain(self) -> str:
        """The amount without its currency, all its digits, no grouping: «1980», «19.80», «1.005»."""
        digits = DIGITS[self.currency]
        sign, units = "-" if self.minor < 0 else "", str(abs(self.minor)).rjust(digits + 1, "0")
        return sign + (f"{units[:-digits]}.{units[-digits:]}" if digits else units)

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Shares in the ratio of `weights` (non-negative, not all 0), summing to exactly this.

        The remainder goes to the earliest.
        """
        total, shares, given = sum(weights), [], 0
        for seen in _running(weights):
            upto = -(-self.minor * seen // total)
            shares.append(Money(upto - given, self.currency))
            given = upto
        return shares


def same_currency(one: Money, other: Money) -> Money:
    if one.currency != other.currency:
        raise Refused(Code.CURRENCY_MISMATCH, expected=one.currency, got=other.currency)
    return other


def total(amounts: Iterable[Money], currency: str) -> Money:
    result = Money(0, currency)
    for amount in amounts:
        result += amount
    return result


def payable(minor: int, currency: str) -> Money:
    """An amount someone may be asked for: 1 minor unit up to LARGEST_MINOR, else Refused."""
    if minor <= 0:
        raise Refused(Code.AMOUNT_NOT_POSITIVE, amount=minor)
    if minor > LARGEST_MINOR:
        raise Refused(Code.AMOUNT_TOO_LARGE, amount=minor)
    return Money(minor, currency)


def parse(text: str, currency: str) -> Money:
    """Read «1,980», «19.80», of any width, and «1,980円», «¥1,980» where yen are meant.

    More decimals than the currency has are refused, never rounded.
    """
    if currency not in DIGITS:
        raise Refused(Code.CURRENCY_UNKNOWN, currency=currency[:8])
    bare = plain(text)
    if currency == "JPY":
        bare = bare.removeprefix("¥").removesuffix("円").strip()
    if not re.fullmatch(r"-?(\d{1,15}|\d{1,3}(,\d{3}){1,4})(\.\d{1,6})?", bare, re.ASCII):
        raise Refused(Code.AMOUNT_MALFORMED, amount=text[:24])
    try:
        minor = Decimal(bare.replace(",", "")).scaleb(DIGITS[currency])
    except InvalidOperation:
        raise Refused(Code.AMOUNT_MALFORMED, amount=text[:24]) from None
    if minor != minor.to_integral_value():
        raise Refused(Code.AMOUNT_MALFORMED, amount=text[:24])
    return Money(int(minor), currency)


def _running(weights: Sequence[int]) -> Iterable[int]:
    seen = 0
    for weight in weights:
        seen += weight
        yield seen
