"""When a purchase begins and ends, and what it does to the period that is running.

Nothing here reads a clock: `now` is an argument.

Intervals are half-open and aware UTC: a carrier's «until 23:59:59» is the next local midnight here. The
rules, what each promises and who publishes it:

    HOURS_THEN_END_OF_DAY  each 24 h from purchase is one day; usable until 23:59:59 on the expiry date
                           https://povo.jp/en/topping-list/detail/3G_30d/
    CALENDAR_DAYS          installation day is day 1; ends 23:59 of the last day; b-mobile after expiry: 23:59
                           of the same day
                           https://support.sakuramobile.jp/hc/en-us/articles/27171831802393-When-does-my-Travel-eSIM-rental-period-starts
                           https://www.bmobile.ne.jp/english/charge.html
    MONTH_END              the end date is always the last day of a month
                           https://support.sakuramobile.jp/hc/en-us/articles/39352125747225-How-can-I-cancel-the-rental-Home-WiFi-device-subscription
    SAME_DAY_CLAMPED       the same day and time in a later month; a shorter month gives its last day, the
                           next long one the day back; https://github.com/cgrates/cgrates/issues/2255 (what
                           goes wrong without it: 31 Mar -> 1 May)
    SAME_DAY_ROLLED        bought again on the same day next month; bought on the 29th to 31st: on the 1st
                           https://povo.jp/subscription_auto-charge_diff
    DAYS_FROM_CHARGE       n x 24 h: 1 Jan 16:00 + 7 days = 8 Jan 16:00; au's data charge: 62 days
                           https://getnomad.app/ja/documents/data-plan-detail-bics
                           https://www.au.com/english/mobile/charge/data-option/data-charge/rate
    ZONE_MIDNIGHT          days end at midnight UTC+8, wherever the line is
                           https://partnerfaq.keepgo.com/kb/plans/unlimited-plan

A period that was cut by another, which is taken back later, goes on from that moment with all the time it
still had when it was cut: what its holder used of the other one meanwhile is refunded, and no paid day is
lost.

24 h are absolute, midnights and «the same time» are read off the wall. A midnight the clock skips is the
instant of the jump; one shown twice is the first, where the day before is over. A «same time» it skips is as
much later as the clock jumps; shown twice, the second.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from .errors import Code, Refused
from .local_days import after_235959, first_of, midnight, same_time, up_to_midnight
from .plan import Choice, Kind, Stacking, Start, Terms, Validity

DAY = timedelta(hours=24)
LATE = timedelta(minutes=5)  # a delivery may take this much of a period that is counted to the minute
AWAITED = (Start.INSTALL, Start.FIRST_USE)
# End at the time of day they start at.
TO_THE_TIME = (Validity.SAME_DAY_CLAMPED, Validity.SAME_DAY_ROLLED, Validity.DAYS_FROM_CHARGE)


@dataclass(frozen=True, slots=True)
class BasePeriod:
    """One base period of a line. Equal ends are a period cut in the moment it began."""

    starts_at: datetime
    ends_at: datetime
    anchor_day: int | None = None  # SAME_DAY_CLAMPED: the day of the month the chain began on

    def __post_init__(self) -> None:
        object.__setattr__(self, "starts_at", _utc(self.starts_at))
        object.__setattr__(self, "ends_at", _utc(self.ends_at))
        if self.ends_at < self.starts_at:
            raise ValueError("a period ends before it starts")


@dataclass(frozen=True, slots=True)
class QueuedPeriod:
    """A base period that has not begun, with the rules it was sold by."""

    base: BasePeriod
    terms: Terms
    zone: str
    awaited: bool = False  # INSTALL, FIRST_USE: `base.starts_at` is the latest start
    # of a period that was cut: the other part was served, so its length is what counts and not the rule
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Placement:
    """`starts_at`, `ends_at`: the new base period's.

    A PARALLEL plan, an addon or credit makes none: they are the lots' own.
    """

    starts_at: datetime
    ends_at: datetime
    lots_start: datetime
    lots_end: datetime
    cuts: bool = False  # the running base period ends at `starts_at`
    ends_lots: bool = False  # REPLACE: the lots of the cut period end there too
    # RESTART: what is left of the running period's lots is usable until `ends_at` where that is later
    carries: bool = False
    anchor_day: int | None = None
    awaits: Start | None = (
        None  # INSTALL, FIRST_USE: `starts_at` is the latest start; begin() pulls it earlier
    )


def end_of(terms: Terms, start: datetime, zone: str, anchor_day: int | None = None) -> datetime:
    """The end of a period of `terms` that starts at `start` on a line whose carrier lives in `zone`."""
    start, home, count = _utc(start), ZoneInfo(zone), _count(terms)
    local = start.astimezone(home)
    match terms.validity:
        case Validity.DAYS_FROM_CHARGE:
            return start + count * DAY
        case Validity.HOURS_THEN_END_OF_DAY:
            return up_to_midnight(start + count * DAY, home)
        case Validity.CALENDAR_DAYS:
            return midnight(local.date() + timedelta(days=count), home)
        case Validity.ZONE_MIDNIGHT:
            there = _boundary(terms)
            return midnight(start.astimezone(there).date() + timedelta(days=count), there)
        case Validity.MONTH_END:
            return midnight(first_of(local.date(), count), home)
        case Validity.SAME_DAY_CLAMPED:
            month = first_of(local.date(), count)
            day = min(_anchor(local.date(), anchor_day), monthrange(month.year, month.month)[1])
            return same_time(month.replace(day=day), local.time(), home)
        case Validity.SAME_DAY_ROLLED:
            rolls = local.day > 28
            day_then = (
                first_of(local.date(), count + 1)
                if rolls
                else first_of(local.date(), count).replace(day=local.day)
            )
            return same_time(day_then, local.time(), home)


def promise(terms: Terms, start: datetime, zone: str, anchor_day: int | None = None) -> datetime:
    """The least end the published words allow: said in those words, no arithmetic shared with end_of(), so
    that each checks the other.
    """
    start, count = _utc(start), _count(terms)
    home = _boundary(terms) if terms.validity is Validity.ZONE_MIDNIGHT else ZoneInfo(zone)
    local = start.astimezone(home)
    day = local.date()
    match terms.validity:
        case Validity.DAYS_FROM_CHARGE:
            return start + timedelta(seconds=86_400 * count)
        case Validity.HOURS_THEN_END_OF_DAY:
            # The expiry date is the one on which the last of the hours is lived through.
            last_moment = start + timedelta(seconds=86_400 * count, microseconds=-1)
            return after_235959(last_moment.astimezone(home).date(), home)
        case Validity.CALENDAR_DAYS | Validity.ZONE_MIDNIGHT:
            return after_235959(date.fromordinal(day.toordinal() + count - 1), home)
        case Validity.MONTH_END:
            years, month = divmod(day.month + count - 2, 12)
            return after_235959(
                date(day.year + years, month + 1, monthrange(day.year + years, month + 1)[1]), home
            )
        case Validity.SAME_DAY_CLAMPED | Validity.SAME_DAY_ROLLED:
            years, month = divmod(day.month + count - 1, 12)
            wanted = day.day
            if terms.validity is Validity.SAME_DAY_CLAMPED and (day + timedelta(days=1)).day == 1:
                wanted = max(wanted, anchor_day or 0)
            if terms.validity is Validity.SAME_DAY_ROLLED and wanted >= 29:
                years, month, wanted = years + (month == 11), (month + 1) % 12, 1
            then = date(day.year + years, month + 1, 1) + timedelta(days=wanted - 1)
            if then.month != month + 1:
                then -= timedelta(days=then.day)
            return min(
                datetime.combine(then, local.time().replace(fold=fold), home).astimezone(UTC)
                for fold in (0, 1)
            )


def compute_placement(
    terms: Terms, kind: Kind, chain: Sequence[BasePeriod], now: datetime, zone: str, choice: Choice
) -> Placement:
    """Where a purchase made now comes to lie behind, over or beside `chain`;
    Refused where that is not offered.
    """
    now = _utc(now)
    beside = kind is not Kind.PLAN or terms.stacking is Stacking.PARALLEL
    last = last_end(chain, now)
    if terms.start is Start.AFTER_CURRENT and kind is Kind.PLAN:
        choice = Choice.AFTER_CURRENT
    if kind is Kind.PLAN and terms.start in AWAITED:
        latest = now + terms.start_within_days * DAY
        return _from(
            terms, latest if beside or last is None else max(latest, last), zone, chain, beside, terms.start
        )
    if beside:
        if choice is not Choice.NOW and (kind is not Kind.PLAN or last is not None):
            raise Refused(Code.START_NOT_OFFERED, choice=choice.value)
        if kind is Kind.ADDON and running(chain, now) is None:
            raise Refused(Code.ADDON_NEEDS_PLAN)
        return _from(terms, now, zone, chain, beside)
    if last is None:
        return _from(terms, now, zone, chain)
    if terms.stacking is Stacking.ADD:
        return _added(terms, now, last, zone, chain)
    if terms.stacking is Stacking.QUEUE and choice is Choice.AFTER_CURRENT:
        return _from(terms, last, zone, chain)
    if choice is Choice.AFTER_CURRENT:
        raise Refused(Code.START_NOT_OFFERED, choice=choice.value)
    return _over(terms, now, last, zone, chain)


def choices(
    terms: Terms, kind: Kind, chain: Sequence[BasePeriod], now: datetime, zone: str
) -> tuple[Choice, ...]:
    """What place() accepts, each outcome once; empty where nothing can be bought (place() says why).

    Where both choices come to the same it is called NOW if it is usable at once or nothing stands before it,
    else AFTER_CURRENT.
    """
    placed: dict[Choice, Placement] = {}
    for choice in Choice:
        with suppress(Refused):
            placed[choice] = compute_placement(terms, kind, chain, now, zone, choice)
    if len(set(placed.values())) < len(placed):
        at_once = placed[Choice.NOW].lots_start == now or last_end(chain, now) is None
        return (Choice.NOW if at_once else Choice.AFTER_CURRENT,)
    return tuple(placed)


def unseen_choices(terms: Terms, kind: Kind) -> tuple[Choice, ...]:
    """What may be chosen by who must not see what runs on a line.

    It never depends on what runs, so that no trying finds that out, and never cuts it: whoever wants to start
    at once waits for what runs, and starts at once where nothing does.
    """
    if kind is not Kind.PLAN or terms.stacking is Stacking.PARALLEL:
        return (Choice.NOW,)
    if terms.start in AWAITED or terms.stacking is Stacking.QUEUE:
        return (Choice.AFTER_CURRENT,)
    can_cut = terms.stacking is Stacking.REPLACE or (
        terms.stacking is Stacking.RESTART and terms.start is Start.AFTER_CURRENT
    )
    return () if can_cut else (Choice.NOW,)


def begin(terms: Terms, now: datetime, zone: str) -> Placement:
    """The awaited install or first use happened.

    `now` is never before the end of the base period in front: the caller passes the later.
    """
    return _from(terms, _utc(now), zone, ())


def falls_short(terms: Terms, ends_at: datetime, delivered: datetime, zone: str) -> bool:
    """Delivered only now, what ends then would be less than the rule promises from now on,
    by more than nobody minds.
    """
    return _utc(ends_at) + LATE < promise(terms, delivered, zone)


def queue_again(queued: Sequence[QueuedPeriod], free: datetime) -> list[BasePeriod]:
    """Lay out anew what waits behind a place in the queue that was given up: `queued` in its order, none
    before `free`.

    Nothing gets shorter. A period moves back as far as it must and up as far as its rule still gives it all
    it had: a month that was to begin on the 1st stays there. One whose first use is awaited never moves up.
    """
    free = _utc(free)
    laid: list[BasePeriod] = []
    for period in queued:
        base = _queued_again(period, free, laid[-1:])
        laid.append(base)
        free = max(free, base.ends_at)
    return laid


def running(chain: Sequence[BasePeriod], at: datetime) -> BasePeriod | None:
    at = _utc(at)
    return next((base for base in chain if base.starts_at <= at < base.ends_at), None)


def last_end(chain: Sequence[BasePeriod], at: datetime) -> datetime | None:
    """The end of all that runs or is queued, if that is still to come."""
    at = _utc(at)
    return max((base.ends_at for base in chain if base.ends_at > at), default=None)


def _from(
    terms: Terms,
    start: datetime,
    zone: str,
    chain: Sequence[BasePeriod],
    beside: bool = False,
    awaits: Start | None = None,
) -> Placement:
    """Base period and lots together, from `start`.

    An anchor day is handed on only where the new period touches the one before.
    """
    anchor = None
    if terms.validity is Validity.SAME_DAY_CLAMPED and not beside:
        before = max(
            (base for base in chain if base.ends_at == start), key=lambda base: base.starts_at, default=None
        )
        anchor = _anchor(start.astimezone(ZoneInfo(zone)).date(), before.anchor_day if before else None)
    end = end_of(terms, start, zone, anchor)
    return Placement(start, end, start, end, anchor_day=anchor, awaits=awaits)


def _added(terms: Terms, now: datetime, last: datetime, zone: str, chain: Sequence[BasePeriod]) -> Placement:
    """ADD: the end moves on, the allowance is usable at once.

    The cap bounds what piles up, so it never stands against a first period.
    """
    added = _from(terms, last, zone, chain)
    if terms.cap_days is not None and added.ends_at > now + terms.cap_days * DAY:
        # Nobody pays for days the cap would cut off.
        again_at = min(added.ends_at - terms.cap_days * DAY, last)
        raise Refused(Code.VALIDITY_CAP_REACHED, days=terms.cap_days, ends_at=last, again_at=again_at)
    return Placement(last, added.ends_at, now, added.ends_at, anchor_day=added.anchor_day)


def _queued_again(one: QueuedPeriod, free: datetime, before: Sequence[BasePeriod]) -> BasePeriod:
    base, length = one.base, one.base.ends_at - one.base.starts_at
    if free == base.starts_at or (free < base.starts_at and one.awaited):
        return base
    if one.rest:
        return BasePeriod(free, free + length)
    if free < base.starts_at and one.terms.validity is Validity.MONTH_END:
        home = ZoneInfo(one.zone)
        starts = (free, midnight(first_of(free.astimezone(home).date(), 1), home))
        wholes = (_whole(one, start, before, length) for start in starts if start < base.starts_at)
        return next((whole for whole in wholes if whole), base)
    return _lengthened(one, free, before, length)


def _whole(
    one: QueuedPeriod, start: datetime, before: Sequence[BasePeriod], length: timedelta
) -> BasePeriod | None:
    """From `start` by the rule alone; None where that is less than it had."""
    placed = _from(one.terms, start, one.zone, before)
    return BasePeriod(start, placed.ends_at, placed.anchor_day) if placed.ends_at - start >= length else None


def _lengthened(
    one: QueuedPeriod, start: datetime, before: Sequence[BasePeriod], length: timedelta
) -> BasePeriod:
    """From `start`, with as many more days or months of the rule as it takes to be no shorter than it was."""
    placed, terms = _from(one.terms, start, one.zone, before), one.terms
    if terms.validity in TO_THE_TIME:
        return BasePeriod(start, max(placed.ends_at, start + length), placed.anchor_day)
    end = placed.ends_at
    while end - start < length:
        terms = replace(terms, count=terms.count + 1)
        end = end_of(terms, start, one.zone)
    return BasePeriod(start, end, placed.anchor_day)


def _over(terms: Terms, now: datetime, last: datetime, zone: str, chain: Sequence[BasePeriod]) -> Placement:
    """A start in the middle of what runs.

    Never where something is queued behind it: that was paid for and would have to move.
    """
    current = running(chain, now)
    fresh = _from(terms, now, zone, ())
    shortens = terms.stacking is Stacking.QUEUE and fresh.ends_at < last
    if current is None or current.ends_at < last or shortens:
        raise Refused(Code.START_WOULD_SHORTEN, ends_at=last, would_end_at=fresh.ends_at)
    replaces, restarts = terms.stacking is Stacking.REPLACE, terms.stacking is Stacking.RESTART
    end = max(fresh.ends_at, last) if restarts else fresh.ends_at
    return Placement(
        now, end, now, end, cuts=True, ends_lots=replaces, carries=restarts, anchor_day=fresh.anchor_day
    )


def _utc(moment: datetime) -> datetime:
    """UTC before any arithmetic: with a zone attached Python adds and compares wall-clock time."""
    if moment.utcoffset() is None:
        raise ValueError("a moment without a zone")
    return moment.astimezone(UTC)


def _count(terms: Terms) -> int:
    if terms.count < 1:
        raise ValueError("a period of no length")
    return terms.count


def _boundary(terms: Terms) -> ZoneInfo:
    if terms.boundary_zone is None:
        raise ValueError("ZONE_MIDNIGHT without its zone")
    return ZoneInfo(terms.boundary_zone)


def _anchor(day: date, kept: int | None) -> int:
    """The kept day counts only where `day` can be what became of it: a month's last, and earlier.

    Else the period would come out short.
    """
    return kept if kept and kept > day.day == monthrange(day.year, day.month)[1] else day.day
