"""What people and programs do to the house: each operation is one real action, on whatever the story picks
for it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from tsuzuki.core.principal import Principal

from .house import House
from .toys import Toy

Operation = Callable[[House], object]
NOBODY = UUID(int=1)


def _any(house: House, query: str, *values: object) -> UUID:
    """One of the rows a query finds, by id; where there is none a subject that does not exist: refusing is
    work too.
    """
    found = house.ids(query, *values)
    return house.pick(found) if found else NOBODY


def _order(house: House, state: str) -> UUID:
    """An order in a state; else any."""
    found = house.ids("SELECT id FROM records_order WHERE state = %s ORDER BY id DESC", state)
    return house.pick(found) if found else _any(house, "SELECT id FROM records_order ORDER BY id DESC")


def _purchase(house: House, waiting: bool) -> UUID:
    found = house.ids("SELECT id FROM records_purchase WHERE waiting = %s ORDER BY id DESC", waiting)
    return house.pick(found) if found else _any(house, "SELECT id FROM records_purchase ORDER BY id DESC")


def quote(house: House) -> None:
    from tsuzuki.actions.order.quote import LineRequest, quote
    from tsuzuki.core.money import Money
    from tsuzuki.core.plan import Choice

    lines = [house.pick(house.lines)]
    if house.story.choose(3) < house.theme.lines_a_quote - 1:
        lines = list(dict.fromkeys([*lines, house.pick(house.lines)]))
    plan = house.weigh(dict(house.theme.plans))
    choice = Choice.NOW if plan in ("day", "restart") else house.pick([None, None, None, Choice.NOW])
    amount = Money(house.pick([990, 3000]), "JPY") if plan == "credit-open" else None
    account = house.account if house.account and "account" in house.theme.means else None
    row = quote([LineRequest(line, plan, choice, amount) for line in lines], house.now, account=account)
    house.quotes.append((row.id, account))


def buy_before(house: House) -> None:
    """What the first line had before the story: none, some or all of what its theme says, bought and
    delivered in peace.
    """
    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer, PaymentChoice
    from tsuzuki.actions.order.advance import advance_until_still
    from tsuzuki.actions.order.quote import LineRequest, quote
    from tsuzuki.core.plan import Choice

    house.calm = True
    for plan in house.theme.before[: house.story.choose(len(house.theme.before) + 1)]:
        row = quote([LineRequest(house.lines[0], plan, Choice.NOW if plan == "day" else None)], house.now)
        accept(
            row.id,
            [PaymentChoice("gate")],
            Buyer(Principal.visitor(), f"before {house.next()}", "buyer@example.com"),
            house.now,
        )
        advance_until_still(Clock.read())
        house.elapsed += 60
    for toy in (*house.gateways.values(), house.carrier):
        toy.told.clear()
    house.calm = False


def accept(house: House) -> None:
    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer

    if house.yeses and not house.story.choose(10):
        yes = house.pick(house.yeses)  # a double click, or a program that did not hear the answer
    else:
        if not house.quotes:
            quote(house)
        id, account = house.quotes.pop(house.story.choose(len(house.quotes)))
        ((minor, credit),) = house.rows(
            "SELECT (content->'total'->>'minor')::bigint, content->'items'->0->>'kind' = "
            "'credit' FROM records_quote WHERE id = %s",
            id,
        )
        mail = house.pick(["buyer@example.com", "buyer@example.com", "holder@example.com", ""])
        buyer = Principal.account(account) if account else Principal.visitor()
        yes = (
            id,
            _pays(house, minor, credit, account is not None),
            Buyer(buyer, f"key {house.next()}", mail),
        )
        house.yeses.append(yes)
    accept(*yes, house.now)


def _pays(house: House, minor: int, credit: bool, account: bool) -> list[Any]:
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.core.money import Money

    means = house.weigh(dict(house.theme.means))
    if (means == "credit" and credit) or (means == "account" and not account):
        means = "gate"
    part = Money(max(1, minor // 3), "JPY")
    match means:
        case "split":
            return [PaymentChoice("gate", part), PaymentChoice("gate2")]
        case "hand":
            return [PaymentChoice("byhand")]
        case "voucher":
            return [PaymentChoice("voucher", secret=_voucher(house, minor))]
        case "same voucher":
            codes = [code for worth, code in house.voucher_codes if worth == minor]
            return [
                PaymentChoice("voucher", secret=house.pick(codes[-2:]) if codes else _voucher(house, minor))
            ]
        case "voucher and gate":
            return [PaymentChoice("voucher", part, _voucher(house, part.minor)), PaymentChoice("gate")]
        case _:
            return [PaymentChoice(means)]


def _voucher(house: House, minor: int) -> str:
    from tsuzuki.actions.money.vouchers import make_batch
    from tsuzuki.core.money import Money

    (code,) = make_batch(Money(minor, "JPY"), 1, house.now)[1]
    house.voucher_codes.append((minor, code))
    return code


def choose_again(house: House) -> None:
    from tsuzuki.actions.order.choose_again import choose_again

    choose_again(_purchase(house, True), house.pick(["gate", "gate2"]), house.now)


def cancel(house: House) -> None:
    from tsuzuki.actions.order.expire import cancel

    cancel(_purchase(house, True), "web", house.now)


def come_back(house: House) -> None:
    """The buyer's browser returns from the gateway's page."""
    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.engine.receive import buyer_came_back
    from tsuzuki.actions.order.advance import advance_until_still

    purchase = _purchase(house, True)
    if buyer_came_back(purchase, house.now):
        advance_until_still(Clock.read(), purchase, rounds=20)


def payment_event(house: House) -> None:
    from tsuzuki.actions.engine.receive import receive_payment

    toys: list[Toy] = [toy for toy in house.gateways.values() if toy.told] or [house.gateways["gate"]]
    toy = house.pick(toys)
    _deliver(house, toy, lambda raw: receive_payment(toy.name, {}, raw, house.now))


def carrier_event(house: House) -> None:
    from tsuzuki.actions.engine.receive import receive_from_carrier

    _deliver(house, house.carrier, lambda raw: receive_from_carrier("sand", {}, raw, house.now))


def _deliver(house: House, toy: Toy, receive: Callable[[bytes], object]) -> None:
    """At least once: it is told again until it was taken, and now and then once more."""
    if toy.told:
        told = toy.told[-1 - house.story.choose(len(toy.told))]
        receive(json.dumps({"id": told.id, "key": told.key}).encode())
        if told in toy.told and house.story.choose(6) < 5:
            toy.told.remove(told)
    else:
        key = house.ids(
            "SELECT key FROM records_attempt WHERE provider = ANY(%s) ORDER BY id DESC LIMIT 1",
            ["toy", "gate", "gate2"],
        )
        receive(json.dumps({"id": f"late {house.next()}", "key": key[0] if key else "none"}).encode())


def advance(house: House) -> None:
    """A worker takes a wake-up from the queue."""
    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.order.advance import advance_until_still

    jobs = house.rows(
        "SELECT id, args->>'purchase' FROM procrastinate_jobs WHERE status = 'todo' AND "
        "task_name = 'advance' ORDER BY id"
    )
    if jobs:
        job, purchase = house.pick(jobs)
        house.control.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job])
        advance_until_still(Clock.read(), UUID(purchase), rounds=20)
    else:
        advance_until_still(
            Clock.read(), _any(house, "SELECT id FROM records_purchase ORDER BY id DESC"), rounds=20
        )


def tick(house: House) -> None:
    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.order.advance import advance_until_still

    advance_until_still(Clock.read(), rounds=20)


def send_notices(house: House) -> None:
    from tsuzuki.actions.messages.notifications import send_due

    send_due(house.now)


def tell_programs(house: House) -> None:
    from tsuzuki.actions.messages.webhooks import send_due

    send_due(house.now)


def recognise(house: House) -> None:
    from tsuzuki.actions.money.recognise import run

    run(house.now)


def expire_credit(house: House) -> None:
    from tsuzuki.actions.money.credit import expire

    expire(house.now)


def take_back(house: House) -> None:
    from tsuzuki.actions.order.take_back import take_back

    take_back(_order(house, "delivered"), "asked at the counter", "staff sato", house.now)


def ask_back(house: House) -> None:
    from tsuzuki.actions.order.take_back import ask_back

    ask_back(_order(house, "delivered"), "wrong line", "reseller", house.now)


def _asked_back(house: House) -> str:
    found = house.ids(
        "SELECT id FROM records_incident WHERE kind = 'refund_asked' AND closed_at IS NULL ORDER BY id"
    )
    return f"i{house.pick(found) if found else 0}"


def approve(house: House) -> None:
    from tsuzuki.actions.work.reversals import approve

    approve(_asked_back(house), "staff mori", house.now)


def decline(house: House) -> None:
    from tsuzuki.actions.work.reversals import decline

    decline(_asked_back(house), "it was used", "staff mori", house.now)


def _by_hand(house: House) -> str:
    attempt = _any(house, "SELECT id FROM records_attempt WHERE outcome = '' AND look_at IS NULL ORDER BY id")
    return f"a{attempt}"


def done_by_hand(house: House) -> None:
    from tsuzuki.actions.work import work_items

    item = _by_hand(house)
    if house.story.choose(2):
        work_items.take(item, "staff sato", house.now)
    work_items.finish(item, "their reference", "staff sato", house.now)


def refused_by_hand(house: House) -> None:
    from tsuzuki.actions.work import work_items

    work_items.refuse(_by_hand(house), "their portal says no", "staff sato", house.now)


def pay_out(house: House) -> None:
    from tsuzuki.actions.work import work_items

    refund = _any(house, "SELECT id FROM records_refund WHERE state = 'owed' ORDER BY id")
    work_items.finish(f"r{refund}", "cash, receipt 7", "staff sato", house.now)


def close_line(house: House) -> None:
    """Seldom one that is renewed: the last of the lines was made for it."""
    from tsuzuki.actions.order.close_line import close_line

    close_line(house.lines[-1], house.now, "staff sato")


def set_price(house: House) -> None:
    from tsuzuki.actions.catalogue.plans import set_price
    from tsuzuki.core.money import Money
    from tsuzuki.core.plan import Price
    from tsuzuki.core.tax import TaxRule

    price = Price(Money(990 + 10 * house.next(), "JPY"), Money(400, "JPY"), TaxRule.JAPAN_STANDARD)
    set_price("thirty", price, house.now + timedelta(seconds=house.story.choose(60)), "staff sato", house.now)


def usage(house: House) -> None:
    from tsuzuki.actions.order.usage import UsageRecord, report
    from tsuzuki.core.plan import AllowanceKind

    numbers = house.ids("SELECT msisdn FROM records_number WHERE until IS NULL ORDER BY id")
    report(
        [UsageRecord(f"cdr {house.next()}", house.pick(numbers), AllowanceKind.DATA, 10**8, house.now)],
        house.now,
    )


def top_up(house: House) -> None:
    from tsuzuki.actions.money.accounts import top_up
    from tsuzuki.core.money import Money

    assert house.account
    reference = f"transfer {house.story.choose(3)}"  # the same bank statement may be read twice
    top_up(house.account, Money(500, "JPY"), reference, "staff sato", house.now)


def stop_vouchers(house: House) -> None:
    from tsuzuki.actions.money.vouchers import disable

    disable(_any(house, "SELECT id FROM records_voucherbatch ORDER BY id DESC"), "", "staff sato", house.now)


# How often each is begun where nothing else is asked for.
OPERATIONS: dict[str, tuple[Operation, int]] = {
    "quote": (quote, 3),
    "accept": (accept, 10),
    "choose_again": (choose_again, 2),
    "cancel": (cancel, 1),
    "come_back": (come_back, 2),
    "payment_event": (payment_event, 5),
    "carrier_event": (carrier_event, 5),
    "advance": (advance, 12),
    "tick": (tick, 5),
    "send_notices": (send_notices, 1),
    "tell_programs": (tell_programs, 1),
    "recognise": (recognise, 1),
    "expire_credit": (expire_credit, 1),
    "take_back": (take_back, 1),
    "ask_back": (ask_back, 1),
    "approve": (approve, 1),
    "decline": (decline, 1),
    "done_by_hand": (done_by_hand, 1),
    "refused_by_hand": (refused_by_hand, 1),
    "pay_out": (pay_out, 1),
    "close_line": (close_line, 1),
    "set_price": (set_price, 1),
    "usage": (usage, 1),
    "top_up": (top_up, 1),
    "stop_vouchers": (stop_vouchers, 1),
}
# What is likely to come after what: a story that goes somewhere.
AFTER: dict[str, dict[str, int]] = {
    "quote": {"accept": 3},
    "accept": {"advance": 6},
    "come_back": {"advance": 1},
    "choose_again": {"advance": 2, "payment_event": 1},
    "cancel": {"advance": 1, "payment_event": 1},
    "payment_event": {"advance": 3, "tick": 1},
    "carrier_event": {"advance": 3, "tick": 1},
    "take_back": {"accept": 1, "tick": 1},
    "ask_back": {"approve": 2, "decline": 1},
    "approve": {"tick": 1},
    "dispute": {"payment_event": 4},
    "reverse": {"carrier_event": 4},
    "pay": {"payment_event": 2},
    "give": {"carrier_event": 2},
}
NAMES = tuple(OPERATIONS)
PAIRS = len(NAMES) ** 2


def every_pair() -> list[tuple[str, str]]:
    return [overlaps(aim) for aim in range(PAIRS)]


def overlaps(aim: int) -> tuple[str, str]:
    """The pair of operations a seed wants to see meet."""
    return NAMES[aim // len(NAMES) % len(NAMES)], NAMES[aim % len(NAMES)]
