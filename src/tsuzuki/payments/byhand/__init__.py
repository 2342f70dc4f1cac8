"""Money taken by people: cash at the counter, a transfer someone sees on a bank statement.

Nothing leaves this process: the counter says what was paid and paid out, so every look answers UNCLEAR, which
says nothing. `settings`: currencies («JPY»), largest_minor (1,000,000); with bank, branch, number and holder
(and kind: ordinary or current) of the operator's account buyers may also pay by transfer.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from tsuzuki.core.money import Money
from tsuzuki.plugins import Reaches, number, text

from ..port import (
    Abilities,
    Ask,
    BankDetails,
    Forged,
    Gateway,
    Method,
    Notice,
    NotOurs,
    Provider,
    RefundSight,
    RefundStanding,
    RefundWay,
    ShowAccount,
    Sight,
    Standing,
)

CASH, TRANSFER = "cash", "transfer"


class ByHand:
    def __init__(self, methods: tuple[Method, ...], account: ShowAccount | None) -> None:
        self._abilities = Abilities(
            timeout=1.0,
            lease=5.0,
            methods=methods,
            finds_by_key=False,
            by_staff=True,
        )
        self._account = account

    def describe(self) -> Abilities:
        return self._abilities

    def begin(self, ask: Ask) -> Sight:
        if ask.method == TRANSFER and self._account:
            return Sight(Standing.PROMISED, ask.key, next=self._for(ask.label), due=ask.live_until)
        return Sight(Standing.OPEN, ask.key, due=ask.live_until)

    def charge(self, ask: Ask, saved: str) -> Sight:
        return Sight(Standing.CLOSED, ask.key, reason="not_saved")

    def revoke(self, saved: str) -> bool:
        return True

    def proceed(self, key: str, gateway_id: str) -> Sight:
        return self.look_up(key, gateway_id)

    def close(self, key: str, gateway_id: str | None) -> Sight:
        # True by our own doing: the counter takes no money for an attempt that is closed here.
        return Sight(Standing.CLOSED, key, reason="closed")

    def look_up(self, key: str, gateway_id: str | None) -> Sight:
        return Sight(Standing.UNCLEAR, key, reason="by_staff")

    def refund(
        self, key: str, gateway_id: str, refund_key: str, amount: Money, to: BankDetails | None
    ) -> RefundSight:
        return RefundSight(RefundStanding.ASKED, refund_key, "by_staff")

    def look_up_refund(self, key: str, gateway_id: str, refund_key: str) -> RefundSight:
        return RefundSight(RefundStanding.UNCLEAR, refund_key, "by_staff")

    def read_event(self, headers: Mapping[str, str], raw: bytes, at: datetime) -> Notice | NotOurs | Forged:
        return Forged()  # nobody has a reason to send one

    def _for(self, code: str) -> ShowAccount:
        """A bank statement shows who paid and what they wrote: the order's code says for what."""
        assert self._account
        return ShowAccount(
            self._account.bank,
            self._account.branch,
            self._account.kind,
            self._account.number,
            self._account.holder,
            code,
        )


def build(environ: Mapping[str, str], settings: Mapping[str, object]) -> Gateway:
    currencies = tuple(text(settings, "currencies", "JPY").replace(" ", "").split(","))
    largest = int(number(settings, "largest_minor", 1_000_000))
    bank, branch, digits, holder = (
        text(settings, name, "") for name in ("bank", "branch", "number", "holder")
    )
    account = (
        ShowAccount(bank, branch, text(settings, "kind", "ordinary"), digits, holder)
        if bank and digits and holder
        else None
    )
    codes = (CASH, TRANSFER) if account else (CASH,)
    # Whatever was lost of it, the same question has the same answer.
    again = timedelta(days=3650)
    methods = [
        Method(code, currencies, largest, refund=RefundWay.BY_HAND, begin_again=again) for code in codes
    ]
    return ByHand(tuple(methods), account)


ACCOUNT = ("bank", "branch", "kind", "number", "holder")  # where buyers send money
PROVIDER = Provider(
    build, settings=("currencies", "largest_minor", *ACCOUNT), reaches=Reaches(settings=ACCOUNT)
)
