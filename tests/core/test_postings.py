"""Every posting of the road: what goes out of one account comes into another, and `held` ends at zero."""

from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsuzuki.core import postings
from tsuzuki.core.errors import Refused
from tsuzuki.core.money import Money
from tsuzuki.core.order import DisputeState
from tsuzuki.core.postings import Posting
from tsuzuki.core.tax import included

PURCHASE, LOT, OTHER, REFUND = (UUID(int=number) for number in range(1, 5))
prices = st.integers(1, 10**9)
percents = st.sampled_from([0, 5, 8, 10, 20])
costs = st.integers(0, 10**9)


def yen(minor: int) -> Money:
    return Money(minor, "JPY")


def balances(*groups: list[Posting]) -> Counter[str]:
    """What each account holds, without those that hold nothing; entries are whole."""
    held: Counter[str] = Counter()
    for posting in (one for group in groups for one in group):
        assert posting.amount.minor > 0
        assert posting.source != posting.destination
        held[posting.source] -= posting.amount.minor
        held[posting.destination] += posting.amount.minor
    assert sum(held.values()) == 0
    return Counter({account: minor for account, minor in held.items() if minor})


def sale(price: int, percent: int, cost: int) -> list[Posting]:
    tax = included(yen(price), percent)
    return postings.delivered(PURCHASE, "c", yen(price), (percent, tax), yen(cost))


@given(prices, percents, costs)
def test_a_delivery_leaves_nothing_held(price, percent, cost):
    tax = included(yen(price), percent)
    books = balances(postings.paid("g", PURCHASE, yen(price)), sale(price, percent, cost))
    assert postings.held(PURCHASE) not in books
    assert books["clearing:g"] == -price
    assert (books[f"tax:{percent}"], books["carrier:c"]) == (tax.minor, cost)
    assert (books["unearned"], books["deferred_cost"]) == (price - tax.minor, -cost)


@given(prices, percents, costs)
def test_unearned_is_never_negative(price, percent, cost):
    """A plan sold at a loss: the loss shows in its cost, never in what is still to be earned."""
    assert balances(sale(price, percent, cost))["unearned"] >= 0


@given(prices, percents, costs)
def test_an_undone_delivery_leaves_the_money_held(price, percent, cost):
    delivered = sale(price, percent, cost)
    books = balances(postings.paid("g", PURCHASE, yen(price)), delivered, postings.undone(delivered))
    assert books == {"clearing:g": -price, postings.held(PURCHASE): price}


@given(prices, percents, costs, st.data())
def test_recognised_in_parts_and_taken_back(price, percent, cost, data):
    tax = included(yen(price), percent)
    earn = price - tax.minor
    part, cost_part = data.draw(st.integers(0, earn)), data.draw(st.integers(0, cost))
    delivered = sale(price, percent, cost)
    earned = [
        *postings.recognised("p", yen(part), yen(cost_part)),
        *postings.recognised("p", yen(earn - part), yen(cost - cost_part)),
    ]
    books = balances(delivered, earned)
    assert (books["unearned"], books["revenue:p"]) == (0, earn)
    assert (books["deferred_cost"], books["cost:p"]) == (0, -cost)
    assert (
        balances(
            delivered, earned, postings.undone(delivered), postings.recognised("p", yen(-earn), yen(-cost))
        )
        == {}
    )


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=6), st.integers(0, 5))
def test_credit_reserved_and_given_back(parts, position):
    lots = [UUID(int=100 + place) for place in range(len(parts))]
    home = [(postings.credit(lot), yen(part)) for lot, part in zip(lots, parts, strict=True)]
    reserved = postings.paid_from(PURCHASE, home)
    total = yen(sum(parts))
    assert balances(reserved)[postings.held(PURCHASE)] == total.minor
    assert balances(reserved, postings.released(PURCHASE, home)) == {}
    assert (
        balances(reserved, postings.refund_begun(PURCHASE, REFUND, total), postings.refund_done(REFUND, home))
        == {}
    )


@given(prices)
def test_a_recharge_is_a_liability_of_its_lot_until_spent_or_ended(price):
    bought = [
        *postings.paid("g", PURCHASE, yen(price)),
        *postings.credit_delivered(PURCHASE, LOT, yen(price)),
    ]
    assert balances(bought) == {"clearing:g": -price, postings.credit(LOT): price}
    assert balances(bought, postings.credit_expired(LOT, yen(price))) == {
        "clearing:g": -price,
        "expired:credit": price,
    }
    spent = postings.paid_from(OTHER, [(postings.credit(LOT), yen(price))])
    assert balances(bought, spent) == {"clearing:g": -price, postings.held(OTHER): price}


@given(prices, st.booleans())
def test_a_refund_ends_where_it_came_from_or_in_the_till(price, owed):
    begun = [*postings.paid("g", PURCHASE, yen(price)), *postings.refund_begun(PURCHASE, REFUND, yen(price))]
    assert balances(begun) == {"clearing:g": -price, postings.refund(REFUND): price}
    if owed:
        kept = [*begun, *postings.refund_owed(REFUND, yen(price))]
        assert balances(kept) == {"clearing:g": -price, postings.owed(REFUND): price}
        assert balances(kept, postings.owed_paid(REFUND, postings.CASH, yen(price))) == {
            "clearing:g": -price,
            "cash": price,
        }
    else:
        assert balances(begun, postings.refund_done(REFUND, [(postings.clearing("g"), yen(price))])) == {}


@given(st.lists(st.tuples(st.sampled_from(DisputeState), st.integers(1, 10**9)), min_size=1, max_size=6))
def test_only_the_last_word_about_a_dispute_counts(told):
    moved, before = [], None
    for state, minor in told:
        moved += postings.dispute_moved("g", LOT, before, (state, yen(minor)))
        before = (state, yen(minor))
    state, minor = told[-1]
    place = {DisputeState.OPEN: postings.disputed(LOT), DisputeState.LOST: postings.REVERSAL_LOSS}.get(state)
    assert balances(moved) == ({place: -minor, "clearing:g": minor} if place else {})


def test_nothing_moves_no_money():
    assert postings.paid("g", PURCHASE, yen(0)) == []
    assert postings.recognised("p", yen(0), yen(0)) == []
    assert postings.paid_from(PURCHASE, []) == []


def test_a_negative_amount_flows_the_other_way():
    back = [Posting("revenue:p", "unearned", yen(5)), Posting("deferred_cost", "cost:p", yen(3))]
    assert postings.recognised("p", yen(-5), yen(-3)) == back


def test_two_currencies_do_not_meet():
    with pytest.raises(Refused, match="currency_mismatch"):
        postings.delivered(PURCHASE, "c", yen(100), (10, Money(9, "USD")), yen(0))
    with pytest.raises(Refused, match="currency_mismatch"):
        postings.delivered(PURCHASE, "c", yen(100), (10, yen(9)), Money(9, "USD"))


def test_the_reverse_of_a_reverse():
    posting = Posting("a", "b", yen(1))
    assert posting.reverse() == Posting("b", "a", yen(1))
    assert posting.reverse().reverse() == posting


def test_accounts_of_different_things_never_share_a_name():
    names = [
        postings.clearing("x"),
        postings.held(LOT),
        postings.credit(LOT),
        postings.refund(LOT),
        postings.owed(LOT),
        postings.revenue("x"),
        postings.cost_of_sales("x"),
        postings.DEFERRED_COST,
        postings.carrier("x"),
        postings.tax(10),
        postings.UNEARNED,
        postings.CASH,
        postings.REVERSAL_LOSS,
        postings.EXPIRED_CREDIT,
    ]
    assert len(set(names)) == len(names)
