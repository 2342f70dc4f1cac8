"""Deadlines of a line: what is lost and when, computed from the few dates its holder knows and its
brand's rules.

Pure: the rules come from the guide, `now` too.

A date that is past is returned as well: whoever is late must see what has happened.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .bank_days import bank_day_from
from .deadline_rules import (
    DAY,
    Bill,
    Cutoff,
    Deadline,
    DeadlineKind,
    EndDate,
    KeepAlive,
    KnownDates,
    Loss,
    Pack,
    Repeats,
    Rule,
    Stage,
    StartWithin,
    ways,
)
from .period import end_of
from .plan import Terms, Validity

OVERDUE = timedelta(days=14)


def deadlines(rule: Rule, dates: KnownDates, now: datetime) -> tuple[Deadline, ...]:
    """All that follows, soonest first; nothing where the dates do not suffice."""
    if now.tzinfo is None:
        raise ValueError("now has no zone")
    if not any(all(getattr(dates, name) is not None for name in way) for way in ways(rule)):
        return ()
    order = list(DeadlineKind)
    return tuple(
        sorted(_follow(rule, dates, now), key=lambda deadline: (deadline.at, order.index(deadline.what)))
    )


def _follow(rule: Rule, dates: KnownDates, now: datetime) -> Iterator[Deadline]:
    match rule:
        case KeepAlive():
            yield from _keep_alive(rule, dates)
        case Pack():
            yield from _pack(rule, dates)
        case Repeats():
            yield from _repeats(rule, dates, now)
        case EndDate():
            yield from _end_date(rule, dates)
        case StartWithin():
            yield _start_within(rule, dates)
        case Cutoff():
            yield Deadline(
                DeadlineKind.CHANGE_BY,
                _next_end_of(rule.day, now, rule.zone),
                rule.zone,
                Loss.MONEY,
                rule.words,
                rule.rests,
            )
        case Bill():
            yield from _bill(rule, dates, now)


def _keep_alive(rule: KeepAlive, dates: KnownDates) -> Iterator[Deadline]:
    if dates.spent is not None and dates.spent > rule.exempt_over:
        return
    if dates.expires is not None:
        last_safe = dates.expires + rule.days * DAY
    else:
        assert dates.activated is not None
        last_safe = dates.activated + (rule.days - 1) * DAY
    stop = _end(last_safe, rule.zone)
    yield Deadline(
        DeadlineKind.RENEW_BY, stop, rule.zone, Loss.NUMBER_LOST, rule.words, rule.stop, rule.after_stop
    )
    yield Deadline(
        DeadlineKind.SUSPENSION, stop, rule.zone, Loss.NONE, rule.words, rule.stop, rule.after_stop
    )
    lost = _end(last_safe + rule.cancel_after * DAY, rule.zone)
    yield Deadline(
        DeadlineKind.NUMBER_LOST, lost, rule.zone, Loss.NUMBER_LOST, rule.lost_words or rule.words, rule.lost
    )


def _pack(rule: Pack, dates: KnownDates) -> Iterator[Deadline]:
    zone = rule.boundary_zone or rule.zone
    if dates.bought is not None and (rule.count or dates.days):
        count = rule.count or dates.days
        assert count is not None
        ends = end_of(Terms(rule.validity, count, boundary_zone=rule.boundary_zone), dates.bought, rule.zone)
    else:
        assert dates.expires is not None
        ends = _end(dates.expires, zone)
    yield Deadline(DeadlineKind.DATA_END, ends, zone, Loss.DATA_LOST, rule.words, rule.rests, rule.after)
    if rule.switch_off is not None:
        last = (ends - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()
        stop = datetime.combine(last - DAY, rule.switch_off, ZoneInfo(zone)).astimezone(UTC)
        rests = rule.switch_off_rests or rule.rests
        yield Deadline(
            DeadlineKind.SWITCH_OFF_BY, stop, zone, Loss.MONEY, rule.switch_off_words or rule.words, rests
        )


def _repeats(rule: Repeats, dates: KnownDates, now: datetime) -> Iterator[Deadline]:
    assert dates.bought is not None
    months = 1
    while (ends := _day_before(dates.bought, months, rule.zone)) <= now:
        months += 1
    yield Deadline(DeadlineKind.SWITCH_OFF_BY, ends, rule.zone, Loss.MONEY, rule.words, rule.rests)
    yield Deadline(DeadlineKind.PLAN_END, ends, rule.zone, Loss.NONE, rule.words, rule.rests)


def _day_before(bought: datetime, months: int, zone: str) -> datetime:
    """The end of the day before it is bought again, whatever the hour it was bought at."""
    again = end_of(Terms(Validity.SAME_DAY_ROLLED, months), bought, zone)
    return _end(again.astimezone(ZoneInfo(zone)).date() - DAY, zone)


def _end_date(rule: EndDate, dates: KnownDates) -> Iterator[Deadline]:
    assert dates.expires is not None
    last = dates.expires - DAY if rule.on_the_day else dates.expires
    ends, renew = _end(last, rule.zone), _end(last + rule.grace * DAY, rule.zone)
    yield Deadline(
        DeadlineKind.PLAN_END,
        ends,
        rule.zone,
        Loss.NONE if rule.grace else rule.hard,
        rule.words,
        rule.rests,
        rule.after,
    )
    yield Deadline(DeadlineKind.RENEW_BY, renew, rule.zone, rule.hard, rule.words, rule.rests)
    if rule.lost_after is not None:
        lost = _end(last + max(rule.lost_after, rule.grace) * DAY, rule.zone)
        yield Deadline(
            DeadlineKind.NUMBER_LOST, lost, rule.zone, Loss.NUMBER_LOST, rule.words, rule.lost or rule.rests
        )


def _start_within(rule: StartWithin, dates: KnownDates) -> Deadline:
    assert dates.bought is not None
    at = dates.bought.astimezone(UTC) + rule.days * DAY
    if rule.months:
        at = end_of(Terms(Validity.SAME_DAY_CLAMPED, rule.months), dates.bought, rule.zone)
    return Deadline(rule.what, at, rule.zone, rule.hard, rule.words, rule.rests)


def _bill(rule: Bill, dates: KnownDates, now: datetime) -> Iterator[Deadline]:
    due = _due(rule, dates, now)
    if due is not None:
        hard = Loss.MONEY
        yield Deadline(DeadlineKind.PAY_BY, _end(due, rule.zone), rule.zone, hard, rule.words, rule.rests)
        if rule.grace_to_month_end:
            last = due.replace(day=monthrange(due.year, due.month)[1])
            yield Deadline(
                DeadlineKind.SLIP_UNTIL,
                _end(last, rule.zone),
                rule.zone,
                hard,
                rule.grace_words or rule.words,
                rule.grace_to_month_end,
            )
    reached = _end(due, rule.zone) if due else None
    nominal = _nominal(rule, due) if due else None
    for stage in rule.stages:
        since = dates.slip_due if stage.from_slip else nominal
        if since is None or (not stage.from_slip and dates.slip_due and _replaced(rule, stage)):
            continue
        at = _end(_later(since, stage), rule.zone)
        if stage.what is not DeadlineKind.SLIP_UNTIL:  # what follows never comes before what it follows
            at = reached = max(at, reached) if reached else at
        yield Deadline(stage.what, at, rule.zone, stage.hard, stage.words, stage.rests, stage.after)


def _replaced(rule: Bill, stage: Stage) -> bool:
    """The date on the slip is worth more than a guess from the due date."""
    return any(other.from_slip and other.what is stage.what for other in rule.stages)


def _due(rule: Bill, dates: KnownDates, now: datetime) -> date | None:
    if dates.due is not None or rule.day is None:
        return dates.due
    if dates.issued is not None:
        return _on(rule, dates.issued)
    # Of the bill that failed; the day we could find ourselves is the next one's.
    if dates.slip_due is not None:
        return None
    return open_bills(rule, now)[0]


def open_bills(rule: Bill, now: datetime) -> tuple[date, ...]:
    """The due dates that matter to a holder who names none: first that of the bill that may be overdue, then
    the next.

    Whoever looks it up is often late already: the last bill stays while something of it lies ahead, and for
    two weeks in any case.
    """
    today = now.astimezone(ZoneInfo(rule.zone)).date()
    first = today.replace(day=1)  # a bank day may push last month's due date into this month
    months = ((first - DAY).replace(day=1) - DAY, first - DAY, first, first + timedelta(days=31))
    due = [_on(rule, month) for month in months]
    last, coming = max(day for day in due if day < today), next(day for day in due if day >= today)
    ahead = any(deadline.at > now for deadline in _bill(rule, KnownDates(due=last), now))
    return (last, coming) if ahead or today - last <= OVERDUE else (coming,)


def known_from(rule: Rule, act_by: date | None, second_debit: date | None) -> KnownDates:
    """What follows from a day a carrier names itself: the last day to buy something,
    or that of a second debit.
    """
    if isinstance(rule, KeepAlive) and act_by:
        return KnownDates(expires=act_by - rule.days * DAY)
    if (
        isinstance(rule, Bill)
        and rule.day is not None
        and second_debit
        and any(stage.month_day for stage in rule.stages)
    ):
        return KnownDates(due=_on(rule, second_debit.replace(day=1) - DAY))
    return KnownDates()


def _on(rule: Bill, month: date) -> date:
    nominal = _day_in(rule, month)
    return bank_day_from(nominal) if rule.bank_day else nominal


def _day_in(rule: Bill, month: date) -> date:
    assert rule.day is not None
    return month.replace(day=min(rule.day, monthrange(month.year, month.month)[1]))


def _nominal(rule: Bill, due: date) -> date:
    """The day before it was put off to a bank day: what follows a bill is counted from there."""
    if rule.day is None or not rule.bank_day:
        return due
    months = (due.replace(day=1) - DAY, due)
    return next((_day_in(rule, month) for month in months if _on(rule, month) == due), due)


def _later(since: date, stage: Stage) -> date:
    if stage.month_day:
        next_one = since if since.day < stage.month_day else since.replace(day=1) + timedelta(days=31)
        return next_one.replace(day=stage.month_day) + stage.days * DAY
    if not stage.months:
        return since + stage.days * DAY
    years, month = divmod(since.month - 1 + stage.months, 12)
    year = since.year + years
    return date(year, month + 1, min(since.day, monthrange(year, month + 1)[1])) + stage.days * DAY


def _next_end_of(day: int, now: datetime, zone: str) -> datetime:
    month = now.astimezone(ZoneInfo(zone)).date().replace(day=1)
    while True:
        ends = _end(month.replace(day=min(day, monthrange(month.year, month.month)[1])), zone)
        if ends > now:
            return ends
        month = (month + timedelta(days=31)).replace(day=1)


def _end(day: date, zone: str) -> datetime:
    """The instant a local day is over."""
    return datetime.combine(day + DAY, time(), ZoneInfo(zone)).astimezone(UTC)
