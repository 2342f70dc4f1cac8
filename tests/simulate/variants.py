"""The broken engines of tests/prove/broken.py as the simulation meets them: what each must be found by, and
seeds known to find it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.prove import broken

Break = Callable[[pytest.MonkeyPatch], None]


def _nobody() -> None:
    """Nobody need be waited for: the scheduler lets others in at each statement."""


# how to break it, what it is found by, the theme it is looked for in
VARIANTS: dict[str, tuple[Break, set[str], str]] = {
    "fresh_key_per_try": (
        broken.fresh_key_per_try,
        {"the carrier was asked under a key nobody wrote down"},
        "plain",
    ),
    "books_in_a_transaction_of_their_own": (
        broken.books_in_a_transaction_of_their_own,
        {
            "verify",
            "money is held of a purchase at rest",
            "period or lot do not agree with the order",
            "a delivered order gave nothing",
        },
        "killed",
    ),
    "no_lease": (
        broken.no_lease,
        {f"{did} {times} times" for did in ("given", "charged") for times in (2, 3, 4)},
        "slow and lost",
    ),
    "unknown_is_failed": (
        broken.unknown_is_failed,
        {"given at the carrier, not here", "the gateway holds something else"},
        "slow and lost",
    ),
    "voucher_read_then_written": (
        partial(broken.voucher_read_then_written, meet=_nobody),
        {"a voucher tender is paid and no voucher is spent on it, or the other way round"},
        "vouchers",
    ),
    "credit_read_then_written": (
        partial(broken.credit_read_then_written, meet=_nobody),
        {"a credit lot and its account differ", "verify"},
        "spent twice",
    ),
    "asked_before_written_down": (broken.asked_before_written_down, {"asked inside a transaction"}, "plain"),
    "event_not_heard_while_answering": (
        broken.event_not_heard_while_answering,
        {"delivered here, not at the carrier", "the gateway holds something else"},
        "taken back",
    ),
    "disputed_money_still_goes_back": (
        broken.disputed_money_still_goes_back,
        {"the buyer gets the same money twice"},
        "refund and dispute",
    ),
    "what_waits_stays_where_it_is": (
        broken.what_waits_stays_where_it_is,
        {"verify", "it waits behind nothing"},
        "replaced",
    ),
    "charged_back_credit_is_not_frozen": (
        broken.charged_back_credit_is_not_frozen,
        {"charged-back credit was spent"},
        "credit",
    ),
    "late_only_after_minutes": (
        broken.late_only_after_minutes,
        {"over before it was delivered", "late, and the time is lost"},
        "month end",
    ),
    "clock_begun_late": (
        broken.clock_begun_late,
        {f"{did} {times} times" for did in ("given", "charged") for times in (2, 3)},
        "slow and lost",
    ),
}
# Up to three seeds that find it. Where the engine's steps have changed, python -m tests.simulate --broken
# NAME --find says others.
SEEN_AT: dict[str, tuple[int, ...]] = {
    "fresh_key_per_try": (0, 14, 28),
    "books_in_a_transaction_of_their_own": (67, 165, 193),
    "no_lease": (24, 52, 80),
    "unknown_is_failed": (24, 52, 66),
    "voucher_read_then_written": (78, 176, 232),
    "credit_read_then_written": (68, 208, 544),
    "asked_before_written_down": (0, 14, 28),
    "event_not_heard_while_answering": (9, 65, 79),
    "disputed_money_still_goes_back": (4, 32, 46),
    "what_waits_stays_where_it_is": (57, 113, 155),
    "charged_back_credit_is_not_frozen": (59, 73, 87),
    "late_only_after_minutes": (2, 44, 58),
    "clock_begun_late": (38, 52, 80),
}
