"""Money in the form of a voucher, and then of credit, is not usable for six months or longer."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from tsuzuki.core.voucher import VALID_FOR, credit_until

TOKYO = ZoneInfo("Asia/Tokyo")


@given(st.datetimes(datetime(2024, 1, 1), datetime(2032, 12, 31)))
def test_credit_ends_a_day_before_six_months_and_a_voucher_never_outlives_it(when):
    made = when.replace(tzinfo=UTC)
    ends = credit_until(made)
    local, then = made.astimezone(TOKYO), (ends + timedelta(days=1)).astimezone(TOKYO)
    months = (then.year - local.year) * 12 + then.month - local.month
    assert (months, then.time()) == (6, local.time())
    assert then.day == local.day or (then.day < local.day and (then + timedelta(days=1)).day == 1)
    assert made + VALID_FOR <= ends
