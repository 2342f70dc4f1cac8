"""What the demo sells and whose lines it serves."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.language import one_language

# Ordinary, before midnight in Tokyo, at it, after it, month ends, leap day: the stories hold whenever a demo
# is started.
MOMENTS = [
    datetime(2026, 11, 22, 3, 0, tzinfo=UTC),
    datetime(2026, 12, 31, 14, 59, tzinfo=UTC),
    datetime(2027, 1, 31, 15, 0, tzinfo=UTC),
    datetime(2027, 3, 1, 0, 0, tzinfo=UTC),
    datetime(2028, 2, 29, 12, 0, tzinfo=UTC),
    datetime(2027, 3, 30, 22, 0, tzinfo=UTC),
]
LANGUAGES = {"en", "ja", "zh-Hans"}


@pytest.fixture(scope="module")
def operator(template):  # the models must be there to be imported; nothing is written
    import tsuzuki.cli
    from tsuzuki.actions.catalogue.import_plans import parse

    return parse((Path(tsuzuki.cli.__file__).parent / "demo" / "operator.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def lines(template):
    from tsuzuki.cli.demo.lines import rows

    return rows()


def test_the_operator_sells_fourteen_plans_over_three_networks(operator):
    from tsuzuki.core.plan import Kind, Stacking, Validity

    carriers, plans = operator
    assert [(one.code, one.network, one.provider) for one in carriers] == [
        ("docomo-line", "docomo", "sandbox"),
        ("softbank-line", "softbank", "sandbox"),
        ("au-line", "au", "sandbox"),
    ]
    apn = {"apn": "d.sakura-sim.example", "apn_user": "sakura", "apn_password": "sim", "apn_auth": "CHAP"}
    assert carriers[0].settings == {"timeout": 2, "lease": 6, **apn}
    assert len(plans) == 14
    assert not any(plan.retired for plan in plans)
    assert {plan.terms.validity for plan in plans} == set(Validity), "each rule is used"
    assert {plan.kind for plan in plans} == set(Kind)
    assert {plan.technology for plan in plans} == {"4g", "5g"}
    assert {Stacking.ADD, Stacking.QUEUE, Stacking.PARALLEL} <= {plan.terms.stacking for plan in plans}
    assert all(plan.price.cost < plan.price.amount for plan in plans), "the operator earns on each"


def test_its_words_are_whole_in_three_languages(operator):
    carriers, plans = operator
    for one in (*carriers, *plans):
        assert set(one.names) == LANGUAGES, one.code
        for language, name in one.names.items():
            one_language(name, language)
    for language in LANGUAGES:
        names = [plan.names[language] for plan in plans]
        assert len(set(names)) == len(names)


def test_it_is_written_and_written_again(database):
    import tsuzuki.cli
    from tsuzuki.actions.catalogue.import_plans import import_plans

    text = (Path(tsuzuki.cli.__file__).parent / "demo" / "operator.yaml").read_text("utf-8")
    first, second = import_plans(text, MOMENTS[0]), import_plans(text, MOMENTS[0] + timedelta(hours=1))
    assert (first.carriers, first.plans, first.new_prices) == (3, 14, 14)
    assert second.new_prices == 0


def test_a_thousand_lines_with_identifiers_nobody_has(lines):
    from tsuzuki.core import identifiers

    assert len(lines) == 1000
    for demo in lines:
        line = demo.line
        assert identifiers.msisdn(line.msisdn) == line.msisdn
        assert line.msisdn.startswith("+81609999")
        found = identifiers.iccid(line.iccid)
        assert found.check_ok
        assert (found.digits, len(line.iccid), line.iccid[:6]) == (line.iccid, 19, "898199")
        assert (line.sim == "esim") == bool(line.eid)
        assert not line.eid or identifiers.eid(line.eid) == line.eid
        assert line.email.rpartition("@")[2] in {"example.com", "example.net", "example.org"}
    for unique in ("msisdn", "iccid", "email"):
        assert len({getattr(demo.line, unique) for demo in lines}) == 1000
    eids = [demo.line.eid for demo in lines if demo.line.eid]
    assert len(set(eids)) == len(eids)


def test_every_mix_is_there(operator, lines):
    mixes = Counter((demo.line.carrier, demo.line.sim, demo.line.technology) for demo in lines)
    assert {carrier for carrier, _, _ in mixes} == {carrier.code for carrier in operator[0]}
    assert len(mixes) == 12
    assert min(mixes.values()) >= 30
    assert {demo.line.language for demo in lines} == LANGUAGES


def test_they_are_the_same_every_time(lines):
    from tsuzuki.cli.demo.lines import rows

    assert rows() == lines
    assert rows(2) != lines


def test_the_seeding_stays_quick(lines):
    assert sum(len(demo.history) for demo in lines) <= 1600
    assert len({bought.days_ago for demo in lines for bought in demo.history}) <= 30, (
        "each day is one batch for whoever carries them out"
    )


def lived(demo, plans, now, late):
    """The line's history by the rules of core: (base periods, lots as (good, amount, end)), credit left."""
    from tsuzuki.core.period import BasePeriod, choices, compute_placement
    from tsuzuki.core.plan import AllowanceKind, Choice, Kind, Stacking

    chain, lots, credit = [], [], 0
    days = [bought.days_ago for bought in demo.history]
    assert days == sorted(set(days), reverse=True), "in order of time, one a day"
    for bought in demo.history:
        plan, at = plans[bought.plan], now - timedelta(days=bought.days_ago) - late
        assert plan.technology == "4g" or demo.line.technology == "5g"
        offered = choices(plan.terms, plan.kind, chain, at, "Asia/Tokyo")
        choice = Choice.AFTER_CURRENT if Choice.AFTER_CURRENT in offered else Choice.NOW
        placed = compute_placement(plan.terms, plan.kind, chain, at, "Asia/Tokyo", choice)
        if bought.method == "credit":
            credit -= plan.price.amount.minor
            assert credit >= 0
        if plan.kind is Kind.CREDIT:
            assert bought.method == "voucher"
            credit += plan.price.amount.minor
            assert placed.lots_end > now
        elif plan.kind is Kind.PLAN and plan.terms.stacking is not Stacking.PARALLEL:
            chain.append(BasePeriod(placed.starts_at, placed.ends_at, placed.anchor_day))
        if plan.kind is not Kind.CREDIT:
            lots += [
                (one.good, one.amount)
                for one in plan.allowances
                if placed.lots_start <= now < placed.lots_end
            ]
    data = [amount for good, amount in lots if good is AllowanceKind.DATA]
    return chain, data, lots, credit


@pytest.mark.parametrize("late", [timedelta(0), timedelta(minutes=1)], ids=str)
@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_each_story_is_what_the_rules_make_of_its_history(operator, lines, now, late):
    from tsuzuki.cli.demo.lines import COUNTS, Story
    from tsuzuki.core.period import last_end, running
    from tsuzuki.core.plan import Kind

    plans = {plan.code: plan for plan in operator[1]}
    assert Counter(demo.story for demo in lines) == COUNTS
    for demo in lines:
        chain, data, lots, credit = lived(demo, plans, now, late)
        base, end, story = running(chain, now), last_end(chain, now), demo.story
        soon = end is not None and end - now <= timedelta(days=3)
        addons = [bought for bought in demo.history if plans[bought.plan].kind is Kind.ADDON]
        assert demo.suspended == (story is Story.SUSPENDED)
        assert demo.closed == (story is Story.CLOSED)
        assert soon == (story is Story.ENDING), demo
        assert (demo.history == ()) == (story is Story.NEVER)
        assert (base is not None and base.ends_at < end) == (story is Story.QUEUED)
        assert (None in data) == (story is Story.UNLIMITED)
        assert bool(addons) == (story is Story.ADDON)
        assert (credit > 0) == (story is Story.CREDIT)
        if story in (Story.ENDED, Story.SUSPENDED, Story.CLOSED):
            assert base is None
            assert chain
            assert not lots
        elif story not in (Story.NEVER, Story.CREDIT):
            assert base is not None
        assert (demo.used == 100) == (story is Story.USED_UP)
        assert (90 < demo.used < 100) == (story is Story.NEARLY_USED)
        assert not demo.used or (data and None not in data), "usage of data that is there"
