"""The demo operator comes to life: its lines' history is bought on the real road, at instants of the past."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.resources import files
from uuid import UUID

from django.utils import timezone
from rich.progress import Progress

from tsuzuki import strict_yaml
from tsuzuki.actions.catalogue.brand import save_brand
from tsuzuki.actions.catalogue.gateways import NewGateway, put_gateways
from tsuzuki.actions.catalogue.import_plans import import_plans
from tsuzuki.actions.catalogue.roaming import save_table
from tsuzuki.actions.catalogue.tariff_file import read_table
from tsuzuki.actions.engine.clock import Clock
from tsuzuki.actions.lines import line_records as line_actions
from tsuzuki.actions.money import accounts, recognise, vouchers
from tsuzuki.actions.order import usage
from tsuzuki.actions.order.accept import accept_many
from tsuzuki.actions.order.acceptance import Acceptance, Buyer, PaymentChoice
from tsuzuki.actions.order.advance import advance_until_still
from tsuzuki.actions.order.close_line import close_line
from tsuzuki.actions.order.quote import LineRequest, quote_many
from tsuzuki.actions.people import keys
from tsuzuki.cli.output import bar
from tsuzuki.core.errors import Refused
from tsuzuki.core.money import Money
from tsuzuki.core.plan import AllowanceKind
from tsuzuki.core.principal import Principal
from tsuzuki.records import models, queries
from tsuzuki.records.roaming import day_of

from .lines import Bought, DemoLine, rows

OPENED = timedelta(days=200)  # ago: carriers, prices and lines
GATEWAYS = (
    NewGateway(
        "sandbox",
        {"en": "Toy gateway", "ja": "おもちゃの決済", "zh-Hans": "玩具支付"},
        "sandbox",
        {"timeout": 2, "lease": 6, "look_every": 5, "methods": "card,konbini,transfer,paypay"},
        position=1,
    ),
    NewGateway("byhand", {"en": "At the counter", "ja": "店頭", "zh-Hans": "门店"}, "byhand", position=2),
)


def ensure(quiet: bool) -> None:
    """Who the operator is; carriers, plans, prices abroad and lines, unless an earlier start wrote them."""
    if not models.Operator.objects.exists():
        save_brand(strict_yaml.read(_file("brand.yaml")).values(), "demo", timezone.now())
    if not models.Gateway.objects.exists():
        put_gateways(GATEWAYS, "demo", timezone.now())
    if models.Line.objects.exists():
        return
    now = timezone.now()
    import_plans(_file("operator.yaml"), now - OPENED)
    abroad = read_table(_file("roaming.csv").encode())
    save_table(day_of(now - OPENED), abroad.rates, "demo", now - OPENED)
    demo = rows()
    # No letters about the past.
    ids = line_actions.add_lines([replace(line.line, email="") for line in demo], now - OPENED)
    with bar(quiet) as progress:
        _history(dict(zip(ids, demo, strict=True)), now, progress)
    _use(dict(zip(ids, demo, strict=True)), now)
    for id, line in zip(ids, demo, strict=True):
        if line.suspended:
            line_actions.suspend_line(id, now - timedelta(days=3))
        if line.closed:
            close_line(id, now - timedelta(days=1))
    line_actions.write_to({id: line.line.email for id, line in zip(ids, demo, strict=True)})
    recognise.run(now)


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _history(demo: dict[UUID, DemoLine], now: datetime, progress: Progress) -> None:
    by_day: dict[int, list[tuple[UUID, Bought]]] = defaultdict(list)
    for id, line in demo.items():
        for bought in line.history:
            by_day[bought.days_ago].append((id, bought))
    task = progress.add_task("Selling 90 days of renewals", total=sum(map(len, by_day.values())))
    for days in sorted(by_day, reverse=True):
        for group in _once_per_line(by_day[days]):
            _buy(group, now - timedelta(days=days, minutes=1))
            progress.advance(task, len(group))


def _once_per_line(bought: list[tuple[UUID, Bought]]) -> Iterable[list[tuple[UUID, Bought]]]:
    """What one line bought on one day is bought one after the other:
    the second quote must see the first period.
    """
    while bought:
        first = dict(reversed(bought))
        yield list(first.items())
        bought = [(id, bought) for id, bought in bought if first[id] is not bought]


def _buy(group: list[tuple[UUID, Bought]], at: datetime) -> None:
    quotes = quote_many([[LineRequest(id, bought.plan)] for id, bought in group], at)
    totals = [queries.quote_value(quote).total for quote in quotes]
    codes = _codes(
        [total for total, (_, bought) in zip(totals, group, strict=True) if bought.method == "voucher"], at
    )
    yeses = []
    for quote, total, (_, bought) in zip(quotes, totals, group, strict=True):
        pay = (
            PaymentChoice("voucher", secret=codes[total].pop())
            if bought.method == "voucher"
            else PaymentChoice("credit")
        )
        yeses.append(Acceptance(quote.id, [pay], Buyer(Principal.system("demo"), str(quote.id))))
    for result in accept_many(yeses, at):
        if isinstance(result, Refused):
            raise result
    advance_until_still(Clock.showing(at))


def _codes(totals: list[Money], at: datetime) -> dict[Money, list[str]]:
    return {total: vouchers.make_batch(total, totals.count(total), at)[1] for total in set(totals)}


def _use(demo: dict[UUID, DemoLine], now: datetime) -> None:
    """Report the network's usage: so many percent of the data that runs now."""
    numbers = queries.numbers_of(demo)
    records = []
    for id, line in demo.items():
        running = queries.lots_usable(id, AllowanceKind.DATA, now) if line.used else ()
        granted = sum(lot.granted or 0 for lot in running)
        if granted:
            records.append(
                usage.UsageRecord(
                    f"demo {id}", numbers[id], AllowanceKind.DATA, granted * line.used // 100, now
                )
            )
    for start in range(0, len(records), 500):
        usage.report(records[start : start + 500], now)


def a_line(story: str) -> models.Line:
    """A line of one story that nothing is under way on, the next at every call:
    a tour must not meet its own traces.
    """
    wanted = {row.line.msisdn for row in rows() if row.story == story}
    free = models.Number.objects.filter(msisdn__in=wanted, until=None).exclude(
        line__order__made_at__gte=timezone.now() - timedelta(hours=12)
    )
    number = free.select_related("line__carrier").order_by("msisdn").first()
    if number is None:
        number = (
            models.Number.objects.filter(msisdn__in=wanted, until=None)
            .select_related("line__carrier")
            .order_by("?")[0]
        )
    return number.line


def a_number() -> str:
    """One to try commands with, as people write it."""
    return "0" + a_line("active").numbers.get(until=None).msisdn.removeprefix("+81")


def api_key() -> str:
    """A key for programs that try the API, new at every start: no secret is kept.

    Its account has a balance to buy from.
    """
    now = timezone.now()
    account = models.Account.objects.filter(name="demo").first() or accounts.make(
        "demo", "operator", "demo", now
    )
    accounts.top_up(account.id, Money(1_000_000, "JPY"), "demo", "demo", now)
    for old in models.ApiKey.objects.filter(account=account, revoked_at=None):
        keys.revoke(old.prefix, "demo", now)
    return keys.make(account, "demo", keys.scopes_for(account), "demo", now, per_minute=6000)[1]
