"""What happens at the providers without us: buyers pay, banks take money back, carriers finish and take back,
time passes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from .house import House
from .scheduler import IDLE
from .toys import KNOWS_DISPUTES


def happenings(house: House) -> list[tuple[str, int, Callable[[], object]]]:
    """What could happen now: its name, how likely it is, and how to let it."""
    theme = house.theme
    can: list[tuple[str, int, Callable[[], object]]] = []
    for gateway in house.gateways.values():
        for charge in gateway.charges.values():
            if charge.status in ("open", "pending", "ready"):
                can.append(("pay", 4, partial(gateway.buyer_pays, charge)))
            elif (
                charge.status == "paid"
                and not charge.disputes
                and charge.minor > charge.refunded
                and theme.disputes
            ):
                can.append(("dispute", theme.disputes, partial(gateway.dispute, charge)))
            elif KNOWS_DISPUTES and any(one.state == "open" for one in charge.disputes):
                can += [
                    (f"dispute {end}", 1, partial(gateway.end_dispute, charge, end))
                    for end in ("won", "lost")
                ]
            for key, (_, state) in charge.refunds.items():
                if state == "pending":
                    can.append(
                        ("settle", 2, partial(gateway.settle_refund, charge, key, house.story.choose(4) < 3))
                    )
    for grant in house.carrier.grants.values():
        if grant.status == "waiting":
            can.append(("give", 1, partial(house.carrier.give, grant)))
        elif grant.status == "done" and theme.reversals:
            can.append(("reverse", theme.reversals, partial(house.carrier.reverse, grant)))
    return can


def happen(house: House) -> str:
    """One of them, or some seconds pass."""
    can = happenings(house)
    busy = any(actor.state != IDLE for actor in house.scheduler.actors)
    if not house.story.choose(4 if busy else 12):
        house.pass_time(house.pick(house.theme.pauses))
        return "time"
    # Where little is likely, mostly nothing happens.
    left = house.story.choose(max(8, sum(weight for _, weight, _ in can)))
    for name, weight, act in can:
        left -= weight
        if left < 0:
            if house.scheduler.trace:
                house.scheduler.trace(f"-- {name}")
            act()
            return name
    return ""


def calm(house: House) -> None:
    """At rest every provider finishes what it has begun."""
    for gateway in house.gateways.values():
        for charge in gateway.charges.values():
            for key, (_, state) in list(charge.refunds.items()):
                if state == "pending":
                    gateway.settle_refund(charge, key, True)
