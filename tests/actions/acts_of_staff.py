"""What staff do that the audit log keeps, each prepared and ready to be done: of people and of tasks."""

from __future__ import annotations

from collections.abc import Callable

from tests import cast
from tests.actions.conftest import after
from tests.actions.test_road_hand import cash, item_of
from tests.cast import NOON
from tests.faces import desk
from tsuzuki.core.audit import Act
from tsuzuki.core.staff import Role

WHO = "staff sato"
EVERY: list[tuple[Act, Callable]] = []


def act(which: Act):
    """Prepares it, and returns the public action ready to be called."""

    def add(prepare: Callable) -> Callable:
        EVERY.append((which, prepare))
        return prepare

    return add


@act(Act.STAFF_INVITED)
def invited(shop):
    from tsuzuki.actions.people import staff

    return lambda: staff.invite("kim", Role.CLERK, WHO, NOON)


@act(Act.STAFF_INVITED)
def invited_again(shop):
    from tsuzuki.actions.people import staff

    desk.hire("kim", Role.OWNER, NOON)
    return lambda: staff.invite_again("kim", WHO, NOON)


@act(Act.STAFF_JOINED)
def joined(shop):
    from tsuzuki.actions.people import staff

    token = staff.invite("kim", Role.CLERK, WHO, NOON)[1]
    return lambda: staff.join(token, desk.PASSWORD, NOON)


@act(Act.STAFF_ENROLLED)
def enrolled(shop):
    from tsuzuki.actions.people import staff

    member = staff.join(staff.invite("kim", Role.CLERK, WHO, NOON)[1], desk.PASSWORD, NOON)
    return lambda: staff.enrol(member, desk.code_of(member, NOON), NOON)


@act(Act.SIGNED_IN)
def signed_in(shop):
    from tsuzuki.actions.people import staff

    member = desk.hire("kim", Role.OWNER, NOON)
    return lambda: staff.has_code(member, desk.code_of(member, NOON), NOON)


@act(Act.STAFF_ROLE)
def role_given(shop):
    from tsuzuki.actions.people import staff_roles

    desk.hire("kim", Role.CLERK, NOON)
    return lambda: staff_roles.set_role("kim", Role.MANAGER, WHO, NOON)


@act(Act.STAFF_LEFT)
def left(shop):
    from tsuzuki.actions.people import staff_roles

    desk.hire("kim", Role.CLERK, NOON)
    return lambda: staff_roles.deactivate("kim", WHO, NOON)


@act(Act.PASSWORD_CHANGED)
def password_changed(shop):
    from tsuzuki.actions.people import staff

    desk.hire("kim", Role.CLERK, NOON)
    return lambda: staff.change_password("kim", desk.PASSWORD, "seven lanterns by the canal", NOON)


@act(Act.RECOVERY_RENEWED)
def recovery_renewed(shop):
    from tsuzuki.actions.people import staff

    member = desk.hire("kim", Role.CLERK, NOON)
    return lambda: staff.renew_recovery("kim", desk.PASSWORD, desk.code_of(member, NOON), NOON)


@act(Act.TAKE)
def task_taken(shop):
    from tsuzuki.actions.work import work_items

    shop.sell(carrier="hand")
    id = item_of().id
    return lambda: work_items.take(id, WHO, after(minutes=1))


@act(Act.TAKE_OVER)
def task_taken_over(shop):
    from tsuzuki.actions.work import work_items

    shop.sell(carrier="hand")
    id = item_of().id
    work_items.take(id, "staff suzuki", after(minutes=1))
    return lambda: work_items.take_over(id, WHO, after(minutes=2))


@act(Act.FINISH)
def delivered_by_hand(shop):
    from tsuzuki.actions.work import work_items

    shop.sell(carrier="hand")
    id = item_of().id
    return lambda: work_items.finish(id, "PORTAL-77", WHO, after(minutes=1))


@act(Act.FINISH)
def cash_taken(shop):
    from tsuzuki.actions.work import work_items

    cash()
    id = item_of("pay").id
    return lambda: work_items.finish(id, "till 3", WHO, after(minutes=1))


def refund_that_nobody_knows_of(shop) -> str:
    """Sent, and the gateway can never tell: people answer."""
    from tsuzuki.records.models import Attempt

    shop.pays()
    shop.press("carrier", "refuse")
    shop.press("gateway/refunds", "pending")
    cast.buy(cast.line(), "data-3gb")
    cast.go()
    sent = Attempt.objects.get(step="refund")
    Attempt.objects.filter(id=sent.id).update(standing="cannot_tell", look_at=None)
    return f"a{sent.id}"


@act(Act.FINISH)
def refund_seen_to_have_gone(shop):
    from tsuzuki.actions.work import work_items

    id = refund_that_nobody_knows_of(shop)
    return lambda: work_items.finish(id, "seen at the gateway", WHO, after(minutes=1))


@act(Act.REFUSE)
def refund_seen_not_to_have_gone(shop):
    from tsuzuki.actions.work import work_items

    id = refund_that_nobody_knows_of(shop)
    return lambda: work_items.refuse(id, "not at the gateway", WHO, after(minutes=1))


@act(Act.FINISH)
def refund_paid_out(shop):
    from tsuzuki.actions.work import work_items

    shop.pays()
    shop.press("carrier", "refuse")
    shop.press("gateway/refunds", "refuse")
    cast.buy(cast.line(), "data-3gb")
    cast.go()
    id = item_of("owed").id
    return lambda: work_items.finish(id, "receipt 77", WHO, after(minutes=1))


@act(Act.FINISH)
def incident_closed(shop):
    from tsuzuki.actions.work import work_items
    from tsuzuki.actions.write import incidents

    incidents.report("supplier_refuses_us", "sand wallet", NOON)
    id = item_of("incident").id
    return lambda: work_items.finish(id, "the wallet was filled", WHO, after(minutes=1))


@act(Act.REFUSE)
def not_to_be_delivered(shop):
    from tsuzuki.actions.work import work_items

    shop.sell(carrier="hand")
    id = item_of().id
    return lambda: work_items.refuse(id, "number barred", WHO, after(minutes=1))


@act(Act.REFUSE)
def cash_not_brought(shop):
    from tsuzuki.actions.work import work_items

    cash()
    id = item_of("pay").id
    return lambda: work_items.refuse(id, "nobody came", WHO, after(minutes=1))


@act(Act.TAKE_BACK)
def taken_back(shop):
    from tsuzuki.actions.order.take_back import take_back

    order = shop.sell().orders.get()
    return lambda: take_back(order.id, "a mistake", WHO, after(minutes=1))


@act(Act.TAKE_BACK)
@act(Act.FINISH)
def asked_and_approved(shop):
    from tsuzuki.actions.order.take_back import ask_back
    from tsuzuki.actions.work import reversals

    ask_back(shop.sell().orders.get().id, "a mistake", "staff kim", NOON)
    id = item_of("incident").id
    return lambda: reversals.approve(id, WHO, after(minutes=1))


@act(Act.FINISH)
def asked_and_declined(shop):
    from tsuzuki.actions.order.take_back import ask_back
    from tsuzuki.actions.work import reversals

    ask_back(shop.sell().orders.get().id, "a mistake", "staff kim", NOON)
    id = item_of("incident").id
    return lambda: reversals.decline(id, "used for a week", WHO, after(minutes=1))


@act(Act.BANK_DETAILS)
def bank_account_named(shop):
    from tsuzuki.actions.order import refund_details
    from tsuzuki.records.models import Refund

    shop.press("gateway/refunds", "ask_details", times=1)
    shop.press("carrier", "refuse", times=1)
    shop.sell()
    account = refund_details.read("A Bank", "Main", "ordinary", "1234567", "ミン メイ")
    return lambda: refund_details.give(Refund.objects.get(state="owed").id, account, WHO, after(minutes=1))


@act(Act.REFUND_ASKED)
def refund_asked(shop):
    from tsuzuki.actions.order.take_back import ask_back

    order = shop.sell().orders.get()
    return lambda: ask_back(order.id, "a mistake", WHO, after(minutes=1))


@act(Act.CANCEL)
def cancelled(shop):
    from tsuzuki.actions.order.expire import cancel

    purchase = cash()
    return lambda: cancel(purchase.id, WHO, after(minutes=1))


@act(Act.BRAND)
def brand_changed(shop):
    from tsuzuki.actions.catalogue.brand import save_brand

    return lambda: save_brand({"name": "Sakura SIM"}, WHO, NOON)


@act(Act.SECRET_ACCEPTED)
def secret_accepted(shop):
    from tsuzuki.actions.installation import secret_mark
    from tsuzuki.records.models import InstallationSecret

    InstallationSecret.objects.create(id="1", mark="another", current_since=NOON)
    return lambda: secret_mark.keep(WHO, NOON, replace=True)


@act(Act.CUSTOMER_MADE)
def customer_made(shop):
    from tsuzuki.actions.people import customers

    return lambda: customers.make(WHO, NOON, "+819012345678")


@act(Act.PHONE_VERIFIED)
def phone_verified(shop):
    from tsuzuki.actions.people import customers

    mei = customers.make("another", NOON)
    return lambda: customers.verify_phone(mei.id, "+819012345678", WHO, NOON)


@act(Act.PHONE_RELEASED)
def phone_released(shop):
    from tsuzuki.actions.people import customers

    mei = customers.make("another", NOON)
    customers.verify_phone(mei.id, "+819012345678", "another", NOON)
    return lambda: customers.release_phone(mei.id, WHO, NOON)


@act(Act.LINKS_REVOKED)
def links_revoked(shop):
    from tsuzuki.actions.lines import links

    line = cast.line()
    return lambda: links.revoke(line, WHO, NOON)


@act(Act.SECRET_DROPPED)
def secret_dropped(shop):
    from tsuzuki.actions.installation import secret_rotation
    from tsuzuki.records.models import InstallationSecret

    InstallationSecret.objects.create(id="0", mark="another")
    return lambda: secret_rotation.drop("0", WHO, NOON)


@act(Act.RESEALED)
def resealed(shop):
    from django.conf import settings
    from django.test import override_settings

    from tsuzuki.actions.installation import secret_mark, secret_rotation
    from tsuzuki.actions.people import staff
    from tsuzuki.core.keyring import Keyring

    staff.invite("lee", Role.VIEWER, "another", NOON)
    both = override_settings(KEYRING=Keyring("2", {"2": "new", **settings.KEYRING.secrets}))
    both(secret_mark.keep)("another", NOON)
    return both(lambda: secret_rotation.reseal(WHO, NOON))
