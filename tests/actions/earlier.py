"""Sales as versions before the cutover to gross revenue delivered them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def delivered_net() -> Iterator[pytest.MonkeyPatch]:
    """The carrier's share is taken off what is unearned, or is a margin where it is more."""
    from tsuzuki.actions.order import deliver
    from tsuzuki.core import postings
    from tsuzuki.records.models import Order

    real = deliver._earn

    def delivered(purchase, carrier_code, price, taxed, cost):
        percent, tax_part = taxed
        left = price - tax_part
        return postings._moves(
            (postings.held(purchase), postings.tax(percent), tax_part),
            (postings.held(purchase), postings.UNEARNED, left),
            (postings.UNEARNED if cost <= left else "margin:loss", postings.carrier(carrier_code), cost),
        )

    def earn(orders, bases, lots):
        real(orders, bases, lots)
        for order in orders:
            left = order.minor - order.tax_minor
            share = order.cost_minor if order.cost_minor <= left else 0
            Order.objects.filter(id=order.id).update(earn_minor=left - share, expensed_minor=None)

    with pytest.MonkeyPatch.context() as change:
        change.setattr(postings, "delivered", delivered)
        change.setattr(deliver, "_earn", earn)
        yield change
