"""Ways to pay: their names, what happens next, and when the money is taken."""

from __future__ import annotations

from typing import NamedTuple

from .languages import N_, translator


class Method(NamedTuple):
    name: str
    note: str  # what the buyer does next
    paid: str  # when it is paid, for the final check


_PAID_NOW = N_("%(method)s, when you place the order")
_METHODS = {
    "sandbox": (N_("Practice payment"), N_("You go on to the practice payment page; no real money."), _PAID_NOW),
    "byhand": (N_("Cash at a shop"), N_("You get a code; pay with it at a shop."), N_("Cash at a shop, by %(pay_by)s")),
    "voucher": (N_("Voucher"), N_("You type the code on the next page."), _PAID_NOW),
    "credit": (N_("Balance"), N_("Taken from the balance of the line."), _PAID_NOW),
    "stripe": (N_("Card"), N_("Cards issued outside Japan too."), _PAID_NOW),
    "paypal": (N_("PayPal"), N_("You go on to PayPal."), _PAID_NOW),
    "alipay": (N_("Alipay"), N_("You go on to Alipay."), _PAID_NOW),
    "wechatpay": (N_("WeChat Pay"), N_("You go on to WeChat Pay."), _PAID_NOW),
    "komoju": (N_("Card or convenience store"), N_("You go on to the payment page."), _PAID_NOW),
    "antom": (N_("Alipay, WeChat Pay or card"), N_("You go on to the payment page."), _PAID_NOW),
}
_OTHER = (N_("Online payment"), N_("You go on to the payment page."), _PAID_NOW)


def method(code: str, language: str, pay_by: str = "") -> Method:
    """A gateway from elsewhere, whose name we do not know, is called an online payment."""
    say = translator(language)
    name, note, paid = _METHODS.get(code, _OTHER)
    return Method(say(name), say(note), say(paid) % {"method": say(name), "pay_by": pay_by})
