"""The engine on a real PostgreSQL, beside a sandbox that runs as its own process; and, at the end of every
scenario, the books.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests import cast
from tests.sandbox_process import Sandbox, start

# The sandbox drops the line where it says nothing, so no time-out is ever waited for; a lease ends by the
# tests' own clock.
QUICK: dict[str, object] = {"timeout": 10.0, "lease": 2.0, "look_every": 60.0}
LINK = {"provision": "order", "pay": "tender", "refund": "refund"}


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One process for all tests of this folder; where it says nothing, it drops the line at once."""
    with start(Path(tmp_path_factory.mktemp("engine")), hang=0.02) as running:
        yield running


@pytest.fixture
def sandbox(running_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Calm at the start of every test, its clock at noon, and where the adapters look for it."""
    from tsuzuki.actions.engine import providers

    running_sandbox.calm()
    set_clock(running_sandbox, cast.NOON)
    ours = {
        **running_sandbox.environ,
        "TSUZUKI_SMTP_HOST": "127.0.0.1",
        "TSUZUKI_SMTP_PORT": str(running_sandbox.smtp_port),
        "TSUZUKI_SMTP_FROM": "shop@example.com",
    }
    for name, value in ours.items():
        monkeypatch.setenv(name, value)
    # The long time-out costs nothing, and the short lease is the tests' own.
    monkeypatch.setattr("tsuzuki.core.lease.LEAST", 0.0)
    providers.forget()
    yield running_sandbox
    monkeypatch.undo()
    providers.forget()


def set_clock(sandbox: Sandbox, at: datetime) -> None:
    assert sandbox.post("clock", now=at.isoformat())[0] == 200


@pytest.fixture
def shop(database: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """An open shop: carriers, plans, the sandbox. When the test is over, its books must hold."""
    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.money.verify import verify

    # However slow this machine is, a run lasts no time, and whoever holds a lease may ask.
    monkeypatch.setattr(Clock, "now", lambda clock: clock.start)
    monkeypatch.setattr(Clock, "elapsed_at", lambda clock, moment: float("inf"))
    cast.operator(**QUICK)
    with capture_logs() as said:
        yield Shop(sandbox)
    # The engine goes on after a bug of its own: here it may not.
    assert [entry for entry in said if entry["log_level"] == "error"] == []
    assert verify(cast.NOON + timedelta(days=400)).faults == ()


def after(**span: float) -> datetime:
    """So long after noon."""
    return cast.NOON + timedelta(**span)


class Shop:
    """The sandbox's buttons, and questions about what really happened, in a few words."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.press = sandbox.press
        # The outbox is shared by all tests.
        self._earlier = max((mail["n"] for mail in sandbox.json("outbox.json")), default=0)

    def pays(self, *behaviours: str, **more: object) -> None:
        """What the gateway does with new payments; a page for the buyer where nothing is said."""
        self.press("gateway", *(behaviours or ("accept",)), **more)

    def sell(
        self, plan: str = "data-3gb", *pays, carrier: str = "sand", email: str = "a@example.com", **more
    ):
        """A line of its own buys a plan, paid at once, and everything due at noon is done."""
        self.pays()
        purchase = cast.buy(cast.line(carrier, email), plan, *pays, **more)
        cast.go()
        return purchase

    def letters(self) -> list[dict[str, str]]:
        """Sent since this test began, newest first."""
        return [mail for mail in self.sandbox.json("outbox.json") if mail["n"] > self._earlier]

    def clock(self, at: datetime) -> None:
        """The sandbox's own: its payments end by it."""
        set_clock(self.sandbox, at)

    def attempt(self, purchase, step: str = "provision", position: int = 0):
        """The attempt of a step; `position` of its order or tender."""
        from tsuzuki.records.models import Attempt

        rows = Attempt.objects.filter(**{f"{LINK[step]}__purchase": purchase.id})
        if step == "refund":
            return rows.order_by("refund__order__position", "refund__id")[position]
        return rows.get(**{f"{LINK[step]}__position": position})

    def key(self, purchase, step: str = "provision", position: int = 0) -> str:
        return self.attempt(purchase, step, position).key

    def carrier(self, purchase, position: int = 0) -> dict[str, int]:
        """What the carrier really did for an order: calls, deliveries, reversed."""
        return self.sandbox.json(f"carrier/effects?key={self.key(purchase, 'provision', position)}")["totals"]

    def gateway(self, purchase, position: int = 0) -> dict[str, object]:
        """What the gateway really did for a tender: calls, charges, refunds, ..."""
        return self.sandbox.json(f"gateway/effects?key={self.key(purchase, 'pay', position)}")["totals"]

    def buyer(self, purchase, *behaviours: str, position: int = 0) -> None:
        """The buyer opens the page of a payment and presses."""
        reference = self.attempt(purchase, "pay", position).reference
        assert reference, "no payment was begun"
        status, body = self.sandbox.post(f"pay/{reference}", behaviour=list(behaviours))
        assert status in (200, 303), (status, body)

    def signed(self, key: str, type: str) -> tuple[bytes, dict[str, str]]:
        """The newest event of a type the sandbox wrote down for a key: its body and headers."""
        row = next(row for row in self.sandbox.json(f"events.json?key={key}") if row["type"] == type)
        return row["body"].encode(), {"Sandbox-Signature": row["signature"]}

    def tell(self, key: str, type: str, now: datetime = cast.NOON, carrier: str = ""):
        """Let the engine receive an event of the gateway, or of a carrier by its code."""
        from tsuzuki.actions.engine import receive

        body, headers = self.signed(key, type)
        if carrier:
            return receive.receive_from_carrier(carrier, headers, body, now)
        return receive.receive_payment("sandbox", headers, body, now).received

    def takes_back(self, purchase, side: str, at: datetime) -> None:
        """The carrier or the gateway undoes its success and says so."""
        step, carrier = (
            ("provision", purchase.orders.first().carrier_id) if side == "carrier" else ("pay", "")
        )
        key = self.key(purchase, step)
        self.clock(at)
        assert self.sandbox.post(f"{side}/reverse", key=key)[0] in (200, 303)
        assert self.tell(key, "carrier.reversed" if carrier else "payment.reversed", at, carrier) == "woke"

    def disputes(self, purchase, at: datetime, amount: int | None = None, position: int = 0) -> str:
        """The buyer's bank asks for money of a tender, and the gateway says so. The gateway's id of it."""
        key = self.key(purchase, "pay", position)
        self.clock(at)
        status, body = self.sandbox.post("gateway/dispute", key=key, **({"amount": amount} if amount else {}))
        assert status == 200, body
        self.tell(key, "payment.disputed", at)
        return str(json.loads(body)["id"])

    def decides(
        self, purchase, dispute: str, button: str, at: datetime, amount: int | None = None, position: int = 0
    ) -> None:
        """«win», «lose» or «open»; the gateway says so."""
        self.clock(at)
        more = {"amount": amount} if amount else {}
        assert self.sandbox.post(f"gateway/disputes/{dispute}", behaviour=button, **more)[0] == 200
        types = {"win": "payment.dispute_won", "lose": "payment.dispute_lost", "open": "payment.disputed"}
        self.tell(self.key(purchase, "pay", position), types[button], at)


def balances(prefix: str = "") -> dict[str, int]:
    """Accounts that are not zero, in yen."""
    from tsuzuki.ledger import book

    return {account: amounts["JPY"] for account, amounts in book.balances(prefix).items()}


def families() -> dict[str, int]:
    """The same, summed by the word before the colon."""
    sums: dict[str, int] = {}
    for account, minor in balances().items():
        sums[account.split(":")[0]] = sums.get(account.split(":")[0], 0) + minor
    return {name: minor for name, minor in sums.items() if minor}


def incidents(closed: bool = False) -> list[str]:
    from tsuzuki.records.models import Incident

    return sorted(Incident.objects.filter(closed_at__isnull=not closed).values_list("kind", flat=True))


def refund_states(purchase) -> list[tuple[str, int]]:
    from tsuzuki.records.models import Refund

    return list(Refund.objects.filter(purchase=purchase.id).order_by("id").values_list("state", "minor"))
