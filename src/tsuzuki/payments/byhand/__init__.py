"""Money taken by people: cash at the counter, a transfer someone sees on a bank statement.

Nothing leaves this process: the counter says what was paid and paid out, so every look answers UNCLEAR, which says nothing.
`settings`: currencies («JPY»), largest_minor (1,000,000).
"""

from collections.abc import Mapping
from datetime import datetime

from tsuzuki.core.money import Money
from tsuzuki.core.registry import number, text

from ..port import Abilities, Ask, Gateway, Notice, Provider, RefundSight, RefundStanding, RefundWay, Sight, Standing, Verdict


class ByHand:
    def __init__(self, currencies: tuple[str, ...], largest_minor: int) -> None:
        self._currencies, self._largest_minor = currencies, largest_minor

    def describe(self) -> Abilities:
        return Abilities(
            timeout=1.0, lease=5.0, currencies=self._currencies, largest_minor=self._largest_minor, finds_by_key=False, by_staff=True
        )

    def begin(self, ask: Ask) -> Sight:
        return Sight(Standing.OPEN, ask.key, due=ask.live_until, refund_way=RefundWay.BY_HAND)

    def proceed(self, key: str, gateway_id: str) -> Sight:
        return self.look_up(key, gateway_id)

    def close(self, key: str, gateway_id: str | None) -> Sight:
        # True by our own doing: the counter takes no money for an attempt that is closed here.
        return Sight(Standing.CLOSED, key, refund_way=RefundWay.BY_HAND, reason="closed")

    def look_up(self, key: str, gateway_id: str | None) -> Sight:
        return Sight(Standing.UNCLEAR, key, refund_way=RefundWay.BY_HAND, reason="by_staff")

    def refund(self, key: str, gateway_id: str, refund_key: str, amount: Money) -> RefundSight:
        return RefundSight(RefundStanding.ASKED, refund_key, "by_staff")

    def look_up_refund(self, key: str, gateway_id: str, refund_key: str) -> RefundSight:
        return RefundSight(RefundStanding.UNCLEAR, refund_key, "by_staff")

    def read_event(self, headers: Mapping[str, str], raw: bytes, at: datetime) -> Notice | Verdict:
        return Verdict.FORGED  # nobody has a reason to send one


def build(environ: Mapping[str, str], settings: Mapping[str, object]) -> Gateway:
    currencies = tuple(text(settings, "currencies", "JPY").replace(" ", "").split(","))
    return ByHand(currencies, int(number(settings, "largest_minor", 1_000_000)))


PROVIDER = Provider(build)
