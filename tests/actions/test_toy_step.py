"""A step is a file and a line: fulfilment in two steps, asked, killed between, refused.

And a second provider for the same step.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction

from tests import cast
from tests.actions.conftest import after, balances, incidents


class Killed(BaseException):
    pass


@pytest.fixture
def toy(shop, monkeypatch):
    from tests.actions import toy_step
    from tsuzuki.actions.catalogue.plans import NewCarrier, save_carriers
    from tsuzuki.actions.order.steps import STEPS
    from tsuzuki.carriers import registry
    from tsuzuki.carriers.port import CarrierPlugin

    monkeypatch.setitem(STEPS, "activate", toy_step.STEP)  # the line
    carrier = toy_step.Toy()
    monkeypatch.setitem(registry._registry._known, "toy", CarrierPlugin(lambda environ, settings: carrier))
    save_carriers([NewCarrier("toy", {"en": "Toy"}, "docomo", "toy")])
    shop.pays()
    return carrier


def attempts(purchase) -> list[tuple[str, str, str, int]]:
    from tsuzuki.records.models import Attempt

    rows = Attempt.objects.filter(order__purchase=purchase.id).order_by("step")
    return list(rows.values_list("step", "standing", "outcome", "asks"))


def killed_when_activating(toy, did: bool) -> object:
    """Bought; whoever asks for the second step is gone, after the carrier had done it or before."""

    def killed(question):
        if did:
            toy._do("activate", question.key, question.reference)
        raise Killed

    toy.instead = killed
    purchase = cast.buy(cast.line("toy"))
    with pytest.raises(Killed):
        cast.go()
    toy.instead = lambda question: None
    return purchase


def test_it_is_delivered_when_the_last_step_is_done(toy):
    between = []
    toy.instead = lambda question: between.append(cast.states(purchase))
    purchase = cast.buy(cast.line("toy"))
    cast.go()
    assert between == [["applied"]]
    assert cast.states(purchase) == ["delivered"]
    assert toy.asked == [("provision", ""), ("activate", "PROVISION-1")]
    assert attempts(purchase) == [("activate", "done", "done", 1), ("provision", "done", "done", 1)]


def test_a_carrier_of_one_step_is_none_the_wiser(shop, toy):
    assert cast.states(shop.sell()) == ["delivered"]
    assert toy.asked == []


@pytest.mark.parametrize("did", [False, True])
def test_killed_between_it_is_looked_up_and_done_once(toy, did):
    purchase = killed_when_activating(toy, did)
    assert cast.states(purchase) == ["applied"]
    cast.go(after(seconds=10))  # a lease is running: nobody else asks
    assert len(toy.asked) == 1 + did
    cast.go(after(seconds=26))
    assert cast.states(purchase) == ["delivered"]
    assert toy.asked == [("provision", ""), ("activate", "PROVISION-1")]


def killed_between() -> object:
    """Bought; the first answer is committed with the second step, which nobody holds yet."""
    from tsuzuki.actions.order import repair

    close = repair.close

    def closes_and_is_killed(*arguments):
        close(*arguments)
        if arguments[1] == "provision":
            raise Killed

    with pytest.MonkeyPatch.context() as change:
        change.setattr(repair, "close", closes_and_is_killed)
        purchase = cast.buy(cast.line("toy"))
        with pytest.raises(Killed):
            cast.go()
    return purchase


def test_killed_before_it_was_asked_for_whoever_comes_next_asks(toy):
    purchase = killed_between()
    assert attempts(purchase) == [("activate", "never", "", 0), ("provision", "done", "done", 1)]
    cast.go()
    assert cast.states(purchase) == ["delivered"]
    assert attempts(purchase)[0] == ("activate", "done", "done", 1)


def test_refused_at_the_second_step_it_is_refunded(toy):
    from tsuzuki.carriers.port import CarrierAnswer, CarrierStatus

    toy.instead = lambda question: CarrierAnswer(CarrierStatus.REFUSED, reason="no_profile")
    purchase = cast.buy(cast.line("toy"))
    cast.go()
    assert cast.states(purchase) == ["refunded"]
    assert attempts(purchase) == [("activate", "refused", "refused", 1), ("provision", "done", "done", 1)]
    assert balances() == {}


def test_past_its_clock_what_was_certainly_not_done_is_refunded(toy):
    from tsuzuki.carriers.port import CarrierAnswer, CarrierStatus

    toy.instead = lambda question: CarrierAnswer(CarrierStatus.PASSING, reason="busy")
    purchases = [cast.buy(line) for line in cast.lines(6, "toy")]  # whichever attempt's id is the greater
    cast.go()
    assert [cast.states(purchase) for purchase in purchases] == [["applied"]] * 6
    cast.go(after(minutes=16))
    assert [cast.states(purchase) for purchase in purchases] == [["refunded"]] * 6


@pytest.mark.parametrize("asked", [False, True])
def test_another_provider_does_not_finish_what_the_first_began(shop, toy, asked):
    """The carrier was given another provider between the steps: people decide, and nobody is asked."""
    from tsuzuki.records.models import Carrier

    purchase = killed_when_activating(toy, did=False) if asked else killed_between()
    Carrier.objects.filter(code="toy").update(provider="sandbox")
    cast.go(after(seconds=26))
    assert cast.states(purchase) == ["applied"]
    assert attempts(purchase)[0][:3] == ("activate", "cannot_tell", "")
    assert incidents() == ["delivery_unsure"]
    Carrier.objects.filter(code="toy").update(provider="toy")


@pytest.mark.parametrize("named", [(), ("provision", "provision")])
def test_a_provider_names_each_step_once(named):
    from tsuzuki.carriers.port import CarrierCapabilities
    from tsuzuki.core.lease import UnsafeLease

    with pytest.raises(UnsafeLease):
        CarrierCapabilities(10.0, 26.0, honours_keys=False, looks_up=True, fulfilment=named)


def test_steps_of_one_subject_differ_in_their_keys(toy):
    from tsuzuki.actions.order.steps import STEPS

    named = [(step.link, step.name[1]) for step in STEPS.values()]
    assert len(named) == len(set(named))


def test_a_second_provider_is_asked_under_its_own_key_and_never_beside_an_open_attempt(shop):
    from tsuzuki.actions.engine import attempts as engine
    from tsuzuki.actions.write.ids import key_for
    from tsuzuki.core.order import Outcome
    from tsuzuki.records.models import Attempt

    shop.press("carrier", "busy")
    purchase = shop.sell()
    first = shop.attempt(purchase)

    def second(provider: str) -> None:
        key = key_for("provision", first.order_id, provider)
        subject = engine.AttemptSubject(first.order, "provision", "order", provider, {}, key)
        with transaction.atomic():
            engine.open_unheld([subject], after(seconds=1))

    with pytest.raises(IntegrityError, match="attempt_one_open_for_order"):
        second("other")
    Attempt.objects.filter(id=first.id).update(outcome=Outcome.REFUSED)
    second("other")
    Attempt.objects.filter(provider="other").update(outcome=Outcome.REFUSED)
    with pytest.raises(IntegrityError):
        second("other")
    keys = list(Attempt.objects.filter(order=first.order_id).values_list("key", flat=True))
    assert len(set(keys)) == 2
    assert first.key == key_for("provision", first.order_id) in keys
    assert all(len(key) == 27 and key.isalnum() and key == key.lower() for key in keys)
    Attempt.objects.filter(provider="other").delete()
    Attempt.objects.filter(id=first.id).update(outcome="")


def test_what_is_shown_of_several_is_the_open_one_and_else_the_last(template):
    from tsuzuki.records.models import Attempt
    from tsuzuki.records.queries import attempt_of

    def shown(*closed):
        found = [
            Attempt(step=str(at), opened_at=after(), closed_at=after(seconds=at), outcome="done")
            if at
            else Attempt(step="open", opened_at=after())
            for at in closed
        ]
        one = attempt_of(SimpleNamespace(attempts=SimpleNamespace(all=lambda: found)))
        return one and one.step

    assert (shown(), shown(2, 5, 3), shown(5, None, 9)) == (None, "5", "open")
