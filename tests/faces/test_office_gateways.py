"""Gateways are rows: made, changed, tried and switched off in the office; whom one speaks to and where money
goes is the owner's alone.
"""
# ruff: noqa: F811 (a test names the fixture it asks for)

from __future__ import annotations

import json

import pytest

from tests import cast
from tests.actions.conftest import running_sandbox, sandbox  # noqa: F401 (fixtures)
from tests.faces import desk
from tsuzuki.core.staff import Role

NEW = {"code": "toy", "name_en": "Toy", "provider": "sandbox", "position": "1", "active": "on"}


@pytest.fixture
def now():
    from django.utils import timezone

    return timezone.now()


@pytest.fixture
def desks(client, now):
    """A manager's browser and an owner's."""
    from django.test import Client, override_settings

    with override_settings(PASSWORD_HASHERS=desk.FAST):
        owner = Client(SERVER_NAME="localhost", headers={"Accept-Language": "en"})
        desk.sign_in(client, desk.hire("boss", Role.MANAGER, now), now)
        desk.sign_in(owner, desk.hire("owner", Role.OWNER, now), now)
        yield client, owner


def row(code: str = "toy"):
    from tsuzuki.records.models import Gateway

    return Gateway.objects.filter(code=code).first()


def offered() -> list[str]:
    from datetime import timedelta

    from tsuzuki.actions.engine import providers

    return [one.code for one in providers.offered("JPY", timedelta(days=2))]


def entries(code: str = "toy") -> list[str]:
    from tsuzuki.records.models import AuditEntry

    found = AuditEntry.objects.filter(subject_kind="gateway", subject_id=code)
    return list(found.order_by("at", "id").values_list("act", flat=True))


def test_a_gateway_is_made_and_its_methods_are_offered_at_once(sandbox, desks):
    manager, _ = desks
    settings = json.dumps({"methods": "card,konbini"})
    assert desk.post(manager, "/office/gateways/add/", "gateway", **NEW, settings=settings).status_code == 302
    assert (row().provider, row().settings, row().active) == ("sandbox", {"methods": "card,konbini"}, True)
    assert offered() == ["cash", "card", "konbini"]
    page = desk.text(manager.get("/office/gateways/toy/"))
    assert "/api/v1/webhooks/toy" in page
    assert "200 - 300,000" in page  # what its provider knows of konbini
    assert "takes payments" in desk.text(manager.get("/office/gateways/"))
    assert entries() == ["gateway"]


def test_only_the_chosen_ways_to_pay_are_offered(sandbox, desks):
    manager, _ = desks
    cast.gateways({})
    desk.post(manager, "/office/gateways/add/", "gateway", **NEW, settings='{"methods": "card,konbini"}')
    changed = desk.post(manager, "/office/gateways/toy/", "gateway", methods=["konbini"])
    assert changed.status_code == 302
    assert (row().methods, offered()) == (["konbini"], ["konbini"])
    assert desk.post(manager, "/office/gateways/toy/", "gateway", methods=["paypay"]).status_code == 422
    desk.post(manager, "/office/gateways/toy/", "gateway", methods=["card", "konbini"])
    assert (row().methods, offered()) == ([], ["card", "konbini"])  # all: whatever it learns later, too


def test_switched_off_it_takes_no_payment_and_finishes_what_was_begun(sandbox, desks, now):
    from tsuzuki.actions.engine import providers
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.core.errors import Refused

    manager, _ = desks
    cast.gateways({"sandbox": {"timeout": 10, "lease": 30}})
    sandbox.post("clock", now=now.isoformat())
    purchase = cast.buy(cast.line(now=now), "data-3gb", PaymentChoice("card"), now=now)
    page = desk.form_of(manager.get("/office/gateways/sandbox/").content.decode(), "gateway")
    page.pop("active")
    assert manager.post("/office/gateways/sandbox/", page | {"methods": ["card"]}).status_code == 302
    assert (row("sandbox").active, offered()) == (False, [])
    with pytest.raises(Refused, match="method_unknown"):
        cast.buy(cast.line(now=now), "data-3gb", PaymentChoice("card"), now=now)
    sandbox.press("gateway", "accept")
    cast.go(now)
    assert cast.states(purchase) != ["awaiting_payment"]
    assert providers.gateway("sandbox").describe().method("card")


def test_a_gateway_that_was_paid_through_is_not_deleted(sandbox, desks, now):
    from tsuzuki.actions.order.acceptance import PaymentChoice

    manager, _ = desks
    cast.gateways({"sandbox": {}})
    cast.buy(cast.line(now=now), "data-3gb", PaymentChoice("card"), now=now)
    assert desk.post(manager, "/office/gateways/sandbox/", "delete").status_code == 422
    assert row("sandbox")
    desk.post(manager, "/office/gateways/add/", "gateway", **NEW)
    assert desk.post(manager, "/office/gateways/toy/", "delete").status_code == 302
    assert row() is None
    assert entries() == ["gateway", "gateway_deleted"]


def test_the_gateway_is_tried_without_moving_anything(sandbox, desks, monkeypatch):
    from tsuzuki.actions.engine import providers

    manager, _ = desks
    desk.post(manager, "/office/gateways/add/", "gateway", **NEW)
    before = sandbox.json("gateway/effects")["totals"]
    done = desk.post(manager, "/office/gateways/toy/", "try")
    assert "It answers, and knows us." in desk.text(manager.get(done["Location"]))
    assert sandbox.json("gateway/effects")["totals"] == before
    monkeypatch.setenv("TSUZUKI_SANDBOX_SECRET", "another")
    providers.forget()
    refused = desk.post(manager, "/office/gateways/toy/", "try")
    assert refused.status_code == 422
    assert "did not answer as it should (status 401)" in desk.text(refused)
    assert entries() == ["gateway", "gateway_tried", "gateway_tried"]


def test_where_people_take_the_money_nobody_is_asked(desks):
    manager, _ = desks
    done = desk.post(manager, "/office/gateways/byhand/", "try")
    assert "Nobody is asked here" in desk.text(manager.get(done["Location"]))


def test_the_account_buyers_transfer_to_is_the_owners(desks):
    manager, owner = desks
    ours = {"bank": "Ours", "number": "1234567", "holder": "US"}
    assert (
        desk.post(manager, "/office/gateways/byhand/", "gateway", settings=json.dumps(ours)).status_code
        == 422
    )
    assert row("byhand").settings == {}
    desk.post(owner, "/office/gateways/byhand/", "gateway", settings=json.dumps(ours))
    assert row("byhand").settings == ours
    page = manager.get("/office/gateways/byhand/")
    assert "1234567" in desk.text(page)
    assert desk.form_of(page.content.decode(), "gateway")["settings"] == ""
    done = desk.post(manager, "/office/gateways/byhand/", "gateway", settings='{"largest_minor": 5000}')
    assert (done.status_code, row("byhand").settings) == (302, ours | {"largest_minor": 5000})


def test_the_action_refuses_by_itself(desks, now):
    from tsuzuki.actions.catalogue.gateways import NewGateway, put_gateways
    from tsuzuki.core.errors import Refused

    def put(code="byhand", provider="byhand", settings=None, actor="staff boss", methods=()):
        put_gateways([NewGateway(code, {"en": "G"}, provider, settings or {}, methods=methods)], actor, now)

    with pytest.raises(Refused, match="owner_needed"):
        put(settings={"bank": "Mine", "number": "1", "holder": "ME"})
    with pytest.raises(Refused, match="name_taken"):
        put(provider="sandbox", actor="staff owner")
    for ours in ("credit", "voucher", "account", "opening"):
        with pytest.raises(Refused, match="method_reserved"):
            put(code=ours, actor="staff owner")
    with pytest.raises(Refused, match="method_unknown"):
        put(methods=("card",))
    with pytest.raises(Refused, match="secret_name_refused"):
        put("toy", "sandbox", {"secret": "TSUZUKI_SECRET"}, "staff owner")


def test_every_gateway_says_how_it_is_reached():
    from tsuzuki.payments import registry

    for name in registry.names():
        entry = registry.entry(name)
        assert entry.reaches is not None, name
        assert {*entry.reaches.settings, *entry.reaches.secrets} <= set(entry.settings), name
        assert not entry.reaches.secrets or entry.reaches.prefix.startswith("TSUZUKI_"), name
