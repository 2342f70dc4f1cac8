"""The providers: in this process, deaf to our keys, with books of their own.

What they do when asked, the story decides.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tsuzuki.carriers import port as carriers
from tsuzuki.channels import port as channels
from tsuzuki.core.errors import ProviderUnsure
from tsuzuki.core.money import Money
from tsuzuki.payments import port as payments

if TYPE_CHECKING:
    from .house import House

TIMEOUT, LEASE = 5.0, 60.0
KNOWS_DISPUTES = any(one.name == "disputes" for one in fields(payments.PaymentSnapshot))


@dataclass
class Told:
    """An event on its way to us."""

    provider: str
    id: str
    key: str


@dataclass
class Dispute:
    id: str
    minor: int
    state: str = "open"  # open, won, lost


@dataclass
class Charge:
    key: str
    minor: int
    status: str  # open, ready, pending, paid, closed
    times: int = 1
    # Refund key: amount, pending or done or refused.
    refunds: dict[str, tuple[int, str]] = field(default_factory=dict)
    disputes: list[Dispute] = field(default_factory=list)
    contested: set[str] = field(default_factory=set)  # refunds that were refused because of one

    @property
    def disputed(self) -> int:
        return sum(one.minor for one in self.disputes if one.state != "won")

    @property
    def refunded(self) -> int:
        return sum(minor for minor, state in self.refunds.values() if state == "done")

    @property
    def going_back(self) -> int:
        return sum(minor for minor, state in self.refunds.values() if state in ("done", "pending"))

    @property
    def here(self) -> int:
        return self.minor * self.times - self.refunded - self.disputed if self.status == "paid" else 0


class Toy:
    def __init__(self, house: House, name: str) -> None:
        self.house, self.name = house, name
        self.told: list[Told] = []
        self.number = 0

    def tell(self, key: str) -> None:
        self.number += 1
        self.told.append(Told(self.name, f"{self.name} {self.number}", key))

    def wrong(self, what: str) -> None:
        self.house.found.append(what)

    def question(self, what: str, key: str = "") -> None:
        """A question arrives. It was written down before, and nobody holds a transaction open meanwhile."""
        self.house.question(f"{self.name} {what}", key)

    def answer(self, what: str) -> None:
        """It goes back; who waited too long for it never hears it."""
        if self.house.answered(f"{self.name} {what} answered") > TIMEOUT:
            raise ProviderUnsure("too late")

    def draw(self, **weights: int) -> str:
        """What it does now; the first is what a good provider does, and the only thing at rest."""
        names = [name for name, weight in weights.items() for _ in range(weight)]
        return names[0] if self.house.calm else names[self.house.story.choose(len(names))]


class Gateway(Toy):
    def __init__(self, house: House, name: str) -> None:
        super().__init__(house, name)
        self.charges: dict[str, Charge] = {}

    def describe(self) -> payments.GatewayCapabilities:
        return payments.GatewayCapabilities(
            TIMEOUT, LEASE, (payments.PaymentMethod("card", ("JPY",), 1_000_000),), look_every=3600.0
        )

    def begin(self, ask: payments.PaymentRequest) -> payments.PaymentSnapshot:
        self.question("begin", ask.key)
        did = self.draw(**self.house.theme.begins)
        if did == "silent":
            raise ProviderUnsure("silent")
        charge = self.charges.get(ask.key)
        if charge:
            charge.times += charge.status == "paid"
        else:
            charge = Charge(ask.key, ask.amount.minor, "open")
            self.charges[ask.key] = charge
            charge.status = {"refuse": "closed", "open": "open", "pending": "pending"}.get(did, "paid")
        if charge.status == "paid" and did == "lost":  # what it answers it does not tell as well
            self.tell(ask.key)
        snapshot = self.sight(ask.key)  # as it is now; much may happen until it is heard
        self.answer("begin")
        if did == "lost":
            raise ProviderUnsure("answer lost")
        return snapshot

    def proceed(self, key: str, gateway_id: str) -> payments.PaymentSnapshot:
        return self.look_up(key, gateway_id)

    def close(self, key: str, gateway_id: str | None) -> payments.PaymentSnapshot:
        self.question("close")
        if self.draw(well=9, silent=1) == "silent":
            raise ProviderUnsure("silent")
        charge = self.charges.get(key)
        if charge and charge.status != "paid":
            charge.status = "closed"
        snapshot = self.sight(key)
        self.answer("close")
        return snapshot

    def look_up(self, key: str, gateway_id: str | None) -> payments.PaymentSnapshot:
        self.question("look_up")
        if self.draw(well=9, silent=1) == "silent":
            raise ProviderUnsure("silent")
        snapshot = self.sight(key)
        self.answer("look_up")
        return snapshot

    def sight(self, key: str) -> payments.PaymentSnapshot:
        charge = self.charges.get(key)
        if charge is None:
            return payments.PaymentSnapshot(payments.PaymentStatus.ABSENT)
        more: dict[str, Any] = {}
        if KNOWS_DISPUTES:
            states = payments.DisputeState  # type: ignore[attr-defined]
            kind = payments.DisputeSnapshot  # type: ignore[attr-defined]
            more["disputes"] = tuple(
                kind(one.id, Money(one.minor, "JPY"), states(one.state)) for one in charge.disputes
            )
        else:
            more["reversed"] = bool(charge.disputed)
        paid = Money(charge.minor, "JPY") if charge.status == "paid" else None
        return payments.PaymentSnapshot(
            payments.PaymentStatus(charge.status), gateway_id=f"ch {key}", paid=paid, **more
        )

    def refund(
        self, key: str, gateway_id: str, refund_key: str, amount: Money, to: payments.BankDetails | None
    ) -> payments.RefundSnapshot:
        self.question("refund", refund_key)
        did = self.draw(**self.house.theme.refunds)
        if did == "silent":
            raise ProviderUnsure("silent")
        charge = self.charges[key]
        if refund_key in charge.refunds and charge.refunds[refund_key][1] != "refused":
            self.wrong(f"a refund was asked for twice: {refund_key}")
        if did == "refuse" or amount.minor > charge.minor - charge.going_back - charge.disputed:
            charge.refunds[refund_key] = amount.minor, "refused"
            if charge.disputed:
                charge.contested.add(refund_key)
        else:
            charge.refunds[refund_key] = amount.minor, "pending" if did == "pending" else "done"
        snapshot = self.refund_sight(key, refund_key)
        self.answer("refund")
        if did == "lost":
            raise ProviderUnsure("answer lost")
        return snapshot

    def look_up_refund(self, key: str, gateway_id: str, refund_key: str) -> payments.RefundSnapshot:
        self.question("look_up_refund")
        if self.draw(well=9, silent=1) == "silent":
            raise ProviderUnsure("silent")
        snapshot = self.refund_sight(key, refund_key)
        self.answer("look_up_refund")
        return snapshot

    def refund_sight(self, key: str, refund_key: str) -> payments.RefundSnapshot:
        charge = self.charges.get(key)
        found = charge.refunds.get(refund_key) if charge else None
        if charge is None or found is None:
            return payments.RefundSnapshot(payments.RefundStatus.ABSENT)
        reason = "disputed" if refund_key in charge.contested else found[1]
        return payments.RefundSnapshot(
            payments.RefundStatus(found[1]), reference=f"re {refund_key}", reason=reason
        )

    def read_event(
        self, headers: Mapping[str, str], raw: bytes, at: datetime
    ) -> payments.GatewayEvent | payments.ForeignEvent | payments.UnverifiedEvent:
        told = json.loads(raw)
        return payments.GatewayEvent(told["id"], told["key"], f"ch {told['key']}")

    # What happens there without us.

    def buyer_pays(self, charge: Charge) -> None:
        charge.status = "paid"
        self.tell(charge.key)

    def settle_refund(self, charge: Charge, refund_key: str, done: bool) -> None:
        minor, _ = charge.refunds[refund_key]
        charge.refunds[refund_key] = (
            minor,
            "done" if done and charge.disputed + charge.refunded + minor <= charge.minor else "refused",
        )
        self.tell(refund_key)

    def dispute(self, charge: Charge) -> None:
        """The buyer's bank takes back all that did not go back yet; what was on its way back stays."""
        charge.contested |= {key for key, (_, state) in charge.refunds.items() if state == "pending"}
        charge.refunds = {
            key: (minor, "refused" if state == "pending" else state)
            for key, (minor, state) in charge.refunds.items()
        }
        self.number += 1
        charge.disputes.append(Dispute(f"dp {self.number}", charge.minor - charge.refunded))
        self.tell(charge.key)

    def end_dispute(self, charge: Charge, state: str) -> None:
        for one in charge.disputes:
            if one.state == "open":
                one.state = state
        self.tell(charge.key)


@dataclass
class Grant:
    ask: carriers.CarrierRequest
    status: str  # waiting, done, refused, reversed
    times: int = 0
    until: datetime | None = None  # waiting: when it is done at the latest


class Carrier(Toy):
    def __init__(self, house: House, name: str) -> None:
        super().__init__(house, name)
        self.grants: dict[str, Grant] = {}

    def describe(self) -> carriers.CarrierCapabilities:
        return carriers.CarrierCapabilities(
            TIMEOUT, LEASE, honours_keys=False, looks_up=True, look_every=45.0
        )

    def act(self, ask: carriers.CarrierRequest) -> carriers.CarrierAnswer:
        self.question("act", ask.key)
        did = self.draw(**self.house.theme.acts)
        if did == "silent":
            raise ProviderUnsure("silent")
        if did == "passing":
            return carriers.CarrierAnswer(carriers.CarrierStatus.PASSING, reason="busy")
        grant = self.grants.setdefault(ask.key, Grant(ask, ""))
        if did == "refuse" and not grant.times:
            grant.status = "refused"
        elif did == "waiting" and not grant.times:
            grant.status = "waiting"
            grant.until = self.house.now + timedelta(seconds=(60, 170, 250, 400)[self.house.story.choose(4)])
        else:
            self.give(grant, tell=did == "lost")
        answer = self.said(ask.key)
        self.answer("act")
        if did == "lost":
            raise ProviderUnsure("answer lost")
        return answer

    def look_up(self, key: str) -> carriers.CarrierAnswer:
        self.question("look_up")
        if self.draw(well=9, silent=1) == "silent":
            raise ProviderUnsure("silent")
        grant = self.grants.get(key)
        if grant and grant.status == "waiting" and grant.until and grant.until <= self.house.now:
            self.give(grant)
        answer = self.said(key)
        self.answer("look_up")
        return answer

    def said(self, key: str) -> carriers.CarrierAnswer:
        grant = self.grants.get(key)
        if grant is None or not grant.status:
            return carriers.CarrierAnswer(carriers.CarrierStatus.NEVER_RECEIVED)
        if grant.status == "reversed":
            return carriers.CarrierAnswer(
                carriers.CarrierStatus.REFUSED, reason="reversed", reference=f"gr {key}"
            )
        standing = {
            "done": carriers.CarrierStatus.DONE,
            "refused": carriers.CarrierStatus.REFUSED,
            "waiting": carriers.CarrierStatus.WAITING,
        }
        reason = "line_unknown" if grant.status == "refused" else None
        return carriers.CarrierAnswer(standing[grant.status], reference=f"gr {key}", reason=reason)

    def read_event(
        self, headers: Mapping[str, str], raw: bytes, at: datetime
    ) -> carriers.CarrierEvent | None:
        told = json.loads(raw)
        return carriers.CarrierEvent(told["id"], told["key"])

    def give(self, grant: Grant, tell: bool = True) -> None:
        grant.status, grant.times = "done", grant.times + 1
        if tell:
            self.tell(grant.ask.key)

    def reverse(self, grant: Grant) -> None:
        grant.status = "reversed"
        self.tell(grant.ask.key)


class Mail(Toy):
    """Whom it brought which letters."""

    def __init__(self, house: House, name: str) -> None:
        super().__init__(house, name)
        self.brought: dict[str, int] = {}

    def send(self, message: channels.Message) -> channels.SendResult:
        self.question("send")
        did = self.draw(well=8, passing=1, lost=1)
        if did == "passing":
            return channels.SendResult(channels.SendStatus.PASSING)
        self.brought[message.key] = self.brought.get(message.key, 0) + 1
        self.answer("send")
        if did == "lost":
            raise ProviderUnsure("answer lost")
        return channels.SendResult(channels.SendStatus.SENT)
