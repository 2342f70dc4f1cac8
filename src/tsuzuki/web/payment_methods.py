"""The ways to pay as a page shows them, and what the buyer does once one was chosen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tsuzuki.actions.engine.providers import offered
from tsuzuki.core.money import Money
from tsuzuki.core.order import TenderState
from tsuzuki.records import models
from tsuzuki.ui import formats, methods
from tsuzuki.ui.languages import N_, translator

# What the machines of Japan's shops call a code, and what it is called in other languages.
CODES = {"払込票番号": N_("Payment slip number"), "確認番号": N_("Confirmation number")}
LARGE = 1_000_000  # minor units: whoever renews a line never meets a bound above


@dataclass(frozen=True, slots=True)
class Way:
    code: str
    name: str
    note: str


def ways(
    currency: str, time_left: timedelta, language: str, amount: Money | None = None, email: bool = True
) -> list[Way]:
    """Those that take this amount, or any; without an `email` none that needs one."""
    result = []
    for method in offered(currency, time_left, amount):
        if email or not method.needs_email:
            answer = methods.method(method.code, language)
            least = Money(method.smallest, currency) if method.smallest > 1 else None
            most = Money(method.largest, currency) if method.largest < LARGE else None
            bounds = methods.bounds(least, most, method.buyer_in_japan, language)
            result.append(Way(method.code, answer.name, f"{answer.note} {bounds}".rstrip()))
    return result


def voucher(language: str) -> Way:
    method = methods.method("voucher", language)
    return Way("voucher", method.name, method.note)


def _next(purchase: UUID) -> Mapping[str, Any]:
    """What the newest payment that is open wants of the buyer, as it was stored; empty: nothing (yet)."""
    rows = models.Attempt.objects.filter(
        tender__purchase=purchase, tender__state=TenderState.OPEN, outcome="", next__isnull=False
    )
    return rows.order_by("-opened_at").values_list("next", flat=True).first() or {}


def pay_page(purchase: UUID) -> str:
    """The gateway's page where this purchase is paid; empty where there is none (yet)."""
    told = _next(purchase)
    return told["url"] if told.get("type") == "redirect" else ""


def next_step(purchase: models.Purchase, zone: str, language: str) -> dict[str, Any]:
    """What the buyer does now for the money; empty: nothing (yet)."""
    if not (told := _next(purchase.id)):
        return {}
    remaining = told["remaining"]
    return {
        "type": told["type"],
        "url": told.get("url"),
        "place": told.get("place"),
        "codes": [
            (translator(language)(CODES.get(name, name)), code) for name, code in told.get("codes", ())
        ],
        "account": _account(told, language) if told["type"] == "account" else (),
        "due": formats.moment(datetime.fromisoformat(told["due"]), zone, language) if told["due"] else "",
        "remaining": formats.money(Money(remaining, purchase.currency), language) if remaining else "",
    }


def _account(told: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    say = translator(language)
    kind = {"ordinary": say(N_("Ordinary")), "current": say(N_("Current"))}.get(told["kind"], told["kind"])
    rows = [
        (say(N_("Bank")), told["bank"]), (say(N_("Branch")), told["branch"]), (say(N_("Account type")), kind),
        (say(N_("Account number")), told["number"]), (say(N_("Account holder")), told["holder"]),
        (say(N_("Add after your name")), told["reference"]),
    ]  # fmt: skip
    return [row for row in rows if row[1]]
