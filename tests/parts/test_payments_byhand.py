"""Money taken by people."""

from tests.parts.paying import ask
from tsuzuki.core.money import Money
from tsuzuki.payments import registry
from tsuzuki.payments.port import PaymentStatus, RefundStatus, RefundWay, ShowAccount

ACCOUNT = {"bank": "A Bank", "branch": "Main", "number": "1234567", "holder": "TSUZUKI"}


def test_cash_is_open_with_nowhere_to_send_the_buyer() -> None:
    hand = registry.load("byhand", {}, {})
    begun = hand.begin(ask(method="cash"))
    assert (begun.status, begun.next) == (PaymentStatus.OPEN, None)
    assert [(one.code, one.refund) for one in hand.describe().methods] == [("cash", RefundWay.BY_HAND)]
    assert hand.describe().by_staff


def test_with_an_account_of_the_operators_a_transfer_too() -> None:
    hand = registry.load("byhand", {}, ACCOUNT)
    one = ask(method="transfer")
    begun = hand.begin(one)
    assert begun.next == ShowAccount("A Bank", "Main", "ordinary", "1234567", "TSUZUKI", one.label)
    assert (begun.status, begun.due) == (PaymentStatus.PROMISED, one.live_until)
    assert [one.code for one in registry.load("byhand", {}, ACCOUNT | {"number": ""}).describe().methods] == [
        "cash"
    ]


def test_a_refund_is_asked_of_people() -> None:
    hand = registry.load("byhand", {}, {})
    assert hand.refund("k", "k", "r", Money(1980, "JPY"), None).status is RefundStatus.ASKED
