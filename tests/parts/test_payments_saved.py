"""A way to pay that is kept with the payer's consent, charged later with nobody there, and taken back."""

from dataclasses import replace

import pytest

from tests.parts.paying import ask, effects, fresh, paid
from tests.sandbox_process import Sandbox
from tsuzuki.core.errors import ProviderUnsure
from tsuzuki.payments import registry
from tsuzuki.payments.port import Gateway, Redirect, Standing


@pytest.fixture
def toy(sandbox: Sandbox) -> Gateway:
    return registry.load("sandbox", sandbox.environ, {"timeout": 10, "lease": 30})


def kept(toy: Gateway, sandbox: Sandbox) -> str:
    sight = paid(toy, sandbox, replace(ask(), keep=True))
    assert sight.saved
    return sight.saved


def test_it_is_kept_where_the_payer_agreed_and_only_there(toy: Gateway, sandbox: Sandbox) -> None:
    one = replace(ask(), keep=True)
    begun = toy.begin(one)
    assert begun.saved is None  # nothing is paid yet
    assert paid(toy, sandbox, ask()).saved is None
    sight = paid(toy, sandbox, one)
    assert sight.saved
    assert sight.saved not in repr(sight) + sight.raw


def test_law_2_a_charge_that_is_repeated_takes_the_money_once(toy: Gateway, sandbox: Sandbox) -> None:
    token, one = kept(toy, sandbox), ask()
    sandbox.press("gateway/charges", "late", times=1)
    with pytest.raises(ProviderUnsure):
        toy.charge(one, token)
    assert toy.look_up(one.key, None).standing is Standing.PAID  # its own look-up: by our key
    again = toy.charge(one, token)
    assert (again.standing, again.paid) == (Standing.PAID, one.amount)
    assert effects(sandbox, one.key)["charges"] == 1


def test_law_12_one_that_needs_the_payer_is_a_page_and_no_exception(toy: Gateway, sandbox: Sandbox) -> None:
    token, one = kept(toy, sandbox), ask()
    sandbox.press("gateway/charges", "needs_payer", times=1)
    asked = toy.charge(one, token)
    assert (asked.standing, isinstance(asked.next, Redirect)) == (Standing.OPEN, True)
    assert sandbox.post(f"pay/{asked.gateway_id}", behaviour="accept")[0] in (200, 303)
    assert toy.look_up(one.key, asked.gateway_id).standing is Standing.PAID


def test_what_is_taken_back_is_charged_no_more(toy: Gateway, sandbox: Sandbox) -> None:
    token = kept(toy, sandbox)
    assert toy.revoke(token)
    assert toy.revoke(token)
    assert toy.revoke("sav_nobody_knows")
    for unknown in (token, "sav_nobody_knows"):
        refused = toy.charge(ask(fresh()), unknown)
        assert (refused.standing, refused.reason) == (Standing.CLOSED, "not_saved")
