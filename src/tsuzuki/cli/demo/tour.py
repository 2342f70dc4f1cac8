"""The tour: the road of an order, told in plain words while it really happens.

The buttons of the sandbox are pressed as a person would.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from tsuzuki.actions.money import vouchers
from tsuzuki.actions.money.verify import verify
from tsuzuki.actions.order.accept import accept
from tsuzuki.actions.order.acceptance import Buyer, PaymentChoice
from tsuzuki.actions.order.quote import LineRequest, quote
from tsuzuki.cli import purchases
from tsuzuki.cli.output import moment, money
from tsuzuki.core.money import Money
from tsuzuki.core.order import AT_REST, State
from tsuzuki.core.principal import Principal
from tsuzuki.core.states import HoldingState, ProviderStatus
from tsuzuki.records import models, queries

from . import seed
from .processes import Demo
from .visit import Visitor

PATIENCE = 60.0


@dataclass
class Tour:
    demo: Demo
    console: Any
    failed: list[str] = field(default_factory=list)

    def say(self, *lines: str) -> None:
        for line in lines:
            self.console.print(line)

    def hold(self, held: bool, what: str) -> None:
        self.say(f"  {'✓' if held else '✗ FAILED:'} {what}")
        if not held:
            self.failed.append(what)

    def buy(self, line: models.Line, plan: str, *pays: PaymentChoice) -> models.Purchase:
        quoted = quote([LineRequest(line.id, plan)], timezone.now())
        self.say("Quote, whole before paying:", *purchases.quote_words(queries.quote_value(quoted)))
        purchase = accept(
            quoted.id,
            pays or (PaymentChoice("card"),),
            Buyer(Principal.system("demo"), str(quoted.id), "mei@demo.example", "zh-Hans"),
            timezone.now(),
        )
        self.say(f"Accepted: purchase {purchase.code} ({purchase.id}), order {purchase.orders.get().id}")
        return purchase

    def press_pay(self, purchase: models.Purchase) -> None:
        """Go to the gateway's page and press «pay»; the gateway tells us by a signed webhook."""
        there = models.Attempt.objects.filter(tender__purchase=purchase, next__type="redirect")
        where = self.wait(there.first, "a page to pay at")
        self.say(f"The gateway's page: {where.next['url']}")
        self.demo.post(where.next["url"].removeprefix(self.demo.sandbox + "/"), behaviour="accept")

    def wait(self, look: Callable[[], Any], what: str) -> Any:
        """Other processes work; look until they have done it."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            result = look()
            if result:
                return result
            time.sleep(0.1)  # the worker is another process
        raise TimeoutError(f"no {what} within {PATIENCE:.0f} s")

    def rest(self, purchase: models.Purchase) -> models.Order:
        """Tell the states of the purchase's order as they come, until it rests."""
        seen: list[str] = []

        def look() -> models.Order | None:
            order = models.Order.objects.select_related("carrier").get(purchase=purchase)
            attempt = models.Attempt.objects.filter(order=order).first()
            state = order.state + (
                " (asked, no answer: unsure)"
                if attempt and not attempt.outcome and attempt.standing == ProviderStatus.UNSURE
                else ""
            )
            if seen[-1:] != [state]:
                seen.append(state)
                self.say(f"    state: {state}")
            return order if order.state in AT_REST else None

        order: models.Order = self.wait(look, "rest")
        return order


def tour(demo: Demo, console: Any) -> bool:
    """Run it all; True if every promise held."""
    walk = Tour(demo, console)
    for button in ("carrier", "gateway", "gateway/refunds"):
        demo.post(button, behaviour="default")
    for number, part in enumerate((_renewed, _refused, _unsure, _own_books, _in_pages, _proved), start=1):
        title = part.__doc__.splitlines()[0] if part.__doc__ else ""
        walk.say("", f"{number}. {title}")
        try:
            part(walk)
        except Exception as error:  # a tour goes on to its next stop and tells at the end
            walk.hold(False, f"{type(error).__name__}: {error}")
    walk.say("", "All of it held." if not walk.failed else f"{len(walk.failed)} things did not hold.")
    return not walk.failed


def _renewed(walk: Tour) -> None:
    """A line is renewed: quoted, paid at the gateway, provisioned by the carrier, its holder told."""
    line = seed.a_line("ending")
    purchase = walk.buy(line, "data-3gb")
    walk.press_pay(purchase)
    order = walk.rest(purchase)
    period, item = models.Period.objects.get(order=order), queries.items_of([order])[order.id]
    if item.old_end:
        walk.say(f"  old end: {moment(item.old_end, item.zone, closing=True)}")
    walk.say(f"  new end: {moment(period.ends_at, item.zone, closing=True)}")
    walk.hold(order.state == State.DELIVERED, "delivered")
    walk.hold(period.ends_at == item.new_end, "the end is the one that was quoted")
    mails = walk.wait(
        lambda: [m for m in walk.demo.read("outbox.json") if purchase.code in str(m)] or None, "letter"
    )
    walk.say(f"  letter to {mails[0]['to']}: {mails[0]['subject']}")
    walk.hold(bool(mails), "the buyer was told")


def _refused(walk: Tour) -> None:
    """The carrier refuses: the money goes back where it came from."""
    line = seed.a_line("ended")
    walk.demo.post("carrier", behaviour="refuse", times="1", msisdn=queries.numbers_of([line.id])[line.id])
    purchase = walk.buy(line, "data-3gb")
    walk.press_pay(purchase)
    order = walk.rest(purchase)
    refund = models.Refund.objects.get(order=order)
    walk.say(f"  refund {refund.id}: {money(refund.minor, refund.currency)}, {refund.state}")
    walk.hold(
        order.state == State.REFUNDED and refund.minor == order.minor,
        "refunded in full, in the currency paid",
    )
    walk.hold(
        not models.Period.objects.filter(order=order, state=HoldingState.CONFIRMED).exists(),
        "nothing of it stayed on the line",
    )


def _unsure(walk: Tour) -> None:
    """The carrier acts but its answer is lost: unknown is a state. It is looked up, never asked twice."""
    line = seed.a_line("ended")
    number = queries.numbers_of([line.id])[line.id]
    walk.demo.post("carrier", behaviour="late", times="1", msisdn=number)
    purchase = walk.buy(line, "data-3gb")
    walk.press_pay(purchase)
    order = walk.rest(purchase)
    attempt = models.Attempt.objects.get(order=order)
    effects = walk.demo.read(f"carrier/effects?key={attempt.key}")
    walk.say(f"  attempt {attempt.key}: asked {attempt.asks} time, looked up {attempt.looks} time(s)")
    walk.hold(order.state == State.DELIVERED, "delivered after a look-up")
    walk.hold(effects["totals"]["deliveries"] == 1 and attempt.asks == 1, "the carrier did it once")


def _own_books(walk: Tour) -> None:
    """Without a gateway: a voucher fills the credit, the credit pays the next plan."""
    line = seed.a_line("ended")
    _, codes = vouchers.make_batch(Money(3000, "JPY"), 1, timezone.now())
    walk.say("Voucher of JPY 3,000:")
    recharge = walk.buy(line, "credit-3000", PaymentChoice("voucher", secret=codes[0]))
    walk.hold(walk.rest(recharge).state == State.DELIVERED, "credit added")
    purchase = walk.buy(line, "data-3gb", PaymentChoice("credit"))
    walk.hold(walk.rest(purchase).state == State.DELIVERED, "paid from credit, delivered")
    left = queries.credit_of(line.id, "JPY", timezone.now())
    walk.say(f"  credit left: {money(left.minor, left.currency)}")


def _in_pages(walk: Tour) -> None:
    """The same by the customer's pages, in Chinese and without a script: number, plan, check, pay, done."""
    line = seed.a_line("ended")
    mei = Visitor("zh-CN")
    mei.load(f"{walk.demo.web}/")
    mei.send(number="0" + queries.numbers_of([line.id])[line.id].removeprefix("+81"))
    mei.send(plan="data-3gb", method="card")
    walk.hold(
        "990 日元" in mei.text,
        "the last page before the order shows the whole price, in yuan readers' words: 990 日元",
    )
    mei.send(email="mei@demo.example")
    # A slow gateway's page comes after ours, which then has the link to it.
    walk.wait(lambda: mei.reaches(walk.demo.sandbox + "/"), "page to pay at")
    walk.say(f"  the gateway's page: {mei.url}")
    mei.load(mei.url, "behaviour=accept")
    order = walk.rest(models.Purchase.objects.get(token=mei.url.rpartition("/")[2]))
    mei.load(mei.url)
    walk.say(f"  her order: {mei.url}", f"  five pages of ours: {mei.bytes / 1000:.1f} kB")
    walk.hold(
        order.state == State.DELIVERED and "有效期至" in mei.text, "renewed, and her page says until when"
    )


def _proved(walk: Tour) -> None:
    """The books: every yen that came in is somewhere, and the records say the same."""
    proof = verify(timezone.now())
    walk.say(
        f"  {proof.counts['transfers']:,} transfers, {proof.counts['accounts']:,} accounts, "
        f"{proof.counts['purchases']:,} purchases"
    )
    for family, amounts in sorted(proof.totals.items()):
        walk.say(*(f"    {family:10} {money(minor, currency):>16}" for currency, minor in amounts.items()))
    walk.say(*(f"    {fault}" for fault in proof.faults))
    walk.hold(not proof.faults, "the ledger holds")
