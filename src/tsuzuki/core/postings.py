"""The chart of accounts, and every posting an order can cause; they are defined here and nowhere else.

An account is a name; its balance in a currency is what flowed in less what flowed out. Accounts outside the
house (`clearing:`, `cash`) are negative by what they hold for us, so all accounts of a currency sum to zero.

    clearing:GATEWAY   money the gateway, the voucher's seller or the till holds for us
    held:PURCHASE      paid, not yet delivered; zero when all orders of the purchase are at rest
    unclaimed:TENDER   paid in another amount than was asked, until people have sent it back
    unearned           delivered, not yet over: what it brings after tax, becomes revenue day by day
    deferred_cost      what the carrier gets for it (negative): becomes cost of sales on the same days
    revenue:PLAN       earned, after tax
    cost:PLAN          cost of sales: the carrier's share of what was earned (negative)
    tax:PERCENT        consumption tax we owe
    carrier:CARRIER    what the carrier is owed for what it delivered
    account:ACCOUNT    what a reseller may still spend; below zero inside its credit limit
    commission:PLAN    cost of sales: what resellers earned by selling it (negative)
    credit:LOT         what a holder may still spend of one credit lot
    refund:REFUND      on its way back
    owed:REFUND        a refund that needs the buyer or the till
    disputed:DISPUTE   what a gateway withholds until a dispute is decided (negative)
    frozen:LOT         credit of a lot that was bought with disputed money
    loss:reversal      money lost by disputes (negative)
    loss:refund        money that went back twice (negative)
    expired:credit     credit nobody spent before its date

Until its cutover an older installation earned net: `unearned` and `revenue:PLAN` were after the carrier's
share, and a share above the net price stood in `margin:PLAN`. `cut_over` moves what was unearned then.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from .errors import Code, Refused
from .money import Money
from .order import DisputeState


@dataclass(frozen=True, slots=True)
class Posting:
    source: str
    destination: str
    amount: Money  # positive

    def reverse(self) -> "Posting":
        return Posting(self.destination, self.source, self.amount)


# Families whose accounts are of one record each: their history ends with it and is short, so no balance of
# theirs is brought forward.
OF_ONE_RECORD = ("held", "unclaimed", "credit", "refund", "owed", "disputed", "frozen")
UNEARNED = "unearned"
DEFERRED_COST = "deferred_cost"
CASH = "cash"
BANK = "clearing:bank"
REVERSAL_LOSS = "loss:reversal"
REFUND_LOSS = "loss:refund"
EXPIRED_CREDIT = "expired:credit"


def clearing(provider: str) -> str:
    return f"clearing:{provider}"


def held(purchase: UUID) -> str:
    return f"held:{purchase}"


def unclaimed(tender: UUID) -> str:
    return f"unclaimed:{tender}"


def credit(lot: UUID) -> str:
    return f"credit:{lot}"


def account(id: UUID) -> str:
    return f"account:{id}"


def refund(refund_id: UUID) -> str:
    return f"refund:{refund_id}"


def owed(refund_id: UUID) -> str:
    return f"owed:{refund_id}"


def revenue(plan: str) -> str:
    return f"revenue:{plan}"


def cost_of_sales(plan: str) -> str:
    return f"cost:{plan}"


def disputed(dispute: UUID) -> str:
    return f"disputed:{dispute}"


def frozen(lot: UUID) -> str:
    return f"frozen:{lot}"


def tax(percent: int) -> str:
    return f"tax:{percent}"


def carrier(code: str) -> str:
    return f"carrier:{code}"


def _moves(*moves: tuple[str, str, Money]) -> list[Posting]:
    """Postings of what is not zero; a negative amount flows the other way."""
    return [Posting(a, b, m) if m.minor > 0 else Posting(b, a, -m) for a, b, m in moves if m]


def paid(provider: str, purchase: UUID, amount: Money) -> list[Posting]:
    return _moves((clearing(provider), held(purchase), amount))


def paid_otherwise(provider: str, tender: UUID, amount: Money) -> list[Posting]:
    """Another amount than was asked; a negative amount: less than it said before."""
    return _moves((clearing(provider), unclaimed(tender), amount))


def sent_back(provider: str, tender: UUID, amount: Money, lost: Money) -> list[Posting]:
    """People sent it back at the gateway, but for what the buyer has by a dispute that was lost."""
    return _moves(
        (unclaimed(tender), REVERSAL_LOSS, lost), (unclaimed(tender), clearing(provider), amount - lost)
    )


def paid_from(purchase: UUID, parts: Iterable[tuple[str, Money]]) -> list[Posting]:
    """Of our own books: `parts` are accounts, credit(...), account(...) or clearing("voucher")."""
    return _moves(*((account, held(purchase), amount) for account, amount in parts))


def released(purchase: UUID, parts: Iterable[tuple[str, Money]]) -> list[Posting]:
    """The purchase came to nothing: back to where it was taken from."""
    return _moves(*((held(purchase), account, amount) for account, amount in parts))


def topped_up(payer: UUID, amount: Money) -> list[Posting]:
    return _moves((BANK, account(payer), amount))


def commission(payee: UUID, plan: str, amount: Money) -> list[Posting]:
    """A negative amount is taken back."""
    return _moves((f"commission:{plan}", account(payee), amount))


def delivered(
    purchase: UUID, carrier_code: str, price: Money, taxed: tuple[int, Money], cost: Money
) -> list[Posting]:
    """A plan or add-on: tax (percent, part) and the carrier's share are owed; net price and share are earned
    and spent over its days.
    """
    percent, tax_part = taxed
    if cost.currency != price.currency:
        raise Refused(Code.CURRENCY_MISMATCH, expected=price.currency, got=cost.currency)
    return _moves(
        (held(purchase), tax(percent), tax_part),
        (held(purchase), UNEARNED, price - tax_part),
        (DEFERRED_COST, carrier(carrier_code), cost),
    )


def credit_delivered(purchase: UUID, lot: UUID, price: Money) -> list[Posting]:
    """A recharge is a liability of its lot, untaxed until spent."""
    return _moves((held(purchase), credit(lot), price))


def undone(postings: Iterable[Posting]) -> list[Posting]:
    """Corrections are reversing entries."""
    return [posting.reverse() for posting in postings]


def recognised(plan: str, earned: Money, cost: Money) -> list[Posting]:
    """Unearned becomes revenue and deferred cost the cost of sales.

    Negative amounts take back what an undone order had earned.
    """
    return _moves((UNEARNED, revenue(plan), earned), (cost_of_sales(plan), DEFERRED_COST, cost))


def cut_over(cost: Money) -> list[Posting]:
    """`cost`: the carriers' share of what is unearned, which unearned was net of.

    A negative amount takes back an undone order's part.
    """
    return _moves((DEFERRED_COST, UNEARNED, cost))


def refund_begun(purchase: UUID, refund_id: UUID, amount: Money) -> list[Posting]:
    return _moves((held(purchase), refund(refund_id), amount))


def refund_done(refund_id: UUID, to: Iterable[tuple[str, Money]]) -> list[Posting]:
    """`to` is where the money came from: clearing(...) or the lots of credit(...)."""
    return _moves(*((refund(refund_id), account, amount) for account, amount in to))


def refund_owed(refund_id: UUID, amount: Money) -> list[Posting]:
    return _moves((refund(refund_id), owed(refund_id), amount))


def owed_paid(refund_id: UUID, to: str, amount: Money) -> list[Posting]:
    return _moves((owed(refund_id), to, amount))


def owed_asked_again(refund_id: UUID, next_id: UUID, amount: Money) -> list[Posting]:
    """The buyer said where it shall go: another refund stands for the money, and its gateway is asked."""
    return _moves((owed(refund_id), refund(next_id), amount))


def dispute_moved(
    provider: str, dispute: UUID, before: tuple[DisputeState, Money] | None, after: tuple[DisputeState, Money]
) -> list[Posting]:
    """A dispute is new, or its state or amount changed.

    Open: the gateway withholds the money. Lost: it is gone. Won: the gateway holds it for us as before.
    """
    was, old = before or (DisputeState.WON, after[1])
    places = {
        DisputeState.OPEN: disputed(dispute),
        DisputeState.LOST: REVERSAL_LOSS,
        DisputeState.WON: clearing(provider),
    }
    to, source = places[was], places[after[0]]
    if old == after[1]:
        return [] if to == source else _moves((source, to, old))
    held = clearing(provider)
    return [
        *([] if to == held else _moves((held, to, old))),
        *([] if source == held else _moves((source, held, after[1]))),
    ]


def refund_by_dispute(account: str, amount: Money) -> list[Posting]:
    """`account`: refund(...) or owed(...).

    The buyer has the money by a dispute that was lost: it is no loss of ours.
    """
    return _moves((account, REVERSAL_LOSS, amount))


def refund_after_all(refund_id: UUID, amount: Money) -> list[Posting]:
    """That dispute was won later: the money is here, and is owed as before."""
    return _moves((REVERSAL_LOSS, refund(refund_id), amount))


def refund_given_up(refund_id: UUID, next_id: UUID, amount: Money) -> list[Posting]:
    """Its gateway will not send it: another refund stands for the money."""
    return _moves((refund(refund_id), refund(next_id), amount))


def refund_sent(account: str, provider: str, amount: Money) -> list[Posting]:
    """A gateway sent what it had refused.

    `account`: of what stood for the money meanwhile, or the loss where that was sent too.
    """
    return _moves((account, clearing(provider), amount))


def refund_came_back(provider: str, account: str, amount: Money) -> list[Posting]:
    """It was sent and did not arrive. `account`: of the refund that stands for the money from now on."""
    return _moves((clearing(provider), account, amount))


def refund_not_twice(refund_id: UUID, amount: Money) -> list[Posting]:
    """This one is refused, and another was sent for the same money: it did not go back twice."""
    return _moves((refund(refund_id), REFUND_LOSS, amount))


def credit_frozen(lot: UUID, frozen_more: Money, lost_more: Money) -> list[Posting]:
    """Credit bought with disputed money: frozen while it is open,
    taken against the loss once it is lost; negative: released.
    """
    return _moves((credit(lot), frozen(lot), frozen_more), (credit(lot), REVERSAL_LOSS, lost_more))


def credit_expired(lot: UUID, amount: Money) -> list[Posting]:
    return _moves((credit(lot), EXPIRED_CREDIT, amount))
