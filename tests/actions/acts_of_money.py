"""The same of gateways and of ways to pay that are kept."""

from __future__ import annotations

from tests import cast
from tests.actions.acts_of_business import EVERY, WHO, act
from tests.cast import NOON
from tsuzuki.core.audit import Act

__all__ = ["EVERY", "WHO"]  # with what staff and the business do


def new_gateway() -> None:
    from tsuzuki.actions.catalogue.gateways import NewGateway, put_gateways

    put_gateways([NewGateway("till", {"en": "Till"}, "byhand")])


@act(Act.GATEWAY)
def gateway_put(shop):
    from tsuzuki.actions.catalogue.gateways import NewGateway, put_gateways

    return lambda: put_gateways([NewGateway("till", {"en": "Till"}, "byhand")], WHO, NOON)


@act(Act.GATEWAY_DELETED)
def gateway_deleted(shop):
    from tsuzuki.actions.catalogue.gateways import delete_gateway

    new_gateway()
    return lambda: delete_gateway("till", WHO, NOON)


@act(Act.GATEWAY_TRIED)
def gateway_tried(shop):
    from tsuzuki.actions.catalogue.gateways import try_gateway

    return lambda: try_gateway("sandbox", WHO, NOON)


@act(Act.SAVING_AGREED)
def saving_agreed(shop):
    from tsuzuki.actions.order.choose_again import choose_again
    from tsuzuki.actions.order.saved import Agreed

    mei, purchase = waiting(shop)
    return lambda: choose_again(purchase.id, "card", NOON, agreed=Agreed(mei, WHO))


@act(Act.SAVED_REVOKED)
def saved_revoked(shop):
    from tsuzuki.actions.order.choose_again import choose_again
    from tsuzuki.actions.order.saved import Agreed, revoke
    from tsuzuki.records.models import SavedMethod

    mei, purchase = waiting(shop)
    shop.pays()
    choose_again(purchase.id, "card", NOON, agreed=Agreed(mei, "test"))
    cast.go()
    saved = SavedMethod.objects.get(customer=mei).id
    return lambda: revoke(saved, WHO, NOON)


def waiting(shop):
    from tsuzuki.actions.people import customers

    shop.pays("page")
    mei, purchase = customers.make("test", NOON).id, cast.buy(cast.line())
    cast.go()
    return mei, purchase
