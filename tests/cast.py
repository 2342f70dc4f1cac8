"""The cast: an operator with three networks, a handful of plans and lines; and the road in a few words."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

from tsuzuki.core.principal import Principal

NOON = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)  # 12:00 in Tokyo
_numbers = count(1)


def plans():
    from tsuzuki.actions.catalogue.plans import NewPlan
    from tsuzuki.core.money import Money
    from tsuzuki.core.plan import Allowance, AllowanceKind, Kind, Price, Stacking, Terms, Validity
    from tsuzuki.core.tax import TaxRule

    def plan(
        code, kind, yen, terms, *allowances, cost=0, tax=TaxRule.JAPAN_STANDARD, carrier=None, retired=False
    ):
        price = Price(Money(yen, "JPY"), Money(cost, "JPY"), tax)
        return NewPlan(
            code,
            kind,
            {"en": code, "ja": code, "zh-Hans": code},
            carrier,
            "4g",
            terms,
            tuple(allowances),
            price,
            retired,
        )

    thirty, half_year, abroad = (
        Terms(Validity.HOURS_THEN_END_OF_DAY, 30),
        Terms(Validity.DAYS_FROM_CHARGE, 180),
        TaxRule.OUT_OF_SCOPE,
    )
    day = Terms(Validity.HOURS_THEN_END_OF_DAY, 1, stacking=Stacking.PARALLEL)
    beside = Terms(Validity.CALENDAR_DAYS, 30, stacking=Stacking.PARALLEL)
    return [
        plan("data-3gb", Kind.PLAN, 990, thirty, Allowance(AllowanceKind.DATA, 3 * 10**9), cost=400),
        plan(
            "data-20gb",
            Kind.PLAN,
            2700,
            thirty,
            Allowance(AllowanceKind.DATA, 20 * 10**9),
            Allowance(AllowanceKind.VOICE, 3600),
            cost=1500,
        ),
        plan("day", Kind.PLAN, 330, day, Allowance(AllowanceKind.DATA, None), cost=100),
        plan("loss", Kind.PLAN, 100, thirty, Allowance(AllowanceKind.DATA, 10**9), cost=150),
        plan("addon-1gb", Kind.ADDON, 600, beside, Allowance(AllowanceKind.DATA, 10**9), cost=300),
        plan("credit-3000", Kind.CREDIT, 3000, half_year, Allowance(AllowanceKind.CREDIT, 3000), tax=abroad),
        plan("credit-open", Kind.CREDIT, 30000, half_year, Allowance(AllowanceKind.CREDIT, None), tax=abroad),
        plan("old", Kind.PLAN, 500, thirty, Allowance(AllowanceKind.DATA, 10**9), retired=True),
        plan("only-hand", Kind.PLAN, 700, thirty, Allowance(AllowanceKind.DATA, 10**9), carrier="hand"),
    ]


def operator(now: datetime = NOON, **settings: object) -> None:
    """Carriers (an API, people), plans, gateways. `settings` go to those of the sandbox."""
    from tsuzuki.actions.catalogue.plans import NewCarrier, save_carriers, save_plans

    quick = {"timeout": 0.5, "lease": 2.0, **settings}
    save_carriers(
        [
            NewCarrier("sand", {"en": "Sand"}, "docomo", "sandbox", settings=quick),
            NewCarrier("hand", {"en": "Hand"}, "softbank", "byhand"),
        ]
    )
    save_plans(plans(), now - timedelta(days=400))
    gateways({"sandbox": quick, "byhand": {}})


def gateways(settings: Mapping[str, Mapping[str, object]]) -> None:
    """These and no others, in this order, each by the provider of its name."""
    from tsuzuki.actions.catalogue.gateways import NewGateway, put_gateways
    from tsuzuki.actions.engine import providers
    from tsuzuki.records.models import Gateway

    providers.forget()
    Gateway.objects.exclude(code__in=settings).delete()
    put_gateways(
        [
            NewGateway(name, {"en": name}, name, dict(more), position=place)
            for place, (name, more) in enumerate(settings.items())
        ]
    )


def line(carrier: str = "sand", email: str = "", now: datetime = NOON) -> UUID:
    return lines(1, carrier, email, now)[0]


def lines(how_many: int, carrier: str = "sand", email: str = "", now: datetime = NOON) -> list[UUID]:
    from stdnum import luhn

    from tsuzuki.actions.lines.line_records import NewLine, add_lines

    new = []
    for _ in range(how_many):
        n = next(_numbers)
        body = f"898103{n:012d}"
        new.append(
            NewLine(
                carrier,
                f"+8190{n + 10_000_000:08d}",
                body + luhn.calc_check_digit(body),
                "esim",
                language="ja",
                email=email,
            )
        )
    return add_lines(new, now - timedelta(days=300))


def link(line_id: UUID, knows: str = "s", now: datetime | None = None) -> str:
    """The signed token of a link to a line, by the clock on the wall where no moment is given."""
    from django.utils import timezone

    from tsuzuki.actions.lines import links
    from tsuzuki.records.models import Line

    return links.token(Line.objects.get(id=line_id), links.AccessLevel(knows), now or timezone.now())


def buy(
    line_id: UUID | Sequence[UUID],
    plan: str = "data-3gb",
    *pays,
    now=NOON,
    key=None,
    choice=None,
    email="",
    amount=None,
):
    """Quote and accept; `pays` are Pay values, the sandbox gateway where none is given."""
    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer, PaymentChoice
    from tsuzuki.actions.order.quote import LineRequest, quote

    ids = [line_id] if isinstance(line_id, UUID) else line_id
    wants = [LineRequest(id, plan, choice, amount) for id in ids]
    quoted = quote(wants, now)
    return accept(
        quoted.id,
        pays or (PaymentChoice("sandbox"),),
        Buyer(Principal.system("test"), key or str(quoted.id), email),
        now,
    )


def voucher(yen: int, now: datetime = NOON):
    """A fresh voucher as a means of payment."""
    from tsuzuki.actions.money.vouchers import make_batch
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.core.money import Money

    return PaymentChoice("voucher", secret=make_batch(Money(yen, "JPY"), 1, now)[1][0])


def give_credit(line_id: UUID, yen: int = 3000, now: datetime = NOON) -> None:
    """Recharge a line, paid by voucher."""
    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.order.advance import advance_until_still
    from tsuzuki.core.money import Money

    purchase = buy(line_id, "credit-open", voucher(yen, now), now=now, amount=Money(yen, "JPY"))
    advance_until_still(Clock.showing(now), purchase.id)


def give_credits(line_ids: Sequence[UUID], yen: int, now: datetime = NOON) -> None:
    """The same for many lines at once, and whatever else is due."""
    from tsuzuki.actions.money.vouchers import make_batch
    from tsuzuki.actions.order.accept import accept_many
    from tsuzuki.actions.order.acceptance import Acceptance, Buyer, PaymentChoice
    from tsuzuki.actions.order.quote import LineRequest, quote_many
    from tsuzuki.core.money import Money

    amount = Money(yen, "JPY")
    quotes = quote_many([[LineRequest(id, "credit-open", amount=amount)] for id in line_ids], now)
    _, codes = make_batch(amount, len(quotes), now)
    pays = [PaymentChoice("voucher", secret=code) for code in codes]
    pairs = zip(quotes, pays, strict=True)
    bought = accept_many(
        [Acceptance(quote.id, [pay], Buyer(Principal.system("test"), str(quote.id))) for quote, pay in pairs],
        now,
    )
    assert all(hasattr(purchase, "token") for purchase in bought), bought
    go(now)


def go(now: datetime = NOON, only: UUID | None = None) -> None:
    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.order.advance import advance_until_still

    advance_until_still(Clock.showing(now), only)


def states(purchase) -> list[str]:
    from tsuzuki.records.models import Order

    return list(
        Order.objects.filter(purchase=purchase.id).order_by("position").values_list("state", flat=True)
    )
