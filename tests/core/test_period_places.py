"""Where a purchase comes to lie: behind, over or beside what runs, and where it moves when that changes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.core.test_period import AFTER, DAY, LA, NOW, TOKYO, at
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.period import (
    BasePeriod,
    Placement,
    QueuedPeriod,
    begin,
    choices,
    compute_placement,
    end_of,
    last_end,
    promise,
    queue_again,
    running,
)
from tsuzuki.core.plan import Choice, Kind, Stacking, Start, Terms, Validity


def base(start: str, end: str) -> BasePeriod:
    return BasePeriod(at(start), at(end))


MONTH = [base("2026-11-01 10:00", "2026-12-01 10:00")]
QUEUED = [*MONTH, base("2026-12-01 10:00", "2026-12-31 10:00")]
THEN = at("2026-11-22 12:00")


def days(count: int, stacking: Stacking, **more: object) -> Terms:
    return Terms(Validity.DAYS_FROM_CHARGE, count, stacking=stacking, **more)  # type: ignore[arg-type]


def refusal(
    terms: Terms, chain: list[BasePeriod], choice: Choice, kind: Kind = Kind.PLAN, now: datetime = THEN
) -> Code:
    with pytest.raises(Refused) as caught:
        compute_placement(terms, kind, chain, now, TOKYO, choice)
    return caught.value.code


@pytest.mark.parametrize("stacking", list(Stacking))
@pytest.mark.parametrize("choice", list(Choice))
@pytest.mark.parametrize(
    "chain", [[], [base("2026-10-01 10:00", "2026-10-31 10:00")], [base("2026-10-01", "2026-11-22 12:00")]]
)
def test_with_nothing_ahead_it_starts_now_whatever_the_choice(
    stacking: Stacking, choice: Choice, chain: list[BasePeriod]
) -> None:
    """SSRPanel #239: an expired line renewed from its old end lost the days between."""
    terms = days(30, stacking, cap_days=30)
    assert compute_placement(terms, Kind.PLAN, chain, THEN, TOKYO, choice) == Placement(
        THEN, THEN + 30 * DAY, THEN, THEN + 30 * DAY
    )
    assert choices(terms, Kind.PLAN, chain, THEN, TOKYO) == (NOW,)


def test_add_moves_the_end_and_opens_the_allowance_at_once() -> None:
    terms = days(30, Stacking.ADD)
    for choice in Choice:
        placed = compute_placement(terms, Kind.PLAN, QUEUED, THEN, TOKYO, choice)
        assert placed == Placement(
            QUEUED[-1].ends_at, QUEUED[-1].ends_at + 30 * DAY, THEN, QUEUED[-1].ends_at + 30 * DAY
        )
    assert choices(terms, Kind.PLAN, QUEUED, THEN, TOKYO) == (NOW,)


def test_bmobile_while_valid_gains_one_day() -> None:
    placed = compute_placement(
        Terms(Validity.CALENDAR_DAYS, 1, stacking=Stacking.ADD),
        Kind.PLAN,
        [base("2026-11-21", "2026-11-24")],
        THEN,
        TOKYO,
        NOW,
    )
    assert (placed.ends_at, placed.lots_start) == (at("2026-11-25"), THEN)


def test_softbank_cards_add_60_days_up_to_360() -> None:
    card = days(60, Stacking.ADD, cap_days=360)
    until = [BasePeriod(THEN, THEN + 300 * DAY)]
    assert compute_placement(card, Kind.PLAN, until, THEN, TOKYO, NOW).ends_at == THEN + 360 * DAY
    assert compute_placement(card, Kind.PLAN, until, THEN, TOKYO, NOW).lots_end == THEN + 360 * DAY


@pytest.mark.parametrize("over", [timedelta(seconds=1), 30 * DAY, 60 * DAY])
def test_a_cap_refuses_what_it_would_cut_and_says_when_it_no_longer_does(over: timedelta) -> None:
    """Sold 60 days and gave 59 or 1: the whole is given or nothing is sold."""
    card = days(60, Stacking.ADD, cap_days=360)
    until = [BasePeriod(THEN, THEN + 300 * DAY + over)]
    with pytest.raises(Refused) as caught:
        compute_placement(card, Kind.PLAN, until, THEN, TOKYO, NOW)
    assert (caught.value.code, caught.value.facts["again_at"]) == (Code.VALIDITY_CAP_REACHED, THEN + over)
    assert choices(card, Kind.PLAN, until, THEN, TOKYO) == ()
    assert (
        compute_placement(card, Kind.PLAN, until, THEN + over, TOKYO, NOW).ends_at == THEN + over + 360 * DAY
    )


def test_a_plan_longer_than_its_cap_can_be_bought_again_when_the_last_has_ended() -> None:
    card = days(60, Stacking.ADD, cap_days=30)
    until = [BasePeriod(THEN, THEN + 10 * DAY)]
    with pytest.raises(Refused) as caught:
        compute_placement(card, Kind.PLAN, until, THEN, TOKYO, NOW)
    assert caught.value.facts["again_at"] == THEN + 10 * DAY
    assert compute_placement(card, Kind.PLAN, until, THEN + 10 * DAY, TOKYO, NOW).ends_at == THEN + 70 * DAY


def test_queue_waits_or_cuts_but_never_shortens() -> None:
    terms = days(30, Stacking.QUEUE)
    end = MONTH[0].ends_at
    assert compute_placement(terms, Kind.PLAN, MONTH, THEN, TOKYO, AFTER) == Placement(
        end, end + 30 * DAY, end, end + 30 * DAY
    )
    assert compute_placement(terms, Kind.PLAN, MONTH, THEN, TOKYO, NOW) == Placement(
        THEN, THEN + 30 * DAY, THEN, THEN + 30 * DAY, cuts=True
    )
    assert choices(terms, Kind.PLAN, MONTH, THEN, TOKYO) == (NOW, AFTER)
    assert refusal(days(3, Stacking.QUEUE), MONTH, NOW) is Code.START_WOULD_SHORTEN
    assert choices(days(3, Stacking.QUEUE), Kind.PLAN, MONTH, THEN, TOKYO) == (AFTER,)
    just = MONTH[0].ends_at - 3 * DAY  # to the same instant: nothing is lost
    assert compute_placement(days(3, Stacking.QUEUE), Kind.PLAN, MONTH, just, TOKYO, NOW).ends_at == end
    assert refusal(days(300, Stacking.QUEUE), QUEUED, NOW) is Code.START_WOULD_SHORTEN
    assert compute_placement(terms, Kind.PLAN, QUEUED, THEN, TOKYO, AFTER).starts_at == QUEUED[-1].ends_at


def test_nothing_runs_yet_but_something_waits() -> None:
    later = [base("2026-12-01", "2026-12-31")]
    for stacking in (Stacking.QUEUE, Stacking.REPLACE, Stacking.RESTART):
        assert refusal(days(300, stacking), later, NOW) is Code.START_WOULD_SHORTEN
    assert choices(days(30, Stacking.QUEUE), Kind.PLAN, later, THEN, TOKYO) == (AFTER,)


def test_replace_ends_the_period_and_its_lots() -> None:
    terms = days(3, Stacking.REPLACE)
    placed = compute_placement(terms, Kind.PLAN, MONTH, THEN, TOKYO, NOW)
    assert placed == Placement(THEN, THEN + 3 * DAY, THEN, THEN + 3 * DAY, cuts=True, ends_lots=True)
    assert refusal(terms, MONTH, AFTER) is Code.START_NOT_OFFERED
    assert refusal(terms, QUEUED, NOW) is Code.START_WOULD_SHORTEN
    assert choices(terms, Kind.PLAN, MONTH, THEN, TOKYO) == (NOW,)


def test_au_data_charge_counts_anew_and_carries_the_rest() -> None:
    running_charge = [BasePeriod(THEN - 50 * DAY, THEN + 12 * DAY)]
    placed = compute_placement(days(62, Stacking.RESTART), Kind.PLAN, running_charge, THEN, TOKYO, NOW)
    assert placed == Placement(THEN, THEN + 62 * DAY, THEN, THEN + 62 * DAY, cuts=True, carries=True)
    short = compute_placement(days(3, Stacking.RESTART), Kind.PLAN, running_charge, THEN, TOKYO, NOW)
    assert short.ends_at == short.lots_end == THEN + 12 * DAY  # never earlier than what was there
    assert refusal(days(62, Stacking.RESTART), running_charge, AFTER) is Code.START_NOT_OFFERED
    assert refusal(days(62, Stacking.RESTART), QUEUED, NOW) is Code.START_WOULD_SHORTEN


def test_povo_topping_runs_beside() -> None:
    placed = compute_placement(days(7, Stacking.PARALLEL), Kind.PLAN, QUEUED, THEN, TOKYO, NOW)
    assert placed == Placement(THEN, THEN + 7 * DAY, THEN, THEN + 7 * DAY)
    assert refusal(days(7, Stacking.PARALLEL), QUEUED, AFTER) is Code.START_NOT_OFFERED


@pytest.mark.parametrize("kind", [Kind.ADDON, Kind.CREDIT])
@pytest.mark.parametrize("stacking", list(Stacking))
@pytest.mark.parametrize("start", list(Start))
def test_addon_and_credit_are_lots_from_now(kind: Kind, stacking: Stacking, start: Start) -> None:
    terms = days(7, stacking, start=start)
    assert compute_placement(terms, kind, QUEUED, THEN, TOKYO, NOW) == Placement(
        THEN, THEN + 7 * DAY, THEN, THEN + 7 * DAY
    )
    assert choices(terms, kind, QUEUED, THEN, TOKYO) == (NOW,)
    assert refusal(terms, QUEUED, AFTER, kind) is Code.START_NOT_OFFERED


def test_an_addon_needs_a_running_period_and_credit_does_not() -> None:
    terms = days(7, Stacking.QUEUE)
    assert refusal(terms, [], NOW, Kind.ADDON) is Code.ADDON_NEEDS_PLAN
    assert refusal(terms, MONTH, NOW, Kind.ADDON, MONTH[0].ends_at) is Code.ADDON_NEEDS_PLAN
    assert (
        compute_placement(terms, Kind.ADDON, MONTH, MONTH[0].starts_at, TOKYO, NOW).starts_at
        == MONTH[0].starts_at
    )
    assert compute_placement(terms, Kind.CREDIT, [], THEN, TOKYO, NOW).ends_at == THEN + 7 * DAY


def test_a_plan_that_always_waits_for_the_current_one() -> None:
    terms = days(30, Stacking.QUEUE, start=Start.AFTER_CURRENT)
    assert compute_placement(terms, Kind.PLAN, MONTH, THEN, TOKYO, NOW).starts_at == MONTH[0].ends_at
    assert choices(terms, Kind.PLAN, MONTH, THEN, TOKYO) == (AFTER,)
    assert choices(terms, Kind.PLAN, [], THEN, TOKYO) == (NOW,)


@pytest.mark.parametrize("start", [Start.INSTALL, Start.FIRST_USE])
def test_it_waits_for_install_or_first_use_up_to_a_last_day(start: Start) -> None:
    """Nomad on BICS: first data use, at the latest day 60 after purchase."""
    terms = days(7, Stacking.QUEUE, start=start, start_within_days=60)
    latest = THEN + 60 * DAY
    assert compute_placement(terms, Kind.PLAN, MONTH, THEN, TOKYO, NOW) == Placement(
        latest, latest + 7 * DAY, latest, latest + 7 * DAY, awaits=start
    )
    far = [BasePeriod(THEN, THEN + 90 * DAY)]
    assert compute_placement(terms, Kind.PLAN, far, THEN, TOKYO, NOW).starts_at == THEN + 90 * DAY
    assert (
        compute_placement(
            days(7, Stacking.PARALLEL, start=start, start_within_days=60), Kind.PLAN, far, THEN, TOKYO, NOW
        ).starts_at
        == latest
    )
    assert choices(terms, Kind.PLAN, [], THEN, TOKYO) == (NOW,)
    assert choices(terms, Kind.PLAN, far, THEN, TOKYO) == (AFTER,)
    used = THEN + timedelta(days=3, minutes=7)
    assert begin(terms, used, TOKYO) == Placement(used, used + 7 * DAY, used, used + 7 * DAY)


def test_begin_starts_an_anchor_of_its_own() -> None:
    placed = begin(Terms(Validity.SAME_DAY_CLAMPED, 1, start=Start.INSTALL), at("2027-01-31 08:00"), TOKYO)
    assert (placed.ends_at, placed.anchor_day) == (at("2027-02-28 08:00"), 31)


def test_boundary_instants_are_half_open() -> None:
    first, second = QUEUED
    assert running(QUEUED, first.starts_at) is first
    assert running(QUEUED, first.ends_at) is second
    assert running(QUEUED, first.starts_at - timedelta(microseconds=1)) is None
    assert running(QUEUED, second.ends_at) is None
    assert last_end(QUEUED, second.ends_at) is None
    assert last_end(QUEUED, second.ends_at - timedelta(microseconds=1)) == second.ends_at
    assert last_end([second, first], THEN) == second.ends_at


def test_moments_without_a_zone_are_a_bug() -> None:
    naive, terms = datetime(2026, 11, 22), days(1, Stacking.QUEUE)
    calls = (
        lambda: end_of(terms, naive, TOKYO),
        lambda: promise(terms, naive, TOKYO),
        lambda: compute_placement(terms, Kind.PLAN, [], naive, TOKYO, NOW),
        lambda: choices(terms, Kind.PLAN, [], naive, TOKYO),
        lambda: begin(terms, naive, TOKYO),
        lambda: running([], naive),
        lambda: last_end([], naive),
        lambda: BasePeriod(naive, THEN),
        lambda: BasePeriod(THEN, naive),
    )
    for call in calls:
        with pytest.raises(ValueError, match="without a zone"):
            call()


def test_terms_that_mean_nothing_are_a_bug() -> None:
    for terms in (
        Terms(Validity.MONTH_END, 0),
        Terms(Validity.DAYS_FROM_CHARGE, -1),
        Terms(Validity.ZONE_MIDNIGHT, 1),
    ):
        for rule in (end_of, promise):
            with pytest.raises(ValueError, match=r"no length|its zone"):
                rule(terms, THEN, TOKYO)
    with pytest.raises(ValueError, match="before it starts"):
        BasePeriod(THEN, THEN - DAY)


def test_results_are_utc_whatever_comes_in() -> None:
    """Two datetimes of one zone are compared by the wall: in the hour shown twice 1:50 (first) would come
    after 1:10 (second).
    """
    la = ZoneInfo(LA)
    first, second = datetime(2026, 11, 1, 1, 50, tzinfo=la), datetime(2026, 11, 1, 1, 10, tzinfo=la, fold=1)
    period = BasePeriod(first, second)
    assert period.ends_at - period.starts_at == timedelta(minutes=20)
    assert period.starts_at.tzinfo is UTC
    placed = compute_placement(days(1, Stacking.QUEUE), Kind.PLAN, [period], first, LA, AFTER)
    assert (placed.starts_at, placed.starts_at.tzinfo, placed.ends_at.tzinfo) == (period.ends_at, UTC, UTC)
    for rule in Validity:
        terms = Terms(rule, 1, boundary_zone="Etc/GMT-8")
        assert end_of(terms, first, LA).tzinfo is promise(terms, first, LA).tzinfo is UTC


def queued(rule: Validity, count: int, start: str, awaited: bool = False) -> QueuedPeriod:
    terms = Terms(rule, count)
    return QueuedPeriod(BasePeriod(at(start), end_of(terms, at(start), TOKYO)), terms, TOKYO, awaited)


@pytest.mark.parametrize(
    ("rule", "count", "was", "free", "start", "end"),
    [
        (
            Validity.HOURS_THEN_END_OF_DAY,
            30,
            "2026-12-11",
            "2026-11-22 12:00",
            "2026-11-22 12:00",
            "2026-12-23",
        ),
        # Seven whole days, as before.
        (Validity.CALENDAR_DAYS, 7, "2026-12-11", "2026-11-22 12:00", "2026-11-22 12:00", "2026-11-30"),
        (
            Validity.DAYS_FROM_CHARGE,
            30,
            "2026-12-11 09:00",
            "2026-11-22 12:00",
            "2026-11-22 12:00",
            "2026-12-22 12:00",
        ),
        # 31 days, not 28.
        (
            Validity.SAME_DAY_CLAMPED,
            1,
            "2027-03-15 09:00",
            "2027-02-10 12:00",
            "2027-02-10 12:00",
            "2027-03-13 12:00",
        ),
        # Eight days of November are no month.
        (Validity.MONTH_END, 1, "2026-12-01", "2026-11-22 12:00", "2026-12-01", "2027-01-01"),
        (Validity.MONTH_END, 1, "2027-02-01", "2026-12-22 12:00", "2027-01-01", "2027-02-01"),
        (Validity.MONTH_END, 1, "2026-12-20", "2026-12-01 09:00", "2026-12-01 09:00", "2027-01-01"),
        (
            Validity.HOURS_THEN_END_OF_DAY,
            30,
            "2026-12-11",
            "2026-12-30 09:00",
            "2026-12-30 09:00",
            "2027-01-30",
        ),
        (Validity.MONTH_END, 1, "2026-12-01", "2026-12-20", "2026-12-20", "2027-02-01"),
        (Validity.MONTH_END, 2, "2026-12-01", "2027-01-30", "2027-01-30", "2027-05-01"),
    ],
)
def test_where_a_waiting_period_moves(
    rule: Validity, count: int, was: str, free: str, start: str, end: str
) -> None:
    (base,) = queue_again([queued(rule, count, was)], at(free))
    assert (base.starts_at, base.ends_at) == (at(start), at(end))


def test_a_first_use_that_is_awaited_moves_back_and_never_up() -> None:
    waits = queued(Validity.DAYS_FROM_CHARGE, 30, "2026-12-11", awaited=True)
    assert queue_again([waits], at("2026-11-22")) == [waits.base]
    assert queue_again([waits], at("2026-12-12"))[0].starts_at == at("2026-12-12")


def test_the_rest_of_a_period_that_was_cut_stays_a_rest() -> None:
    rest = QueuedPeriod(
        BasePeriod(at("2026-12-11"), at("2026-12-21")), Terms(Validity.DAYS_FROM_CHARGE, 30), TOKYO, rest=True
    )
    for free in ("2026-11-22", "2026-12-30"):
        assert queue_again([rest], at(free)) == [BasePeriod(at(free), at(free) + 10 * DAY)]
