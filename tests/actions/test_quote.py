"""A quote: the price is whole, the dates are said, what a rule forbids is refused, and what was shown stays
as it was.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests import cast
from tests.actions.conftest import after
from tests.cast import NOON
from tsuzuki.core.principal import Principal

# 30 x 24 h after noon, then to the end of that day in Tokyo.
FIRST_END = datetime(2026, 12, 22, 15, 0, tzinfo=NOON.tzinfo)


@pytest.fixture
def line(database):
    cast.operator()
    return cast.line()


def want(line, plan: str = "data-3gb", choice=None, amount=None):
    from tsuzuki.actions.order.quote import LineRequest

    return LineRequest(line, plan, choice, amount)


def price(line, plan: str = "data-3gb", now=NOON, currency: str = "JPY", **more):
    from tsuzuki.actions.order.quote import price

    return price([want(line, plan, **more)], now, currency)


def refused(
    code: str, line, plan: str = "data-3gb", now=NOON, currency: str = "JPY", **more
) -> dict[str, object]:
    """Both the page of choices and the quote refuse, and nothing is written."""
    from tsuzuki.actions.order.quote import quote
    from tsuzuki.core.errors import Refused
    from tsuzuki.records.models import Quote

    before = Quote.objects.count()
    with pytest.raises(Refused) as shown:
        price(line, plan, now, currency, **more)
    with pytest.raises(Refused) as refusal:
        quote([want(line, plan, **more)], now, currency)
    assert (refusal.value.code, shown.value.code) == (code, code)
    assert Quote.objects.count() == before
    return refusal.value.facts


def yen(minor: int):
    from tsuzuki.core.money import Money

    return Money(minor, "JPY")


def running(line, now=NOON) -> None:
    """The line has data-3gb from `now`, paid by voucher and delivered by hand of the test."""
    from tsuzuki.records.models import Order, Period, Plan

    purchase = cast.buy(line, "data-3gb", cast.voucher(990, now), now=now)
    order = Order.objects.get(purchase=purchase)
    assert Plan.objects.get(id=order.plan_id).code == "data-3gb"
    span = {"starts_at": now, "ends_at": price(line, now=now).items[0].new_end}
    Period.objects.create(
        id=order.id, line_id=line, sequence=Period.objects.count() + 1, order=order, state="confirmed", **span
    )


def test_every_line_of_the_bill(line):
    content = price(line)
    (item,) = content.items
    assert [(one.what, one.amount, one.names["ja"]) for one in item.price_lines] == [
        ("plan", yen(990), "data-3gb")
    ]
    assert (content.total, item.price.amount, item.price.cost) == (yen(990), yen(990), yen(400))
    assert [(one.percent, one.gross, one.tax) for one in content.tax] == [(10, yen(990), yen(90))]
    assert (item.percent, item.tax, item.zone, item.kind, item.carrier) == (
        10,
        yen(90),
        "Asia/Tokyo",
        "plan",
        "sand",
    )
    assert (content.made_at, content.valid_until, content.pay_by) == (
        NOON,
        after(minutes=15),
        after(hours=24, minutes=15),
    )
    assert content.refund_rule == "deliver_or_refund"


def test_what_is_not_taxed_has_no_tax_line(line):
    content = price(line, "credit-3000")
    assert (content.tax, content.items[0].tax) == ((), yen(0))


def test_the_total_of_several_lines_and_rates(line):
    from tsuzuki.actions.order.quote import price as of

    content = of([want(line), want(cast.line(), "data-20gb"), want(cast.line(), "credit-3000")], NOON)
    assert content.total == yen(6690)
    assert [(one.percent, one.gross, one.tax) for one in content.tax] == [(10, yen(3690), yen(335))]
    assert sum(item.tax.minor for item in content.items) == 335


def test_nothing_runs_it_starts_now(line):
    (item,) = price(line).items
    assert (item.old_end, item.starts_at, item.new_end, item.choice) == (None, NOON, FIRST_END, "now")


def test_by_default_it_waits_for_what_runs(line):
    running(line)
    (item,) = price(line, now=after(days=5)).items
    assert (item.old_end, item.starts_at, item.choice) == (FIRST_END, FIRST_END, "after_current")
    assert item.new_end == FIRST_END + timedelta(days=30)  # from midnight to midnight


def test_now_over_what_runs_is_refused_where_it_would_shorten(line):
    from tsuzuki.core.plan import Choice

    running(line)
    running(line, after(days=1))  # a second one is queued behind it
    facts = refused("start_would_shorten", line, now=after(days=5), choice=Choice.NOW)
    assert facts["ends_at"] > after(days=31)


def test_after_the_current_one_with_nothing_running_is_now(line):
    from tsuzuki.core.plan import Choice

    (item,) = price(line, choice=Choice.AFTER_CURRENT).items
    assert item.starts_at == NOON


def test_a_late_renewal_starts_now(line):
    running(line)
    (item,) = price(line, now=FIRST_END + timedelta(days=3)).items
    assert (item.old_end, item.starts_at) == (None, FIRST_END + timedelta(days=3))


def test_an_instant_before_and_at_the_end(line):
    """Half-open: at the end nothing runs."""
    running(line)
    assert price(line, now=FIRST_END - timedelta(microseconds=1)).items[0].starts_at == FIRST_END
    assert price(line, now=FIRST_END).items[0].old_end is None


def test_an_addon_needs_a_running_plan(line):
    refused("addon_needs_plan", line, "addon-1gb")
    running(line)
    assert price(line, "addon-1gb").total == yen(600)


@pytest.mark.parametrize(
    ("code", "plan"),
    [
        ("plan_retired", "old"),
        ("plan_unknown", "nothing"),
        ("plan_unknown", ""),
        ("plan_not_for_line", "only-hand"),
    ],
)
def test_plans_that_cannot_be_bought(line, code, plan):
    refused(code, line, plan)


def test_a_plan_of_one_carrier_for_its_own_lines(line):
    assert price(cast.line("hand"), "only-hand").total == yen(700)


def test_a_long_plan_name_is_not_given_back_whole(line):
    assert len(refused("plan_unknown", line, "x" * 5000)["plan"]) <= 60


def test_a_plan_without_a_price_in_this_currency(line):
    assert refused("plan_not_priced", line, currency="USD") == {"plan": "data-3gb", "currency": "USD"}


def test_a_price_that_begins_later_is_no_price_yet(line):
    refused("plan_not_priced", line, now=after(days=-401))


def test_a_5g_plan_on_a_4g_line_and_the_other_way_round(line):
    from tsuzuki.actions.catalogue.plans import save_plans
    from tsuzuki.records.models import Line

    base = next(plan for plan in cast.plans() if plan.code == "data-3gb")
    save_plans([replace(base, code="fast", technology="5g")], after(days=-1))
    refused("plan_not_for_line", line, "fast")
    Line.objects.update(technology="5g")
    assert price(line, "fast").total == price(line).total == yen(990)


def test_a_closed_line(line):
    from tsuzuki.actions.order.close_line import close_line

    assert price(line).total == yen(990)
    close_line(line, after(days=1))
    for now in (NOON, after(days=1)):  # whoever's clock is behind
        refused("line_closed", line, now=now)


def test_a_suspended_line_can_be_renewed(line):
    from tsuzuki.actions.lines.line_records import suspend_line

    suspend_line(line, after(days=-1))
    assert price(line).total == yen(990)


def test_a_line_nobody_knows(database):
    from tsuzuki.actions.write.ids import mint_anywhere

    cast.operator()
    refused("number_unknown", mint_anywhere(NOON))


@pytest.mark.parametrize(
    ("plan", "minor", "code"),
    [
        ("credit-open", 0, "amount_not_positive"),
        ("credit-open", -1, "amount_not_positive"),
        ("credit-open", 30_001, "amount_too_large"),
        ("credit-open", 10**15, "amount_too_large"),
        ("credit-3000", 2999, "tenders_do_not_cover"),
        ("credit-3000", 3001, "amount_too_large"),
        ("data-3gb", 1, "tenders_do_not_cover"),
    ],
)
def test_amounts_that_cannot_be_asked_for(line, plan, minor, code):
    refused(code, line, plan, amount=yen(minor))


@pytest.mark.parametrize("plan", ["credit-open", "credit-3000"])
def test_an_amount_in_another_currency(line, plan):
    from tsuzuki.core.money import Money

    assert refused("currency_mismatch", line, plan, amount=Money(3000, "USD")) == {
        "expected": "JPY",
        "got": "USD",
    }


@pytest.mark.parametrize(
    ("plan", "minor", "worth"),
    [
        ("credit-open", 1, 1),
        ("credit-open", 30_000, 30_000),
        ("credit-open", None, 30_000),
        ("credit-3000", 3000, 3000),
    ],
)
def test_an_amount_of_credit_is_its_price_and_its_allowance(line, plan, minor, worth):
    (item,) = price(line, plan, amount=None if minor is None else yen(minor)).items
    assert (item.price.amount, item.allowances[0].amount, item.price.cost) == (yen(worth), worth, yen(0))
    assert item.new_end == after(days=180)


def test_a_price_change_leaves_an_old_quote_its_price(line, monkeypatch):
    from tsuzuki.actions.catalogue.plans import save_plans
    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer, PaymentChoice
    from tsuzuki.actions.order.quote import quote
    from tsuzuki.core.money import Money
    from tsuzuki.records.models import Order

    old = quote([want(line)], NOON)
    base = next(plan for plan in cast.plans() if plan.code == "data-3gb")
    dearer = replace(
        base,
        price=replace(base.price, amount=yen(1090), cost=Money(450, "JPY")),
        terms=replace(base.terms, count=28),
    )
    assert save_plans([dearer], after(minutes=1)) == 1
    assert save_plans([dearer], after(minutes=2)) == 0
    assert price(line, now=after(minutes=2)).total == yen(1090)
    purchase = accept(
        old.id, [PaymentChoice("byhand")], Buyer(Principal.system("mei"), "k"), after(minutes=2)
    )
    assert (purchase.minor, Order.objects.get().cost_minor) == (990, 400)


def test_five_hundred_at_once_and_not_one_more(line):
    from tsuzuki.actions.order.quote import price as of
    from tsuzuki.core.errors import Refused

    assert of([want(line)] * 500, NOON).total == yen(495_000)
    with pytest.raises(Refused, match="quote_too_long") as refusal:
        of([want(line)] * 501, NOON)
    assert refusal.value.facts == {"most": 500}


def test_nothing_wanted(database):
    from tsuzuki.actions.order.quote import price as of
    from tsuzuki.actions.order.quote import quote
    from tsuzuki.core.errors import Refused

    for ask in (of, quote):
        with pytest.raises(Refused, match="quote_empty"):
            ask([], NOON)


def test_one_bad_wish_refuses_the_whole(line):
    from tsuzuki.actions.order.quote import quote
    from tsuzuki.core.errors import Refused
    from tsuzuki.records.models import Quote

    with pytest.raises(Refused, match="plan_unknown"):
        quote([want(line), want(line, "nothing")], NOON)
    assert not Quote.objects.exists()


def test_price_writes_nothing(line):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        price(line)
    (read,) = (query["sql"] for query in queries)
    assert not any(word in read for word in ("INSERT", "UPDATE", "DELETE"))


def test_a_quote_is_read_back_as_it_was_made(line):
    from tsuzuki.actions.order.quote import quote
    from tsuzuki.records import queries
    from tsuzuki.records.models import Quote

    row = quote([want(line), want(line, "credit-open", amount=yen(1))], NOON)
    assert queries.quote_value(Quote.objects.get(id=row.id)) == queries.quote_value(row)
    assert queries.quote_value(row).items[0] == price(line).items[0]


def test_many_quotes_are_read_with_as_many_queries_as_one(line):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tsuzuki.actions.order.quote import quote_many

    with CaptureQueriesContext(connection) as one:
        quote_many([[want(line)]], NOON)
    lines = cast.lines(50)
    with CaptureQueriesContext(connection) as fifty:
        rows = quote_many([[want(each)] for each in lines], NOON)
    assert len(rows) == 50
    assert len(fifty) == len(one)
