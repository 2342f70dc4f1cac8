"""One provider's settings are nobody else's trouble."""

import pytest

from tests import cast
from tests.actions.conftest import after, incidents


@pytest.mark.parametrize(
    "wrong", [{"at_once": 0}, {"timeout": "inf"}, {"timeout": 10, "lease": 20}, {"lease": "nan"}], ids=str
)
def test_a_carrier_that_would_never_be_asked_is_not_saved(database, wrong):
    from tsuzuki.actions.catalogue.plans import NewCarrier, save_carriers
    from tsuzuki.core.errors import Refused
    from tsuzuki.records.models import Carrier

    with pytest.raises(Refused, match="times_unsound"):
        save_carriers(
            [NewCarrier("x", {"en": "X"}, "docomo", "sandbox", settings={"timeout": 2, "lease": 6, **wrong})]
        )
    assert not Carrier.objects.exists()


def test_a_carrier_whose_secret_comes_later_is_saved(database, monkeypatch):
    from tsuzuki.actions.catalogue.plans import NewCarrier, save_carriers
    from tsuzuki.records.models import Carrier

    monkeypatch.delenv("TSUZUKI_SANDBOX_URL", raising=False)
    save_carriers([NewCarrier("x", {"en": "X"}, "docomo", "sandbox", settings={"timeout": 2, "lease": 6})])
    assert Carrier.objects.count() == 1


@pytest.mark.parametrize(
    "settings",
    [{"at_once": 0}, {"timeout": "soon"}, {"at_once": {"a": 1}}, ["no", "table"], 7, None],
    ids=str,
)
def test_what_nobody_can_read_in_one_row_holds_up_no_other(shop, settings):
    """Written past the office, or by an older version."""
    from tsuzuki.records.models import Carrier

    shop.pays()
    waiting = cast.buy(cast.line())
    Carrier.objects.create(
        code="odd",
        names={"en": "Odd"},
        network="docomo",
        provider="sandbox",
        zone="Asia/Tokyo",
        settings={} if settings is None else settings,
        refund_after_seconds=900,
    )
    bad = cast.buy(cast.line("odd"))
    if settings is None:
        Carrier.objects.filter(code="odd").update(provider="nobody knows it")
    cast.go()
    cast.go(after(seconds=3))
    assert cast.states(waiting) == ["delivered"]
    assert cast.states(bad) == ["paid"]
    assert incidents() == ["provider_broken"]


def test_a_lease_that_ends_while_the_line_is_opened_asks_nothing(shop, monkeypatch):
    """Whoever pauses between his look at the clock and the first byte sends none; the one who comes after him
    asks once.
    """
    from tsuzuki.http import deadline

    pauses = iter([True])
    monkeypatch.setattr(deadline, "is_over", lambda: next(pauses, False))
    purchase = cast.buy(cast.line(), "day", cast.voucher(330))
    cast.go()
    assert shop.carrier(purchase)["calls"] == 0
    for seconds in (10, 20):
        cast.go(after(seconds=seconds))
    assert cast.states(purchase) == ["delivered"]
    assert shop.carrier(purchase)["calls"] == 1


def moved_to(provider: str) -> None:
    """The operator gives the carrier another provider while its orders are under way."""
    from tsuzuki.actions.catalogue.plans import NewCarrier, save_carriers
    from tsuzuki.actions.engine import providers

    save_carriers([NewCarrier("sand", {"en": "Sand"}, "docomo", provider)])
    providers.forget()


def test_what_another_provider_may_have_done_is_not_refunded_by_machine(shop):
    shop.pays()
    shop.press("carrier", "late")  # it does it, and we do not hear
    purchase = cast.buy(cast.line())
    cast.go()
    moved_to("byhand")
    for seconds in (10, 60, 1500):
        cast.go(after(seconds=seconds))
    assert shop.carrier(purchase)["deliveries"] == 1
    assert (cast.states(purchase), incidents()) == (["applied"], ["delivery_unsure", "overdue"])


def test_what_another_provider_certainly_did_not_do_is_asked_of_the_new_one(shop):
    from tsuzuki.actions.work import work_items

    shop.pays()
    shop.press("carrier", "busy")
    purchase = cast.buy(cast.line())
    cast.go()
    moved_to("byhand")
    cast.go(after(seconds=60))
    item = next(item for item in work_items.waiting() if item.kind == "provision")
    work_items.finish(item.id, "R1", "sato", after(seconds=90))
    assert (cast.states(purchase), item.facts["provider"], incidents()) == (["delivered"], "byhand", [])
    assert shop.carrier(purchase)["deliveries"] == 0
