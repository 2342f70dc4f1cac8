"""The six things Japan's Act on Specified Commercial Transactions (Art. 12-6) wants on the last screen before
an order.

https://www.caa.go.jp/policies/policy/consumer_transaction/specified_commercial_transactions/ has the
guideline. The component will not render without them: a FinalCheck with a gap cannot be made.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from .languages import N_, translator


@dataclass(frozen=True, slots=True)
class FinalCheck:
    """All in words. ValueError where one is missing."""

    quantity: str
    price: str  # the whole, with tax
    payment: str  # when and how
    delivery: str  # when the service begins
    cancellation: str  # before and after the start
    deadline: str  # until when the offer stands

    def __post_init__(self) -> None:
        for field in fields(self):
            if not getattr(self, field.name).strip():
                raise ValueError(f"the final screen lacks its {field.name}")

    def rows(self, language: str) -> list[tuple[str, str]]:
        say = translator(language)
        return [(say(_NAMES[field.name]), getattr(self, field.name)) for field in fields(self)]


_NAMES = {
    "quantity": N_("Quantity"),
    "price": N_("Total price"),
    "payment": N_("Payment"),
    "delivery": N_("Start of use"),
    "cancellation": N_("Cancelling and refunds"),
    "deadline": N_("Offer valid until"),
}
CANCELLATION = N_(
    "Before you pay, you can cancel free of charge. Once it has started there is no refund for a change of "
    "mind. If we cannot activate it, we begin the full refund within %(span)s."
)
CANCELLATION_BY_HAND = N_(
    "Before you pay, you can cancel free of charge. Once it has started there is no refund for a change of "
    "mind. If we cannot activate it, we begin the full refund within %(span)s of business hours."
)
CREDIT_BY_VOUCHER = N_(
    "with a voucher no longer than until a day before six months have passed since the voucher was made"
)
DELIVERY = N_("After payment, usually within a minute")
DELIVERY_AFTER = N_("When the current plan ends: %(starts)s")
DELIVERY_AFTER_UNSEEN = N_("When the current plan ends; if none is running, right after payment")
DELIVERY_BY_HAND = N_(
    "After payment, within business hours: %(hours)s. If you pay now: by %(by)s, or we begin the full refund."
)
DELIVERY_BY_HAND_UNSEEN = N_(
    "When the current plan ends. If none is running: after payment, within business hours: %(hours)s. If you "
    "pay now: by %(by)s, or we begin the full refund."
)
