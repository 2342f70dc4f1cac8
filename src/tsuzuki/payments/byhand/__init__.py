"""Money taken by people: cash at the counter, a transfer someone sees on a bank statement.

Nothing leaves this process: the counter says what was paid and paid out, so every look answers UNCLEAR, which
says nothing. `settings`: currencies («JPY»), largest_minor (1,000,000); with bank, branch, number and holder
(and kind: ordinary or current) of the operator's account buyers may also pay by transfer.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from tsuzuki.core.money import Money
from tsuzuki.plugins import ReachSettings, number, text

from ..port import (
    BankDetails,
    ForeignEvent,
    GatewayCapabilities,
    GatewayEvent,
    GatewayPlugin,
    PaymentGateway,
    PaymentMethod,
    PaymentRequest,
    PaymentSnapshot,
    PaymentStatus,
    RefundSnapshot,
    RefundStatus,
    RefundWay,
    ShowAccount,
    UnverifiedEvent,
)

CASH, TRANSFER = "cash", "transfer"


class ByHand:
    def __init__(self, methods: tuple[PaymentMethod, ...], account: ShowAccount | None) -> None:
        self._abilities = GatewayCapabilities(
            timeout=1.0,
            lease=5.0,
            methods=methods,
            finds_by_key=False,
            by_staff=True,
        )
        self._account = account

    def describe(self) -> GatewayCapabilities:
        return self._abilities

    def begin(self, ask: PaymentRequest) -> PaymentSnapshot:
        if ask.method == TRANSFER and self._account:
            return PaymentSnapshot(
                PaymentStatus.PROMISED, ask.key, next=self._for(ask.label), due=ask.live_until
            )
        return PaymentSnapshot(PaymentStatus.OPEN, ask.key, due=ask.live_until)

    def charge(self, ask: PaymentRequest, saved: str) -> PaymentSnapshot:
        return PaymentSnapshot(PaymentStatus.CLOSED, ask.key, reason="not_saved")

    def revoke(self, saved: str) -> bool:
        return True

    def proceed(self, key: str, gateway_id: str) -> PaymentSnapshot:
        return self.look_up(key, gateway_id)

    def close(self, key: str, gateway_id: str | None) -> PaymentSnapshot:
        # True by our own doing: the counter takes no money for an attempt that is closed here.
        return PaymentSnapshot(PaymentStatus.CLOSED, key, reason="closed")

    def look_up(self, key: str, gateway_id: str | None) -> PaymentSnapshot:
        return PaymentSnapshot(PaymentStatus.UNCLEAR, key, reason="by_staff")

    def refund(
        self, key: str, gateway_id: str, refund_key: str, amount: Money, to: BankDetails | None
    ) -> RefundSnapshot:
        return RefundSnapshot(RefundStatus.ASKED, refund_key, "by_staff")

    def look_up_refund(self, key: str, gateway_id: str, refund_key: str) -> RefundSnapshot:
        return RefundSnapshot(RefundStatus.UNCLEAR, refund_key, "by_staff")

    def read_event(
        self, headers: Mapping[str, str], raw: bytes, at: datetime
    ) -> GatewayEvent | ForeignEvent | UnverifiedEvent:
        return UnverifiedEvent()  # nobody has a reason to send one

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


def build(environ: Mapping[str, str], settings: Mapping[str, object]) -> PaymentGateway:
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
        PaymentMethod(code, currencies, largest, refund=RefundWay.BY_HAND, begin_again=again)
        for code in codes
    ]
    return ByHand(tuple(methods), account)


ACCOUNT = ("bank", "branch", "kind", "number", "holder")  # where buyers send money
PROVIDER = GatewayPlugin(
    build, settings=("currencies", "largest_minor", *ACCOUNT), reaches=ReachSettings(settings=ACCOUNT)
)
