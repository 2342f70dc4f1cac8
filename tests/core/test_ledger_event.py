"""Events of the ledger as values: two events are one exactly where their keys are; the words of old ledgers
never change.
"""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsuzuki.core.ledger_event import LedgerEvent, LedgerEventKind

ONE, TWO = UUID(int=1), UUID(int=2)
ids = st.sampled_from([ONE, TWO]) | st.uuids()
days = st.dates(date(2020, 1, 1), date(2100, 1, 1))
numbers = st.integers(1, 99)
references = (
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=300)
    .map(str.strip)
    .filter(bool)
)
events = st.one_of(
    st.builds(LedgerEvent.tender_paid, ids),
    st.builds(LedgerEvent.tender_released, ids),
    st.builds(LedgerEvent.order_delivered, ids),
    st.builds(LedgerEvent.order_undone, ids),
    st.builds(LedgerEvent.order_commission, ids, numbers),
    st.builds(LedgerEvent.refund_begun, ids),
    st.builds(LedgerEvent.refund_owed, ids),
    st.builds(LedgerEvent.refund_done, ids),
    st.builds(LedgerEvent.dispute_changed, ids, numbers),
    st.builds(LedgerEvent.lot_disputed, ids, ids),
    st.builds(LedgerEvent.lot_expired, ids, days),
    st.builds(LedgerEvent.account_topped_up, ids, references),
    st.builds(LedgerEvent.revenue_recognised, days, ids),
    st.builds(LedgerEvent.gross_cutover, ids),
)


@given(events, events)
def test_one_key_is_one_event(one, other):
    assert (one == other) == (one.key == other.key)
    assert len(one.key) <= 200


@pytest.mark.parametrize(
    ("event", "key", "subject"),
    [
        (LedgerEvent.tender_paid(ONE), f"tender {ONE} paid", "tender"),
        (LedgerEvent.tender_released(ONE), f"tender {ONE} released", "tender"),
        (LedgerEvent(LedgerEventKind.TENDER_REVERSED, ONE), f"tender {ONE} reversed", "tender"),
        (LedgerEvent.order_delivered(ONE), f"order {ONE} delivered", "order"),
        (LedgerEvent.order_undone(ONE), f"order {ONE} undone", "order"),
        (LedgerEvent.order_commission(ONE), f"order {ONE} commission", "order"),
        (LedgerEvent.order_commission(ONE, 2), f"order {ONE} commission back", "order"),
        (LedgerEvent.order_commission(ONE, 3), f"order {ONE} commission 3", "order"),
        (LedgerEvent.refund_begun(ONE), f"refund {ONE} begun", "refund"),
        (LedgerEvent.refund_owed(ONE), f"refund {ONE} owed", "refund"),
        (LedgerEvent.refund_done(ONE), f"refund {ONE} done", "refund"),
        (LedgerEvent.dispute_changed(ONE, 0), f"dispute {ONE} 0", "dispute"),
        (LedgerEvent.lot_disputed(ONE, TWO), f"lot {ONE} disputed {TWO}", "lot"),
        (LedgerEvent.lot_expired(ONE, date(2026, 2, 3)), f"lot {ONE} expired 2026-02-03", "lot"),
        (
            LedgerEvent.account_topped_up(ONE, "bank 1 of 2"),
            f"account {ONE} topped up bank 1 of 2",
            "account",
        ),
        (
            LedgerEvent.revenue_recognised(date(2026, 2, 3), ONE),
            f"recognised 2026-02-03 {ONE}",
            "recognition",
        ),
        (LedgerEvent.gross_cutover(ONE), f"cutover {ONE} gross", "cutover"),
    ],
)
def test_the_words_of_every_ledger_there_is(event, key, subject):
    assert (event.key, event.subject_type) == (key, subject)
