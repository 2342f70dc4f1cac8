"""Deadlines: what the sources publish, case by case, and what must hold whatever the dates."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tsuzuki.core.bank_days import bank_day_from, is_bank_day
from tsuzuki.core.deadline_rules import (
    MARGIN,
    Basis,
    Bill,
    Confidence,
    Cutoff,
    DeadlineKind,
    EndDate,
    KeepAlive,
    KnownDates,
    Loss,
    Pack,
    Repeats,
    Stage,
    StartWithin,
    also,
    ways,
)
from tsuzuki.core.deadlines import deadlines, open_bills
from tsuzuki.core.plan import Validity

JST = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
GOOD, FAIR, POOR = (Basis(("a.b",), confidence) for confidence in Confidence)
POVO = KeepAlive(180, 30, 660, "w", FAIR, FAIR, "lost", ("chat_only",))
TOPPING = Pack(Validity.HOURS_THEN_END_OF_DAY, None, "w", FAIR, time(23, 30))
CHARGE = Pack(Validity.DAYS_FROM_CHARGE, 62, "w", FAIR)
TRAVEL = Pack(Validity.CALENDAR_DAYS, None, "w", GOOD)
KEEPGO = Pack(Validity.ZONE_MIDNIGHT, None, "w", GOOD, boundary_zone="Asia/Hong_Kong")
VISITOR = EndDate("w", POOR, grace=2)
MOBAL = EndDate("w", GOOD, on_the_day=True, lost_after=0, hard=Loss.NUMBER_LOST)
BALANCE = EndDate("w", POOR, lost_after=300)
SUBSCRIPTION = Repeats("w", FAIR)
CHANGE = Cutoff(25, "w", GOOD)
START = StartWithin("w", FAIR, days=30)
DOCOMO = Bill("w", FAIR, day=31, bank_day=True, stages=(
    Stage(DeadlineKind.SECOND_DEBIT, "w", GOOD, month_day=15, days=-1),
    Stage(DeadlineKind.SLIP_UNTIL, "w", GOOD, days=60),
    Stage(DeadlineKind.SUSPENSION, "w", POOR, months=1),
    Stage(DeadlineKind.NUMBER_LOST, "w", POOR, months=2, hard=Loss.NUMBER_LOST),
))  # fmt: skip
SOFTBANK = Bill("w", FAIR, stages=(
    Stage(DeadlineKind.SUSPENSION, "w", FAIR, days=14),
    Stage(DeadlineKind.SUSPENSION, "w", FAIR, from_slip=True),
    Stage(DeadlineKind.NUMBER_LOST, "w", POOR, months=2, hard=Loss.NUMBER_LOST),
))  # fmt: skip
AU = Bill(
    "w",
    GOOD,
    day=25,
    bank_day=True,
    grace_to_month_end=GOOD,
    stages=(Stage(DeadlineKind.SUSPENSION, "w", GOOD, from_slip=True),),
)
NBK = Bill("w", GOOD, day=20, stages=(Stage(DeadlineKind.SUSPENSION, "w", GOOD),))
GENERIC = Bill(
    "w",
    POOR,
    stages=(
        Stage(DeadlineKind.SUSPENSION, "w", POOR, days=30),
        Stage(DeadlineKind.NUMBER_LOST, "w", POOR, days=60),
    ),
)
RULES = (
    POVO,
    TOPPING,
    CHARGE,
    TRAVEL,
    KEEPGO,
    VISITOR,
    MOBAL,
    BALANCE,
    SUBSCRIPTION,
    CHANGE,
    START,
    DOCOMO,
    SOFTBANK,
    AU,
    NBK,
    GENERIC,
)


def tokyo(*at):
    return datetime(*at, tzinfo=JST)


def of(rule, what, now=NOW, **dates):
    found = [deadline for deadline in deadlines(rule, KnownDates(**dates), now) if deadline.what is what]
    assert len(found) == 1, found
    return found[0]


def test_povo_counts_from_the_day_after_the_last_expiry():
    # https://orefolder.jp/2022/06/povo-180days/amp:
    # expiry 2021-10-31, day 180 is 2022-04-29; suspension 06-20, cancellation 07-20
    assert of(POVO, DeadlineKind.RENEW_BY, expires=date(2021, 10, 31)).last_day == date(2022, 4, 29)
    stop, lost = (
        of(POVO, what, expires=date(2021, 10, 31))
        for what in (DeadlineKind.SUSPENSION, DeadlineKind.NUMBER_LOST)
    )
    assert stop.at == tokyo(2022, 4, 30)
    assert lost.at - stop.at == timedelta(days=30) == date(2022, 7, 20) - date(2022, 6, 20)


def test_povo_never_promises_more_than_a_mail_did():
    # https://worpaholic.com/?p=38666:
    # nothing ever bought; deadline 19 April 2023, suspension from the 20th, cancellation from 21 May
    activated = date(2023, 4, 19) - timedelta(days=180)
    found = {deadline.what: deadline for deadline in deadlines(POVO, KnownDates(activated=activated), NOW)}
    # Day 1 may be the activation day itself: one day less.
    assert found[DeadlineKind.RENEW_BY].last_day == date(2023, 4, 18)
    assert found[DeadlineKind.SUSPENSION].at <= tokyo(2023, 4, 20)
    assert found[DeadlineKind.NUMBER_LOST].at <= tokyo(2023, 5, 21)


def test_povo_is_kept_by_metered_use_over_660_yen():
    # https://fanblogs.jp/mobilera8/archive/31635/0
    assert deadlines(POVO, KnownDates(expires=date(2026, 6, 1), spent=661), NOW) == ()
    assert deadlines(POVO, KnownDates(expires=date(2026, 6, 1), spent=660), NOW)


def test_povo_says_what_still_works_afterwards():
    assert of(POVO, DeadlineKind.SUSPENSION, expires=date(2026, 6, 1)).after == ("chat_only",)


def test_a_topping_ends_with_the_day_of_its_last_hours_and_is_switched_off_before():
    # https://povo.jp/en/topping-list/detail/3G_30d/:
    # 24 h steps, until 23:59:59; auto-charge off by 23:30 of the day before expiry
    bought = tokyo(2026, 11, 1, 15)
    end = of(TOPPING, DeadlineKind.DATA_END, bought=bought, days=30)
    assert (end.at, end.last_day, end.clock) == (tokyo(2026, 12, 2), date(2026, 12, 1), None)
    off = of(TOPPING, DeadlineKind.SWITCH_OFF_BY, bought=bought, days=30)
    assert (off.last_day, off.clock, off.hard) == (date(2026, 11, 30), time(23, 30), Loss.MONEY)
    assert of(TOPPING, DeadlineKind.DATA_END, expires=date(2026, 12, 1)).at == end.at
    assert of(TOPPING, DeadlineKind.SWITCH_OFF_BY, expires=date(2026, 12, 1)).at == off.at


@pytest.mark.parametrize(
    ("bought", "now", "again"),
    [
        (tokyo(2026, 1, 1, 10), tokyo(2026, 1, 2), tokyo(2026, 2, 1)),  # its data ends on 31 January at 23:59
        (tokyo(2026, 11, 28, 10), NOW, tokyo(2026, 12, 28)),
        (tokyo(2026, 1, 31, 10), tokyo(2026, 2, 1), tokyo(2026, 3, 1)),
        (tokyo(2026, 10, 29, 10), tokyo(2026, 11, 1), tokyo(2026, 12, 1)),
        (tokyo(2026, 10, 31, 10), tokyo(2026, 12, 1, 0), tokyo(2027, 1, 1)),
        (tokyo(2025, 1, 15, 10), NOW, tokyo(2026, 12, 15)),
    ],
)
def test_a_subscription_topping_ends_the_day_before_it_is_bought_again(bought, now, again):
    # https://povo.jp/subscription_auto-charge_diff:
    # same day next month; bought on the 29th to 31st: on the 1st of the month after
    for what in (DeadlineKind.PLAN_END, DeadlineKind.SWITCH_OFF_BY):
        assert of(SUBSCRIPTION, what, now, bought=bought).at == again
        assert of(SUBSCRIPTION, what, now, bought=bought).clock is None


def test_sakura_counts_the_day_of_installation():
    # https://support.sakuramobile.jp/hc/en-us/articles/27171831802393:
    # installation day is day 1, ends 23:59 JST of the last day
    end = of(TRAVEL, DeadlineKind.DATA_END, bought=tokyo(2026, 11, 22, 23, 50), days=10)
    assert (end.at, end.last_day) == (tokyo(2026, 12, 2), date(2026, 12, 1))


@pytest.mark.parametrize(
    ("now", "last"),
    [
        (tokyo(2026, 11, 25, 23, 59), date(2026, 11, 25)),
        (tokyo(2026, 11, 26), date(2026, 12, 25)),
        (tokyo(2026, 12, 31, 23), date(2027, 1, 25)),
    ],
)
def test_sakura_takes_plan_changes_until_the_25th(now, last):
    # https://support.sakuramobile.jp: by 23:59 Japan time on the 25th
    assert of(CHANGE, DeadlineKind.CHANGE_BY, now).last_day == last


def test_a_day_of_the_month_that_a_month_has_not():
    assert of(Cutoff(31, "w", GOOD), DeadlineKind.CHANGE_BY, tokyo(2027, 2, 3)).last_day == date(2027, 2, 28)


def test_au_data_charge_lasts_62_days():
    # https://www.au.com/english/mobile/charge/data-option/data-charge/rate
    assert of(CHARGE, DeadlineKind.DATA_END, bought=tokyo(2026, 11, 1, 9)).at == tokyo(2027, 1, 2, 9)


def test_keepgo_days_end_at_midnight_of_utc_plus_8():
    # https://partnerfaq.keepgo.com/kb/plans/unlimited-plan:
    # reset and expire at midnight UTC+8, 01:00 in Japan
    end = of(
        KEEPGO, DeadlineKind.DATA_END, bought=tokyo(2026, 11, 22, 0, 30), days=3
    )  # still the 21st at UTC+8
    assert (
        end.at == datetime(2026, 11, 24, 0, 0, tzinfo=timezone(timedelta(hours=8))) == tokyo(2026, 11, 24, 1)
    )
    assert (end.zone, end.clock) == ("Asia/Hong_Kong", None)


def test_bmobile_can_be_charged_for_two_days_after_the_end():
    # https://www.bmobile.ne.jp/english/charge.html
    assert of(VISITOR, DeadlineKind.PLAN_END, expires=date(2026, 12, 1)).last_day == date(2026, 12, 1)
    assert of(VISITOR, DeadlineKind.RENEW_BY, expires=date(2026, 12, 1)).last_day == date(2026, 12, 3)


def test_mobal_is_over_on_its_end_date():
    # https://support.mobal.com/blog/billing/my-plan-options/extending-your-service/:
    # permanently disconnected on the end date
    for what in (DeadlineKind.RENEW_BY, DeadlineKind.PLAN_END, DeadlineKind.NUMBER_LOST):
        assert of(MOBAL, what, expires=date(2026, 12, 1)).at == tokyo(2026, 12, 1)


def test_a_prepaid_balance_loses_its_number_long_after_its_end():
    lost = of(BALANCE, DeadlineKind.NUMBER_LOST, expires=date(2026, 1, 1))
    assert lost.last_day == date(2026, 1, 1) + timedelta(days=300)


@pytest.mark.parametrize(
    ("issued", "due"),
    [
        (date(2026, 11, 12), date(2026, 11, 30)),  # a Monday
        (date(2026, 10, 10), date(2026, 11, 2)),  # 31 October is a Saturday
        (date(2026, 12, 10), date(2027, 1, 4)),  # banks rest from 31 December to 3 January
        (date(2027, 4, 10), date(2027, 4, 30)),
        (date(2022, 4, 10), date(2022, 5, 2)),  # 30 April 2022 was a Saturday
    ],
)
def test_docomo_debits_on_the_last_day_or_the_next_business_day(issued, due):
    # https://www.nttdocomo.co.jp/english/charge/bill_schedule/
    assert of(DOCOMO, DeadlineKind.PAY_BY, issued=issued).last_day == due


def test_last_months_bill_may_be_due_in_this_month():
    assert open_bills(DOCOMO, tokyo(2026, 11, 2, 23)) == (date(2026, 9, 30), date(2026, 11, 2))
    assert open_bills(DOCOMO, tokyo(2026, 11, 3)) == (date(2026, 11, 2), date(2026, 11, 30))


def test_docomo_debits_again_on_the_15th_of_the_month_after():
    # https://digital-plus.co.jp/mobile/docomo-payment-cycle: due 30 April, again on 15 May
    for due, second in (
        ((2022, 5, 2), (2022, 5, 14)),
        ((2026, 11, 30), (2026, 12, 14)),
        ((2027, 1, 4), (2027, 1, 14)),
    ):
        assert of(DOCOMO, DeadlineKind.SECOND_DEBIT, due=date(*due)).last_day == date(*second)
    assert of(DOCOMO, DeadlineKind.SECOND_DEBIT, issued=date(2026, 12, 10)).last_day == date(2027, 1, 14)


def test_what_follows_is_counted_from_before_the_due_date_was_put_off():
    assert of(DOCOMO, DeadlineKind.SUSPENSION, due=date(2027, 1, 4)).last_day == date(2027, 1, 31)
    assert of(DOCOMO, DeadlineKind.NUMBER_LOST, due=date(2027, 1, 4)).last_day == date(2027, 2, 28)


def test_without_a_date_the_bill_that_is_overdue_comes_first():
    assert of(DOCOMO, DeadlineKind.PAY_BY, tokyo(2026, 12, 2)).last_day == date(2026, 11, 30)
    assert of(DOCOMO, DeadlineKind.SECOND_DEBIT, tokyo(2026, 12, 2)).last_day == date(2026, 12, 14)
    assert of(DOCOMO, DeadlineKind.SUSPENSION, tokyo(2026, 12, 29)).last_day == date(2026, 12, 30)
    assert of(NBK, DeadlineKind.SUSPENSION, tokyo(2026, 12, 21)).last_day == date(2026, 12, 20)
    assert open_bills(NBK, tokyo(2026, 12, 21)) == (date(2026, 12, 20), date(2027, 1, 20))
    assert open_bills(NBK, tokyo(2027, 1, 4)) == (date(2027, 1, 20),)  # nothing of it is left to come
    assert open_bills(NBK, tokyo(2027, 1, 20)) == (date(2027, 1, 20),)


def test_docomo_slip_is_good_for_60_days():
    # https://contact.bill.ntt-finance.co.jp/faq_detail.html?id=10018: about 60 days of the due date
    assert of(DOCOMO, DeadlineKind.SLIP_UNTIL, due=date(2026, 11, 30)).last_day == date(2027, 1, 29)


def test_docomo_then_suspends_and_ends():
    # https://rikejoblog.com/mobile-phone/docomo-forced-cancellation/: about 1 month, 2 months or more
    assert of(DOCOMO, DeadlineKind.SUSPENSION, due=date(2026, 12, 31)).last_day == date(2027, 1, 31)
    assert of(DOCOMO, DeadlineKind.NUMBER_LOST, due=date(2026, 12, 31)).last_day == date(2027, 2, 28)


def test_softbank_suspends_about_two_weeks_after_or_after_the_slip():
    # https://phone-cierge.com/softbank-mibarai-itsutomaru
    assert of(SOFTBANK, DeadlineKind.SUSPENSION, due=date(2026, 11, 26)).last_day == date(2026, 12, 10)
    assert of(
        SOFTBANK, DeadlineKind.SUSPENSION, due=date(2026, 11, 26), slip_due=date(2026, 12, 14)
    ).last_day == date(2026, 12, 14)
    assert of(SOFTBANK, DeadlineKind.SUSPENSION, slip_due=date(2026, 12, 14)).last_day == date(2026, 12, 14)


def test_a_slip_with_an_odd_date_stops_nothing_before_the_bill_is_due():
    assert of(
        SOFTBANK, DeadlineKind.SUSPENSION, due=date(2026, 12, 1), slip_due=date(2026, 6, 1)
    ).last_day == date(2026, 12, 1)
    late = of(SOFTBANK, DeadlineKind.NUMBER_LOST, due=date(2026, 6, 1), slip_due=date(2026, 12, 1))
    assert late.last_day == date(2026, 12, 1)  # the number is never lost before the line is stopped


@pytest.mark.parametrize(
    ("now", "due", "until"),
    [
        (tokyo(2026, 11, 12), date(2026, 11, 25), date(2026, 11, 30)),
        (tokyo(2026, 11, 26), date(2026, 11, 25), date(2026, 11, 30)),  # whoever looks it up now is late
        (tokyo(2026, 12, 12), date(2026, 12, 25), date(2026, 12, 31)),
        (tokyo(2027, 4, 10), date(2027, 4, 26), date(2027, 4, 30)),  # 25 April 2027 is a Sunday
    ],
)
def test_au_debits_on_the_25th(now, due, until):
    # https://www.au.com/english/support/lp/notice-payment:
    # next business day; then at a shop by the end of the month
    assert of(AU, DeadlineKind.PAY_BY, now).last_day == due
    assert of(AU, DeadlineKind.SLIP_UNTIL, now).last_day == until
    assert [deadline.what for deadline in deadlines(AU, KnownDates(), now)] == [
        DeadlineKind.PAY_BY,
        DeadlineKind.SLIP_UNTIL,
    ]
    assert of(AU, DeadlineKind.SUSPENSION, now, slip_due=date(2027, 6, 1)).last_day == date(2027, 6, 1)


def test_start_within():
    assert of(START, DeadlineKind.START_BY, bought=tokyo(2026, 11, 1, 9)).at == tokyo(2026, 12, 1, 9)
    half = StartWithin("w", GOOD, months=6, what=DeadlineKind.NUMBER_LOST)
    assert of(half, DeadlineKind.NUMBER_LOST, bought=tokyo(2026, 8, 31, 9)).at == tokyo(2027, 2, 28, 9)


def test_bank_days():
    assert [
        day for day in (date(2026, 12, 28) + timedelta(days=n) for n in range(9)) if is_bank_day(day)
    ] == [
        date(2026, 12, 28),
        date(2026, 12, 29),
        date(2026, 12, 30),
        date(2027, 1, 4),
        date(2027, 1, 5),
    ]
    assert bank_day_from(date(2026, 5, 2)) == date(2026, 5, 7)  # a Saturday before Golden Week


def test_what_is_missing_gives_nothing_and_nonsense_is_refused():
    assert deadlines(POVO, KnownDates(), NOW) == ()
    assert deadlines(TOPPING, KnownDates(bought=tokyo(2026, 1, 1)), NOW) == ()
    for wrong in (
        {"bought": datetime(2026, 1, 1)},
        {"expires": date(1999, 12, 31)},
        {"due": date(2091, 1, 1)},
        {"days": 0},
        {"days": 9999},
    ):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            KnownDates(**wrong)
    with pytest.raises(ValueError, match="zone"):
        deadlines(CHANGE, KnownDates(), datetime(2026, 1, 1))


days = st.dates(date(2001, 1, 1), date(2089, 12, 31))
zones = st.sampled_from(
    (UTC, timezone(timedelta(hours=9)), timezone(timedelta(hours=-8)), JST, ZoneInfo("America/Los_Angeles"))
)
moments = st.builds(
    lambda at, zone: at.replace(tzinfo=zone),
    st.datetimes(datetime(2001, 1, 1), datetime(2089, 12, 31)),
    zones,
)
known = st.builds(
    KnownDates,
    bought=moments,
    days=st.integers(1, 3660),
    expires=st.none() | days,
    activated=days,
    issued=st.none() | days,
    due=days,
    slip_due=st.none() | days,
    spent=st.none() | st.integers(0, 660),
)
rules = st.sampled_from(RULES)


@settings(max_examples=500, deadline=None)
@given(rules, known, moments)
def test_whatever_the_dates(rule, dates, now):
    found = deadlines(rule, dates, now)
    if any(all(getattr(dates, name) is not None for name in way) for way in ways(rule)):
        assert found
    assert [deadline.at for deadline in found] == sorted(deadline.at for deadline in found)
    for deadline in found:
        assert deadline.at.utcoffset() == timedelta(0)
        assert deadline.at - deadline.safe_by == MARGIN[deadline.rests.confidence] > timedelta(0)
        assert deadline.rests.claims
    road = (DeadlineKind.PAY_BY, DeadlineKind.PLAN_END, DeadlineKind.SUSPENSION, DeadlineKind.NUMBER_LOST)
    steps = [deadline.at for what in road for deadline in found if deadline.what is what]
    assert steps == sorted(steps)


@settings(deadline=None)
@given(rules, known, moments, zones)
def test_the_readers_zone_changes_nothing(rule, dates, now, zone):
    from dataclasses import replace

    elsewhere = replace(dates, bought=dates.bought.astimezone(zone))
    assert deadlines(rule, dates, now) == deadlines(rule, elsewhere, now.astimezone(zone))


@settings(deadline=None)
@given(moments)
def test_what_recurs_lies_ahead(now):
    assert of(CHANGE, DeadlineKind.CHANGE_BY, now).at > now
    assert open_bills(AU, now)[-1] >= now.astimezone(JST).date()
    assert of(SUBSCRIPTION, DeadlineKind.PLAN_END, now, bought=tokyo(2001, 1, 31)).at > now


@settings(deadline=None)
@given(known)
def test_less_sure_is_earlier(dates):
    ends = [
        deadlines(EndDate("w", rests), KnownDates(expires=dates.due), NOW)[0].safe_by
        for rests in (GOOD, FAIR, POOR)
    ]
    assert ends == sorted(ends, reverse=True)
    assert len(set(ends)) == 3


def test_every_rule_says_what_it_asks():
    names = {field for rule in RULES for way in ways(rule) for field in way} | {
        field for rule in RULES for field in also(rule)
    }
    assert names == set(KnownDates.__dataclass_fields__)


def test_a_slip_is_not_put_off_by_the_next_bill():
    """On the 26th the next debit is a month away; the slip is of the one that failed."""
    found = deadlines(AU, KnownDates(slip_due=date(2026, 11, 30)), datetime(2026, 11, 26, 3, tzinfo=UTC))
    assert [(one.what, one.last_day) for one in found] == [(DeadlineKind.SUSPENSION, date(2026, 11, 30))]
