"""Webhooks to programs: their endpoints, and an outbox row for every transition of an order, written with
it.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from tsuzuki.core.states import DeliveryState

from .account import Account
from .sale import Order
from .sealed import SealedField


class WebhookEndpoint(models.Model):
    id = models.UUIDField(primary_key=True)
    account = models.ForeignKey(Account, models.PROTECT, related_name="endpoints")
    url = models.CharField(max_length=500)
    secret = SealedField()  # what signs each message; whoever made the endpoint knows it
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    held_until = models.DateTimeField(null=True)  # somebody is sending to it, at most until then
    failures = models.IntegerField(default=0)  # batches in a row of which nothing was taken
    paused_until = models.DateTimeField(null=True)  # after some of them: nothing is sent before

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["account"], condition=Q(ended_at=None), name="endpoint_of_account")
        ]


class WebhookDelivery(models.Model):
    """One event for one endpoint.

    `body` is written once: every repeat carries the same bytes under the same event id.
    """

    id = models.UUIDField(primary_key=True)
    endpoint = models.ForeignKey(WebhookEndpoint, models.PROTECT, related_name="deliveries")
    order = models.ForeignKey(Order, models.PROTECT, related_name="+")
    event = models.UUIDField()  # the same for all endpoints that hear of it
    kind = models.CharField(max_length=40)  # order.delivered
    body = models.TextField()
    state = models.CharField(max_length=10, default=DeliveryState.WAITING)
    due_at = models.DateTimeField()
    give_up_at = models.DateTimeField()
    tries = models.IntegerField(default=0)
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=80, blank=True)  # the last: an HTTP status, or why there was none

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=list(DeliveryState)), name="delivery_state")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"], condition=Q(state=DeliveryState.WAITING), name="delivery_to_send"
            ),
            models.Index(fields=["endpoint", "id"], name="delivery_of_endpoint"),
        ]
