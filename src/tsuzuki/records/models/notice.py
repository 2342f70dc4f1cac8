"""Notice: words to a person, written with the move they tell of, sent by their own runner."""

from typing import ClassVar

from django.db import models

from tsuzuki.core.states import LetterState

from .sale import Order, Purchase


class Notice(models.Model):
    id = models.UUIDField(primary_key=True)
    purchase = models.ForeignKey(Purchase, models.PROTECT, related_name="notices")
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="notices")
    kind = models.CharField(max_length=20)
    about = models.CharField(max_length=36, blank=True)  # where an order can have several of a kind: the tender or refund meant
    channel = models.CharField(max_length=20)
    recipient = models.CharField(max_length=254)
    language = models.CharField(max_length=16)
    facts = models.JSONField()
    state = models.CharField(max_length=10, default=LetterState.WAITING)
    due_at = models.DateTimeField()
    tries = models.SmallIntegerField(default=0)
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "kind", "recipient", "about"], name="notice_once"),
            models.CheckConstraint(condition=models.Q(state__in=list(LetterState)), name="notice_state"),
        ]
        indexes: ClassVar = [models.Index(fields=["due_at"], condition=models.Q(state=LetterState.WAITING), name="notice_to_send")]
