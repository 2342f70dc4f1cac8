"""The rules of core/period.py against what carriers publish, and the bugs other systems were reported for."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.period import (
    Base,
    Placement,
    Queued,
    begin,
    choices,
    end_of,
    last_end,
    place,
    promise,
    queue_again,
    running,
)
from tsuzuki.core.plan import Choice, Kind, Stacking, Start, Terms, Validity

TOKYO, LA = "Asia/Tokyo", "America/Los_Angeles"
NOW, AFTER = Choice.NOW, Choice.AFTER_CURRENT
DAY = timedelta(hours=24)


def at(text: str, zone: str = TOKYO, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


# brand and example, rule, count, start, end, zone of both
VECTORS = [
    ("povo 3 GB/30 d", Validity.HOURS_THEN_END_OF_DAY, 30, "2026-11-01 13:30", "2026-12-02", TOKYO),
    ("povo Japan SIM 1 GB/3 d", Validity.HOURS_THEN_END_OF_DAY, 3, "2026-11-22 08:00", "2026-11-26", TOKYO),
    (
        "povo, last second of a day",
        Validity.HOURS_THEN_END_OF_DAY,
        3,
        "2026-11-22 23:59:59",
        "2026-11-26",
        TOKYO,
    ),
    (
        "povo, chained at midnight: no day gained",
        Validity.HOURS_THEN_END_OF_DAY,
        3,
        "2026-11-22",
        "2026-11-25",
        TOKYO,
    ),
    (
        "Sakura 10 days, installed late in the evening",
        Validity.CALENDAR_DAYS,
        10,
        "2026-11-22 23:30",
        "2026-12-02",
        TOKYO,
    ),
    ("Sakura 10 days, from midnight", Validity.CALENDAR_DAYS, 10, "2026-11-22", "2026-12-02", TOKYO),
    ("b-mobile after expiry", Validity.CALENDAR_DAYS, 1, "2026-11-22 09:00", "2026-11-23", TOKYO),
    ("Sakura monthly", Validity.MONTH_END, 1, "2026-11-22 09:00", "2026-12-01", TOKYO),
    ("month end, three months over the year", Validity.MONTH_END, 3, "2026-11-30 23:59", "2027-02-01", TOKYO),
    ("month end, December alone", Validity.MONTH_END, 1, "2026-12-31 23:59", "2027-01-01", TOKYO),
    (
        "Nomad on BICS: 1 Jan 16:00 + 7 days",
        Validity.DAYS_FROM_CHARGE,
        7,
        "2027-01-01 16:00",
        "2027-01-08 16:00",
        TOKYO,
    ),
    (
        "Airalo: 7 days are 168 hours, over a DST change",
        Validity.DAYS_FROM_CHARGE,
        7,
        "2026-03-05 16:00",
        "2026-03-12 17:00",
        LA,
    ),
    ("au data charge, 62 days", Validity.DAYS_FROM_CHARGE, 62, "2026-11-22 10:15", "2027-01-23 10:15", TOKYO),
    ("povo subscription, 28 Jan", Validity.SAME_DAY_ROLLED, 1, "2027-01-28 12:00", "2027-02-28 12:00", TOKYO),
    ("povo subscription, 29 Jan", Validity.SAME_DAY_ROLLED, 1, "2027-01-29 12:00", "2027-03-01 12:00", TOKYO),
    (
        "povo subscription, 29 Jan of a leap year",
        Validity.SAME_DAY_ROLLED,
        1,
        "2028-01-29 12:00",
        "2028-03-01 12:00",
        TOKYO,
    ),
    ("povo subscription, 31 Jan", Validity.SAME_DAY_ROLLED, 1, "2027-01-31 12:00", "2027-03-01 12:00", TOKYO),
    ("povo subscription, 30 Apr", Validity.SAME_DAY_ROLLED, 1, "2027-04-30 12:00", "2027-06-01 12:00", TOKYO),
    ("povo subscription, 30 Nov", Validity.SAME_DAY_ROLLED, 1, "2026-11-30 12:00", "2027-01-01 12:00", TOKYO),
    ("povo subscription, 31 Dec", Validity.SAME_DAY_ROLLED, 1, "2026-12-31 12:00", "2027-02-01 12:00", TOKYO),
    (
        "povo subscription, then on the 1st",
        Validity.SAME_DAY_ROLLED,
        1,
        "2027-03-01 12:00",
        "2027-04-01 12:00",
        TOKYO,
    ),
    (
        "CGRateS #2255: 31 Mar is not 1 May",
        Validity.SAME_DAY_CLAMPED,
        1,
        "2027-03-31 12:00",
        "2027-04-30 12:00",
        TOKYO,
    ),
    ("31 Jan", Validity.SAME_DAY_CLAMPED, 1, "2027-01-31 12:00", "2027-02-28 12:00", TOKYO),
    ("31 Jan of a leap year", Validity.SAME_DAY_CLAMPED, 1, "2028-01-31 12:00", "2028-02-29 12:00", TOKYO),
    ("29 Feb, a year on", Validity.SAME_DAY_CLAMPED, 12, "2028-02-29 12:00", "2029-02-28 12:00", TOKYO),
    ("December", Validity.SAME_DAY_CLAMPED, 1, "2026-12-15 12:00", "2027-01-15 12:00", TOKYO),
    (
        "flexprice #2671: not 3 days early in +5:30",
        Validity.SAME_DAY_CLAMPED,
        1,
        "2027-03-01 01:30",
        "2027-04-01 01:30",
        "Asia/Kolkata",
    ),
    (
        "Lago #879: the local day of UTC-8",
        Validity.CALENDAR_DAYS,
        1,
        "2027-01-31 23:00",
        "2027-02-01",
        "Etc/GMT+8",
    ),
    (
        "DST: 30 x 24 h end an hour later on the wall",
        Validity.HOURS_THEN_END_OF_DAY,
        30,
        "2026-02-20 23:30",
        "2026-03-24",
        LA,
    ),
    ("DST: a day of 23 hours is a day", Validity.CALENDAR_DAYS, 1, "2026-03-08", "2026-03-09", LA),
    (
        "DST: midnight that is skipped",
        Validity.CALENDAR_DAYS,
        1,
        "2026-03-28 10:00",
        "2026-03-29 01:00",
        "Asia/Beirut",
    ),
    (
        "DST: the time that is skipped",
        Validity.SAME_DAY_CLAMPED,
        1,
        "2026-02-08 02:30",
        "2026-03-08 03:30",
        LA,
    ),
]


@pytest.mark.parametrize(
    ("rule", "count", "start", "end", "zone"), [v[1:] for v in VECTORS], ids=[v[0] for v in VECTORS]
)
def test_a_published_example(rule: Validity, count: int, start: str, end: str, zone: str) -> None:
    terms = Terms(rule, count)
    assert end_of(terms, at(start, zone), zone) == at(end, zone)
    assert promise(terms, at(start, zone), zone) <= at(end, zone)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-22 00:30", "2026-11-22 01:00"),
        ("2026-11-22 01:00", "2026-11-23 01:00"),
        ("2026-11-22 12:00", "2026-11-23 01:00"),
    ],
)
def test_keepgo_days_end_at_one_in_the_morning_in_japan(start: str, end: str) -> None:
    terms = Terms(Validity.ZONE_MIDNIGHT, 1, boundary_zone="Etc/GMT-8")  # POSIX signs: this is UTC+8
    assert end_of(terms, at(start), TOKYO) == promise(terms, at(start), TOKYO) == at(end)
    assert end_of(terms, at(start), "UTC") == at(end)  # wherever the line is


def test_where_the_wall_shows_an_instant_twice() -> None:
    havana = "America/Havana"
    # 1:30 on 1 Nov 2026 in Los Angeles: the second of the two is granted, the first promised
    terms, start = Terms(Validity.SAME_DAY_CLAMPED, 1), at("2026-10-01 01:30", LA)
    assert end_of(terms, start, LA) == at("2026-11-01 01:30", LA, fold=1)
    assert promise(terms, start, LA) == at("2026-11-01 01:30", LA, fold=0)
    # midnight of 1 Nov 2026 in Havana: the day before is over at the first
    assert end_of(Terms(Validity.CALENDAR_DAYS, 1), at("2026-10-31 10:00", havana), havana) == at(
        "2026-11-01 00:00", havana, fold=0
    )
    second_midnight = at("2026-11-01 00:00", havana, fold=1)
    assert end_of(Terms(Validity.HOURS_THEN_END_OF_DAY, 1), second_midnight - DAY, havana) == at(
        "2026-11-02", havana
    )


def test_the_anchor_day_returns() -> None:
    terms = Terms(Validity.SAME_DAY_CLAMPED, 1)
    chain: list[Base] = []
    now = at("2027-01-31 09:00")
    for _ in range(4):
        placed = place(terms, Kind.PLAN, chain, now, TOKYO, AFTER)
        chain.append(Base(placed.starts_at, placed.ends_at, placed.anchor_day))
    assert [base.ends_at for base in chain] == [
        at(f"2027-{end} 09:00") for end in ("02-28", "03-31", "04-30", "05-31")
    ]
    late = place(terms, Kind.PLAN, chain[:1], at("2027-02-28 09:00:01"), TOKYO, NOW)
    assert (late.ends_at, late.anchor_day) == (at("2027-03-28 09:00:01"), 28)
    # The end itself is no longer inside.
    in_time = place(terms, Kind.PLAN, chain[:1], at("2027-02-28 09:00"), TOKYO, NOW)
    assert (in_time.ends_at, in_time.anchor_day) == (at("2027-03-31 09:00"), 31)


def test_an_anchor_that_cannot_be_is_not_believed() -> None:
    terms, start = Terms(Validity.SAME_DAY_CLAMPED, 1), at("2027-02-28 09:00")
    assert end_of(terms, start, TOKYO, 15) == at("2027-03-28 09:00")  # else the month would be short
    assert end_of(terms, at("2027-02-20 09:00"), TOKYO, 31) == at("2027-03-20 09:00")
    assert end_of(terms, start, TOKYO, 30) == promise(terms, start, TOKYO, 30) == at("2027-03-30 09:00")


def base(start: str, end: str) -> Base:
    return Base(at(start), at(end))


MONTH = [base("2026-11-01 10:00", "2026-12-01 10:00")]
QUEUED = [*MONTH, base("2026-12-01 10:00", "2026-12-31 10:00")]
THEN = at("2026-11-22 12:00")


def days(count: int, stacking: Stacking, **more: object) -> Terms:
    return Terms(Validity.DAYS_FROM_CHARGE, count, stacking=stacking, **more)  # type: ignore[arg-type]


def refusal(
    terms: Terms, chain: list[Base], choice: Choice, kind: Kind = Kind.PLAN, now: datetime = THEN
) -> Code:
    with pytest.raises(Refused) as caught:
        place(terms, kind, chain, now, TOKYO, choice)
    return caught.value.code


@pytest.mark.parametrize("stacking", list(Stacking))
@pytest.mark.parametrize("choice", list(Choice))
@pytest.mark.parametrize(
    "chain", [[], [base("2026-10-01 10:00", "2026-10-31 10:00")], [base("2026-10-01", "2026-11-22 12:00")]]
)
def test_with_nothing_ahead_it_starts_now_whatever_the_choice(
    stacking: Stacking, choice: Choice, chain: list[Base]
) -> None:
    """SSRPanel #239: an expired line renewed from its old end lost the days between."""
    terms = days(30, stacking, cap_days=30)
    assert place(terms, Kind.PLAN, chain, THEN, TOKYO, choice) == Placement(
        THEN, THEN + 30 * DAY, THEN, THEN + 30 * DAY
    )
    assert choices(terms, Kind.PLAN, chain, THEN, TOKYO) == (NOW,)


def test_add_moves_the_end_and_opens_the_allowance_at_once() -> None:
    terms = days(30, Stacking.ADD)
    for choice in Choice:
        placed = place(terms, Kind.PLAN, QUEUED, THEN, TOKYO, choice)
        assert placed == Placement(
            QUEUED[-1].ends_at, QUEUED[-1].ends_at + 30 * DAY, THEN, QUEUED[-1].ends_at + 30 * DAY
        )
    assert choices(terms, Kind.PLAN, QUEUED, THEN, TOKYO) == (NOW,)


def test_bmobile_while_valid_gains_one_day() -> None:
    placed = place(
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
    until = [Base(THEN, THEN + 300 * DAY)]
    assert place(card, Kind.PLAN, until, THEN, TOKYO, NOW).ends_at == THEN + 360 * DAY
    assert place(card, Kind.PLAN, until, THEN, TOKYO, NOW).lots_end == THEN + 360 * DAY


@pytest.mark.parametrize("over", [timedelta(seconds=1), 30 * DAY, 60 * DAY])
def test_a_cap_refuses_what_it_would_cut_and_says_when_it_no_longer_does(over: timedelta) -> None:
    """Sold 60 days and gave 59 or 1: the whole is given or nothing is sold."""
    card = days(60, Stacking.ADD, cap_days=360)
    until = [Base(THEN, THEN + 300 * DAY + over)]
    with pytest.raises(Refused) as caught:
        place(card, Kind.PLAN, until, THEN, TOKYO, NOW)
    assert (caught.value.code, caught.value.facts["again_at"]) == (Code.VALIDITY_CAP_REACHED, THEN + over)
    assert choices(card, Kind.PLAN, until, THEN, TOKYO) == ()
    assert place(card, Kind.PLAN, until, THEN + over, TOKYO, NOW).ends_at == THEN + over + 360 * DAY


def test_a_plan_longer_than_its_cap_can_be_bought_again_when_the_last_has_ended() -> None:
    card = days(60, Stacking.ADD, cap_days=30)
    until = [Base(THEN, THEN + 10 * DAY)]
    with pytest.raises(Refused) as caught:
        place(card, Kind.PLAN, until, THEN, TOKYO, NOW)
    assert caught.value.facts["again_at"] == THEN + 10 * DAY
    assert place(card, Kind.PLAN, until, THEN + 10 * DAY, TOKYO, NOW).ends_at == THEN + 70 * DAY


def test_queue_waits_or_cuts_but_never_shortens() -> None:
    terms = days(30, Stacking.QUEUE)
    end = MONTH[0].ends_at
    assert place(terms, Kind.PLAN, MONTH, THEN, TOKYO, AFTER) == Placement(
        end, end + 30 * DAY, end, end + 30 * DAY
    )
    assert place(terms, Kind.PLAN, MONTH, THEN, TOKYO, NOW) == Placement(
        THEN, THEN + 30 * DAY, THEN, THEN + 30 * DAY, cuts=True
    )
    assert choices(terms, Kind.PLAN, MONTH, THEN, TOKYO) == (NOW, AFTER)
    assert refusal(days(3, Stacking.QUEUE), MONTH, NOW) is Code.START_WOULD_SHORTEN
    assert choices(days(3, Stacking.QUEUE), Kind.PLAN, MONTH, THEN, TOKYO) == (AFTER,)
    just = MONTH[0].ends_at - 3 * DAY  # to the same instant: nothing is lost
    assert place(days(3, Stacking.QUEUE), Kind.PLAN, MONTH, just, TOKYO, NOW).ends_at == end
    assert refusal(days(300, Stacking.QUEUE), QUEUED, NOW) is Code.START_WOULD_SHORTEN
    assert place(terms, Kind.PLAN, QUEUED, THEN, TOKYO, AFTER).starts_at == QUEUED[-1].ends_at


def test_nothing_runs_yet_but_something_waits() -> None:
    later = [base("2026-12-01", "2026-12-31")]
    for stacking in (Stacking.QUEUE, Stacking.REPLACE, Stacking.RESTART):
        assert refusal(days(300, stacking), later, NOW) is Code.START_WOULD_SHORTEN
    assert choices(days(30, Stacking.QUEUE), Kind.PLAN, later, THEN, TOKYO) == (AFTER,)


def test_replace_ends_the_period_and_its_lots() -> None:
    terms = days(3, Stacking.REPLACE)
    placed = place(terms, Kind.PLAN, MONTH, THEN, TOKYO, NOW)
    assert placed == Placement(THEN, THEN + 3 * DAY, THEN, THEN + 3 * DAY, cuts=True, ends_lots=True)
    assert refusal(terms, MONTH, AFTER) is Code.START_NOT_OFFERED
    assert refusal(terms, QUEUED, NOW) is Code.START_WOULD_SHORTEN
    assert choices(terms, Kind.PLAN, MONTH, THEN, TOKYO) == (NOW,)


def test_au_data_charge_counts_anew_and_carries_the_rest() -> None:
    running_charge = [Base(THEN - 50 * DAY, THEN + 12 * DAY)]
    placed = place(days(62, Stacking.RESTART), Kind.PLAN, running_charge, THEN, TOKYO, NOW)
    assert placed == Placement(THEN, THEN + 62 * DAY, THEN, THEN + 62 * DAY, cuts=True, carries=True)
    short = place(days(3, Stacking.RESTART), Kind.PLAN, running_charge, THEN, TOKYO, NOW)
    assert short.ends_at == short.lots_end == THEN + 12 * DAY  # never earlier than what was there
    assert refusal(days(62, Stacking.RESTART), running_charge, AFTER) is Code.START_NOT_OFFERED
    assert refusal(days(62, Stacking.RESTART), QUEUED, NOW) is Code.START_WOULD_SHORTEN


def test_povo_topping_runs_beside() -> None:
    placed = place(days(7, Stacking.PARALLEL), Kind.PLAN, QUEUED, THEN, TOKYO, NOW)
    assert placed == Placement(THEN, THEN + 7 * DAY, THEN, THEN + 7 * DAY)
    assert refusal(days(7, Stacking.PARALLEL), QUEUED, AFTER) is Code.START_NOT_OFFERED


@pytest.mark.parametrize("kind", [Kind.ADDON, Kind.CREDIT])
@pytest.mark.parametrize("stacking", list(Stacking))
@pytest.mark.parametrize("start", list(Start))
def test_addon_and_credit_are_lots_from_now(kind: Kind, stacking: Stacking, start: Start) -> None:
    terms = days(7, stacking, start=start)
    assert place(terms, kind, QUEUED, THEN, TOKYO, NOW) == Placement(
        THEN, THEN + 7 * DAY, THEN, THEN + 7 * DAY
    )
    assert choices(terms, kind, QUEUED, THEN, TOKYO) == (NOW,)
    assert refusal(terms, QUEUED, AFTER, kind) is Code.START_NOT_OFFERED


def test_an_addon_needs_a_running_period_and_credit_does_not() -> None:
    terms = days(7, Stacking.QUEUE)
    assert refusal(terms, [], NOW, Kind.ADDON) is Code.ADDON_NEEDS_PLAN
    assert refusal(terms, MONTH, NOW, Kind.ADDON, MONTH[0].ends_at) is Code.ADDON_NEEDS_PLAN
    assert place(terms, Kind.ADDON, MONTH, MONTH[0].starts_at, TOKYO, NOW).starts_at == MONTH[0].starts_at
    assert place(terms, Kind.CREDIT, [], THEN, TOKYO, NOW).ends_at == THEN + 7 * DAY


def test_a_plan_that_always_waits_for_the_current_one() -> None:
    terms = days(30, Stacking.QUEUE, start=Start.AFTER_CURRENT)
    assert place(terms, Kind.PLAN, MONTH, THEN, TOKYO, NOW).starts_at == MONTH[0].ends_at
    assert choices(terms, Kind.PLAN, MONTH, THEN, TOKYO) == (AFTER,)
    assert choices(terms, Kind.PLAN, [], THEN, TOKYO) == (NOW,)


@pytest.mark.parametrize("start", [Start.INSTALL, Start.FIRST_USE])
def test_it_waits_for_install_or_first_use_up_to_a_last_day(start: Start) -> None:
    """Nomad on BICS: first data use, at the latest day 60 after purchase."""
    terms = days(7, Stacking.QUEUE, start=start, start_within_days=60)
    latest = THEN + 60 * DAY
    assert place(terms, Kind.PLAN, MONTH, THEN, TOKYO, NOW) == Placement(
        latest, latest + 7 * DAY, latest, latest + 7 * DAY, awaits=start
    )
    far = [Base(THEN, THEN + 90 * DAY)]
    assert place(terms, Kind.PLAN, far, THEN, TOKYO, NOW).starts_at == THEN + 90 * DAY
    assert (
        place(
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
        lambda: place(terms, Kind.PLAN, [], naive, TOKYO, NOW),
        lambda: choices(terms, Kind.PLAN, [], naive, TOKYO),
        lambda: begin(terms, naive, TOKYO),
        lambda: running([], naive),
        lambda: last_end([], naive),
        lambda: Base(naive, THEN),
        lambda: Base(THEN, naive),
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
        Base(THEN, THEN - DAY)


def test_results_are_utc_whatever_comes_in() -> None:
    """Two datetimes of one zone are compared by the wall: in the hour shown twice 1:50 (first) would come
    after 1:10 (second).
    """
    la = ZoneInfo(LA)
    first, second = datetime(2026, 11, 1, 1, 50, tzinfo=la), datetime(2026, 11, 1, 1, 10, tzinfo=la, fold=1)
    period = Base(first, second)
    assert period.ends_at - period.starts_at == timedelta(minutes=20)
    assert period.starts_at.tzinfo is UTC
    placed = place(days(1, Stacking.QUEUE), Kind.PLAN, [period], first, LA, AFTER)
    assert (placed.starts_at, placed.starts_at.tzinfo, placed.ends_at.tzinfo) == (period.ends_at, UTC, UTC)
    for rule in Validity:
        terms = Terms(rule, 1, boundary_zone="Etc/GMT-8")
        assert end_of(terms, first, LA).tzinfo is promise(terms, first, LA).tzinfo is UTC


def queued(rule: Validity, count: int, start: str, awaited: bool = False) -> Queued:
    terms = Terms(rule, count)
    return Queued(Base(at(start), end_of(terms, at(start), TOKYO)), terms, TOKYO, awaited)


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
    rest = Queued(
        Base(at("2026-12-11"), at("2026-12-21")), Terms(Validity.DAYS_FROM_CHARGE, 30), TOKYO, rest=True
    )
    for free in ("2026-11-22", "2026-12-30"):
        assert queue_again([rest], at(free)) == [Base(at(free), at(free) + 10 * DAY)]
