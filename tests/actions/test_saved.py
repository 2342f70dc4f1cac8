"""A payer agrees that a way to pay is kept; it is charged later with nobody there, until they take it back.

And what the flags of a method mean to the engine: windows of repeats, and whether a payment can be closed.
"""

from datetime import timedelta

import pytest

from tests import cast
from tests.actions.conftest import QUICK, after, incidents, refund_states
from tests.cast import NOON


@pytest.fixture
def customer(shop):
    from tsuzuki.actions.people import customers

    return customers.make("test", NOON, phone="+819012345678").id


def waiting(shop, now=NOON):
    """A purchase whose buyer has a page and does nothing."""
    shop.pays("page")
    purchase = cast.buy(cast.line(), "data-3gb", now=now)
    cast.go(now)
    return purchase


def kept(shop, customer, now=NOON):
    """Paid by card, which the payer agreed to have kept."""
    from tsuzuki.actions.order.choose_again import choose_again
    from tsuzuki.actions.order.saved import Agreed
    from tsuzuki.records.models import SavedMethod

    purchase = waiting(shop, now)
    shop.pays()
    choose_again(purchase.id, "card", now, agreed=Agreed(customer, "cli:sato"))
    cast.go(now)
    cast.go(now + timedelta(minutes=2))
    assert cast.states(purchase) == ["delivered"]
    return SavedMethod.objects.get(customer=customer)


def charge(purchase, saved, now):
    from tsuzuki.actions.order.choose_again import charge_saved

    charge_saved(purchase.id, saved.id, now)
    cast.go(now)
    cast.go(now + timedelta(minutes=2))


def acts(customer):
    from tsuzuki.records.models import AuditEntry

    rows = AuditEntry.objects.filter(subject_kind="customer", subject_id=str(customer)).order_by("at", "id")
    return list(rows.values_list("act", flat=True))


class TestKept:
    def test_it_is_kept_sealed_with_the_consent(self, shop, customer):
        from tsuzuki.actions.money import sealed_text

        saved = kept(shop, customer)
        assert (saved.gateway, saved.method, saved.agreed_at) == ("sandbox", "card", NOON)
        token = sealed_text.opened(saved.token)
        assert token.startswith("sav_")
        assert token not in saved.token.stored
        assert acts(customer) == ["customer_made", "saving_agreed"]

    def test_without_consent_nothing_is_kept(self, shop, customer):
        from tsuzuki.records.models import SavedMethod

        shop.sell()
        assert not SavedMethod.objects.exists()

    def test_a_method_that_cannot_be_kept_is_refused_before_anything_changes(self, shop, customer):
        from tsuzuki.actions.order.choose_again import choose_again
        from tsuzuki.actions.order.saved import Agreed
        from tsuzuki.core.errors import Refused
        from tsuzuki.records.models import Tender

        cast.gateways({"sandbox": QUICK | {"methods": "card,paypay"}})
        purchase = waiting(shop)
        with pytest.raises(Refused, match="method_not_kept"):
            choose_again(purchase.id, "paypay", NOON, agreed=Agreed(customer, "cli:sato"))
        with pytest.raises(Refused, match="customer_unknown"):
            choose_again(purchase.id, "card", NOON, agreed=Agreed(purchase.id, "cli:sato"))
        assert list(Tender.objects.values_list("state", flat=True)) == ["open"]

    def test_it_is_charged_with_nobody_there(self, shop, customer):
        saved = kept(shop, customer)
        shop.pays("page")
        purchase = waiting(shop, after(minutes=10))
        charge(purchase, saved, after(minutes=11))
        assert cast.states(purchase) == ["delivered"]
        assert shop.gateway(purchase, 1)["charges"] == 1

    def test_the_answer_lost_it_is_looked_up_and_charged_once(self, shop, customer):
        saved = kept(shop, customer)
        purchase = waiting(shop, after(minutes=10))
        shop.press("gateway/charges", "late", times=1)
        charge(purchase, saved, after(minutes=11))
        assert cast.states(purchase) == ["delivered"]
        assert (shop.gateway(purchase, 1)["charges"], shop.gateway(purchase, 1)["calls"]) == (1, 1)

    def test_where_the_payer_is_needed_the_order_waits_with_a_page(self, shop, customer):
        saved = kept(shop, customer)
        purchase = waiting(shop, after(minutes=10))
        shop.press("gateway/charges", "needs_payer")
        charge(purchase, saved, after(minutes=11))
        assert cast.states(purchase) == ["awaiting_payment"]
        assert shop.attempt(purchase, "pay", 1).next["type"] == "redirect"
        shop.buyer(purchase, "accept", position=1)
        cast.go(after(minutes=20))
        assert cast.states(purchase) == ["delivered"]

    def test_taken_back_it_is_charged_no_more_and_its_token_is_forgotten(self, shop, customer):
        from tsuzuki.actions.order.choose_again import charge_saved
        from tsuzuki.actions.order.saved import revoke
        from tsuzuki.core.errors import Refused

        saved = kept(shop, customer)
        assert revoke(saved.id, "cli:sato", after(minutes=5))
        saved.refresh_from_db()
        assert (saved.token, saved.revoked_at) == (None, after(minutes=5))
        assert revoke(saved.id, "cli:sato", after(minutes=6))
        purchase = waiting(shop, after(minutes=10))
        with pytest.raises(Refused, match="saved_method_unknown"):
            charge_saved(purchase.id, saved.id, after(minutes=11))
        assert acts(customer) == ["customer_made", "saving_agreed", "saved_revoked"]

    def test_taken_back_after_the_wish_and_before_the_question_nobody_is_asked(self, shop, customer):
        from tsuzuki.actions.order.choose_again import charge_saved
        from tsuzuki.actions.order.saved import revoke

        saved = kept(shop, customer)
        purchase = waiting(shop, after(minutes=10))
        charge_saved(purchase.id, saved.id, after(minutes=11))
        revoke(saved.id, "cli:sato", after(minutes=11))
        cast.go(after(minutes=12))
        cast.go(after(minutes=14))
        assert cast.states(purchase) == ["awaiting_payment"]
        assert shop.gateway(purchase, 1)["charges"] == 0


class TestWindows:
    """After it nobody asks under the old key: what was certainly not done is people's."""

    @pytest.mark.parametrize(("at", "charges"), [(20, 1), (400, 0)])
    def test_of_a_payment(self, shop, at, charges):
        cast.gateways({"sandbox": QUICK | {"repeats": 300}})
        shop.pays("busy")
        purchase = cast.buy(cast.line(), "data-3gb")
        cast.go()
        shop.pays("accept")
        cast.go(after(seconds=at))
        cast.go(after(seconds=at + 60))
        assert shop.gateway(purchase)["charges"] == charges
        assert incidents() == ([] if charges else ["payment_unsure"])

    @pytest.mark.parametrize(("at", "refunds"), [(20, 1), (400, 0)])
    def test_of_a_refund(self, shop, at, refunds):
        cast.gateways({"sandbox": QUICK | {"repeats": 300}})
        shop.press("carrier", "refuse")
        shop.press("gateway/refunds", "busy")
        purchase = shop.sell()
        cast.go()
        shop.press("gateway/refunds", "accept")
        cast.go(after(seconds=at))
        cast.go(after(seconds=at + 60))
        assert shop.gateway(purchase)["refunds"] == refunds
        if refunds:
            assert refund_states(purchase) == [("done", 990)]
        else:
            assert incidents() == ["refund_unsure"]


class TestClosing:
    def test_what_cannot_be_closed_holds_up_no_other_method_and_its_money_goes_back(self, shop):
        from tsuzuki.actions.order.choose_again import choose_again

        cast.gateways({"sandbox": QUICK | {"closes": "no"}})
        purchase = waiting(shop)
        shop.pays()
        choose_again(purchase.id, "card", after(minutes=1))
        cast.go(after(minutes=1))
        cast.go(after(minutes=3))
        assert cast.states(purchase) == ["delivered"]
        shop.buyer(purchase, "accept")  # and the first page all the same
        shop.tell(shop.key(purchase, "pay"), "payment.paid", after(minutes=4))
        cast.go(after(minutes=4))
        cast.go(after(minutes=8))
        assert refund_states(purchase) == [("done", 990)]
        assert cast.states(purchase) == ["delivered"]

    def test_what_was_just_paid_is_not_closed_where_that_gives_it_back(self, shop):
        """The money is here, and pays."""
        cast.gateways({"sandbox": QUICK | {"closes": "refund"}})
        from tsuzuki.actions.order.choose_again import choose_again

        purchase = waiting(shop)
        shop.buyer(purchase, "accept")
        shop.press("gateway/looks", "silent", times=1)  # the first look is lost: nothing is closed on a guess
        shop.pays("page")
        choose_again(purchase.id, "card", after(minutes=1))
        for minute in (1, 3, 6, 10):
            cast.go(after(minutes=minute))
        assert cast.states(purchase) == ["delivered"]
        calls = shop.sandbox.json(f"gateway/effects?key={shop.key(purchase, 'pay')}")["totals"]
        assert (calls["charges"], calls["refunds"]) == (1, 0)
