"""OutboundMessage: a message to a person, written with the transition it reports, sent later."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from tsuzuki.core.states import MessageState

from .line import Line
from .sale import Order, Purchase
from .sealed import SealedField


class OutboundMessage(models.Model):
    """About a purchase (or one order of it), about a line, or about neither.

    The same is told to the same address once.
    """

    id = models.UUIDField(primary_key=True)
    purchase = models.ForeignKey(Purchase, models.PROTECT, null=True, related_name="messages")
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="messages")
    line = models.ForeignKey(Line, models.PROTECT, null=True, related_name="messages")
    kind = models.CharField(max_length=20)
    # Where there can be several of a kind: the tender, refund or code meant.
    about = models.CharField(max_length=36, blank=True)
    channel = models.CharField(max_length=20)
    # As the channel wants it: a mailbox, a number in E.164, a push endpoint.
    address = models.CharField(max_length=1000)
    language = models.CharField(max_length=16)
    facts = models.JSONField()
    secret = SealedField(null=True)  # said in it, and kept until it is sent: a voucher's digits
    state = models.CharField(max_length=10, default=MessageState.WAITING)
    due_at = models.DateTimeField()
    tries = models.SmallIntegerField(default=0)
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["purchase", "order", "line", "kind", "channel", "address", "about"],
                nulls_distinct=False,
                name="message_once",
            ),
            models.CheckConstraint(condition=Q(state__in=list(MessageState)), name="message_state"),
            models.CheckConstraint(
                condition=Q(purchase__isnull=False, line=None) | Q(purchase=None, order=None),
                name="message_about_one_thing",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state=MessageState.WAITING), name="message_to_send"),
            # A few among very many.
            models.Index(fields=["id"], condition=Q(secret__isnull=False), name="message_with_secret"),
        ]
