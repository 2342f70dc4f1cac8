"""Plan files people write: read exactly, refused by line."""

from datetime import timedelta

import pytest

from tests.cast import NOON

CARRIER = """
carriers:
  - code: sand
    names: {en: Sand, ja: 砂}
    network: docomo
    provider: sandbox
    settings: {timeout: 2, lease: 6.5}
    refund_after: 20 min
    hours: {mon: 09:00-18:00, tue: [10:00-12:00, 13:00-24:00], holidays: JP}
"""
PLAN = """plans:
  - code: data-3gb
    kind: plan
    names: {en: 3 GB for 30 days, ja: データ3GB, zh-Hans: 3GB流量}
    data: 3 GB
    price: JPY 990
    cost: JPY 400
    tax: jp_standard
    valid: {rule: n_x_24h_then_end_of_day, count: 30}
"""
CREDIT = """plans:
  - code: credit
    kind: credit
    names: {en: Credit}
    credit: JPY 3000
    price: JPY 3000
    tax: out_of_scope
    valid: {rule: n_days_from_charge, count: 180}
"""


def parse(text: str):
    from tsuzuki.actions.catalogue.import_plans import parse

    return parse(text)


def put(text: str, now=NOON):
    from tsuzuki.actions.catalogue.import_plans import import_plans

    return import_plans(text, now)


def refused(text: str) -> tuple[str, str]:
    from tsuzuki.core.errors import Code, Refused

    with pytest.raises(Refused) as refusal:
        parse(text)
    assert refusal.value.code is Code.PLAN_FILE_WRONG
    where, reason = refusal.value.facts["where"], refusal.value.facts["reason"]
    assert len(where) <= 60
    assert len(reason) <= 60, "longer ones are cut where they are shown"
    return where, reason


@pytest.fixture(autouse=True)
def _models(template):
    """The actions can only be imported once Django is up."""


def test_a_carrier_in_human_units():
    from tsuzuki.actions.catalogue.plans import NewCarrier

    carriers, plans = parse(CARRIER)
    hours = {"holidays": "JP", "mon": [["09:00", "18:00"]], "tue": [["10:00", "12:00"], ["13:00", "24:00"]]}
    settings: dict[str, object] = {"timeout": 2, "lease": 6.5}
    assert carriers == [
        NewCarrier(
            "sand", {"en": "Sand", "ja": "砂"}, "docomo", "sandbox", "Asia/Tokyo", settings, 1200, hours
        )
    ]
    assert plans == []
    from tsuzuki.core.hours import due

    assert due(NOON, 60, carriers[0].hours, "Asia/Tokyo") > NOON, "the core understands these hours"


def test_a_plan_in_human_units():
    from tsuzuki.actions.catalogue.plans import NewPlan
    from tsuzuki.core.money import Money
    from tsuzuki.core.plan import Allowance, AllowanceKind, Kind, Price, Terms, Validity
    from tsuzuki.core.tax import TaxRule

    (plan,) = parse(PLAN)[1]
    names = {"en": "3 GB for 30 days", "ja": "データ3GB", "zh-Hans": "3GB流量"}
    price = Price(Money(990, "JPY"), Money(400, "JPY"), TaxRule.JAPAN_STANDARD)
    terms = Terms(Validity.HOURS_THEN_END_OF_DAY, 30)
    assert plan == NewPlan(
        "data-3gb", Kind.PLAN, names, None, "4g", terms, (Allowance(AllowanceKind.DATA, 3 * 10**9),), price
    )


@pytest.mark.parametrize(
    ("written", "good", "amount"),
    [
        ("data: 3GB", "data", 3 * 10**9),
        ("data: 0.5 GB", "data", 5 * 10**8),
        ("data: 1.001 KB", "data", 1001),
        ("data: 1 TB", "data", 10**12),
        ("data: unlimited", "data", None),
        ("voice: 60 min", "voice", 3600),
        ("voice: 1.5 h", "voice", 5400),
        ("voice: 30 s", "voice", 30),
        ("sms: 50", "sms", 50),
        ("sms: unlimited", "sms", None),
    ],
)
def test_amounts(written, good, amount):
    (plan,) = parse(PLAN.replace("data: 3 GB", written))[1]
    assert [(one.good.value, one.amount) for one in plan.allowances] == [(good, amount)]


def test_terms_of_every_kind():
    from tsuzuki.core.plan import Stacking, Start, Terms, Validity

    def terms(valid: str, *lines: str) -> Terms:
        text = changed(PLAN, "rule: n_x_24h_then_end_of_day, count: 30", valid) + "".join(
            f"    {line}\n" for line in lines
        )
        return parse(text)[1][0].terms

    zoned = "rule: fixed_zone_midnight, count: 7, boundary_zone: Asia/Shanghai"
    awaited = terms(zoned, "start: install", "start_within_days: 90", "stacking: parallel")
    assert awaited == Terms(
        Validity.ZONE_MIDNIGHT, 7, Start.INSTALL, Stacking.PARALLEL, None, 90, "Asia/Shanghai"
    )
    added = terms("rule: month_end, count: 12", "stacking: add", "cap_days: 400")
    assert added == Terms(Validity.MONTH_END, 12, stacking=Stacking.ADD, cap_days=400)
    assert (
        terms("rule: calendar_days, count: 1", "stacking: queue", "start: after_current").start
        is Start.AFTER_CURRENT
    )
    assert parse(changed(PLAN, "kind: plan", "kind: addon"))[1][0].terms.stacking is Stacking.PARALLEL


def test_credit_of_one_amount_and_of_any():
    assert parse(CREDIT)[1][0].allowances[0].amount == 3000
    assert parse(CREDIT.replace("credit: JPY 3000", "credit: open"))[1][0].allowances[0].amount is None
    assert parse(CREDIT.replace("JPY 3000", "JPY 3,000"))[1][0].price.amount.minor == 3000


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("kind: plan", "kind: bundle", 3, "kind is one of plan, addon, credit"),
        ("data: 3 GB", "data: 3 GiB", 5, "data is written as 3 GB"),
        ("data: 3 GB", "data: 3", 5, "data is written as 3 GB"),
        ("data: 3 GB", "data: -3 GB", 5, "data is written as 3 GB"),
        ("data: 3 GB", "data: 0 GB", 5, "cannot be sold"),
        ("data: 3 GB", "data: 0.5 B", 5, "cannot be sold"),
        ("data: 3 GB", "data: 999999 TB", 5, "cannot be sold"),
        ("data: 3 GB", "sms: 1.5", 5, "cannot be sold"),
        ("    data: 3 GB\n", "", 2, "gives data, voice or sms"),
        ("data: 3 GB", "dta: 3 GB", 2, "gives data"),
        ("data: 3 GB", "data: 3 GB\n    cap: 3", 6, "cap is not known"),
        ("data: 3 GB", "data: 3 GB\n    credit: JPY 990", 6, "credit is not known"),
        ("data: 3 GB", "data: 3 GB\n    data: 4 GB", 6, "data is there twice"),
        ("price: JPY 990", "price: 990", 6, "price is written as JPY 990"),
        ("price: JPY 990", "price: ¥990", 6, "price is written as JPY 990"),
        ("price: JPY 990", "price: JPY 990.5", 6, "price is written as JPY 990"),
        ("price: JPY 990", "price: JPY 0", 6, "more than zero"),
        ("price: JPY 990", "price: JPY -990", 6, "more than zero"),
        ("price: JPY 990", "price: JPY 1000001", 6, "at most JPY 1000000"),
        ("price: JPY 990", "price: XYZ 990", 6, "currency XYZ is not known"),
        ("cost: JPY 400", "cost: CNY 20", 7, "the cost is in CNY, the price in JPY"),
        ("cost: JPY 400", "cost: JPY -1", 7, "a cost is 0 to"),
        ("tax: jp_standard", "tax: 10", 8, "tax is one of jp_standard, out_of_scope"),
        ("    tax: jp_standard\n", "", 2, "tax is missing"),
        ("rule: n_x_24h_then_end_of_day", "rule: 30_days", 9, "there is no rule 30_days"),
        ("count: 30", "count: 0", 9, "count in days is 1 to 1830"),
        ("count: 30", "count: 3000", 9, "count in days is 1 to 1830"),
        ("count: 30", "count: 1e3", 9, "whole number"),
        ("n_x_24h_then_end_of_day, count: 30", "month_end, count: 61", 9, "count in months is 1 to 60"),
        ("count: 30", "count: 30, zone: Asia/Tokyo", 9, "zone is not known"),
        ("count: 30", "count: 30, boundary_zone: Asia/Shanghai", 9, "boundary_zone goes with"),
        ("n_x_24h_then_end_of_day", "fixed_zone_midnight", 9, "boundary_zone goes with"),
        (
            "n_x_24h_then_end_of_day, count: 30",
            "fixed_zone_midnight, count: 7, boundary_zone: China",
            9,
            "IANA",
        ),
        (
            "n_x_24h_then_end_of_day, count: 30",
            "fixed_zone_midnight, count: 7, boundary_zone: ../etc/passwd",
            9,
            "IANA",
        ),
        ("tax: jp_standard", "tax: jp_standard\n    start: tomorrow", 9, "start is one of"),
        ("tax: jp_standard", "tax: jp_standard\n    cap_days: 30", 9, "cap_days goes with stacking add"),
        ("tax: jp_standard", "tax: jp_standard\n    start_within_days: 30", 9, "start_within_days goes with"),
        ("tax: jp_standard", "tax: jp_standard\n    technology: 3g", 9, "technology is 4g or 5g"),
        ("tax: jp_standard", "tax: jp_standard\n    retired: maybe", 9, "retired is true or false"),
        ("code: data-3gb", "code: Data 3GB", 2, "a code is made of"),
        ("en: 3 GB for 30 days, ", "", 4, "one in English"),
        ("zh-Hans: 3GB流量", "zh_Hans: 3GB流量", 4, "zh_Hans is not a language tag"),
        ("zh-Hans: 3GB流量", "zh-Hans: ''", 4, "a value is expected"),
        ("zh-Hans: 3GB流量", "zh-Hans: ¥20", 4, "yen"),
        ("zh-Hans: 3GB流量", 'zh-Hans: "a\\nb"', 4, "one line"),
        ("zh-Hans: 3GB流量", "zh-Hans: " + "x" * 81, 4, "at most 80"),
        ("data: 3 GB", "data: !!python/name:os.system 3 GB", 5, "YAML tag (!)"),
        ("data: 3 GB", "data: [3 GB]", 5, "a value is expected"),
        ("valid: {rule: n_x_24h_then_end_of_day, count: 30}", "valid: 30 days", 9, "name: value"),
    ],
)
def test_what_a_plan_cannot_say(old, new, line, reason):
    where, why = refused(changed(PLAN, old, new))
    assert where.startswith(f"line {line}")
    assert "data-3gb" in where or "code" in old or "twice" in reason or "tag (!)" in reason, (
        "what is read before the code"
    )
    assert reason in why


@pytest.mark.parametrize(
    ("kind", "start", "stacking", "why"),
    [
        ("plan", "after_current", "replace", "stacking replace cannot have start after_current"),
        ("plan", "after_current", "restart", "stacking restart cannot have start after_current"),
        ("plan", "after_current", "parallel", "stacking parallel cannot have start after_current"),
        ("plan", "install", "replace", "stacking replace cannot have start install"),
        ("plan", "first_use", "add", "stacking add cannot have start first_use"),
        ("addon", "purchase", "queue", "kind addon runs beside a plan: stacking is parallel"),
        ("addon", "after_current", "parallel", "kind addon starts at purchase"),
    ],
)
def test_terms_that_contradict_each_other(kind, start, stacking, why):
    text = PLAN.replace("kind: plan", f"kind: {kind}") + f"    start: {start}\n    stacking: {stacking}\n"
    assert refused(text) == ("line 10, plan data-3gb", why)


def test_every_other_pair_of_start_and_stacking_is_taken():
    from tsuzuki.core.errors import Refused
    from tsuzuki.core.plan import Stacking, Start

    taken = set()
    for start in Start:
        for stacking in Stacking:
            try:
                taken.add(
                    (
                        parse(PLAN + f"    start: {start}\n    stacking: {stacking}\n")[1][
                            0
                        ].terms.start.value,
                        stacking.value,
                    )
                )
            except Refused:
                continue
    assert taken == {("purchase", one.value) for one in Stacking} | {
        ("after_current", "queue"),
        ("after_current", "add"),
        ("install", "queue"),
        ("install", "parallel"),
        ("first_use", "queue"),
        ("first_use", "parallel"),
    }


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("credit: JPY 3000", "credit: JPY 3300", "credit is worth its price, JPY 3000"),
        ("credit: JPY 3000", "credit: CNY 3000", "the credit is in CNY, the price in JPY"),
        ("    credit: JPY 3000\n", "", "credit is missing"),
        ("tax: out_of_scope", "tax: jp_standard", "credit is taxed when it is spent"),
        ("tax: out_of_scope", "tax: out_of_scope\n    cost: JPY 1", "it has no cost"),
        ("tax: out_of_scope", "tax: out_of_scope\n    data: 1 GB", "data is not known here"),
        ("tax: out_of_scope", "tax: out_of_scope\n    stacking: queue", "kind credit runs beside a plan"),
    ],
)
def test_what_credit_cannot_be(old, new, reason):
    assert reason in refused(changed(CREDIT, old, new))[1]


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("provider: sandbox", "provider: docomo", 6, "provider is one of"),
        ("timeout: 2", "time_out: 2", 7, "sandbox has no setting time_out"),
        ("timeout: 2", "timeout: 1.0e+999", 7, "too large"),
        ("timeout: 2", 'timeout: "\\0"', 7, "cannot be kept"),
        ("network: docomo", "network: NTT docomo", 5, "a network is made of"),
        ("network: docomo", "network: docomo\n    zone: Tokyo", 6, "IANA"),
        ("20 min", "20", 8, "refund_after is written as 15 min"),
        ("20 min", "721 h", 8, "at most 720 h"),
        ("09:00-18:00", "9-18", 9, "hours are written as 09:00-18:00"),
        ("09:00-18:00", "09:00-25:00", 9, "hours are written as"),
        ("09:00-18:00", "18:00-09:00", 9, "hours go forward"),
        ("13:00-24:00", "11:00-24:00", 9, "hours go forward"),
        ("mon: 09", "monday: 09", 9, "monday is not known"),
        ("holidays: JP", "holidays: XX", 9, "country code"),
        ("holidays: JP", 'holidays: "J\\0"', 9, "cannot be kept"),
        ("{mon: 09:00-18:00, tue: [10:00-12:00, 13:00-24:00], holidays: JP}", "{holidays: JP}", 9, "no day"),
    ],
)
def test_what_a_carrier_cannot_say(old, new, line, reason):
    where, why = refused(changed(CARRIER, old, new))
    assert where == f"line {line}, carrier sand"
    assert reason in why


@pytest.mark.parametrize(
    ("text", "where", "reason"),
    [
        ("", "line 1", "empty"),
        ("[]", "line 1", "name: value"),
        ("plans: []", "line 1", "neither carriers nor plans"),
        ("plans:\n  code: x", "line 2", "a list"),
        ("plan:\n  - x\n" + PLAN, "line 1", "plan is not known here"),
        ("plans:\n  - code: [", "line 2", "not YAML"),
        ("plans: \x01", "line 1", "a character that cannot be shown"),
        (PLAN + "---\n" + PLAN, "line 10", "not YAML"),
        ("plans: " + "[" * 5000 + "]" * 5000, "line 1", "nested"),
        ("a: &a [x]\nplans: *a", "line 2", "references"),
        (PLAN + PLAN.removeprefix("plans:\n"), "line 10", "plan data-3gb is there twice"),
    ],
)
def test_files_that_are_no_plan_files(text, where, reason):
    told, why = refused(text)
    assert told == where
    assert reason in why


def test_written_at_once_and_prices_only_when_they_change(database):
    from tsuzuki.actions.catalogue.import_plans import Report
    from tsuzuki.records import models, queries

    assert put(CARRIER + PLAN) == Report(1, 1, 1)
    later = NOON + timedelta(days=1)
    assert put(CARRIER + PLAN, later) == Report(1, 1, 0)
    assert put(PLAN.replace("JPY 990", "JPY 1090"), later) == Report(0, 1, 1)
    plan = models.Plan.objects.get()
    assert queries.prices_of([plan.id], "JPY", NOON)[plan.id].amount.minor == 990
    assert queries.prices_of([plan.id], "JPY", later)[plan.id].amount.minor == 1090
    assert queries.plan_value(plan).terms == parse(PLAN)[1][0].terms
    put(PLAN + "    retired: true\n", later + timedelta(days=1))
    assert models.Plan.objects.get().retired_at == later + timedelta(days=1)


def test_all_or_nothing_and_an_unknown_carrier_has_its_line(database):
    from tsuzuki.core.errors import Code, Refused
    from tsuzuki.records import models

    with pytest.raises(Refused) as refusal:
        put(
            CARRIER
            + PLAN
            + PLAN.removeprefix("plans:\n").replace("data-3gb", "other")
            + "    carrier: sound\n"
        )
    assert refusal.value.code is Code.PLAN_FILE_WRONG
    assert refusal.value.facts == {"where": "line 19, plan other", "reason": "there is no carrier sound"}
    assert not models.Carrier.objects.exists()
    assert not models.Plan.objects.exists()
    put(CARRIER)
    assert put(PLAN + "    carrier: sand\n").plans == 1
    assert models.Plan.objects.get().carrier_id == "sand"
