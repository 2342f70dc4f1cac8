"""What a plan file has beyond YAML: sums of money; and its mistakes as the refusal people read."""

from __future__ import annotations

from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.money import Money, parse
from tsuzuki.strict_yaml import Cell, Wrong


def refused(line: int, reason: str, what: str = "") -> Refused:
    return Refused(
        Code.PLAN_FILE_WRONG, where=f"line {line}, {what}" if what else f"line {line}", reason=reason
    )


def amount(cell: Cell, what: str) -> Money:
    """«JPY 1,980»: never without its currency, never with a sign two currencies share."""
    currency, _, digits = cell.text().partition(" ")
    if len(currency) != 3 or not currency.isascii() or not currency.isalpha():
        raise cell.wrong(f"{what} is written as JPY 990")
    try:
        return parse(digits, currency.upper())
    except Refused as why:
        raise _not_money(cell, what, currency, why) from None


def _not_money(cell: Cell, what: str, currency: str, why: Refused) -> Wrong:
    unknown = why.code is Code.CURRENCY_UNKNOWN
    return cell.wrong(
        f"{what}: currency {currency} is not known" if unknown else f"{what} is written as {currency} 990"
    )
