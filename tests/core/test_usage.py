"""What a use burns and begins, told again here as simply as it can be."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from tsuzuki.core.usage import UsableLot, UsagePeriod, begun_by, burn

DAY = datetime(2026, 11, 22, tzinfo=UTC)
moments = st.integers(0, 20).map(lambda days: DAY + timedelta(days=days))
spans = st.tuples(moments, moments).filter(lambda span: span[0] < span[1])
lots = st.lists(st.tuples(spans, st.none() | st.integers(0, 30)), max_size=6)
uses = st.lists(st.tuples(st.integers(1, 40), moments), max_size=12)


def one_by_one(lots, uses):
    """A unit at a time, from the lot that ends first of those that hold one."""
    left = [remaining for _, remaining in lots]
    overruns = []
    for amount, at in uses:
        beyond = 0
        for _ in range(amount):
            usable = [
                place
                for place, ((starts, ends), _) in enumerate(lots)
                if starts <= at < ends and left[place] != 0
            ]
            if not usable:
                beyond += 1
                continue
            first = min(usable, key=lambda place: (lots[place][0][1], place))
            if left[first] is not None:
                left[first] -= 1
        overruns.append(beyond)
    return left, overruns


@given(lots, uses)
def test_what_ends_first_is_burnt_first_and_nothing_twice(lots, uses):
    left = {UUID(int=place): remaining for place, (_, remaining) in enumerate(lots)}
    usable = [UsableLot(UUID(int=place), *span) for place, (span, _) in enumerate(lots)]
    usable.sort(key=lambda lot: (lot.ends_at, lot.id))
    overruns = []
    for amount, at in uses:
        burnt, beyond = burn(usable, left, amount, at)
        left |= burnt
        overruns.append(beyond)
    assert (list(left.values()), overruns) == one_by_one(lots, uses)


periods = st.lists(st.tuples(spans, st.booleans(), st.none() | moments), max_size=5)


@given(periods, moments)
def test_the_first_that_waits_begins_unless_another_runs(periods, at):
    rows = [
        UsagePeriod(UUID(int=place), *span, awaits, delivered)
        for place, (span, awaits, delivered) in enumerate(periods)
    ]
    begun = begun_by(rows, at)
    if any(starts <= at < ends for (starts, ends), _, _ in periods):
        assert begun is None
        return
    waiting = {
        place: span[0]
        for place, (span, awaits, delivered) in enumerate(periods)
        if awaits and span[0] > at and delivered is not None and delivered <= at
    }
    if begun is None:
        assert waiting == {}
    else:
        assert waiting[begun.int] == min(waiting.values())
