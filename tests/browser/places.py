"""Every address a customer can stand at, by name, with orders in each state a buyer can see: made once for a
shop.
"""

from __future__ import annotations

from tests import cast

from . import journey
from .chromium import Chromium
from .front import Front

PLAN = "data-3gb"
FIXED = {
    "home": "/",
    "find": "/find",
    "elsewhere": "/elsewhere",
    "elsewhere, guessed": "/elsewhere?prefix=8180",
    "help": "/help",
    "slow": "/slow",
    "slow, of a carrier": "/slow/docomo-line",
    "apn": "/apn",
    "apn, of a line": "/apn/docomo-line",
    "seller": "/seller",
    "guide": "/guide",
    "guide, a brand": "/guide/docomo",
    "no such page": "/no/such/page",
    "an altered link": "/r/sAAAA:1:x",
    "an unknown order": "/p/unknown",
    "living page": "/sandbox/look",
}
_MADE: dict[str, dict[str, str]] = {}  # by the database they are true in


def all_of(shop: Front, browser: Chromium) -> dict[str, str]:
    """Addresses without their language."""
    if shop.database not in _MADE:
        _MADE[shop.database] = FIXED | _orders(shop, browser)
    return _MADE[shop.database]


def _orders(shop: Front, browser: Chromium) -> dict[str, str]:
    ended, running, queued = shop.line((PLAN, 32)), shop.line((PLAN, 3)), shop.line((PLAN, 20), (PLAN, 1))
    made = {
        name: cast.link(line) for name, line in (("ended", ended), ("running", running), ("queued", queued))
    }
    found = {f"choose, {name}": f"/r/{token}" for name, token in made.items()}
    found["choose, by number"] = f"/r/{cast.link(ended, 'n')}"
    with browser.person() as buyer:
        tab = buyer.tab()

        def stopped_at(page: str, line=ended, **how: str) -> str:  # type: ignore[no-untyped-def]
            journey.until(journey.renew(tab, shop.link(line), **how), page)
            shop.work()  # whatever is due: a behaviour pressed for this order must not meet the next
            return tab.url.removeprefix(shop.url).removeprefix("/en")

        found["confirm"] = stopped_at("confirm")
        found["confirm, to follow"] = stopped_at("confirm", running)
        found["confirm, by voucher"] = stopped_at("confirm", method="voucher")
        stopped_at("gateway")
        found["waiting for payment"] = _newest(shop, ended)
        found["waiting for cash"] = stopped_at("order", method="cash")
        found["waiting at a convenience store"] = stopped_at("order", method="konbini")
        found["waiting for a transfer"] = stopped_at("order", method="transfer")
        found["payment refused"] = stopped_at("order", press=journey.DECLINE)
        found["active"] = stopped_at("order", running)
        stuck = shop.line((PLAN, 32))
        shop.press("carrier", "late", times=1)
        found["being fixed"] = stopped_at("order", stuck)
        shop.press("gateway/refunds", "pending", times=1)
        found["refund begun"] = _refused(shop, stopped_at)
        found["refunded"] = _refused(shop, stopped_at)
        shop.press("gateway/refunds", "ask_details", times=1)
        found["refund owed"] = _refused(shop, stopped_at)
        found["refund owed, whereto"] = _account(shop)
        for name, button in (("disputed", ""), ("taken back by the bank", "lose")):
            paid = shop.line((PLAN, 32))
            found[name] = stopped_at("order", paid)
            shop.dispute(paid, button)
        closed = shop.line((PLAN, 3))
        shop.close(closed)
        found["choose, closed"] = f"/r/{cast.link(closed)}"
    return found | {"refunded in part": f"/p/{shop.sold_by_half().token}"}


def _account(shop: Front) -> str:
    """The page behind the link in a payer's letter."""
    from django.utils import timezone

    from tsuzuki.actions.lines import links
    from tsuzuki.records.models import Refund

    owed = Refund.objects.filter(state="owed").order_by("-id").values_list("id", flat=True)
    return f"/b/{links.refund_token(owed[0], timezone.now())}"


def _refused(shop: Front, stopped_at) -> str:  # type: ignore[no-untyped-def]
    line = shop.line((PLAN, 32))
    shop.press("carrier", "refuse", times=1)
    return stopped_at("order", line)


def _newest(shop: Front, line) -> str:  # type: ignore[no-untyped-def]
    return f"/p/{shop.purchases(line)[-1].token}"
