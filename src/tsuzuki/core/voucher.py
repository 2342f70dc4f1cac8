"""How long credit bought with a voucher can be used.

The six-month exemption of Japan's Payment Services Act counts from the day the voucher was made: credit
bought with it is the same money in another form.
"""

from datetime import datetime

from .period import DAY, end_of
from .plan import Terms, Validity
from .tax import TOKYO

VALID_FOR = 180 * DAY  # for paying
SIX_MONTHS = Terms(Validity.SAME_DAY_CLAMPED, 6)


def credit_until(made_at: datetime) -> datetime:
    """The latest end of credit bought with a voucher made then: a day before six months are over."""
    return end_of(SIX_MONTHS, made_at, TOKYO.key) - DAY
