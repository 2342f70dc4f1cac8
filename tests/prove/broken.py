"""The engine with one thing wrong each: what the proofs must notice.

Everything here replaces one real function by a worse one.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from uuid import uuid4

import msgspec
import pytest


def fresh_key_per_try(change: pytest.MonkeyPatch) -> None:
    """Every asking under a key of its own (the provider cannot tell a repeat from a new wish)."""
    from tsuzuki.actions.engine import provider_calls
    from tsuzuki.actions.engine.providers import carrier_of
    from tsuzuki.carriers.port import CarrierRequest

    real = provider_calls.provision

    def provision(attempt, carrier, clock):
        def ask():
            question = replace(msgspec.convert(attempt.question, CarrierRequest), key=f"t{uuid4().hex[:20]}")
            return provider_calls.carrier_said(carrier_of(carrier).act(question))

        return replace(real(attempt, carrier, clock), ask=ask)

    change.setattr(provider_calls, "provision", provision)


def books_in_a_transaction_of_their_own(change: pytest.MonkeyPatch) -> None:
    """Closing commits the attempt and the order's state first; period, lots and postings come after."""
    from django.db import transaction

    from tsuzuki.actions.order import deliver, repair
    from tsuzuki.actions.order.transitions import transition
    from tsuzuki.core.order import Outcome, Step

    real, confirm, really_move = repair.close, deliver.confirm, deliver.transition
    mine = threading.local()  # other threads close at the same moment

    def only_the_state(orders, now: datetime) -> None:
        if getattr(mine, "done", None) is None:
            confirm(orders, now)
        else:
            transition(orders, Step.PROVISION, Outcome.DONE, now, refund_by=None)
            mine.done.extend(orders)

    def moved_already(*given, **more) -> None:
        if not getattr(mine, "late", False):
            really_move(*given, **more)

    def close(table, step: str, heard, me: str, now: datetime, looked: bool) -> None:
        if step != "provision":
            real(table, step, heard, me, now, looked)
            return
        mine.done = done = []
        try:
            real(table, step, heard, me, now, looked)
        finally:
            mine.done = None
        mine.late = True
        try:
            with transaction.atomic():
                confirm(done, now)
        finally:
            mine.late = False

    change.setattr(deliver, "confirm", only_the_state)
    change.setattr(deliver, "transition", moved_already)
    change.setattr(repair, "close", close)


def no_lease(change: pytest.MonkeyPatch) -> None:
    """Anybody may look up and ask again from the moment an attempt is opened."""
    from tsuzuki.actions.engine import attempts
    from tsuzuki.records.models import Attempt

    real = attempts.open_attempts

    def open_attempts(subjects, clock):
        opened = real(subjects, clock)
        Attempt.objects.filter(id__in=[attempt.id for attempt in opened]).update(
            lease_until=clock.now(), look_at=clock.now()
        )
        return opened

    change.setattr(attempts, "open_attempts", open_attempts)


def unknown_is_failed(change: pytest.MonkeyPatch) -> None:
    """A time-out is read as «no»."""
    from tsuzuki.actions.engine import ask, provider_calls

    change.setattr(
        ask, "UNSURE", provider_calls.ProviderAnswer(provider_calls.ProviderStatus.REFUSED, reason="timeout")
    )


def voucher_read_then_written(change: pytest.MonkeyPatch, meet: Callable[[], object]) -> None:
    """Whether it is unused is read, and later it is marked used, whatever happened in between (`meet` is in
    between).
    """
    from tsuzuki.actions.money import vouchers
    from tsuzuki.core.means import Reserved
    from tsuzuki.records.models import Voucher

    real = vouchers.reserve

    def unlocked(named):
        return {row.digest: row for row in Voucher.objects.filter(digest__in=named).select_related("batch")}

    def reserve(wishes, now):
        read = real(wishes, now)
        if all(isinstance(one, Reserved) for one in read):
            meet()
        return read

    def settle(taken):
        for tender, parts in taken.items():
            Voucher.objects.filter(id__in=[part.record for part in parts]).update(tender=tender)

    change.setattr(vouchers, "_locked", unlocked)
    change.setattr(vouchers, "reserve", reserve)
    change.setattr(vouchers, "settle", settle)


def credit_read_then_written(change: pytest.MonkeyPatch, meet: Callable[[], object]) -> None:
    """What a lot holds is read without a lock, and what is left is written without a condition."""
    from tsuzuki.actions.money import credit
    from tsuzuki.records.models import Lot, Spending

    real, seen = credit.reserve, threading.local()

    def reserve(wishes, now):
        read = real(wishes, now)
        seen.left = {source.record: source.left for one in read for source in one.sources}
        meet()
        return read

    def settle(taken):
        for tender, parts in taken.items():
            for part in parts:
                seen.left[part.record] -= part.amount.minor
                Lot.objects.filter(id=part.record).update(remaining=seen.left[part.record])
                Spending.objects.create(tender_id=tender, lot_id=part.record, minor=part.amount.minor)

    change.setattr(credit, "_USABLE", credit._USABLE.replace("FOR NO KEY UPDATE", ""))
    change.setattr(credit, "reserve", reserve)
    change.setattr(credit, "settle", settle)


def asked_before_written_down(change: pytest.MonkeyPatch) -> None:
    """The carrier is asked while the transaction that will write the attempt down is still open."""
    from tsuzuki.actions.engine import attempts, provider_calls
    from tsuzuki.actions.order import apply

    real, provision, said = attempts.open_attempts, provider_calls.provision, {}

    def open_attempts(subjects, clock):
        opened = real(subjects, clock)
        for attempt in opened:
            said[attempt.id] = provision(attempt, attempt.order.carrier, clock).ask()
        return opened

    def asked_already(attempt, carrier, clock):
        call, answer = provision(attempt, carrier, clock), said.pop(attempt.id, None)
        return replace(call, ask=lambda: answer) if answer else call

    change.setattr(apply, "attempts", SimpleNamespace(**{**vars(attempts), "open_attempts": open_attempts}))
    change.setattr(provider_calls, "provision", asked_already)


def event_not_heard_while_answering(change: pytest.MonkeyPatch) -> None:
    """What a provider tells while its answer is being written down is overwritten by the older answer."""
    from tsuzuki.actions.engine import attempts

    change.setattr(attempts, "woken_while_leased", lambda attempt: False)


def disputed_money_still_goes_back(change: pytest.MonkeyPatch) -> None:
    """A refund looks at what was paid, never at what the buyer's bank has taken back; one that is refused for
    it is owed.
    """
    from tsuzuki.actions.order import disputes, refund, refund_refused
    from tsuzuki.actions.work import work_items
    from tsuzuki.records.available import available

    def blind(purchases):
        return {id: replace(one, open=0, lost=0, disputed=False) for id, one in available(purchases).items()}

    for module in (work_items, disputes, refund, refund_refused):
        change.setattr(module, "available", blind)
    change.setattr(refund_refused, "_replace", lambda row, now: refund_refused.owe(row, "refused", now))


def what_waits_stays_where_it_is(change: pytest.MonkeyPatch) -> None:
    """A plan that is taken back lets what it had cut run on, through what waits behind it."""
    from django.db.models import F

    from tsuzuki.actions.order import periods
    from tsuzuki.records.models import Period

    def close_up(order, gone, had_cut, now, *more):
        if had_cut:
            cut = Period.objects.filter(
                line=gone.line_id, state="confirmed", ends_at=gone.starts_at, was_until__isnull=False
            )
            cut.update(ends_at=F("was_until"), was_until=None)

    change.setattr(periods, "close_up", close_up)


def charged_back_credit_is_not_frozen(change: pytest.MonkeyPatch) -> None:
    from tsuzuki.actions.money import credit

    change.setattr(credit, "freeze", lambda lot, open_, lost, now: open_ + lost)


def late_only_after_minutes(change: pytest.MonkeyPatch) -> None:
    """Whoever is late by less gets the dates as they were sold, also across the end of them."""
    from tsuzuki.actions.order import deliver

    change.setattr(deliver, "_may_fall_short", lambda starts, now: starts < now - deliver.LATE)


def clock_begun_late(change: pytest.MonkeyPatch) -> None:
    """The moment is read first, and the run that is counted from it begins whenever its turn comes."""
    from tsuzuki.actions.engine import clock

    change.setattr(
        clock.Clock, "read", classmethod(lambda cls, since=None: cls(clock.database_now(), clock.elapsed()))
    )


def slow_asker(change: pytest.MonkeyPatch, entered: threading.Event, go_on: threading.Event) -> None:
    """Not a fault of ours: the first who asks the carrier is held up just before his question leaves."""
    from tsuzuki.carriers.sandbox import SandboxCarrier

    real, first = SandboxCarrier.act, iter([True])

    def act(self, ask):
        if next(first, False):
            entered.set()
            go_on.wait(timeout=20)
        return real(self, ask)

    change.setattr(SandboxCarrier, "act", act)


def kinds(found: Sequence[str]) -> set[str]:
    """The first words of each violation: what kind it is."""
    return {one.split(":")[0] for one in found}
