"""Prices abroad: whose row goes before whose, sums by hand, the days that are charged, what can and cannot
hold beside each other.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsuzuki.core.money import Money
from tsuzuki.core.roaming import PLACES, Rate, Remark, Service, changes, cost, held, overlaps, sample
from tsuzuki.core.trip import CallUsage, Trip

CHINA = ZoneInfo("Asia/Shanghai")
A = datetime(2026, 12, 1, 22, tzinfo=CHINA)  # 23:00 in Tokyo
B = datetime(2026, 12, 4, 10, tzinfo=CHINA)


def rate(service, yen, plan="p", carrier="", **more):
    return Rate(plan, carrier, "CN", Service(service), Money(yen, "JPY"), **more)


def sums(trip, *rates):
    found = cost(held(rates, "CN", "p", "c"), trip)
    return [(charge.count, charge.amount.minor) for charge in found.charges], found.total.minor


@pytest.mark.parametrize(
    ("row", "use", "charge"),
    [
        (rate("call_home", 175, unit=60), {"home": CallUsage(61)}, (2, 350)),
        (rate("call_home", 90, unit=30), {"home": CallUsage(61)}, (3, 270)),
        # Of two calls one may last 61 seconds.
        (rate("call_home", 90, unit=30), {"home": CallUsage(62, 2)}, (4, 360)),
        (rate("call_in", 0, unit=60), {"received": CallUsage(600)}, (10, 0)),
        (rate("call_local", 75, unit=60), {"within": CallUsage(1)}, (1, 75)),
        (rate("sms_out", 100), {"sms_sent": 3}, (3, 300)),
        (rate("sms_in", 5), {"sms_received": 3}, (3, 15)),
        (rate("data", 20, unit=100), {"kb": 101}, (2, 40)),
        # 4 days in Tokyo, each rounded up by itself: 250 kB a day are 3 units
        (rate("data", 20, unit=100, zone="Asia/Tokyo"), {"kb": 1000}, (12, 240)),
        (rate("data_day", 980, zone="Asia/Tokyo"), {"kb": 1}, (4, 3920)),
        (rate("data_hours", 980, unit=24), {"kb": 1}, (3, 2940)),
        (rate("data_hours", 980, unit=72), {"kb": 1}, (1, 980)),
        (rate("data_included", 0, mb=3000), {"kb": 10**9}, (1, 0)),
    ],
)
def test_sums_by_hand(row, use, charge):
    assert sums(Trip(A, B, **use), row) == ([charge], charge[1])


def test_days_are_those_of_the_rows_zone():
    """On at 23:30 in Tokyo, off an hour later: two days there, one in Beijing."""
    late = Trip(
        datetime(2026, 12, 1, 22, 30, tzinfo=CHINA), datetime(2026, 12, 1, 23, 30, tzinfo=CHINA), kb=1
    )
    assert sums(late, rate("data_day", 980, zone="Asia/Tokyo")) == ([(2, 1960)], 1960)
    assert sums(late, rate("data_day", 980, zone="Asia/Shanghai")) == ([(1, 980)], 980)


def test_a_plans_own_row_goes_before_its_carriers():
    wide = [
        rate("call_home", 175, "", "c", unit=60),
        rate("data", 20, "", "c", unit=100),
        rate("sms_out", 100, "", "c"),
    ]
    own = [rate("call_home", 90, unit=60), rate("data_day", 980, zone="Asia/Tokyo")]
    found = held([*wide, *own], "CN", "p", "c")
    assert {service.value: row.price.minor for service, row in found.items()} == {
        "call_home": 90,
        "sms_out": 100,
        "data_day": 980,
    }
    assert held([*wide, *own], "CN", "other", "c").keys() == {
        Service.CALL_HOME,
        Service.DATA,
        Service.SMS_OUT,
    }
    assert held([*wide, *own], "HK", "p", "c") == {}
    assert held([*wide, *own], "CN", "other", "other") == {}


def test_what_cannot_hold_beside_each_other():
    rows = [
        rate("sms_out", 100),
        rate("data", 20, unit=100),
        rate("sms_out", 90),
        rate("data_day", 980),
        rate("sms_out", 1, "", "c"),
    ]
    assert overlaps(rows) == [(2, 0), (3, 1)]
    assert overlaps([rows[0], replace(rows[2], place="HK")]) == []


def test_what_is_warned_of_and_what_has_no_price():
    day = rate("data_day", 980, zone="Asia/Tokyo", mb=500, then_kbps=128)
    stop = rate("stop", 10_000)
    heavy = Trip(A, B, kb=4 * 500_000 + 1, home=CallUsage(60), sms_sent=1)
    found = cost(held([day, stop], "CN", "p", ""), heavy)
    assert set(found.remarks) == {Remark.SPREAD, Remark.SLOW, Remark.STOP}
    assert found.unpriced == ("home", "sms_sent")
    assert not found.whole
    ends = cost(
        held([replace(day, then_kbps=None), replace(stop, price=Money(3920, "JPY"))], "CN", "p", ""), heavy
    )
    assert set(ends.remarks) == {Remark.SPREAD, Remark.ENDS, Remark.STOPPED}, (
        "a limit is reached by the sum itself"
    )
    light = cost(held([day], "CN", "p", ""), Trip(A, B, kb=4 * 500_000))
    assert set(light.remarks) == {Remark.SPREAD}
    assert cost(held([stop], "CN", "p", ""), Trip(A, B, kb=1)).unpriced == ("data",)


def test_how_tables_differ():
    a, b, c = rate("sms_out", 100), rate("sms_in", 0), rate("data_day", 980)
    dearer, noted = replace(a, price=Money(110, "JPY")), replace(b, note={"en": "free"})
    found = changes([a, b, c], [dearer, b, rate("call_in", 70, unit=60)])
    assert found.changed == ((a, dearer),)
    assert [one.service for one in found.added] == [Service.CALL_IN]
    assert found.ended == (c,)
    assert found.same == 1
    assert changes([b], [noted]).changed == ((b, noted),)


@pytest.mark.parametrize("place", PLACES)
def test_the_sample_is_five_days_there(place):
    trip = sample(place, date(2026, 12, 1))
    assert sums(trip, rate("data_day", 1, zone=PLACES[place]))[1] == 5
    assert sums(trip, rate("data_hours", 1, unit=24))[1] == 5
    assert (trip.home.units(60), trip.received.units(60), trip.sms_sent, trip.kb) == (10, 5, 5, 500_000)


services = st.sampled_from([one for one in Service if one is not Service.STOP])
rates = st.lists(
    st.builds(rate, services, st.integers(0, 10**6), unit=st.integers(1, 10**4), zone=st.just("Asia/Tokyo")),
    min_size=1,
    max_size=8,
)


@given(rates, st.integers(0, 10**6), st.integers(0, 10**4), st.integers(0, 99), st.integers(1, 60))
def test_any_table_sums_up_what_it_lists_and_more_use_never_costs_less(rows, kb, seconds, sms, days):
    found = held(rows, "CN", "p", "")
    trips = [
        Trip(
            A,
            A + timedelta(days=days),
            kb=kb * n,
            home=CallUsage(seconds * n),
            received=CallUsage(seconds * n),
            sms_sent=sms * n,
        )
        for n in (1, 2)
    ]
    less, more = (cost(found, trip) for trip in trips)
    assert less.total.minor == sum(charge.amount.minor for charge in less.charges) <= more.total.minor
    assert all(charge.count > 0 for charge in less.charges)
