"""The same of carriers, plans, prices, vouchers, accounts, keys and lines."""

from __future__ import annotations

from datetime import date

from tests import cast
from tests.actions.acts_of_staff import EVERY, WHO, act
from tests.actions.conftest import after
from tests.actions.earlier import delivered_net
from tests.cast import NOON
from tsuzuki.core.audit import Act

__all__ = ["EVERY", "WHO"]  # with what staff do


def new_carrier():
    from tsuzuki.actions.catalogue.plans import NewCarrier

    return NewCarrier("new", {"en": "New"}, "docomo", "byhand")


@act(Act.CARRIER)
def carrier_put(shop):
    from tsuzuki.actions.catalogue.plans import save_carriers

    return lambda: save_carriers([new_carrier()], "system root", NOON)


@act(Act.CARRIER_DELETED)
def carrier_deleted(shop):
    from tsuzuki.actions.catalogue.plans import delete_carrier, save_carriers

    save_carriers([new_carrier()])
    return lambda: delete_carrier("new", WHO, NOON)


@act(Act.PLAN)
def plan_put(shop):
    from tsuzuki.actions.catalogue.plans import save_plans

    return lambda: save_plans(cast.plans()[-1:], NOON, WHO)


@act(Act.PLAN)
def plan_retired(shop):
    from tsuzuki.actions.catalogue.plans import retire

    return lambda: retire("data-3gb", True, WHO, NOON)


@act(Act.PLAN_DELETED)
def plan_deleted(shop):
    from tsuzuki.actions.catalogue.plans import delete_plan

    return lambda: delete_plan("old", WHO, NOON)


def price_next_week() -> None:
    from tsuzuki.actions.catalogue.plans import set_price
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
    from tsuzuki.actions.catalogue.plans import drop_price
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
    from tsuzuki.actions.catalogue.roaming import drop_table

    prices_abroad()
    return lambda: drop_table(date(2026, 12, 1), WHO, NOON)


@act(Act.VOUCHERS_MADE)
def vouchers_made(shop):
    from tsuzuki.actions.money.vouchers import make_batch
    from tsuzuki.core.money import Money

    return lambda: make_batch(Money(1000, "JPY"), 3, NOON, actor=WHO)


@act(Act.VOUCHERS_DISABLED)
def vouchers_disabled(shop):
    from tsuzuki.actions.money import vouchers
    from tsuzuki.core.money import Money

    batch, _ = vouchers.make_batch(Money(1000, "JPY"), 3, NOON)
    return lambda: vouchers.disable(batch.id, "", WHO, NOON)


def account():
    from tsuzuki.actions.money import accounts

    return accounts.make("Counter", "reseller", "test", NOON)


@act(Act.ACCOUNT_MADE)
def account_made(shop):
    return account


@act(Act.ACCOUNT_LIMIT)
def account_limited(shop):
    from tsuzuki.actions.money import accounts

    id = account().id
    return lambda: accounts.set_limit(id, 5000, WHO, NOON)


@act(Act.ACCOUNT_TOPPED_UP)
def account_topped_up(shop):
    from tsuzuki.actions.money import accounts
    from tsuzuki.core.money import Money

    id = account().id
    return lambda: accounts.top_up(id, Money(5000, "JPY"), "bank 1", WHO, NOON)


@act(Act.ACCOUNT_CLOSED)
def account_closed(shop):
    from tsuzuki.actions.money import accounts

    id = account().id
    return lambda: accounts.close(id, WHO, NOON)


@act(Act.COMMISSION)
def commission_agreed(shop):
    from tsuzuki.actions.money import accounts

    id = account().id
    return lambda: accounts.set_commission(id, None, 500, 50, WHO, NOON)


def key_of_a_program():
    from tsuzuki.actions.people import keys

    return keys.make(account(), "till", ["sales:write"], WHO, NOON)[0]


@act(Act.KEY_MADE)
def key_made(shop):
    from tsuzuki.actions.people import keys

    row = account()
    return lambda: keys.make(row, "till", ["sales:write"], WHO, NOON)


@act(Act.KEY_ROTATED)
def key_rotated(shop):
    from tsuzuki.actions.people import keys

    prefix = key_of_a_program().prefix
    return lambda: keys.rotate(prefix, WHO, NOON)


@act(Act.KEY_REVOKED)
def key_revoked(shop):
    from tsuzuki.actions.people import keys

    prefix = key_of_a_program().prefix
    return lambda: keys.revoke(prefix, WHO, NOON)


def endpoint():
    from tsuzuki.actions.messages import webhooks

    return webhooks.add(account().id, "https://partner.example/hook", WHO, NOON)


@act(Act.WEBHOOK_ADDED)
def webhook_added(shop):
    from tsuzuki.actions.messages import webhooks

    id = account().id
    return lambda: webhooks.add(id, "https://partner.example/hook", WHO, NOON)


@act(Act.WEBHOOK_REMOVED)
def webhook_removed(shop):
    from tsuzuki.actions.messages import webhooks

    id = endpoint().id
    return lambda: webhooks.end(id, WHO, NOON)


@act(Act.WEBHOOKS_RESUMED)
def webhooks_resumed(shop):
    from tsuzuki.actions.messages import webhooks
    from tsuzuki.records.models import WebhookEndpoint

    silent = endpoint()
    WebhookEndpoint.objects.update(paused_until=after(hours=1))
    return lambda: webhooks.resume(silent.account_id, WHO, NOON)


@act(Act.LINE_ADDED)
def line_added(shop):
    from tsuzuki.actions.lines.line_records import NewLine, add_line

    return lambda: add_line(NewLine("sand", "+819011112222", "8981030000000000005", "esim"), WHO, NOON)


@act(Act.LINES_IMPORTED)
def lines_imported(shop):
    from tsuzuki.actions.lines.import_lines import import_lines

    file = b"number,iccid,carrier,sim\r\n090-3333-4444,8981100000000000009,hand,physical\r\n"
    return lambda: import_lines(file, WHO, NOON)


@act(Act.LINE_SUSPENDED)
def line_suspended(shop):
    from tsuzuki.actions.lines.line_records import suspend_line

    line = cast.line()
    return lambda: suspend_line(line, NOON, WHO, NOON)


@act(Act.LINE_RESUMED)
def line_resumed(shop):
    from tsuzuki.actions.lines.line_records import suspend_line

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
    from tsuzuki.actions.lines.line_records import write_to

    line = cast.line()
    return lambda: write_to({line: "mei@example.com"}, WHO, NOON)


@act(Act.LINES_HELD_BACK)
def lines_held_back(shop):
    from tsuzuki.actions.lines import pilot

    cast.lines(2)
    return lambda: pilot.hold_all_back(WHO, NOON)


@act(Act.LINES_LET_IN)
def lines_let_in(shop):
    from tsuzuki.actions.lines import pilot

    cast.lines(2)
    pilot.hold_all_back("test", NOON)
    return lambda: pilot.open_to_all(WHO, NOON)


@act(Act.GROSS_CUTOVER)
def gross_cutover(shop):
    from tsuzuki.actions.money.cutover import cut_over

    with delivered_net():
        shop.sell()
    return lambda: cut_over(NOON)


@act(Act.EXPORTED)
def exported(shop):
    from tsuzuki.actions.installation.copies import note_export

    return lambda: note_export("/tmp/out", WHO, NOON)


@act(Act.BACKED_UP)
def backed_up(shop):
    from tsuzuki.actions.installation.copies import note_backup

    return lambda: note_backup("/tmp/tsuzuki.backup", WHO, NOON)


@act(Act.USAGE_BOOKED)
def usage_booked(shop):
    from tsuzuki.actions.order.usage import UsageRecord, report
    from tsuzuki.core.plan import AllowanceKind
    from tsuzuki.records.models import Number

    line = cast.line()
    number = Number.objects.get(line=line).msisdn
    record = UsageRecord("r-1", number, AllowanceKind.DATA, 10**6, after(hours=1))
    return lambda: report([record], after(hours=2), WHO)


@act(Act.WEBHOOK_REPLAYED)
def webhook_replayed(shop):
    from tsuzuki.actions.messages import webhooks
    from tsuzuki.actions.money import accounts
    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer, PaymentChoice
    from tsuzuki.actions.order.quote import LineRequest, quote
    from tsuzuki.core.money import Money
    from tsuzuki.core.principal import Principal
    from tsuzuki.records.models import WebhookDelivery

    account = endpoint().account
    accounts.top_up(account.id, Money(5000, "JPY"), "bank 1", WHO, NOON)
    quoted = quote([LineRequest(cast.line(), "data-3gb")], NOON)
    accept(quoted.id, (PaymentChoice("account"),), Buyer(Principal.account(account.id), "key", ""), NOON)
    WebhookDelivery.objects.update(state="failed")
    delivery = WebhookDelivery.objects.order_by("id").first()
    return lambda: webhooks.replay(delivery, WHO, NOON)
