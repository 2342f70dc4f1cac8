"""Ways to pay: their names, what happens next, and when the money is taken."""

from __future__ import annotations

from typing import NamedTuple

from tsuzuki.core.money import Money

from . import formats
from .languages import N_, translator


class Method(NamedTuple):
    name: str
    note: str  # what the buyer does next
    paid: str  # when it is paid, for the final check


_PAID_NOW = N_("%(method)s, when you place the order")
_PAID_LATER = N_("%(method)s, by %(pay_by)s")
_METHODS = {
    "cash": (N_("Cash at a shop"), N_("You get a code; pay with it at a shop."), _PAID_LATER),
    "voucher": (N_("Voucher"), N_("You type the code on the next page."), _PAID_NOW),
    "credit": (N_("Balance"), N_("Taken from the balance of the line."), _PAID_NOW),
    "card": (N_("Card"), N_("You go on to the payment page."), _PAID_NOW),
    "konbini": (
        N_("Convenience store"),
        N_("You get a number; pay with it at a convenience store."),
        _PAID_LATER,
    ),
    "transfer": (N_("Bank transfer"), N_("You get the account to transfer to."), _PAID_LATER),
    "paypay": (N_("PayPay"), N_("You go on to PayPay."), _PAID_NOW),
    "paypal": (N_("PayPal"), N_("You go on to PayPal."), _PAID_NOW),
    "alipay": (N_("Alipay"), N_("You go on to Alipay."), _PAID_NOW),
    "wechat": (N_("WeChat Pay"), N_("You go on to WeChat Pay."), _PAID_NOW),
}
_OTHER = (N_("Online payment"), N_("You go on to the payment page."), _PAID_NOW)


def method(code: str, language: str, pay_by: str = "") -> Method:
    """One from elsewhere, whose name we do not know, is called an online payment."""
    say = translator(language)
    name, note, paid = _METHODS.get(code, _OTHER)
    return Method(say(name), say(note), say(paid) % {"method": say(name), "pay_by": pay_by})


def bounds(least: Money | None, most: Money | None, in_japan: bool, language: str) -> str:
    """What a buyer must know before choosing it; None: no bound anyone will meet."""
    say, told = translator(language), []
    amounts = {
        "least": least and formats.money(least, language),
        "most": most and formats.money(most, language),
    }
    if least and most:
        told.append(say(N_("From %(least)s to %(most)s.")) % amounts)
    elif least or most:
        told.append(say(N_("From %(least)s.") if least else N_("Up to %(most)s.")) % amounts)
    if in_japan:
        told.append(say(N_("Only while you are in Japan.")))
    return ("" if language in ("ja", "zh-Hans") else " ").join(told)
