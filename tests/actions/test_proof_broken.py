"""The proofs can fail: an engine with one law broken is caught by the same checks."""

import threading
from collections.abc import Iterator

import pytest

from tests import cast
from tests.cast import NOON
from tests.prove import broken, cuts, stage
from tests.prove.crowd import together
from tests.prove.invariants import violations
from tests.sandbox_process import Sandbox


@pytest.fixture
def toy(database: str) -> Iterator[Sandbox]:
    """A shop whose providers ignore our keys."""
    with stage.sandbox() as sandbox:
        assert sandbox.post("clock", now=NOON.isoformat())[0] == 200
        cast.operator(**stage.TIMES)
        for side in ("carrier", "gateway", "gateway/refunds"):
            sandbox.press(side, "accept", "ignore_keys")
        yield sandbox


def test_a_fresh_key_per_try(toy: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    broken.fresh_key_per_try(monkeypatch)
    cuts.walk(toy, "carrier late")
    assert "the carrier was asked under a key nobody wrote down" in broken.kinds(violations(toy, NOON))


def test_books_in_a_transaction_of_their_own(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken.books_in_a_transaction_of_their_own(monkeypatch)
    found = cuts.run(4, only=["carrier accepts"], files=["deliver.py"]).violations
    assert any("money is held of a purchase at rest" in one for one in found), found
    assert any("period or lot do not agree with the order" in one for one in found)


@pytest.mark.parametrize("leased", [True, False])
def test_no_lease(toy: Sandbox, monkeypatch: pytest.MonkeyPatch, leased: bool) -> None:
    """Someone looks while the asker is held up. With the lease he lets him finish; without it both ask."""
    entered, go_on = threading.Event(), threading.Event()
    broken.slow_asker(monkeypatch, entered, go_on)
    if not leased:
        broken.no_lease(monkeypatch)
    purchase = cast.buy(cast.line())

    def work(number: int) -> None:
        if number:
            entered.wait(timeout=20)
        cast.go(NOON, purchase.id)
        go_on.set()  # the second sets the first free once he is done himself

    assert together(2, work).broke == []
    found = [one for one in violations(toy, NOON) if "delivered 2 times" in one]
    assert bool(found) is not leased
    assert cast.states(purchase) == ["delivered"]


def test_unknown_read_as_failed(toy: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    broken.unknown_is_failed(monkeypatch)
    cuts.walk(toy, "carrier late")
    assert "delivered at the carrier, not here" in broken.kinds(violations(toy, NOON))


@pytest.mark.parametrize("broke", [True, False])
def test_a_voucher_read_then_written(toy: Sandbox, monkeypatch: pytest.MonkeyPatch, broke: bool) -> None:
    if broke:
        broken.voucher_read_then_written(monkeypatch, threading.Barrier(2, timeout=20).wait)
    lines, pay = cast.lines(2), cast.voucher(990)
    crowd = together(2, lambda number: cast.buy(lines[number], "data-3gb", pay))
    cast.go()
    found = broken.kinds(violations(toy, NOON))
    assert len(crowd.returned) == (2 if broke else 1)
    assert (
        "a voucher tender is paid and no voucher is spent on it, or the other way round" in found
    ) is broke


@pytest.mark.parametrize("broke", [True, False])
def test_credit_read_then_written(toy: Sandbox, monkeypatch: pytest.MonkeyPatch, broke: bool) -> None:
    from tsuzuki.actions.order.acceptance import PaymentChoice

    line = cast.line()
    cast.give_credit(line, 3000)
    if broke:
        broken.credit_read_then_written(monkeypatch, threading.Barrier(2, timeout=20).wait)
    crowd = together(2, lambda number: cast.buy(line, "loss", PaymentChoice("credit")))
    assert len(crowd.returned) == 2
    cast.go()
    assert ("a credit lot and its account differ" in broken.kinds(violations(toy, NOON))) is broke


def test_asked_before_written_down(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken.asked_before_written_down(monkeypatch)
    found = cuts.run(1, only=["carrier accepts"], files=["apply.py"]).violations
    assert any("delivered 2 times" in one for one in found), found
    assert any("asked more often than was written down" in one for one in found)
