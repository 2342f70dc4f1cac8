"""What a transition means for the program that bought the order: a commission, and a webhook."""

from collections.abc import Sequence
from datetime import datetime

from tsuzuki.actions.messages import webhooks
from tsuzuki.actions.money import accounts
from tsuzuki.core.order import State, Step
from tsuzuki.records import models


def on_transition(orders: Sequence[models.Order], step: Step, state: State, now: datetime) -> None:
    """In the transaction of the move.

    Costs nothing where no program bought: orders come with their purchases loaded.
    """
    bought = [(account, order) for order in orders if (account := order.purchase.account_id) is not None]
    if not bought:
        return
    if step is Step.PROVISION and state is State.DELIVERED:
        accounts.commission(bought, now)
    elif step is Step.UNDO:
        accounts.take_back_commission(bought, now)
    webhooks.enqueue(bought, state, now, word="reinstated" if step is Step.REINSTATE else "")
