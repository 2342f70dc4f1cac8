"""The life of an order: no state without a way in, no step without an answer; and how tenders are laid along
prices.
"""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsuzuki.core.order import AFTER, AT_REST, Outcome, State, Step, TenderShare, after, allocate, covers


def reachable(start: State) -> set[State]:
    found, to_see = {start}, [start]
    while to_see:
        here = to_see.pop()
        for (state, _, _), there in AFTER.items():
            if state is here and there not in found:
                found.add(there)
                to_see.append(there)
    return found


def test_every_state_is_reached_from_the_first():
    assert reachable(State.AWAITING_PAYMENT) == set(State)


def test_every_step_that_can_be_taken_can_be_done():
    """A step that may be refused in a state may also be done there."""
    for state, step in {(state, step) for state, step, _ in AFTER}:
        assert after(state, step, Outcome.DONE) in State


def test_every_step_and_state_is_used():
    assert {step for _, step, _ in AFTER} == set(Step)
    assert {state for state, _, _ in AFTER} == set(State)


@pytest.mark.parametrize("state", [state for state in State if state not in AT_REST])
def test_what_is_not_at_rest_comes_to_rest(state):
    assert reachable(state) & AT_REST


@pytest.mark.parametrize("state", [State.PAID, State.APPLIED, State.REFUNDING, State.REFUND_OWED])
def test_paid_money_ends_in_a_delivery_or_a_refund(state):
    assert reachable(state) & {State.DELIVERED, State.REFUNDED}
    assert not reachable(state) & {State.AWAITING_PAYMENT, State.EXPIRED, State.CANCELLED}


def test_nothing_leads_back_to_paid():
    """What was refunded or delivered is not applied a second time."""
    for state in (State.DELIVERED, State.REFUNDED, State.REVERSED, State.REFUNDING):
        assert not reachable(state) & {State.PAID, State.APPLIED, State.AWAITING_PAYMENT}


def test_a_refunded_order_is_never_delivered():
    assert State.DELIVERED not in reachable(State.REFUNDING) | reachable(State.REFUNDED)


def test_what_is_not_in_the_table_cannot_happen():
    for move in product(State, Step, Outcome):
        if move in AFTER:
            assert after(*move) is AFTER[move]
        else:
            with pytest.raises(KeyError):
                after(*move)


amounts = st.lists(st.integers(0, 10**9), max_size=8)


@given(amounts, amounts)
def test_shares_bring_what_there_is_and_not_more(tenders, orders):
    shares = allocate(tenders, orders)
    assert sum(share.minor for share in shares) == min(sum(tenders), sum(orders))
    for tender, minor in enumerate(tenders):
        assert sum(share.minor for share in shares if share.tender == tender) <= minor
    for order, price in enumerate(orders):
        assert sum(share.minor for share in shares if share.order == order) <= price


@given(amounts, amounts)
def test_shares_follow_both_orders(tenders, orders):
    """The first tender pays first, for the first order first; no share is empty, no pair comes twice."""
    shares = allocate(tenders, orders)
    assert [(share.order, share.tender) for share in shares] == sorted(
        {(share.order, share.tender) for share in shares}
    )
    assert [share.tender for share in shares] == sorted(share.tender for share in shares)
    assert all(share.minor > 0 for share in shares)


@given(amounts, amounts)
def test_nothing_later_is_touched_before_the_earlier_is_used_up(tenders, orders):
    shares = allocate(tenders, orders)
    if shares:
        for tender in range(shares[-1].tender):
            assert sum(share.minor for share in shares if share.tender == tender) == tenders[tender]
        for order in range(shares[-1].order):
            assert sum(share.minor for share in shares if share.order == order) == orders[order]


@pytest.mark.parametrize(
    ("tenders", "orders", "shares"),
    [
        ([990], [990], [TenderShare(0, 0, 990)]),
        ([400, 590], [990], [TenderShare(0, 0, 400), TenderShare(1, 0, 590)]),
        ([1000, 980], [990, 990], [TenderShare(0, 0, 990), TenderShare(0, 1, 10), TenderShare(1, 1, 980)]),
        ([490], [990, 990], [TenderShare(0, 0, 490)]),
        ([2000], [990], [TenderShare(0, 0, 990)]),
        ([], [990], []),
        ([990], [], []),
        ([0, 990], [0, 990], [TenderShare(1, 1, 990)]),
    ],
)
def test_shares(tenders, orders, shares):
    assert allocate(tenders, orders) == shares


@given(amounts, st.integers(0, 10**9))
def test_covers_is_exact(tenders, due):
    assert covers(tenders, sum(tenders))
    assert covers(tenders, due) == (sum(tenders) == due)
