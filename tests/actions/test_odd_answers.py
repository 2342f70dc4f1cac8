"""A gateway that forgets what it had taken, changes its mind, or says of disputes what nobody can book. The
sandbox does none of this, so its answers are changed on their way.
"""

from dataclasses import replace

import pytest

from tests import cast
from tests.actions.conftest import after, balances, families, incidents, refund_states
from tests.actions.test_disputed_refunds import undeliverable
from tests.actions.test_disputes import letters


@pytest.fixture
def answers(shop, monkeypatch):
    """`answers(refund=f)`: f(real, *arguments) answers in the place of the gateway's own `refund`."""
    from tsuzuki.actions.engine import provider_calls, providers

    real = providers.gateway("sandbox")

    def change(**methods):
        class Changed:
            def __getattr__(self, name):
                return (lambda *said: methods[name](real, *said)) if name in methods else getattr(real, name)

        monkeypatch.setattr(provider_calls, "gateway", lambda name: Changed())

    return change


def disputed(answers, id="dp", minor=990, currency="JPY", state="open"):
    """The gateway tells of a dispute beside every payment."""
    from tsuzuki.core.money import Money
    from tsuzuki.core.order import DisputeState
    from tsuzuki.payments.port import DisputeSnapshot

    told = (DisputeSnapshot(id, Money(minor, currency), DisputeState(state)),)
    answers(
        begin=lambda real, *said: replace(real.begin(*said), disputes=told),
        look_up=lambda real, *said: replace(real.look_up(*said), disputes=told),
    )


def look_again(key: str, at) -> None:
    """An event came."""
    from tsuzuki.actions.engine import attempts
    from tsuzuki.records.models import Attempt

    attempts.wake_attempts(Attempt.objects.filter(key=key), at)
    cast.go(at)


# Forgotten


def test_a_refund_that_was_taken_is_not_asked_for_again_where_the_gateway_does_not_find_it(shop, answers):
    from tsuzuki.payments.port import RefundSnapshot, RefundStatus

    purchase = undeliverable(shop, "pending")
    cast.go()
    assert refund_states(purchase) == [("asked", 990)]
    answers(look_up_refund=lambda *_: RefundSnapshot(RefundStatus.ABSENT))
    for minutes in range(5, 25, 2):
        cast.go(after(minutes=minutes))
    assert (shop.gateway(purchase)["refund_calls"], incidents()) == (1, ["refund_unsure"])
    answers()
    assert shop.sandbox.post(f"gateway/refunds/{shop.key(purchase, 'refund')}", behaviour="accept")[0] == 200
    cast.go(after(minutes=30))
    assert cast.states(purchase) == ["refunded"]


def test_a_payment_page_that_was_shown_is_not_opened_again_where_the_gateway_does_not_find_it(shop, answers):
    from tsuzuki.payments.port import PaymentSnapshot, PaymentStatus

    shop.pays("page")
    purchase = cast.buy(cast.line())
    cast.go()
    answers(look_up=lambda *_: PaymentSnapshot(PaymentStatus.ABSENT))
    for minutes in range(5, 25, 2):
        cast.go(after(minutes=minutes))
    assert (shop.gateway(purchase)["calls"], incidents()) == (1, ["payment_unsure"])
    answers()
    shop.buyer(purchase, "accept")
    cast.go(after(minutes=30))
    assert (cast.states(purchase), incidents()) == (["delivered"], [])


def test_a_payment_that_is_over_may_be_forgotten(shop, answers):
    """An event is told once more months later: the look it asks for is the only one."""
    from tsuzuki.payments.port import PaymentSnapshot, PaymentStatus

    shop.pays("page")
    purchase = cast.buy(cast.line())
    cast.go()
    shop.buyer(purchase, "accept")
    cast.go(after(minutes=1))
    answers(look_up=lambda *_: PaymentSnapshot(PaymentStatus.ABSENT))
    look_again(shop.key(purchase, "pay"), after(days=120))
    assert shop.attempt(purchase, "pay").look_at is None
    assert (cast.states(purchase), incidents()) == (["delivered"], [])


def test_paid_without_an_amount_is_looked_up_until_there_is_one(shop, answers):
    shop.pays()
    purchase = cast.buy(cast.line())
    answers(
        begin=lambda real, *said: replace(real.begin(*said), paid=None),
        look_up=lambda real, *said: replace(real.look_up(*said), paid=None),
    )
    for minutes in (0, 1, 2):
        cast.go(after(minutes=minutes))
    assert (cast.states(purchase), balances()) == (["awaiting_payment"], {})
    answers()
    cast.go(after(minutes=3))
    assert (cast.states(purchase), shop.gateway(purchase)["charges"]) == (["delivered"], 1)


def pays(answers, minor: int) -> None:
    """So much is paid, the gateway says, of whatever was asked for."""
    from tsuzuki.core.money import Money

    paid = Money(minor, "JPY")
    answers(
        begin=lambda real, *said: replace(real.begin(*said), paid=paid),
        look_up=lambda real, *said: replace(real.look_up(*said), paid=paid),
    )


@pytest.mark.parametrize("minor", [0, -5, 10**13, 10**30])
def test_an_amount_that_cannot_be_is_no_payment_yet(shop, answers, minor):
    shop.pays()
    purchase = cast.buy(cast.line())
    pays(answers, minor)
    for minutes in range(10):
        cast.go(after(minutes=minutes))
    assert (cast.states(purchase), balances(), incidents()) == (["awaiting_payment"], {}, ["payment_unsure"])
    answers()
    cast.go(after(minutes=11))
    assert (cast.states(purchase), shop.gateway(purchase)["charges"], incidents()) == (["delivered"], 1, [])


@pytest.mark.parametrize("before", [[500], [500, 700], [5000]])
def test_another_amount_that_becomes_what_was_asked_for_is_booked_once(shop, answers, before):
    """Paid in parts, or told wrongly at first; people are told what is there now, and in the end that there
    is nothing to send back.
    """
    from tsuzuki.records.models import Incident

    shop.pays()
    purchase = cast.buy(cast.line())
    for minutes, minor in enumerate(before):
        pays(answers, minor)
        cast.go()
        look_again(shop.key(purchase, "pay"), after(minutes=minutes))
        assert balances("unclaimed") == {f"unclaimed:{purchase.tenders.get().id}": minor}
        assert Incident.objects.get(kind="other_amount", closed_at=None).facts["paid"] == f"JPY {minor}"
    answers()
    look_again(shop.key(purchase, "pay"), after(minutes=5))
    assert (cast.states(purchase), incidents()) == (["delivered"], [])
    assert balances("clearing") == {"clearing:sandbox": -990}


def test_more_that_comes_to_a_payment_that_is_whole_is_put_before_people(shop, answers):
    from tsuzuki.records.models import Incident

    purchase = shop.sell()
    pays(answers, 1500)
    look_again(shop.key(purchase, "pay"), after(minutes=5))
    assert Incident.objects.get(closed_at=None).facts == {"asked": "JPY 990", "paid": "JPY 1500"}
    assert cast.states(purchase) == ["delivered"]


def comes_after_all(answers, minor: int) -> None:
    """So much was paid, the gateway says now, of a payment that it had closed."""
    from tsuzuki.core.money import Money
    from tsuzuki.payments.port import PaymentStatus

    paid = Money(minor, "JPY")
    answers(look_up=lambda real, *said: replace(real.look_up(*said), status=PaymentStatus.PAID, paid=paid))


@pytest.mark.parametrize("over", ["expired", "refused", "paid another way"])
def test_another_amount_that_comes_when_all_seemed_over_is_put_before_people(shop, answers, over):
    from tsuzuki.actions.order.choose_again import choose_again
    from tsuzuki.actions.work import work_items

    shop.pays("refuse" if over != "expired" else "page", times=1)
    purchase = cast.buy(cast.line("hand"))
    cast.go()
    hours = 27 if over == "expired" else 1
    shop.clock(after(hours=hours))
    cast.go(after(hours=hours))
    if over == "paid another way":
        shop.pays()
        choose_again(purchase.id, "sandbox", after(hours=hours))
        cast.go(after(hours=hours))
    states = cast.states(purchase)
    comes_after_all(answers, 500)
    look_again(shop.key(purchase, "pay"), after(hours=hours))
    first = purchase.tenders.get(position=0).id
    assert (balances("unclaimed"), "other_amount" in incidents()) == ({f"unclaimed:{first}": 500}, True)
    assert cast.states(purchase) == states
    assert (purchase.orders.get().needs_staff == "") is (over != "refused")
    item = next(one.id for one in work_items.waiting() if one.kind == "pay")
    work_items.refuse(item, "sent back", "sato", after(hours=hours + 1))
    assert (balances("unclaimed"), incidents()) == ({}, [])


@pytest.mark.parametrize(
    ("then", "left"), [(500, 0), (700, 200)], ids=["what was sent back", "more than that"]
)
def test_what_people_sent_back_is_not_asked_of_them_again_but_what_came_since_is(shop, answers, then, left):
    from tsuzuki.actions.work import work_items

    shop.pays()
    purchase = cast.buy(cast.line())
    pays(answers, 500)
    cast.go()
    item = next(one.id for one in work_items.waiting() if one.kind == "pay")
    work_items.refuse(item, "sent back", "sato", after(minutes=1))
    assert (balances(), incidents()) == ({}, [])
    pays(answers, then)
    for minutes in (5, 6):
        look_again(shop.key(purchase, "pay"), after(minutes=minutes))
    assert sum(balances("unclaimed").values()) == left
    assert incidents() == (["other_amount", "payment_other_amount"] if left else [])
    assert [one.id for one in work_items.waiting() if one.kind == "pay"] == ([item] if left else [])


@pytest.mark.parametrize("end", ["as asked", "closed"])
def test_another_amount_is_not_forgotten_where_a_look_found_nothing_out(shop, answers, end):
    from tsuzuki.payments.port import PaymentSnapshot, PaymentStatus

    shop.pays()
    purchase = cast.buy(cast.line())
    pays(answers, 500)
    cast.go()
    answers(look_up=lambda *_: PaymentSnapshot(PaymentStatus.UNCLEAR))
    look_again(shop.key(purchase, "pay"), after(minutes=1))
    assert sum(balances("unclaimed").values()) == 500
    answers(**({"look_up": lambda *_: PaymentSnapshot(PaymentStatus.CLOSED)} if end == "closed" else {}))
    look_again(shop.key(purchase, "pay"), after(minutes=2))
    assert (balances("unclaimed"), incidents()) == ({}, [])
    assert sum(balances("clearing").values()) == (0 if end == "closed" else -990)


# Disputes nobody can book as they are told


@pytest.mark.parametrize("id", ["a\0b", "\ud800", "x" * 5000, ""], ids=["nul", "surrogate", "long", "empty"])
def test_a_disputes_name_keeps_no_payment_from_being_booked(shop, answers, id):
    shop.pays()
    purchase = cast.buy(cast.line())
    disputed(answers, id)
    cast.go()
    assert (cast.states(purchase), families()) == (["awaiting_payment"], {"held": 990, "disputed": -990})


@pytest.mark.parametrize("rest", ["", "x" * 5000], ids=["the same", "alike for as long as we keep it"])
def test_of_a_dispute_that_is_told_twice_the_last_word_counts(shop, answers, rest):
    from tsuzuki.core.money import Money
    from tsuzuki.core.order import DisputeState
    from tsuzuki.payments.port import DisputeSnapshot

    states = (DisputeState.OPEN, DisputeState.LOST)
    told = tuple(
        DisputeSnapshot("d" * 120 + rest[: len(rest) and number + 1], Money(990, "JPY"), state)
        for number, state in enumerate(states)
    )
    purchase = shop.sell()
    answers(look_up=lambda real, *said: replace(real.look_up(*said), disputes=told))
    look_again(shop.key(purchase, "pay"), after(minutes=1))
    assert (cast.states(purchase), incidents()) == (["reversed"], ["money_reversed"])


@pytest.mark.parametrize("minor", [0, -5, 10**13, 10**30])
def test_a_dispute_of_an_impossible_amount_is_for_people(shop, answers, minor):
    shop.pays()
    purchase = cast.buy(cast.line())
    disputed(answers, minor=minor)
    cast.go()
    assert (cast.states(purchase), incidents()) == (["delivered"], ["dispute_unreadable"])


def test_a_dispute_of_more_than_was_paid_is_no_refund(shop):
    purchase = shop.sell()
    shop.disputes(purchase, after(hours=1), amount=1200)
    cast.go(after(hours=1))
    assert (cast.states(purchase), incidents()) == (["reversed"], ["money_disputed"])
    assert balances("clearing") == {"clearing:sandbox": 210}


@pytest.mark.parametrize(("end", "refunds"), [("won", "done"), ("lost", "by_dispute")])
def test_a_dispute_in_another_currency_holds_back_the_whole_payment(shop, answers, end, refunds):
    from tsuzuki.actions.order.take_back import take_back

    purchase = shop.sell()
    disputed(answers, minor=700, currency="USD")
    look_again(shop.key(purchase, "pay"), after(hours=1))
    assert (cast.states(purchase), incidents()) == (["reversed"], ["dispute_unreadable", "money_disputed"])
    take_back(purchase.orders.get().id, "wrong line", "staff sato", after(hours=2))
    cast.go(after(hours=2))
    assert refund_states(purchase) == [("contested", 990)]
    disputed(answers, minor=700, currency="USD", state=end)
    cast.go(after(days=2))
    assert refund_states(purchase) == [(refunds, 990)]


# A refund that was refused


def test_a_refund_refused_for_ever_as_disputed_is_owed_in_the_end(shop):
    """Many a gateway pays nothing back of a payment that was disputed once."""
    purchase = undeliverable(shop, "pending")
    cast.go()
    dispute = shop.disputes(purchase, after(seconds=5), amount=400)
    cast.go(after(seconds=5))
    assert shop.sandbox.post(f"gateway/refunds/{shop.key(purchase, 'refund')}", behaviour="accept")[0] == 200
    cast.go(after(minutes=5))
    shop.press("gateway/refunds", "refuse", reason="disputed")
    shop.decides(purchase, dispute, "lose", after(minutes=6))
    for minutes in (6, 7, 8):
        cast.go(after(minutes=minutes))
    still = [one for one in sorted(refund_states(purchase)) if one[0] != "given_up"]
    assert (still, cast.states(purchase)) == ([("by_dispute", 400), ("owed", 590)], ["refund_owed"])
    assert shop.gateway(purchase)["refund_calls"] <= 4


def test_refused_for_another_reason_while_a_dispute_took_the_money_asks_nobody_for_bank_details(shop):
    purchase = undeliverable(shop, "pending")
    cast.go()
    dispute = shop.disputes(purchase, after(seconds=5))
    cast.go(after(seconds=5))
    shop.decides(purchase, dispute, "lose", after(seconds=10))
    cast.go(after(seconds=10))
    assert refund_states(purchase) == [("asked", 990)]
    assert shop.sandbox.post(f"gateway/refunds/{shop.key(purchase, 'refund')}", behaviour="refuse")[0] == 200
    cast.go(after(minutes=5))
    assert (cast.states(purchase), "refund_owed" in letters(purchase)) == (["refunded"], False)


@pytest.mark.parametrize(
    ("amount", "end", "gone"),
    [
        (990, "win", 0),
        (400, "win", 0),
        (990, "lose", 990),
        (400, "lose", 400),
        (990, "open", 990),
        (400, "open", 400),
    ],
)
@pytest.mark.parametrize("next_one", ["refuse", "accept"])
def test_a_refund_sent_after_it_was_refused_is_booked_once(shop, answers, amount, end, gone, next_one):
    """Whatever stands for its money then: the buyer gets no more by us, the books say
    what the gateway holds.
    """
    from tsuzuki.payments.port import RefundSnapshot, RefundStatus

    purchase = undeliverable(shop, "pending")
    cast.go()
    first = shop.key(purchase, "refund")
    dispute = shop.disputes(purchase, after(seconds=5), amount=amount)
    cast.go(after(seconds=5))
    assert shop.sandbox.post(f"gateway/refunds/{first}", behaviour="accept")[0] == 200  # it is disputed
    cast.go(after(minutes=5))
    shop.press("gateway/refunds", next_one)
    shop.decides(purchase, dispute, end, after(minutes=6))
    cast.go(after(minutes=6))
    sent = sum(minor for state, minor in refund_states(purchase) if state == "done")

    def after_all(real, key, gateway_id, refund_key):
        if refund_key == first:
            return RefundSnapshot(RefundStatus.DONE)
        return real.look_up_refund(key, gateway_id, refund_key)

    answers(look_up_refund=after_all)
    for minutes in (7, 8, 20):
        look_again(first, after(minutes=minutes))
    assert balances("clearing").get("clearing:sandbox", 0) == gone + sent
    assert (cast.states(purchase), balances("owed"), balances("refund")) == (["refunded"], {}, {})
    told = {"refunded_twice"} if sent else set()
    told |= {"refunded_and_disputed"} if gone else set()
    assert told <= set(incidents())
    assert "refund_owed" not in incidents()
