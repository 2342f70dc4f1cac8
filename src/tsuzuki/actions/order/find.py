"""Finding an order by its spoken code and a number of it, and the limits on guessing either.

The code has 25 bits and numbers can be listed, so guesses are counted by each half as well as by address,
whoever makes them. Only different wrong pairs count. When a number (or a code) has had too many, everybody
still has one try at it an hour: who means harm cannot lock it for the one it belongs to, and comes on no
faster than by one address for each try.
"""

from datetime import datetime

from tsuzuki.actions.people import limits
from tsuzuki.core import identifiers
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.ids import spoken_code_from
from tsuzuki.http.addresses import site_of
from tsuzuki.records import models, queries

TRIES, PER = 10, 600  # by one address, in so many seconds
WRONG, HOUR = 20, 3600  # different wrong pairs for one number, and for one code, in so many seconds; then
EACH = 1  # for every address in that time


def find(code: str, number: str, address: str, now: datetime) -> models.Purchase:
    """Refused(order_unknown), whether code, number or their meeting is wrong; Refused(too_many_tries)."""
    _brake(limits.take_from("code", address, TRIES, PER, now))
    msisdn, spoken = identifiers.msisdn(number), spoken_code_from(code)
    if not spoken:  # a slip that guesses at nothing
        raise Refused(Code.ORDER_UNKNOWN)
    halves, who = (f"number {msisdn}", f"code {spoken}"), site_of(address) or address
    for half in halves:
        if limits.wait_for("wrong pairs", half, WRONG, now) is not None:
            _brake(limits.wait_for("wrong pairs by", f"{half} {who}", EACH, now))
    try:
        return queries.purchase_by_code(code, number)
    except Refused:
        new = limits.take("wrong pair", " ".join(halves), 1, HOUR, now) is None
        for half in halves:
            if new:
                limits.take("wrong pairs", half, WRONG, HOUR, now)
            limits.take("wrong pairs by", f"{half} {who}", EACH, HOUR, now)
        raise


def _brake(wait: int | None) -> None:
    if wait is not None:
        raise Refused(Code.TOO_MANY_TRIES, minutes=-(-wait // 60))
