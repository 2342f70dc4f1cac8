"""What holds for every rule, day, zone and order of purchases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise, product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tsuzuki.core.errors import Refused
from tsuzuki.core.period import (
    BasePeriod,
    Placement,
    QueuedPeriod,
    begin,
    choices,
    compute_placement,
    end_of,
    falls_short,
    last_end,
    promise,
    queue_again,
    running,
)
from tsuzuki.core.plan import Choice, Kind, Stacking, Start, Terms, Validity

ZONES = ("UTC", "Asia/Tokyo", "Etc/GMT+8", "America/Los_Angeles")
ODD_ZONES = (
    *ZONES,
    "America/Havana",
    "Asia/Beirut",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
)
MONTHLY = (Validity.MONTH_END, Validity.SAME_DAY_CLAMPED, Validity.SAME_DAY_ROLLED)
# On the wall: midnight, inside the hour DST skips or doubles, the last microsecond.
HOURS = (time(), time(2, 30), time(23, 59, 59, 999_999))
DAY = timedelta(hours=24)


def every_day() -> Iterator[date]:
    return (date(2024, 1, 1) + timedelta(days=n) for n in range(3_654))  # up to 1 Jan 2034


def terms_of(rule: Validity, count: int) -> Terms:
    return Terms(rule, count, boundary_zone="Etc/GMT-8" if rule is Validity.ZONE_MIDNIGHT else None)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("rule", list(Validity))
def test_every_start_day_of_ten_years(rule: Validity, zone: str) -> None:
    """R8, R10: after the start, never less than promised, monotone from day to day at the same time, at UTC,
    +9, -8 and over DST.
    """
    for hour, count in zip(HOURS, (1, 2, 12) if rule in MONTHLY else (1, 30, 62), strict=True):
        terms, before = terms_of(rule, count), datetime.min.replace(tzinfo=UTC)
        for day in every_day():
            start = datetime.combine(day, hour, ZoneInfo(zone)).astimezone(UTC)
            end = end_of(terms, start, zone)
            assert end > start, start
            assert end >= promise(terms, start, zone), start
            assert end >= before, start
            before = end


@pytest.mark.parametrize("zone", ZONES)
def test_what_is_granted_is_not_too_much_either(zone: str) -> None:
    """At most the end of a day more than n x 24 h, a day's hour of DST, or the longest months the words
    allow.
    """
    most = {
        Validity.HOURS_THEN_END_OF_DAY: timedelta(days=31, hours=1),
        Validity.CALENDAR_DAYS: timedelta(days=30, hours=1),
        Validity.MONTH_END: timedelta(days=31, hours=1),
        Validity.SAME_DAY_CLAMPED: timedelta(days=31, hours=1),
        Validity.SAME_DAY_ROLLED: timedelta(days=34, hours=1),
        Validity.DAYS_FROM_CHARGE: timedelta(days=30),
        Validity.ZONE_MIDNIGHT: timedelta(days=30),
    }
    for rule, allowed in most.items():
        terms = terms_of(rule, 1 if rule in MONTHLY else 30)
        for day in every_day():
            start = datetime.combine(day, time(9, 1), ZoneInfo(zone)).astimezone(UTC)
            assert end_of(terms, start, zone) - start <= allowed, (rule, start)


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Etc/GMT+8"])
def test_a_year_of_months_is_a_year(zone: str) -> None:
    """The anchor day returns: twelve renewals, each at the end of the last, end where one of twelve months
    ends, from any day.
    """
    one, twelve = Terms(Validity.SAME_DAY_CLAMPED, 1), Terms(Validity.SAME_DAY_CLAMPED, 12)
    for day in every_day():
        now = datetime.combine(day, time(12), ZoneInfo(zone))
        chain: list[BasePeriod] = []
        for _ in range(12):
            placed = compute_placement(one, Kind.PLAN, chain[-1:], now, zone, Choice.AFTER_CURRENT)
            chain.append(BasePeriod(placed.starts_at, placed.ends_at, placed.anchor_day))
            expected = min(day.day, _length(placed.ends_at.astimezone(ZoneInfo(zone)).date()))
            assert placed.ends_at.astimezone(ZoneInfo(zone)).day == expected, day
        assert chain[-1].ends_at == end_of(twelve, now, zone), day


def _length(day: date) -> int:
    return ((day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)).day


@pytest.mark.parametrize("rule", [rule for rule in Validity if rule is not Validity.SAME_DAY_ROLLED])
def test_chained_periods_gain_and_lose_nothing(rule: Validity) -> None:
    """Three periods of n end where one of 3 n does (povo at midnight does not gain a day each time)."""
    for day, hour in product(list(every_day())[::7], HOURS):
        start = datetime.combine(day, hour, ZoneInfo("Asia/Tokyo"))
        end, anchor = start, start.day
        for _ in range(3):
            end = end_of(terms_of(rule, 2), end, "Asia/Tokyo", anchor)
        assert end == end_of(terms_of(rule, 6), start, "Asia/Tokyo"), start


moments = st.datetimes(datetime(2024, 1, 1), datetime(2034, 1, 1), timezones=st.just(UTC))
zones = st.sampled_from(ODD_ZONES)
any_terms = st.builds(
    Terms,
    validity=st.sampled_from(Validity),
    count=st.integers(1, 40),
    start=st.sampled_from(Start),
    stacking=st.sampled_from(Stacking),
    cap_days=st.none() | st.integers(1, 400),
    start_within_days=st.integers(0, 90),
    boundary_zone=st.sampled_from(ODD_ZONES),
)


@settings(max_examples=600, deadline=None)
@given(any_terms, moments, zones, st.none() | st.integers(1, 31))
def test_granted_is_never_less_than_promised(
    terms: Terms, start: datetime, zone: str, anchor: int | None
) -> None:
    end = end_of(terms, start, zone, anchor)
    assert end > start
    assert end >= promise(terms, start, zone, anchor)


@settings(max_examples=600, deadline=None)
@given(any_terms, moments, st.timedeltas(timedelta(0), timedelta(days=3)), zones)
def test_a_later_start_never_ends_earlier(terms: Terms, start: datetime, gap: timedelta, zone: str) -> None:
    """At every instant where an end is a midnight or a number of hours; where it keeps the time of day, at
    the same time of a later day.
    """
    if terms.validity in (Validity.SAME_DAY_CLAMPED, Validity.SAME_DAY_ROLLED):
        local = start.astimezone(ZoneInfo(zone))
        later = (local + timedelta(days=gap.days)).astimezone(UTC)
    else:
        later = start + gap
    assert end_of(terms, later, zone) >= end_of(terms, start, zone)


@settings(max_examples=400, deadline=None)
@given(
    any_terms,
    moments,
    st.timedeltas(timedelta(0), timedelta(days=90)),
    st.timedeltas(timedelta(days=1), timedelta(days=90)),
    zones,
)
def test_late_renewal_never_loses_days(
    terms: Terms, now: datetime, late: timedelta, ran: timedelta, zone: str
) -> None:
    """R16: whatever ended however long ago, the buyer gets what a newcomer gets, but for the anchor of a
    month that ends just now.
    """
    old = [BasePeriod(now - late - ran, now - late)]
    for choice in Choice:
        assert compute_placement(terms, Kind.PLAN, old, now, zone, choice) == compute_placement(
            terms, Kind.PLAN, [], now, zone, choice
        )
    placed = compute_placement(terms, Kind.PLAN, old, now, zone, Choice.NOW)
    assert placed.starts_at >= now
    assert placed.ends_at >= promise(terms, placed.starts_at, zone)


def moves(terms: Terms, kind: Kind) -> bool:
    return kind is Kind.PLAN and terms.stacking is not Stacking.PARALLEL


def placed_or_none(
    terms: Terms, kind: Kind, chain: list[BasePeriod], now: datetime, zone: str, choice: Choice
) -> Placement | None:
    try:
        return compute_placement(terms, kind, chain, now, zone, choice)
    except Refused:
        return None


def applied(chain: list[BasePeriod], placed: Placement) -> list[BasePeriod]:
    """What the road does with a placement."""
    if placed.cuts:
        chain = [
            replace(base, ends_at=placed.starts_at)
            if base.starts_at <= placed.starts_at < base.ends_at
            else base
            for base in chain
        ]
    return [*chain, BasePeriod(placed.starts_at, placed.ends_at, placed.anchor_day)]


waits = st.timedeltas(timedelta(0), timedelta(days=50))
purchases = st.lists(st.tuples(any_terms, st.sampled_from(Kind), st.sampled_from(Choice), waits), max_size=8)
Purchase = tuple[Terms, Kind, Choice, timedelta]


@settings(max_examples=700, deadline=None)
@given(purchases, moments, zones)
def test_no_sequence_of_purchases_makes_base_periods_overlap(
    asked: list[Purchase], now: datetime, zone: str
) -> None:
    chain: list[BasePeriod] = []
    for terms, kind, choice, wait in asked:
        now += wait
        ahead = last_end(chain, now)
        placed = placed_or_none(terms, kind, chain, now, zone, choice)
        if placed is None:
            # A line with nothing ahead can always buy a plan.
            assert ahead is not None or kind is not Kind.PLAN
            continue
        assert now <= placed.starts_at < placed.ends_at
        assert now <= placed.lots_start <= placed.starts_at
        assert placed.lots_end == placed.ends_at
        assert placed.ends_at >= promise(terms, placed.starts_at, zone, placed.anchor_day)  # also under a cap
        if not moves(terms, kind):
            assert (placed.cuts, placed.ends_lots, placed.carries, placed.anchor_day) == (
                False,
                False,
                False,
                None,
            )
            continue
        assert placed.cuts is (ahead is not None and placed.starts_at < ahead)
        chain = applied(chain, placed)
        in_order = sorted(chain, key=lambda base: (base.starts_at, base.ends_at))
        assert all(one.ends_at <= following.starts_at for one, following in pairwise(in_order))
        # Only REPLACE, which says so, can end earlier.
        assert placed.ends_lots or ahead is None or chain[-1].ends_at >= ahead
        if placed.awaits and last_end(chain[:-1], now) is None:
            began = begin(terms, now, zone)
            assert (began.starts_at, began.awaits) == (now, None)
            chain = [*chain[:-1], BasePeriod(began.starts_at, began.ends_at, began.anchor_day)]
            assert running(chain, now) == chain[-1]


@settings(max_examples=500, deadline=None)
@given(
    any_terms,
    st.sampled_from(Kind),
    st.lists(st.integers(1, 40), max_size=3),
    moments,
    st.integers(-50, 50),
    zones,
)
def test_choices_are_what_place_accepts(
    terms: Terms, kind: Kind, lengths: list[int], now: datetime, ahead: int, zone: str
) -> None:
    chain, edge = [], now + ahead * DAY
    for length in lengths:
        chain.append(BasePeriod(edge, edge + length * DAY))
        edge += length * DAY
    tried = {choice: placed_or_none(terms, kind, chain, now, zone, choice) for choice in Choice}
    accepted = {choice: placed for choice, placed in tried.items() if placed}
    offered = choices(terms, kind, chain, now, zone)
    assert {accepted[choice] for choice in offered} == set(accepted.values())
    assert len(offered) == len(set(accepted.values()))
    if kind is Kind.PLAN and last_end(chain, now) is None:
        assert offered == (Choice.NOW,)
    if offered == (Choice.NOW, Choice.AFTER_CURRENT):
        assert accepted[Choice.NOW].starts_at < accepted[Choice.AFTER_CURRENT].starts_at


@settings(max_examples=600, deadline=None)
@given(
    any_terms,
    moments,
    st.timedeltas(timedelta(0), timedelta(days=70)) | st.timedeltas(timedelta(0), timedelta(minutes=6)),
    zones,
)
def test_a_late_delivery_gives_what_the_rule_promises_from_then(
    terms: Terms, bought: datetime, late: timedelta, zone: str
) -> None:
    """Whatever the rule: over midnight, over the end of a month, long after the whole period would have been
    over.
    """
    ends, delivered = end_of(terms, bought, zone), bought + late
    if falls_short(terms, ends, delivered, zone):
        ends = end_of(terms, delivered, zone)
    short = promise(terms, delivered, zone) - ends
    to_the_time = (Validity.DAYS_FROM_CHARGE, Validity.SAME_DAY_CLAMPED, Validity.SAME_DAY_ROLLED)
    assert short <= (timedelta(minutes=5) if terms.validity in to_the_time else timedelta(0))
    assert ends > delivered


@st.composite
def queues(draw: st.DrawFn, zone: str) -> list[QueuedPeriod]:
    """What came to wait one behind the other, now and then with a gap, now and then the rest of a period that
    was cut.
    """
    queue: list[QueuedPeriod] = []
    edge = draw(moments)
    for terms in draw(st.lists(any_terms, min_size=1, max_size=5)):
        start = edge + draw(
            st.sampled_from([timedelta(0), timedelta(0), timedelta(hours=7), timedelta(days=20)])
        )
        end = end_of(terms, start, zone)
        rest = draw(st.booleans()) and draw(st.booleans())
        if rest:
            end = start + (end - start) / 3
        queue.append(QueuedPeriod(BasePeriod(start, end), terms, zone, draw(st.booleans()), rest))
        edge = end
    return queue


@settings(max_examples=500, deadline=None)
@given(st.data(), zones, st.timedeltas(timedelta(days=-60), timedelta(days=60)))
def test_a_queue_laid_out_anew_loses_no_time_and_never_overlaps(
    data: st.DataObject, zone: str, off: timedelta
) -> None:
    queue = data.draw(queues(zone))
    free = queue[0].base.starts_at + off
    laid = queue_again(queue, free)
    edge = free
    for one, base in zip(queue, laid, strict=True):
        was = one.base
        assert base.starts_at >= edge
        assert base.ends_at - base.starts_at >= was.ends_at - was.starts_at
        if one.rest:
            assert base.ends_at - base.starts_at == was.ends_at - was.starts_at
        assert one.rest or base.ends_at >= promise(one.terms, base.starts_at, zone, base.anchor_day)
        assert base.starts_at == edge or base.starts_at <= was.starts_at  # back only as far as it must
        assert base.starts_at >= was.starts_at or not one.awaited
        unmoved = base.starts_at == was.starts_at
        # Up at once, but for whole months.
        assert unmoved or base.starts_at == edge or one.terms.validity is Validity.MONTH_END
        edge = max(edge, base.ends_at)


@settings(max_examples=200, deadline=None)
@given(st.data(), zones)
def test_a_queue_whose_place_did_not_change_stays_as_it_is(data: st.DataObject, zone: str) -> None:
    queue: list[QueuedPeriod] = []
    for one in data.draw(queues(zone)):
        start = queue[-1].base.ends_at if queue else one.base.starts_at
        queue.append(replace(one, base=BasePeriod(start, end_of(one.terms, start, zone))))
    assert queue_again(queue, queue[0].base.starts_at) == [one.base for one in queue]
