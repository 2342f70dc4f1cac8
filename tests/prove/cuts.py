"""Stop the road at every executed line of our own code, start again, and see that everything is as if nothing
had happened.

Starting again is what really follows a crash: the buyers' programs repeat their yes under the same key, the
gateway repeats its event, and workers find what is due, of some fifty purchases stopped at different places
at a time, while the clock passes the leases. Providers ignore our keys throughout: a second asking would be a
second effect.
"""

import time
from collections.abc import Callable, Collection, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from tests import cast, sandbox_process
from tests.cast import NOON
from tsuzuki.core.principal import Principal

from . import stage
from .invariants import violations
from .knife import Knife
from .result import Part, Result

# Seconds after noon; every lease is 60 s, «deliver or refund» is at 900.
LATER = (0, 100, 200, 300, 400, 500, 600, 700, 800)
TOGETHER = 50  # so many are stopped, each by itself, before workers take them up
SIGNED = 290  # seconds for which a signature is believed
PLAIN = (
    ("carrier", "accept", "ignore_keys"),
    ("gateway", "accept", "ignore_keys"),
    ("gateway/refunds", "accept", "ignore_keys"),
)
NO = ("carrier", "refuse", "ignore_keys")


@dataclass(frozen=True)
class Scenario:
    name: str
    buttons: tuple[tuple[str, ...], ...] = ()  # pressed after PLAIN
    once: tuple[str, ...] = ()  # one more, for the first ask of each purchase
    ends: tuple[str, ...] = ("delivered",)
    credit: int = 0  # yen of the price that line credit pays; the rest goes to the gateway
    voucher: bool = False
    buyer_pays: bool = False  # on the gateway's page, and the gateway tells us by an event
    refused: int | None = None  # position of the line whose carrier says no


SCENARIOS = (
    Scenario("carrier accepts"),
    Scenario("carrier refuses", (NO,), ends=("refunded",)),
    Scenario("carrier late", (("carrier", "late", "ignore_keys"),)),
    Scenario("carrier silent", once=("carrier", "silent", "ignore_keys")),
    Scenario("carrier busy", once=("carrier", "busy", "ignore_keys")),
    Scenario("gateway late", (("gateway", "late", "ignore_keys"),)),
    Scenario("gateway silent", once=("gateway", "silent", "ignore_keys")),
    Scenario("paid by credit", credit=990),
    Scenario("credit and gateway", credit=400),
    Scenario("credit and gateway, carrier refuses", (NO,), ends=("refunded",), credit=400),
    Scenario("voucher, carrier refuses", (NO,), ends=("refunded",), voucher=True),
    Scenario("three lines, one refused", ends=("delivered", "refunded", "delivered"), refused=1),
    Scenario("event received in between", (("gateway", "page", "ignore_keys"),), buyer_pays=True),
    Scenario("refund silent", (NO,), once=("gateway/refunds", "silent", "ignore_keys"), ends=("refunded",)),
    Scenario("refund late", (NO, ("gateway/refunds", "late", "ignore_keys")), ends=("refunded",)),
)


def run(
    every: int,
    only: Collection[str] = (),
    files: Collection[str] = (),
    say: Callable[[str], None] = lambda text: None,
) -> Result:
    """Cut at every `every`-th place of each scenario, each beginning with another one.

    Works in the database in use.
    """
    began = time.monotonic()
    result = Result("cuts")
    with stage.sandbox() as sandbox:
        # Or the gateway would hold its payments for long expired.
        assert sandbox.post("clock", now=NOON.isoformat())[0] == 200
        cast.operator(**stage.TIMES)
        for number, scenario in enumerate(SCENARIOS):
            if not only or scenario.name in only:
                result.parts.append(_part(sandbox, scenario, every, number, files))
                say(f"{scenario.name}: {dict(result.parts[-1].figures)}")
    result.seconds = time.monotonic() - began
    return result


def _part(
    sandbox: sandbox_process.Sandbox, scenario: Scenario, every: int, offset: int, files: Collection[str]
) -> Part:
    _press(sandbox, scenario)
    first, uncut = _roads(sandbox, scenario, 2)
    first.go()  # what only the first one does (imports, building providers) is not the road
    _press_once(sandbox, scenario)
    with Knife(files=files) as whole:
        uncut.go()
    wrong = uncut.ended_wrong("not cut")
    places: dict[str, str] = {}
    all_of_them = range(1 + offset % every, whole.lines + 1, every)
    for start in range(0, len(all_of_them), TOGETHER):
        for road, place in _cut(sandbox, scenario, all_of_them[start : start + TOGETHER], files):
            places[road.purchase] = place
            wrong += road.ended_wrong(place)
    for one in violations(sandbox, NOON):
        cut = next((place for purchase, place in places.items() if purchase in one), "")
        wrong.append(f"{one} ({cut})" if cut else one)
    fell = sum(not place.endswith("nowhere") for place in places.values())
    return Part(scenario.name, {"places": whole.lines, "cuts": fell}, wrong)


def _cut(
    sandbox: sandbox_process.Sandbox, scenario: Scenario, at: Sequence[int], files: Collection[str]
) -> list[tuple["Road", str]]:
    """Stop a purchase at each of these places, then let workers take up all of them together, as after a
    crash of everything.
    """
    cut = []
    for number, road in zip(at, _roads(sandbox, scenario, len(at)), strict=True):
        _press_once(sandbox, scenario)
        with Knife(number, files) as knife:
            copy_context().run(road.go)  # what a killed process had in hand dies with it
        cut.append((road, f"cut {number} at {knife.place or 'nowhere'}"))
    if scenario.once:
        _press(sandbox, scenario)
    for road, _ in cut:
        road.yes()
    _until_still([road for road, _ in cut], None)
    return cut


def walk(sandbox: sandbox_process.Sandbox, name: str) -> str:
    """One purchase of the scenario of this name, nothing cut; its id."""
    scenario = next(scenario for scenario in SCENARIOS if scenario.name == name)
    _press(sandbox, scenario)
    _press_once(sandbox, scenario)
    (road,) = _roads(sandbox, scenario, 1)
    road.go()
    return road.purchase


def _press(sandbox: sandbox_process.Sandbox, scenario: Scenario) -> None:
    for side, *_ in PLAIN:
        sandbox.press(side, "default")  # also what was pressed for one ask or one line and not used up
    for side, *behaviours in (*PLAIN, *scenario.buttons):
        sandbox.press(side, *behaviours)


def _press_once(sandbox: sandbox_process.Sandbox, scenario: Scenario) -> None:
    if scenario.once:
        side, *behaviours = scenario.once
        sandbox.press(side, *behaviours, times=1)


def _roads(sandbox: sandbox_process.Sandbox, scenario: Scenario, count: int) -> list["Road"]:
    """Purchases to be: their lines, what is on them, their quotes and vouchers."""
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.actions.order.quote import LineRequest, quote_many
    from tsuzuki.core.money import Money
    from tsuzuki.records.queries import numbers_of

    each = len(scenario.ends)
    lines = cast.lines(count * each)
    groups = [lines[start : start + each] for start in range(0, len(lines), each)]
    if scenario.refused is not None:
        numbers = numbers_of(lines)
        for group in groups:
            sandbox.press("carrier", "refuse", "ignore_keys", msisdn=numbers[group[scenario.refused]])
    if scenario.credit:
        cast.give_credits([group[0] for group in groups], scenario.credit)
    pays = [
        [PaymentChoice("credit", Money(scenario.credit, "JPY"))] if scenario.credit else [] for _ in groups
    ]
    for parts in pays:
        if scenario.voucher:
            parts.append(cast.voucher(990))
        elif scenario.credit != 990:
            parts.append(PaymentChoice("sandbox"))
    quotes = quote_many([[LineRequest(line, "data-3gb") for line in group] for group in groups], NOON)
    return [Road(sandbox, scenario, quote.id, parts) for quote, parts in zip(quotes, pays, strict=True)]


class Road:
    """One purchase of a scenario; its yes may be said again after a cut and is then the same purchase."""

    def __init__(
        self, sandbox: sandbox_process.Sandbox, scenario: Scenario, quote: UUID, pays: Sequence[Any]
    ) -> None:
        from tsuzuki.actions.order.acceptance import Buyer

        self.sandbox, self.scenario, self.quote, self.pays, self.purchase = sandbox, scenario, quote, pays, ""
        self.buyer = Buyer(Principal.system("cuts"), str(quote), "buyer@example.com")

    def yes(self) -> UUID:
        from tsuzuki.actions.order.accept import accept

        id = accept(self.quote, self.pays, self.buyer, NOON).id
        self.purchase = str(id)
        return id

    def go(self) -> None:
        """The yes, then a worker that was woken for it."""
        _until_still([self], self.yes())

    def buyer_pays(self, seconds: int) -> None:
        """The buyer presses «pay»; the gateway's events come in, every one again at each look until the end:
        at least once.
        """
        from tsuzuki.actions.engine.receive import receive_payment

        now = NOON + timedelta(seconds=min(seconds, SIGNED))
        for key, reference in _rows(
            """
            SELECT a.key, a.reference FROM records_attempt a JOIN records_tender t ON t.id = a.tender_id
            WHERE t.purchase_id = %s""",
            self.purchase,
        ):
            if reference:
                self.sandbox.post(f"pay/{reference}", behaviour="accept")
            for event in self.sandbox.json(f"events.json?key={key}"):
                receive_payment(
                    "sandbox", {"Sandbox-Signature": event["signature"]}, event["body"].encode(), now
                )

    def ended_wrong(self, place: str) -> list[str]:
        ended = tuple(
            row[0]
            for row in _rows(
                "SELECT state FROM records_order WHERE purchase_id = %s ORDER BY position", self.purchase
            )
        )
        return (
            []
            if ended == self.scenario.ends
            else [f"purchase {self.purchase} ended {ended}, not {self.scenario.ends} ({place})"]
        )


def _until_still(roads: Sequence[Road], only: UUID | None) -> None:
    """Workers, while the clock passes the leases, until nothing of these is under way."""
    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.order.advance import advance_until_still

    for seconds in LATER:
        advance_until_still(Clock.showing(NOON + timedelta(seconds=seconds)), only, rounds=10)
        for road in roads:
            if road.scenario.buyer_pays:
                road.buyer_pays(seconds)
        if not _rows(_MOVING, {"purchases": [road.purchase for road in roads]}):
            break


_MOVING = """
SELECT 1 FROM records_order WHERE purchase_id = ANY(%(purchases)s::uuid[]) AND rest_at IS NULL
UNION ALL SELECT 1 FROM records_attempt WHERE purchase_id = ANY(%(purchases)s::uuid[]) AND outcome = ''
"""


def _rows(query: str, given: object) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, given if isinstance(given, dict) else [given])
        return cursor.fetchall()
