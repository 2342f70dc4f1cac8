"""An installation whose gateways stood in TSUZUKI_GATEWAYS loses nothing when they become rows."""

import pytest

from tests import cast


@pytest.fixture
def before(database, monkeypatch):
    """As it was: money was paid through two gateways, and there are no rows. Returns how to go on."""
    from django.core.management import call_command

    from tsuzuki.actions.engine import providers
    from tsuzuki.actions.order.acceptance import PaymentChoice

    cast.operator()
    cast.buy(cast.line(), "data-3gb", PaymentChoice("byhand"))
    tenders = cast.buy(cast.line(), "data-3gb", PaymentChoice("byhand")).tenders
    tenders.update(gateway="gone")
    call_command("migrate", "records", "0024", verbosity=0)

    def migrate(said: str) -> dict[str, tuple[str, object, bool, int]]:
        from tsuzuki.records.models import Gateway

        monkeypatch.setenv("TSUZUKI_GATEWAYS", said)
        call_command("migrate", verbosity=0)
        providers.forget()
        return {
            row.code: (row.provider, row.settings, row.active, row.position) for row in Gateway.objects.all()
        }

    return migrate


def test_its_settings_are_taken_over_in_their_order(before):
    assert before('{"sandbox": {"methods": "card"}, "byhand": {"largest_minor": 5000}}') == {
        "sandbox": ("sandbox", {"methods": "card"}, True, 1),
        "byhand": ("byhand", {"largest_minor": 5000}, True, 2),
        "gone": ("gone", {}, False, 3),  # refunds and late events still go there
    }


def test_what_is_said_nowhere_any_more_is_kept_and_switched_off(before):
    assert before("") == {"byhand": ("byhand", {}, False, 1), "gone": ("gone", {}, False, 2)}


@pytest.mark.parametrize("said", ["{", "[]", '{"byhand": 5}', "5"])
def test_what_cannot_be_read_stops_the_upgrade(before, said):
    from django.core.exceptions import ImproperlyConfigured

    with pytest.raises(ImproperlyConfigured, match="TSUZUKI_GATEWAYS"):
        before(said)
