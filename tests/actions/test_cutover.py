"""The cutover to gross revenue: what an earlier version sold net is carried across once, whole, and taken
back exactly.
"""

import pytest

from tests import cast
from tests.actions.conftest import after, balances
from tests.actions.earlier import delivered_net
from tests.actions.test_first_wave import first_wave  # noqa: F401 (a fixture: pytest finds it by its name)
from tests.actions.test_recognise import order_of, run
from tests.cast import NOON


@pytest.fixture
def net():
    """Deliveries as earlier versions booked them, until `net.undo()`."""
    with delivered_net() as change:
        yield change


def earned_net(now) -> None:
    """A run of an earlier version."""
    from tsuzuki.actions.money import recognise

    recognise._batch(now, 1000, None)


def proved(now) -> None:
    from tsuzuki.actions.money.verify import verify

    assert verify(now).faults == ()


def cutovers() -> list:
    from tsuzuki.core.ledger_event import LedgerEventKind
    from tsuzuki.ledger.models import Transfer

    rows = Transfer.objects.filter(kind=LedgerEventKind.GROSS_CUTOVER).order_by("id")
    return list(rows.values_list("source", "destination", "minor", "at"))


def test_what_is_unearned_becomes_gross_and_what_was_earned_stays_net(shop, net):
    from tsuzuki.records.models import AuditEntry

    purchase = shop.sell()
    earned_net(after(days=10))
    net.undo()
    before = {"clearing:sandbox": -990, "tax:10": 90, "carrier:sand": 400, "revenue:data-3gb": 161}
    assert balances() == before | {"unearned": 339}
    proved(after(days=10))
    assert run(after(days=10)) == {}
    # 161 of 500 were earned, so 128 of the 400 were netted: 272 are still to cost, and are unearned beside
    # the 339.
    assert balances() == before | {"unearned": 611, "deferred_cost": -272}
    assert cutovers() == [("deferred_cost", "unearned", 272, after(days=10))]
    entry = AuditEntry.objects.get(act="gross_cutover")
    assert (entry.at, entry.facts) == (after(days=10), {"orders": 1, "costs": ["JPY 272"]})
    proved(after(days=10))
    assert run(after(days=11)) == {"JPY": 30}
    assert balances("cost") == {"cost:data-3gb": -13}
    assert run(after(days=60)) == {"JPY": 611 - 30}
    assert balances() == before | {"revenue:data-3gb": 161 + 611, "cost:data-3gb": -272}
    assert order_of(purchase).earned_minor == 900
    assert len(cutovers()) == AuditEntry.objects.filter(act="gross_cutover").count() == 1


def test_a_new_installation_needs_none(shop):
    from tsuzuki.records.models import AuditEntry

    shop.sell()
    run(after(days=3))
    assert cutovers() == []
    assert not AuditEntry.objects.filter(act="gross_cutover").exists()


@pytest.mark.parametrize("days", [0, 5, 10, 20, 31])
def test_taken_back_after_the_cutover_nothing_of_it_is_left(shop, net, days):
    purchase = shop.sell()
    earned_net(after(days=10))
    net.undo()
    if days >= 10:
        run(after(days=days))
    shop.takes_back(purchase, "carrier", after(days=days))
    cast.go(after(days=days))
    assert cast.states(purchase) == ["refunded"]
    assert balances() == {}
    proved(after(days=days))
    assert run(after(days=60)) == {}


def test_what_was_earned_to_its_end_stays_net_for_good(shop, net):
    purchase = shop.sell()
    earned_net(after(days=40))
    net.undo()
    assert run(after(days=40)) == run(after(days=80)) == {}
    assert (balances("revenue"), cutovers()) == ({"revenue:data-3gb": 500}, [])
    shop.takes_back(purchase, "carrier", after(days=80))
    cast.go(after(days=80))
    assert balances() == {}


def test_a_loss_that_was_booked_at_once_is_not_booked_again(shop, net):
    shop.sell("loss")
    earned_net(after(days=3))
    net.undo()
    run(after(days=60))
    assert cutovers() == []
    assert balances() == {
        "clearing:sandbox": -100,
        "tax:10": 9,
        "revenue:loss": 91,
        "margin:loss": -150,
        "carrier:sand": 150,
    }


def test_a_cutover_that_is_killed_never_was(shop, net, monkeypatch):
    from tsuzuki.actions.write import audit

    shop.pays()
    cast.buy(cast.lines(3))
    cast.go()
    earned_net(after(days=1))
    net.undo()
    before = balances()

    def killed(*given, **more):
        raise KeyboardInterrupt

    with monkeypatch.context() as change:
        change.setattr(audit, "write", killed)  # the last statement of it
        with pytest.raises(KeyboardInterrupt):
            run(after(days=2))
    assert (balances(), cutovers()) == (before, [])
    proved(after(days=2))
    run(after(days=60))
    assert [row[2] for row in cutovers()] == [3 * (400 - 12)]
    assert balances("revenue") == {"revenue:data-3gb": 3 * (900 - 12)}
    proved(after(days=60))


def test_a_worker_that_was_not_restarted_delivers_net_and_is_carried_across(shop, net):
    shop.sell()
    run(after(days=1))
    shop.sell()
    net.undo()
    run(after(days=2))
    assert [row[2] for row in cutovers()] == [400, 400]
    run(after(days=60))
    assert balances("revenue") == {"revenue:data-3gb": 1800}


def test_verify_finds_a_cutover_that_is_not_what_orders_say(shop, net):
    from tsuzuki.actions.money.verify import verify
    from tsuzuki.records.models import Order

    shop.sell()
    earned_net(after(days=10))
    net.undo()
    run(after(days=10))
    Order.objects.update(netted_minor=130)
    assert (
        "JPY: the cutover to gross revenue moved 272, and orders delivered before it had 270 to cost"
        in verify(NOON).faults
    )
    Order.objects.update(netted_minor=128)


def test_the_first_version_is_carried_across(first_wave):  # noqa: F811 (the parameter is the fixture that is imported)
    """With every sale it knew, on both sides of it."""
    from tsuzuki.core.ledger_event import LedgerEventKind
    from tsuzuki.ledger.models import Transfer
    from tsuzuki.records.models import Order

    proved(after(days=3))
    was_open = set(
        Order.objects.filter(earn_next__isnull=False, cost_minor__gt=0).values_list("id", flat=True)
    )
    assert was_open
    unearned, revenue = balances("unearned")["unearned"], sum(balances("revenue").values())
    last = Transfer.objects.order_by("-id").first().id
    run(after(days=3))
    assert set(Order.objects.filter(netted_minor__isnull=False).values_list("id", flat=True)) == was_open
    proved(after(days=3))
    (cutover,) = cutovers()
    new = Transfer.objects.filter(id__gt=last)
    assert set(new.values_list("kind", flat=True)) <= {
        LedgerEventKind.GROSS_CUTOVER,
        LedgerEventKind.REVENUE_RECOGNISED,
    }
    run(after(days=400))
    assert balances("unearned") == balances("deferred_cost") == {}
    assert sum(balances("revenue").values()) == revenue + unearned + cutover[2]
    assert sum(balances("cost").values()) == -cutover[2]
    proved(after(days=400))
