"""Whose a tender is, its gateway says and never the name of its method; and the names of our own books are
nobody else's.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests import cast
from tests.actions.conftest import QUICK, after, refund_states
from tests.cast import NOON
from tsuzuki.core.errors import Code, Refused

OURS = ["credit", "account", "voucher", "opening"]


@pytest.fixture
def plug_in(shop, monkeypatch):
    """Another's gateway, under a name and with a method of its own choice."""
    from tsuzuki.actions.engine import providers
    from tsuzuki.payments import registry
    from tsuzuki.payments.port import GatewayPlugin
    from tsuzuki.payments.sandbox import PROVIDER
    from tsuzuki.records.models import Gateway

    def set_up(name: str, method: str) -> None:
        def build(environ, settings):
            gateway = PROVIDER.build(environ, settings)
            can = gateway.describe()
            offered = (replace(can.methods[0], code=method), *can.methods)
            monkeypatch.setattr(gateway, "describe", lambda: replace(can, methods=offered))
            return gateway

        monkeypatch.setitem(registry._registry._known, name, GatewayPlugin(build))
        Gateway.objects.exclude(code="sandbox").delete()
        Gateway.objects.create(
            code=name, names={"en": name}, provider=name, settings=QUICK
        )  # was there before
        providers.forget()

    return set_up


def named_as_ours(purchase, method: str) -> None:
    """Paid through a plug-in's method before its name was refused."""
    purchase.tenders.exclude(gateway="").update(method=method)


@pytest.mark.parametrize("method", OURS)
def test_what_a_gateway_was_paid_goes_back_through_it_whatever_its_method_is_called(shop, method):
    shop.press("carrier", "silent", times=1)
    shop.pays()
    purchase = cast.buy(cast.line(), email="mei@example.com")
    cast.go()
    named_as_ours(purchase, method)
    shop.press("carrier", "refuse")
    cast.go(after(minutes=20))
    cast.go(after(minutes=40))
    assert refund_states(purchase) == [("done", 990)]
    assert shop.gateway(purchase)["refunds"] == 1
    assert cast.states(purchase) == ["refunded"]


@pytest.mark.parametrize("method", OURS)
def test_what_a_gateway_was_paid_in_part_goes_back_through_it_when_the_purchase_is_cancelled(shop, method):
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.actions.order.expire import cancel
    from tsuzuki.core.money import Money

    shop.pays()
    purchase = cast.buy(
        cast.line(), "data-3gb", PaymentChoice("sandbox", Money(500, "JPY")), PaymentChoice("byhand")
    )
    cast.go()
    purchase.tenders.filter(gateway="sandbox").update(method=method)
    cancel(purchase.id, "test", after(minutes=1))
    cast.go(after(minutes=1))
    assert refund_states(purchase) == [("done", 500)]
    assert shop.gateway(purchase)["refunds"] == 1


@pytest.mark.parametrize("method", OURS)
def test_what_a_gateway_took_today_is_taken_and_given_back_whatever_its_method_is_called(shop, method):
    from tsuzuki.actions.money import own_means
    from tsuzuki.core.money import Money
    from tsuzuki.records import work_list

    shop.press("carrier", "refuse")
    named_as_ours(shop.sell(), method)
    cast.go(after(minutes=1))
    day = work_list.day(NOON - timedelta(hours=1), after(hours=1), own_means.without_new_money())
    assert (day.taken, day.given_back) == ([Money(990, "JPY")], [Money(990, "JPY")])


@pytest.mark.parametrize("method", OURS)
def test_a_gateway_that_names_a_method_as_ours_is_not_offered(plug_in, method):
    from tsuzuki.actions.engine import providers
    from tsuzuki.actions.order.acceptance import PaymentChoice

    plug_in("acme", method)
    with pytest.raises(Refused) as refused:
        providers.methods(providers.gateways()["acme"])
    assert refused.value.code is Code.METHOD_RESERVED
    assert refused.value.facts == {"gateway": "acme", "method": method}
    assert not providers.knows("acme")
    with pytest.raises(Refused, match="method_unknown"):
        cast.buy(cast.line(), "data-3gb", PaymentChoice("acme"))
    assert providers.knows("card")  # it hides no other


@pytest.mark.parametrize("name", OURS)
def test_nor_is_a_gateway_that_is_itself_called_as_ours_are(plug_in, name):
    from tsuzuki.actions.engine import providers

    plug_in(name, "barter")
    with pytest.raises(Refused, match="method_reserved"):
        providers.methods(providers.gateways()[name])
    assert not providers.knows("barter")


def test_it_can_still_be_asked_about_what_was_paid_through_it(plug_in):
    from tsuzuki.actions.engine import providers

    plug_in("acme", "credit")
    assert providers.gateway("acme").describe().method("credit")


def test_the_doctor_says_so_in_a_sentence(plug_in):
    from tsuzuki.cli.doctor import selling

    plug_in("acme", "credit")
    said = {one.said for one in selling.providers(NOON) if one.about == "payment"}
    assert any("“acme” uses the name “credit”, which is reserved" in one for one in said), said
