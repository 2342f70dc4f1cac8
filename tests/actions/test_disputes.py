"""Money is asked back from a gateway: before and after delivery, with a refund at every point of its way, in
part, and decided in any order. Whatever happens, what comes in goes out once, and at the end our books hold
what the gateway's do.
"""

from datetime import timedelta
from itertools import permutations

import pytest

from tests import cast
from tests.actions.conftest import after, balances, families, incidents, refund_states

DELIVERED = {"tax": 90, "carrier": 400, "deferred_cost": -400, "unearned": 900}


@pytest.fixture(autouse=True)
def agreed(shop):
    """The gateway holds for us what our books say that it holds."""
    yield
    seen = shop.sandbox.json("gateway/effects")["totals"]
    there = seen["charged"].get("JPY", 0) - seen["refunded"].get("JPY", 0) - seen["withheld"].get("JPY", 0)
    assert -balances("clearing:sandbox").get("clearing:sandbox", 0) == there - shop.before


@pytest.fixture
def shop(shop):
    seen = shop.sandbox.json("gateway/effects")["totals"]  # of the tests before: one process runs for all
    shop.before = (
        seen["charged"].get("JPY", 0) - seen["refunded"].get("JPY", 0) - seen["withheld"].get("JPY", 0)
    )
    return shop


def letters(purchase) -> list[str]:
    from tsuzuki.records.models import OutboundMessage

    return list(
        OutboundMessage.objects.filter(purchase=purchase.id, address="a@example.com")
        .order_by("id")
        .values_list("kind", flat=True)
    )


def decided(shop, purchase, button: str, at, **more) -> None:
    shop.decides(purchase, more.pop("dispute"), button, at, **more)
    cast.go(at)


def in_parts(shop, *yen: int, lines: int = 1, **more):
    """One purchase paid by several payments of the same gateway, delivered."""
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.core.money import Money

    shop.pays()
    purchase = cast.buy(
        cast.lines(lines, **more),
        "data-3gb",
        *(PaymentChoice("sandbox", Money(minor, "JPY")) for minor in yen),
    )
    cast.go()
    return purchase


# Another amount than was asked


@pytest.mark.parametrize("end", ["win", "lose"])
@pytest.mark.parametrize("paid", ["waits", "never"])
def test_another_amount_is_booked_and_so_is_its_dispute(shop, paid, end):
    """991 came where 990 was asked: it pays for nothing, yet the gateway holds it until people send it back
    or the bank takes it.
    """
    from tsuzuki.actions.engine.providers import gateway
    from tsuzuki.actions.work import work_items
    from tsuzuki.core.errors import Refused
    from tsuzuki.core.money import Money

    shop.pays("other_amount")
    purchase = cast.buy(cast.line(), email="a@example.com")
    cast.go()
    item = next(one.id for one in work_items.waiting() if one.kind == "pay")
    assert (families(), "money_disputed" in incidents()) == ({"clearing": -991, "unclaimed": 991}, False)
    at = after(hours=60) if paid == "never" else after(hours=1)
    cast.go(at)
    dispute = shop.disputes(purchase, at)
    cast.go(at)
    state = {"waits": "awaiting_payment", "never": "expired"}[paid]
    assert cast.states(purchase) == [state]
    assert (families()["disputed"], "money_disputed" in incidents()) == (-991, True)
    with pytest.raises(Refused, match="money_disputed"):
        work_items.refuse(item, "sent back", "sato", at)
    at += timedelta(hours=1)
    decided(shop, purchase, end, at, dispute=dispute)
    held = {name: minor for name, minor in families().items() if name in ("disputed", "loss", "unclaimed")}
    assert held == {"unclaimed": 991} | ({"loss": -991} if end == "lose" else {})
    if end == "win":
        attempt = shop.attempt(purchase, "pay")
        gateway("sandbox").refund(
            attempt.key, attempt.reference, f"x{attempt.key[2:]}", Money(991, "JPY"), None
        )
    work_items.refuse(item, "sent back", "sato", at)
    assert not {"disputed", "loss", "unclaimed"} & families().keys()
    assert (cast.states(purchase), "refunded_and_disputed" in incidents()) == ([state], False)


# What was delivered


@pytest.mark.parametrize(
    "path", [p for n in (1, 2, 3) for p in permutations(["win", "lose", "open"], n)], ids="-".join
)
def test_a_delivered_order_follows_the_last_word(shop, path):
    purchase = shop.sell()
    dispute = shop.disputes(purchase, after(hours=1))
    cast.go(after(hours=1))
    for hours, button in enumerate(path, 2):
        decided(shop, purchase, button, after(hours=hours), dispute=dispute)
    ends = {
        "win": ("delivered", {"clearing": -990}, []),
        "lose": ("reversed", {"loss": -990}, ["money_reversed"]),
        "open": ("reversed", {"disputed": -990}, ["money_disputed"]),
    }
    state, money, told = ends[path[-1]]
    assert (cast.states(purchase), families(), incidents()) == ([state], DELIVERED | money, told)
    assert refund_states(purchase) == []
    assert shop.gateway(purchase)["refunds"] == 0


def test_letters_say_no_more_than_is_decided(shop):
    purchase = shop.sell()
    dispute = shop.disputes(purchase, after(hours=1))
    cast.go(after(hours=1))
    assert letters(purchase)[-1] == "disputed"
    decided(shop, purchase, "win", after(hours=2), dispute=dispute)
    assert letters(purchase)[-1] == "dispute_won"
    decided(shop, purchase, "lose", after(hours=3), dispute=dispute)
    assert letters(purchase)[-1] == "reversed"


def test_one_letter_to_each_person_however_many_lines(shop):
    """The payer and the holders of the lines: nobody reads of the same dispute twice, and none of one line
    where it is about several.
    """
    from tsuzuki.actions.messages import letters as letter
    from tsuzuki.records.models import Line, OutboundMessage

    shop.pays()
    lines = cast.lines(3)
    Line.objects.filter(id=lines[0]).update(email="a@example.com")
    Line.objects.filter(id=lines[2]).update(email="b@example.com", language="en")
    purchase = cast.buy(lines, email="a@example.com")
    cast.go()
    dispute = shop.disputes(purchase, after(hours=1))
    cast.go(after(hours=1))
    decided(shop, purchase, "lose", after(hours=2), dispute=dispute)
    told = OutboundMessage.objects.filter(kind__in=["disputed", "reversed"]).order_by("address", "id")
    assert [(one.kind, one.address) for one in told] == [
        (kind, f"{name}@example.com") for name in "ab" for kind in ("disputed", "reversed")
    ]
    subjects = [letter.compose_for(one).words.subject for one in told]
    assert subjects[0] == "The payment is disputed"
    assert subjects[2].endswith(": the payment is disputed")


def test_a_dispute_whose_end_was_not_told_is_looked_at(shop):
    purchase = shop.sell()
    dispute = shop.disputes(purchase, after(hours=1))
    cast.go(after(hours=1))
    shop.clock(after(hours=2))
    shop.sandbox.post(f"gateway/disputes/{dispute}", behaviour="win")
    cast.go(after(hours=26))
    assert cast.states(purchase) == ["delivered"]


@pytest.mark.parametrize(("amount", "state"), [(989, "delivered"), (990, "reversed")])
def test_only_all_of_its_money_reverses_an_order(shop, amount, state):
    purchase = shop.sell()
    dispute = shop.disputes(purchase, after(hours=1), amount=400)
    cast.go(after(hours=1))
    assert cast.states(purchase) == ["delivered"]
    decided(shop, purchase, "open", after(hours=2), dispute=dispute, amount=amount)
    assert (cast.states(purchase), balances("disputed")[f"disputed:{row_of(dispute).id}"]) == (
        [state],
        -amount,
    )


def row_of(dispute: str):
    from tsuzuki.records.models import Dispute

    return Dispute.objects.get(reference=dispute)


def test_two_lines_are_reversed_one_after_the_other(shop):
    shop.pays()
    purchase = cast.buy(cast.lines(2))
    cast.go()
    first = shop.disputes(purchase, after(hours=1), amount=990)
    cast.go(after(hours=1))
    assert cast.states(purchase) == ["reversed", "delivered"]
    second = shop.disputes(purchase, after(hours=2))
    cast.go(after(hours=2))
    assert cast.states(purchase) == ["reversed", "reversed"]
    decided(shop, purchase, "lose", after(hours=3), dispute=second)
    decided(shop, purchase, "win", after(hours=4), dispute=first)
    assert cast.states(purchase) == ["reversed", "delivered"]
    assert balances("loss") == {"loss:reversal": -990}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_payments_of_one_order(shop, order):
    purchase = in_parts(shop, 500, 490)
    found = {}
    for hours, position in enumerate(order, 1):
        found[position] = shop.disputes(purchase, after(hours=hours), position=position)
        cast.go(after(hours=hours))
    assert cast.states(purchase) == ["reversed"]
    decided(shop, purchase, "lose", after(hours=3), dispute=found[0])
    decided(shop, purchase, "win", after(hours=4), dispute=found[1], position=1)
    assert (cast.states(purchase), balances("loss")) == (["delivered"], {"loss:reversal": -500})


def test_both_payments_told_at_the_same_moment(shop):
    purchase = in_parts(shop, 500, 490)
    for position in (0, 1):
        shop.disputes(purchase, after(hours=1), position=position)
    cast.go(after(hours=1))
    assert cast.states(purchase) == ["reversed"]
    assert sum(balances("disputed").values()) == -990


# What is not delivered


def waiting_behind_another(shop):
    """Paid, and not taken up: people still work at an earlier plan of the same line."""
    shop.pays()
    line = cast.line("hand", email="a@example.com")
    cast.buy(line)
    cast.go()
    purchase = cast.buy(line)
    cast.go()
    assert cast.states(purchase) == ["paid"]
    return purchase


@pytest.mark.parametrize(("end", "refund", "refunds"), [("win", "done", 1), ("lose", "by_dispute", 0)])
def test_what_was_not_taken_up_is_given_up(shop, end, refund, refunds):
    purchase = waiting_behind_another(shop)
    dispute = shop.disputes(purchase, after(seconds=5))
    cast.go(after(seconds=5))
    assert (cast.states(purchase), refund_states(purchase)) == (["refunding"], [("contested", 990)])
    assert "refund_begun" not in letters(purchase)
    decided(shop, purchase, end, after(hours=2), dispute=dispute)
    assert (cast.states(purchase), refund_states(purchase)) == (["refunded"], [(refund, 990)])
    assert shop.gateway(purchase)["refunds"] == refunds
    assert balances("loss") == {}
    # Who has it by the bank is not told that we sent it.
    assert ("refunded" in letters(purchase)) is (end == "win")


def test_of_a_part_only_what_is_still_here_goes_back(shop):
    purchase = waiting_behind_another(shop)
    dispute = shop.disputes(purchase, after(seconds=5), amount=300)
    cast.go(after(seconds=5))
    assert refund_states(purchase) == [("contested", 990)]  # nothing of a disputed payment
    decided(shop, purchase, "lose", after(hours=2), dispute=dispute)
    assert sorted(refund_states(purchase)) == [("by_dispute", 300), ("done", 690)]
    assert shop.gateway(purchase)["refunded"] == {"JPY": 690}
    assert (cast.states(purchase), balances("loss")) == (["refunded"], {})


@pytest.mark.parametrize("later", ["win", "open"])
def test_won_after_it_was_lost_is_refunded_after_all(shop, later):
    purchase = waiting_behind_another(shop)
    dispute = shop.disputes(purchase, after(seconds=5))
    decided(shop, purchase, "lose", after(hours=1), dispute=dispute)
    assert cast.states(purchase) == ["refunded"]
    decided(shop, purchase, later, after(hours=2), dispute=dispute)
    if later == "open":
        assert (cast.states(purchase), refund_states(purchase)[-1]) == (["refunding"], ("contested", 990))
        decided(shop, purchase, "win", after(hours=3), dispute=dispute)
    assert (cast.states(purchase), refund_states(purchase)[-1]) == (["refunded"], ("done", 990))
    assert shop.gateway(purchase)["refunded"] == {"JPY": 990}
    decided(shop, purchase, "lose", after(hours=4), dispute=dispute)  # and lost again: the buyer has it twice
    assert (cast.states(purchase), balances("loss")) == (["refunded"], {"loss:reversal": -990})
    assert "refunded_and_disputed" in incidents()


@pytest.mark.parametrize("end", ["win", "lose"])
@pytest.mark.parametrize("answer", ["finish", "refuse"])
def test_disputed_while_the_carrier_works(shop, answer, end):
    from tsuzuki.actions.work import work_items

    purchase = shop.sell(carrier="hand")
    dispute = shop.disputes(purchase, after(seconds=3))
    cast.go(after(seconds=3))
    assert cast.states(purchase) == ["applied"]
    item = next(item for item in work_items.waiting() if item.kind == "provision")
    getattr(work_items, answer)(item.id, "R1", "sato", after(minutes=5))
    cast.go(after(minutes=5))
    assert cast.states(purchase) == (["reversed"] if answer == "finish" else ["refunding"])
    decided(shop, purchase, end, after(hours=1), dispute=dispute)
    ends = {("finish", "win"): "delivered", ("finish", "lose"): "reversed"}
    assert cast.states(purchase) == [ends.get((answer, end), "refunded")]
    assert shop.gateway(purchase)["refunds"] == (1 if (answer, end) == ("refuse", "win") else 0)
    assert balances("loss") == ({"loss:reversal": -990} if (answer, end) == ("finish", "lose") else {})


def test_of_two_payments_only_the_disputed_one_waits(shop):
    from tsuzuki.actions.order.take_back import take_back

    purchase = in_parts(shop, 500, 490)
    shop.disputes(purchase, after(hours=1))
    cast.go(after(hours=1))
    take_back(purchase.orders.get().id, "why", "owner", after(hours=2))
    cast.go(after(hours=2))
    assert sorted(refund_states(purchase)) == [("contested", 500), ("done", 490)]
    assert shop.gateway(purchase, 1)["refunded"] == {"JPY": 490}


def test_disputed_and_taken_back_credit_of_the_same_purchase_goes_home_at_once(shop):
    """Only the payment that is disputed waits."""
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.actions.order.take_back import take_back
    from tsuzuki.core.money import Money

    line = cast.line()
    cast.give_credit(line, 400)
    shop.pays()
    purchase = cast.buy(
        line, "data-3gb", PaymentChoice("sandbox", Money(590, "JPY")), PaymentChoice("credit")
    )
    cast.go()
    dispute = shop.disputes(purchase, after(hours=1))
    cast.go(after(hours=1))
    take_back(purchase.orders.get().id, "why", "owner", after(hours=2))
    cast.go(after(hours=2))
    assert (cast.states(purchase), sorted(refund_states(purchase))) == (
        ["refunding"],
        [("contested", 590), ("done", 400)],
    )
    decided(shop, purchase, "lose", after(hours=3), dispute=dispute)
    assert (cast.states(purchase), balances("loss")) == (["refunded"], {})
