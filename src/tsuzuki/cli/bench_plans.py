"""What the benchmark sells: one plan, and the credit it is paid from."""

from tsuzuki.actions.catalogue.plans import NewCarrier, NewPlan
from tsuzuki.core.money import Money
from tsuzuki.core.plan import Allowance, AllowanceKind, Kind, Price, Terms, Validity
from tsuzuki.core.tax import TaxRule

CARRIER = NewCarrier("bench", {"en": "Bench"}, "docomo", "sandbox", settings={"timeout": 4, "lease": 60})


def _plan(
    code: str, kind: Kind, yen: int, cost: int, tax: TaxRule, terms: Terms, good: AllowanceKind, amount: int
) -> NewPlan:
    price = Price(Money(yen, "JPY"), Money(cost, "JPY"), tax)
    return NewPlan(code, kind, {"en": code}, None, "4g", terms, (Allowance(good, amount),), price)


PLANS = (
    _plan(
        "data-3gb",
        Kind.PLAN,
        990,
        400,
        TaxRule.JAPAN_STANDARD,
        Terms(Validity.HOURS_THEN_END_OF_DAY, 30),
        AllowanceKind.DATA,
        3 * 10**9,
    ),
    _plan(
        "credit-3000",
        Kind.CREDIT,
        3000,
        0,
        TaxRule.OUT_OF_SCOPE,
        Terms(Validity.DAYS_FROM_CHARGE, 180),
        AllowanceKind.CREDIT,
        3000,
    ),
)
