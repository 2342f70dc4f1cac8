"""A way to pay that is kept with the payer's consent, charged later with nobody there, and taken back."""

from dataclasses import replace

import pytest

from tests.parts.paying import ask, effects, fresh, paid
from tests.sandbox_process import Sandbox
from tsuzuki.core.errors import ProviderUnsure
from tsuzuki.payments import registry
from tsuzuki.payments.port import PaymentGateway, PaymentStatus, Redirect


@pytest.fixture
def toy(sandbox: Sandbox) -> PaymentGateway:
    return registry.load("sandbox", sandbox.environ, {"timeout": 10, "lease": 30})


def kept(toy: PaymentGateway, sandbox: Sandbox) -> str:
    snapshot = paid(toy, sandbox, replace(ask(), keep=True))
    assert snapshot.saved
    return snapshot.saved


def test_it_is_kept_where_the_payer_agreed_and_only_there(toy: PaymentGateway, sandbox: Sandbox) -> None:
    one = replace(ask(), keep=True)
    begun = toy.begin(one)
    assert begun.saved is None  # nothing is paid yet
    assert paid(toy, sandbox, ask()).saved is None
    snapshot = paid(toy, sandbox, one)
    assert snapshot.saved
    assert snapshot.saved not in repr(snapshot) + snapshot.raw


def test_law_2_a_charge_that_is_repeated_takes_the_money_once(toy: PaymentGateway, sandbox: Sandbox) -> None:
    token, one = kept(toy, sandbox), ask()
    sandbox.press("gateway/charges", "late", times=1)
    with pytest.raises(ProviderUnsure):
        toy.charge(one, token)
    assert toy.look_up(one.key, None).status is PaymentStatus.PAID  # its own look-up: by our key
    again = toy.charge(one, token)
    assert (again.status, again.paid) == (PaymentStatus.PAID, one.amount)
    assert effects(sandbox, one.key)["charges"] == 1


def test_law_12_one_that_needs_the_payer_is_a_page_and_no_exception(
    toy: PaymentGateway, sandbox: Sandbox
) -> None:
    token, one = kept(toy, sandbox), ask()
    sandbox.press("gateway/charges", "needs_payer", times=1)
    asked = toy.charge(one, token)
    assert (asked.status, isinstance(asked.next, Redirect)) == (PaymentStatus.OPEN, True)
    assert sandbox.post(f"pay/{asked.gateway_id}", behaviour="accept")[0] in (200, 303)
    assert toy.look_up(one.key, asked.gateway_id).status is PaymentStatus.PAID


def test_what_is_taken_back_is_charged_no_more(toy: PaymentGateway, sandbox: Sandbox) -> None:
    token = kept(toy, sandbox)
    assert toy.revoke(token)
    assert toy.revoke(token)
    assert toy.revoke("sav_nobody_knows")
    for unknown in (token, "sav_nobody_knows"):
        refused = toy.charge(ask(fresh()), unknown)
        assert (refused.status, refused.reason) == (PaymentStatus.CLOSED, "not_saved")
