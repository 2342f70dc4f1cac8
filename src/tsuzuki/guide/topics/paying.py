"""«Can I pay with ...?»: what a brand's claims answer for a way to pay.

Never more than the sources say: a way that a list leaves out is «not listed», one nobody wrote about is
«unknown».
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ..load.claims import UNKNOWN, AsIs, Brand, Claim, Table, Word, pieces


class Answer(StrEnum):
    YES = "yes"
    DEPENDS = "depends"
    NO = "no"
    NOT_LISTED = "not_listed"
    UNKNOWN = "unknown"


# Each way to pay with the codes that name it in a list.
METHODS: Mapping[str, frozenset[str]] = {
    "foreign_card": frozenset({"intl_credit_card"}),
    "card": frozenset(
        {
            "credit_card",
            "intl_credit_card",
            "visa",
            "mastercard",
            "jcb",
            "amex",
            "diners",
            "discover",
            "web_billing_card",
            "my_softbank_prepaid_web_card",
        }
    ),
    "debit": frozenset({"debit_card", "debit_card_unofficial", "rakuten_bank_debit"}),
    "prepaid": frozenset({"prepaid_card"}),
    "bank": frozenset({"direct_debit", "bank_debit"}),
    "konbini": frozenset(
        {
            "konbini",
            "konbini_card",
            "konbini_except_seven_eleven",
            "mobalpay_konbini_card",
            "smart_pit_konbini",
            "payment_slip",
        }
    ),
    "paypay": frozenset({"paypay", "paypay_balance"}),
    "alipay": frozenset({"alipay", "alipayhk", "alipay_some_asian_regions"}),
    "wechat": frozenset({"wechat_pay"}),
    "unionpay": frozenset({"unionpay", "unionpay_online"}),
    "paypal": frozenset({"paypal"}),
    "paidy": frozenset({"paidy"}),
}
LISTS = ("pay.methods", "pay.methods_helpdesk")  # lists that mean to be whole
LATE = ("late.pay_channels", "late.online_pay_methods", "topup.channels")  # lists for one occasion only
HALF = frozenset(
    {
        "debit_card_unofficial",
        "alipayhk",
        "alipay_some_asian_regions",
        "konbini_except_seven_eleven",
        "rakuten_bank_debit",
    }
)
# Keys that speak of one way to pay alone.
ABOUT: Mapping[str, tuple[str, ...]] = {
    "foreign_card": ("pay.foreign_issued_card",),
    "card": ("pay.card_brands", "pay.card"),
    "debit": ("pay.debit", "pay.debit_brands", "pay.debit_or_prepaid_card"),
    "prepaid": ("pay.debit_or_prepaid_card",),
    "bank": ("bill.direct_debit_day", "bill.bank_debit_day", "late.redebit", "late.after_failed_debit"),
    "konbini": (
        "pay.konbini",
        "pay.mobalpay_ended",
        "pay.konbini_after_mobalpay",
        "pay.smartpit_cash_new_applications",
    ),
    "paypay": ("pay.paypay_balance_rules",),
    "paidy": ("pay.paidy",),
}
ENDED = ("pay.mobalpay_ended",)
SURE = ("pay.konbini", "pay.card")  # how it is done there: that it is done goes without saying
DEBITED = ABOUT["bank"]  # when a debit is taken, or what follows if it fails: whatever they say, there is one
_NAMES = {
    "credit card": "card",
    "direct debit": "bank",
    "debit card": "debit",
    "prepaid card": "prepaid",
    "convenience store": "konbini",
}


@dataclass(frozen=True, slots=True)
class Payable:
    brand: Brand
    method: str
    answer: Answer
    claims: tuple[Claim, ...]


def payable(brand: Brand, method: str) -> Payable:
    results = [(answer, claim) for claim in brand.claims for answer in _says(claim, method)]
    general = {answer for answer, claim in results if claim.key not in LATE} - {Answer.UNKNOWN}
    if not general - {Answer.NOT_LISTED}:  # what a list of ways leaves out may still do for a late bill
        general = {answer for answer, claim in results if claim.key in LATE} or general
    told = general or {Answer.UNKNOWN}
    claims = tuple(claim for claim in brand.claims if any(claim is entry for _, entry in results))
    return Payable(brand, method, told.pop() if len(told) == 1 else Answer.DEPENDS, claims)


def _says(claim: Claim, method: str) -> Iterator[Answer]:
    if claim.key in ABOUT.get(method, ()):
        yield _direct(claim)
    elif claim.key in LISTS:
        yield from _listed(claim, method)
    elif claim.key in LATE and _codes(claim) & METHODS[method]:
        yield Answer.DEPENDS


def _direct(claim: Claim) -> Answer:
    value = claim.value
    if value is UNKNOWN:
        return Answer.UNKNOWN
    if claim.key in DEBITED:
        return Answer.YES
    if claim.key in ENDED:
        return Answer.NO
    if isinstance(value, bool):
        return Answer.YES if value else Answer.NO
    if claim.key in SURE or (isinstance(value, tuple) and claim.key != "pay.debit"):
        return Answer.YES
    return Answer.DEPENDS  # a sentence, a table, «sometimes»: what it says stands beside


def _listed(claim: Claim, method: str) -> Iterator[Answer]:
    if isinstance(claim.value, Table):
        yield from (
            _row(row.value) for row in claim.value.rows if _NAMES.get(row.label.to("en").lower()) == method
        )
        return
    codes = _codes(claim) & METHODS[method]
    if codes:
        yield Answer.DEPENDS if codes <= HALF else Answer.YES
    elif method != "foreign_card":  # where a card was issued is another question than which ways there are
        yield Answer.NOT_LISTED


def _row(value: object) -> Answer:
    if isinstance(value, bool):
        return Answer.YES if value else Answer.NO
    return Answer.DEPENDS


def _codes(claim: Claim) -> frozenset[str]:
    return frozenset(
        piece.code if isinstance(piece, Word) else piece.text
        for piece in pieces(claim.value)
        if isinstance(piece, Word | AsIs)
    )
