"""An act and its audit entry are one transaction: a process that is killed leaves both or neither, whichever act it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

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
    from tsuzuki.actions import staff

    return lambda: staff.invite("kim", Role.CLERK, WHO, NOON)


@act(Act.STAFF_INVITED)
def invited_again(shop):
    from tsuzuki.actions import staff

    desk.hire("kim", Role.OWNER, NOON)
    return lambda: staff.invite_again("kim", WHO, NOON)


@act(Act.STAFF_JOINED)
def joined(shop):
    from tsuzuki.actions import staff

    token = staff.invite("kim", Role.CLERK, WHO, NOON)[1]
    return lambda: staff.join(token, desk.PASSWORD, NOON)


@act(Act.STAFF_ENROLLED)
def enrolled(shop):
    from tsuzuki.actions import staff

    member = staff.join(staff.invite("kim", Role.CLERK, WHO, NOON)[1], desk.PASSWORD, NOON)
    return lambda: staff.enrol(member, desk.code_of(member, NOON), NOON)


@act(Act.SIGNED_IN)
def signed_in(shop):
    from tsuzuki.actions import staff

    member = desk.hire("kim", Role.OWNER, NOON)
    return lambda: staff.has_code(member, desk.code_of(member, NOON), NOON)


@act(Act.STAFF_ROLE)
def role_given(shop):
    from tsuzuki.actions import staff

    desk.hire("kim", Role.CLERK, NOON)
    return lambda: staff.set_role("kim", Role.MANAGER, WHO, NOON)


@act(Act.STAFF_LEFT)
def left(shop):
    from tsuzuki.actions import staff

    desk.hire("kim", Role.CLERK, NOON)
    return lambda: staff.leave("kim", WHO, NOON)


@act(Act.PASSWORD_CHANGED)
def password_changed(shop):
    from tsuzuki.actions import staff

    desk.hire("kim", Role.CLERK, NOON)
    return lambda: staff.change_password("kim", desk.PASSWORD, "seven lanterns by the canal", NOON)


@act(Act.RECOVERY_RENEWED)
def recovery_renewed(shop):
    from tsuzuki.actions import staff

    member = desk.hire("kim", Role.CLERK, NOON)
    return lambda: staff.renew_recovery("kim", desk.PASSWORD, desk.code_of(member, NOON), NOON)


@act(Act.TAKE)
def task_taken(shop):
    from tsuzuki.actions import work

    shop.sell(carrier="hand")
    id = item_of().id
    return lambda: work.take(id, WHO, after(minutes=1))


@act(Act.TAKE_OVER)
def task_taken_over(shop):
    from tsuzuki.actions import work

    shop.sell(carrier="hand")
    id = item_of().id
    work.take(id, "staff suzuki", after(minutes=1))
    return lambda: work.take_over(id, WHO, after(minutes=2))


@act(Act.FINISH)
def delivered_by_hand(shop):
    from tsuzuki.actions import work

    shop.sell(carrier="hand")
    id = item_of().id
    return lambda: work.finish(id, "PORTAL-77", WHO, after(minutes=1))


@act(Act.FINISH)
def cash_taken(shop):
    from tsuzuki.actions import work

    cash()
    id = item_of("pay").id
    return lambda: work.finish(id, "till 3", WHO, after(minutes=1))


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
    from tsuzuki.actions import work

    id = refund_that_nobody_knows_of(shop)
    return lambda: work.finish(id, "seen at the gateway", WHO, after(minutes=1))


@act(Act.REFUSE)
def refund_seen_not_to_have_gone(shop):
    from tsuzuki.actions import work

    id = refund_that_nobody_knows_of(shop)
    return lambda: work.refuse(id, "not at the gateway", WHO, after(minutes=1))


@act(Act.FINISH)
def refund_paid_out(shop):
    from tsuzuki.actions import work

    shop.pays()
    shop.press("carrier", "refuse")
    shop.press("gateway/refunds", "refuse")
    cast.buy(cast.line(), "data-3gb")
    cast.go()
    id = item_of("owed").id
    return lambda: work.finish(id, "receipt 77", WHO, after(minutes=1))


@act(Act.FINISH)
def incident_closed(shop):
    from tsuzuki.actions import incidents, work

    incidents.report("supplier_refuses_us", "sand wallet", NOON)
    id = item_of("incident").id
    return lambda: work.finish(id, "the wallet was filled", WHO, after(minutes=1))


@act(Act.REFUSE)
def not_to_be_delivered(shop):
    from tsuzuki.actions import work

    shop.sell(carrier="hand")
    id = item_of().id
    return lambda: work.refuse(id, "number barred", WHO, after(minutes=1))


@act(Act.REFUSE)
def cash_not_brought(shop):
    from tsuzuki.actions import work

    cash()
    id = item_of("pay").id
    return lambda: work.refuse(id, "nobody came", WHO, after(minutes=1))


@act(Act.TAKE_BACK)
def taken_back(shop):
    from tsuzuki.actions.order.take_back import take_back

    order = shop.sell().orders.get()
    return lambda: take_back(order.id, "a mistake", WHO, after(minutes=1))


@act(Act.TAKE_BACK)
@act(Act.FINISH)
def asked_and_approved(shop):
    from tsuzuki.actions import reversals
    from tsuzuki.actions.order.take_back import ask_back

    ask_back(shop.sell().orders.get().id, "a mistake", "staff kim", NOON)
    id = item_of("incident").id
    return lambda: reversals.approve(id, WHO, after(minutes=1))


@act(Act.FINISH)
def asked_and_declined(shop):
    from tsuzuki.actions import reversals
    from tsuzuki.actions.order.take_back import ask_back

    ask_back(shop.sell().orders.get().id, "a mistake", "staff kim", NOON)
    id = item_of("incident").id
    return lambda: reversals.decline(id, "used for a week", WHO, after(minutes=1))


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
    from tsuzuki.actions.brand import put_brand

    return lambda: put_brand({"name": "Sakura SIM"}, WHO, NOON)


@act(Act.SECRET_ACCEPTED)
def secret_accepted(shop):
    from tsuzuki.actions import secret_mark
    from tsuzuki.records.models import Operator

    Operator.objects.update_or_create(
        id=1, defaults={"secret_mark": "another", "brand": {}, "changed_at": NOON}
    )
    return lambda: secret_mark.keep(WHO, NOON, replace=True)


def new_carrier():
    from tsuzuki.actions.catalogue import NewCarrier

    return NewCarrier("new", {"en": "New"}, "docomo", "byhand")


@act(Act.CARRIER)
def carrier_put(shop):
    from tsuzuki.actions.catalogue import put_carriers

    return lambda: put_carriers([new_carrier()], "system root", NOON)


@act(Act.CARRIER_DELETED)
def carrier_deleted(shop):
    from tsuzuki.actions.catalogue import delete_carrier, put_carriers

    put_carriers([new_carrier()])
    return lambda: delete_carrier("new", WHO, NOON)


@act(Act.PLAN)
def plan_put(shop):
    from tsuzuki.actions.catalogue import put_plans

    return lambda: put_plans(cast.plans()[-1:], NOON, WHO)


@act(Act.PLAN)
def plan_retired(shop):
    from tsuzuki.actions.catalogue import retire

    return lambda: retire("data-3gb", True, WHO, NOON)


@act(Act.PLAN_DELETED)
def plan_deleted(shop):
    from tsuzuki.actions.catalogue import delete_plan

    return lambda: delete_plan("old", WHO, NOON)


def price_next_week() -> None:
    from tsuzuki.actions.catalogue import set_price
    from tsuzuki.core.money import Money
    from tsuzuki.core.plan import Price
    from tsuzuki.core.tax import TaxRule

    set_price(
        "data-3gb",
        Price(Money(1200, "JPY"), Money(400, "JPY"), TaxRule.JAPAN_STANDARD),
        after(days=7),
        WHO,
        NOON,
    )


@act(Act.PRICE_SET)
def price_set(shop):
    return price_next_week


@act(Act.PRICE_DROPPED)
def price_dropped(shop):
    from tsuzuki.actions.catalogue import drop_price
    from tsuzuki.records.models import Plan

    price_next_week()
    price = Plan.objects.get(code="data-3gb").prices.get(since=after(days=7))
    return lambda: drop_price("data-3gb", price.id, WHO, NOON)


def prices_abroad() -> None:
    from tests.actions.test_roaming_tables import put

    put("2026-12-01")


@act(Act.ROAMING_TABLE)
def roaming_table_put(shop):
    return prices_abroad


@act(Act.ROAMING_TABLE_DROPPED)
def roaming_table_dropped(shop):
    from tsuzuki.actions.roaming import drop_table

    prices_abroad()
    return lambda: drop_table(date(2026, 12, 1), WHO, NOON)


@act(Act.VOUCHERS_MADE)
def vouchers_made(shop):
    from tsuzuki.actions.vouchers import make_batch
    from tsuzuki.core.money import Money

    return lambda: make_batch(Money(1000, "JPY"), 3, NOON, actor=WHO)


@act(Act.VOUCHERS_DISABLED)
def vouchers_disabled(shop):
    from tsuzuki.actions import vouchers
    from tsuzuki.core.money import Money

    batch, _ = vouchers.make_batch(Money(1000, "JPY"), 3, NOON)
    return lambda: vouchers.disable(batch.id, "", WHO, NOON)


def account():
    from tsuzuki.actions import accounts

    return accounts.make("Counter", "reseller", "test", NOON)


@act(Act.ACCOUNT_MADE)
def account_made(shop):
    return account


@act(Act.ACCOUNT_LIMIT)
def account_limited(shop):
    from tsuzuki.actions import accounts

    id = account().id
    return lambda: accounts.set_limit(id, 5000, WHO, NOON)


@act(Act.ACCOUNT_TOPPED_UP)
def account_topped_up(shop):
    from tsuzuki.actions import accounts
    from tsuzuki.core.money import Money

    id = account().id
    return lambda: accounts.top_up(id, Money(5000, "JPY"), "bank 1", WHO, NOON)


@act(Act.ACCOUNT_CLOSED)
def account_closed(shop):
    from tsuzuki.actions import accounts

    id = account().id
    return lambda: accounts.close(id, WHO, NOON)


@act(Act.COMMISSION)
def commission_agreed(shop):
    from tsuzuki.actions import accounts

    id = account().id
    return lambda: accounts.set_commission(id, None, 500, 50, WHO, NOON)


def key_of_a_program():
    from tsuzuki.actions import keys

    return keys.make(account(), "till", ["sales:write"], WHO, NOON)[0]


@act(Act.KEY_MADE)
def key_made(shop):
    from tsuzuki.actions import keys

    row = account()
    return lambda: keys.make(row, "till", ["sales:write"], WHO, NOON)


@act(Act.KEY_ROTATED)
def key_rotated(shop):
    from tsuzuki.actions import keys

    prefix = key_of_a_program().prefix
    return lambda: keys.rotate(prefix, WHO, NOON)


@act(Act.KEY_REVOKED)
def key_revoked(shop):
    from tsuzuki.actions import keys

    prefix = key_of_a_program().prefix
    return lambda: keys.revoke(prefix, WHO, NOON)


def endpoint():
    from tsuzuki.actions import webhooks

    return webhooks.add(account().id, "https://partner.example/hook", WHO, NOON)


@act(Act.WEBHOOK_ADDED)
def webhook_added(shop):
    from tsuzuki.actions import webhooks

    id = account().id
    return lambda: webhooks.add(id, "https://partner.example/hook", WHO, NOON)


@act(Act.WEBHOOK_REMOVED)
def webhook_removed(shop):
    from tsuzuki.actions import webhooks

    id = endpoint().id
    return lambda: webhooks.end(id, WHO, NOON)


@act(Act.WEBHOOKS_RESUMED)
def webhooks_resumed(shop):
    from tsuzuki.actions import webhooks
    from tsuzuki.records.models import WebhookEndpoint

    silent = endpoint()
    WebhookEndpoint.objects.update(paused_until=after(hours=1))
    return lambda: webhooks.resume(silent.account_id, WHO, NOON)


@act(Act.LINE_ADDED)
def line_added(shop):
    from tsuzuki.actions.lines import NewLine, add_line

    return lambda: add_line(NewLine("sand", "+819011112222", "8981030000000000005", "esim"), WHO, NOON)


@act(Act.LINE_SUSPENDED)
def line_suspended(shop):
    from tsuzuki.actions.lines import suspend_line

    line = cast.line()
    return lambda: suspend_line(line, NOON, WHO, NOON)


@act(Act.LINE_RESUMED)
def line_resumed(shop):
    from tsuzuki.actions.lines import suspend_line

    line = cast.line()
    suspend_line(line, NOON)
    return lambda: suspend_line(line, None, WHO, NOON)


@act(Act.LINE_CLOSED)
def line_closed(shop):
    from tsuzuki.actions.order.close_line import close_line

    line = cast.line()
    return lambda: close_line(line, NOON, WHO)


@act(Act.LINE_LETTERS)
def letters_elsewhere(shop):
    from tsuzuki.actions.lines import write_to

    line = cast.line()
    return lambda: write_to({line: "mei@example.com"}, WHO, NOON)


@act(Act.LINES_HELD_BACK)
def lines_held_back(shop):
    from tsuzuki.actions import pilot

    cast.lines(2)
    return lambda: pilot.hold_all_back(WHO, NOON)


@act(Act.LINES_LET_IN)
def lines_let_in(shop):
    from tsuzuki.actions import pilot

    cast.lines(2)
    pilot.hold_all_back("test", NOON)
    return lambda: pilot.open_to_all(WHO, NOON)


ENTRY = 'INSERT INTO "records_auditentry"'
ENTRIES = "records_auditentry"
TRIES = "records_limit"  # that somebody tried is counted whatever comes of it


class Killed(BaseException):
    """The process is gone: nothing of ours catches this."""


def everything() -> dict[str, list[str]]:
    """Every row of every table."""
    from django.db import connection

    with connection.cursor() as cursor:
        tables = sorted(set(connection.introspection.table_names(cursor)) - {TRIES})
        found = {}
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t ORDER BY 1')
            found[table] = [row for (row,) in cursor.fetchall()]
    return found


def killed(work: Callable, moment: str) -> None:
    """Do it, and be killed at the entry, or just before or after the transaction that wrote it is committed."""
    from django.db import connections

    connection = connections["default"]
    commit, written = connection.commit, []

    def statement(execute, sql, params, many, context):
        if str(sql).startswith(ENTRY):
            if moment == "at the entry":
                raise Killed
            written.append(sql)
        return execute(sql, params, many, context)

    def committing() -> None:
        if written and moment == "before the commit":
            connection.rollback()
            raise Killed
        commit()
        if written:
            raise Killed

    connection.commit = committing
    try:
        with connection.execute_wrapper(statement), pytest.raises(Killed):
            work()
    finally:
        del connection.commit


@pytest.fixture(autouse=True)
def quick_passwords():
    from django.test import override_settings

    with override_settings(PASSWORD_HASHERS=desk.FAST):
        yield


@pytest.mark.parametrize(
    ("which", "prepare"), EVERY, ids=[f"{which}-{prepare.__name__}" for which, prepare in EVERY]
)
def test_an_act_and_its_entry_stand_or_fall_together(shop, which, prepare):
    from tsuzuki.records.models import AuditEntry

    work = prepare(shop)
    before, entries = everything(), AuditEntry.objects.filter(act=which).count()
    for moment in ("at the entry", "before the commit"):
        killed(work, moment)
        assert everything() == before, moment
    killed(work, "after the commit")
    assert AuditEntry.objects.filter(act=which).count() == entries + 1
    now = everything()
    assert {table for table in now if now[table] != before[table]} - {ENTRIES}, (
        "an entry, and nothing was done"
    )
    cast.go(after(minutes=2))


def test_every_act_is_tried():
    assert {which for which, _ in EVERY} == set(Act)


def test_every_act_has_words():
    from tsuzuki.office.words import ACT

    assert set(ACT) == set(Act)


@pytest.mark.usefixtures("database")
def test_no_entry_is_written_outside_a_transaction():
    from django.db.transaction import TransactionManagementError

    from tsuzuki.actions import audit
    from tsuzuki.core.audit import Subject, SubjectKind
    from tsuzuki.records.models import AuditEntry

    with pytest.raises(TransactionManagementError):
        audit.write(Act.TAKE, Subject(SubjectKind.PILOT), WHO, NOON)
    assert not AuditEntry.objects.exists()
