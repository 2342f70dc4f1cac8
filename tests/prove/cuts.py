"""Stop the road at every executed line of our own code, start again, and see that everything is as if nothing had happened.

Starting again is what really follows a crash: the buyer's program repeats its yes under the same key, the gateway repeats its event, and
workers find what is due while the clock passes the leases. Providers ignore our keys throughout: a second asking would be a second effect.
"""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection

from tests import cast, sandbox_process
from tests.cast import NOON

from . import stage
from .invariants import violations
from .knife import Knife
from .result import Part, Result

LATER = (0, 100, 200, 300, 400, 500, 600, 700, 800)  # seconds after noon; every lease is 60 s, «deliver or refund» is at 900
SIGNED = 290  # seconds for which a signature is believed
PLAIN = (("carrier", "accept", "ignore_keys"), ("gateway", "accept", "ignore_keys"), ("gateway/refunds", "accept", "ignore_keys"))
NO = ("carrier", "refuse", "ignore_keys")


@dataclass(frozen=True)
class Scenario:
    name: str
    buttons: tuple[tuple[str, ...], ...] = ()  # pressed after PLAIN
    once: bool = False  # the buttons hold for one ask only, and are pressed anew before every run
    ends: tuple[str, ...] = ("delivered",)
    credit: int = 0  # yen of the price that line credit pays; the rest goes to the gateway
    voucher: bool = False
    buyer_pays: bool = False  # on the gateway's page, and the gateway tells us by an event
    refused: int | None = None  # position of the line whose carrier says no


SCENARIOS = (
    Scenario("carrier accepts"),
    Scenario("carrier refuses", (NO,), ends=("refunded",)),
    Scenario("carrier late", (("carrier", "late", "ignore_keys"),)),
    Scenario("carrier silent", (("carrier", "silent", "ignore_keys"),), once=True),
    Scenario("carrier busy", (("carrier", "busy", "ignore_keys"),), once=True),
    Scenario("gateway late", (("gateway", "late", "ignore_keys"),)),
    Scenario("gateway silent", (("gateway", "silent", "ignore_keys"),), once=True),
    Scenario("paid by credit", credit=990),
    Scenario("credit and gateway", credit=400),
    Scenario("credit and gateway, carrier refuses", (NO,), ends=("refunded",), credit=400),
    Scenario("voucher, carrier refuses", (NO,), ends=("refunded",), voucher=True),
    Scenario("three lines, one refused", ends=("delivered", "refunded", "delivered"), refused=1),
    Scenario("event received in between", (("gateway", "page", "ignore_keys"),), buyer_pays=True),
    Scenario("refund silent", (NO, ("gateway/refunds", "silent", "ignore_keys")), once=True, ends=("refunded",)),
    Scenario("refund late", (NO, ("gateway/refunds", "late", "ignore_keys")), ends=("refunded",)),
)


def run(every: int, only: Collection[str] = (), files: Collection[str] = (), say: Callable[[str], None] = lambda text: None) -> Result:
    """Cut at every `every`-th place of each scenario, each beginning with another one. Works in the database in use."""
    began = time.monotonic()
    result = Result("cuts")
    with stage.sandbox() as sandbox:
        assert sandbox.post("clock", now=NOON.isoformat())[0] == 200  # or the gateway would hold its payments for long expired
        cast.operator(**stage.TIMES)
        for number, scenario in enumerate(SCENARIOS):
            if not only or scenario.name in only:
                result.parts.append(_part(sandbox, scenario, every, number, files))
                say(f"{scenario.name}: {dict(result.parts[-1].figures)}")
    result.seconds = time.monotonic() - began
    return result


def _part(sandbox: sandbox_process.Sandbox, scenario: Scenario, every: int, offset: int, files: Collection[str]) -> Part:
    _press(sandbox, scenario)
    Road(sandbox, scenario).go()  # what only the first one does (imports, building providers) is not the road
    uncut = Road(sandbox, scenario)
    with Knife(files=files) as whole:
        purchase = uncut.go()
    wrong = _ended_wrong(purchase, scenario, "not cut")
    places: dict[str, str] = {}
    cuts = 0
    for at in range(1 + offset % every, whole.lines + 1, every):
        road = Road(sandbox, scenario)
        with Knife(at, files) as knife:
            road.go()
        purchase = road.go() if knife.place else road.purchase
        cuts += bool(knife.place)
        places[purchase] = f"cut {at} at {knife.place}"
        wrong += _ended_wrong(purchase, scenario, places[purchase])
    for one in violations(sandbox, NOON):
        cut = next((place for purchase, place in places.items() if purchase in one), "")
        wrong.append(f"{one} ({cut})" if cut else one)
    return Part(scenario.name, {"places": whole.lines, "cuts": cuts}, wrong)


def walk(sandbox: sandbox_process.Sandbox, name: str) -> str:
    """One purchase of the scenario of this name, nothing cut; its id."""
    scenario = next(scenario for scenario in SCENARIOS if scenario.name == name)
    _press(sandbox, scenario)
    return Road(sandbox, scenario).go()


def _press(sandbox: sandbox_process.Sandbox, scenario: Scenario) -> None:
    times = {"times": 1} if scenario.once else {}
    for side, *behaviours in PLAIN:
        sandbox.press(side, "default")  # also what was set for one ask and not used up
        sandbox.press(side, *behaviours)
    for side, *behaviours in scenario.buttons:
        sandbox.press(side, *behaviours, **times)


class Road:
    """One purchase of a scenario; `go` may be called again after a cut and is then the same purchase."""

    def __init__(self, sandbox: sandbox_process.Sandbox, scenario: Scenario) -> None:
        from tsuzuki.actions.order.accept import Buyer, Pay
        from tsuzuki.actions.order.quote import Want, quote
        from tsuzuki.core.money import Money
        from tsuzuki.records.queries import numbers_of

        self.sandbox, self.scenario, self.purchase = sandbox, scenario, ""
        lines = cast.lines(len(scenario.ends))
        if scenario.once:
            _press(sandbox, scenario)
        if scenario.refused is not None:
            number = numbers_of(lines)[lines[scenario.refused]]
            sandbox.press("carrier", "refuse", "ignore_keys", msisdn=number)
        if scenario.credit:
            cast.give_credit(lines[0], scenario.credit)
        wants = [Want(line, "data-3gb") for line in lines]
        self.quote = quote(wants, NOON)
        parts = [Pay("credit", Money(scenario.credit, "JPY"))] if scenario.credit else []
        if scenario.voucher:
            parts.append(cast.voucher(990))
        elif scenario.credit != 990:
            parts.append(Pay("sandbox"))
        self.pays, self.buyer = parts, Buyer("cuts", str(self.quote.id), "buyer@example.com")

    def go(self) -> str:
        """The yes, then workers until nothing of it is under way; the purchase's id."""
        from tsuzuki.actions.order.accept import accept
        from tsuzuki.actions.order.advance import advance_until_still

        self.purchase = str(accept(self.quote.id, self.pays, self.buyer, NOON).id)
        for seconds in LATER:
            advance_until_still(NOON + timedelta(seconds=seconds), rounds=10)
            if self.scenario.buyer_pays:
                self._buyer_pays(seconds)
            if self._is_still():
                break
        return self.purchase

    def _is_still(self) -> bool:
        rows = _asked("""
            SELECT 1 FROM records_order o WHERE purchase_id = %(purchase)s AND rest_at IS NULL
            UNION ALL SELECT 1 FROM records_attempt a LEFT JOIN records_order o ON o.id = a.order_id
            LEFT JOIN records_tender t ON t.id = a.tender_id LEFT JOIN records_refund r ON r.id = a.refund_id
            WHERE a.outcome = '' AND %(purchase)s IN (o.purchase_id, t.purchase_id, r.purchase_id)""", self.purchase)  # fmt: skip
        return not rows

    def _buyer_pays(self, seconds: int) -> None:
        """The buyer presses «pay»; the gateway's events come in, every one again at each look until the end: at least once."""
        from tsuzuki.actions.receive import receive_payment

        now = NOON + timedelta(seconds=min(seconds, SIGNED))
        for key, reference in _asked("""
            SELECT a.key, a.reference FROM records_attempt a JOIN records_tender t ON t.id = a.tender_id
            WHERE t.purchase_id = %(purchase)s""", self.purchase):  # fmt: skip
            if reference:
                self.sandbox.post(f"pay/{reference}", behaviour="accept")
            for event in self.sandbox.json(f"events.json?key={key}"):
                receive_payment("sandbox", {"Sandbox-Signature": event["signature"]}, event["body"].encode(), now)


def _asked(query: str, purchase: str) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"purchase": purchase})
        return cursor.fetchall()


def _ended_wrong(purchase: str, scenario: Scenario, place: str) -> list[str]:
    ended = tuple(row[0] for row in _asked("SELECT state FROM records_order WHERE purchase_id = %(purchase)s ORDER BY position", purchase))
    return [] if ended == scenario.ends else [f"purchase {purchase} ended {ended}, not {scenario.ends} ({place})"]
