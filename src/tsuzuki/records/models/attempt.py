"""Attempt: one asking of one provider for one step, written before it is asked.

Event: what a provider told us unasked.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from tsuzuki.core.order import Outcome

from .sale import Order, Purchase, Refund, Tender


def _once(link: str) -> tuple[models.UniqueConstraint, models.UniqueConstraint]:
    """Of what `link` names: one attempt for each step and provider, and one open at a time.

    These are also the indexes that the attempts of a subject are found by.
    """
    linked = Q(**{f"{link}__isnull": False})
    return (
        models.UniqueConstraint(
            fields=[link, "step", "provider"], condition=linked, name=f"attempt_once_for_{link}"
        ),
        models.UniqueConstraint(
            fields=[link], condition=linked & Q(outcome=""), name=f"attempt_one_open_for_{link}"
        ),
    )


class Attempt(models.Model):
    """Open while `outcome` is empty.

    Only `holder` asks, until `lease_until`; after it, and from `look_at` on, anybody may look it up. An event
    sets `look_at` at once; while a lease runs it waits for the lease.

    Step, subject (an order, a tender or a refund) and provider have one attempt and one key, for ever: a
    repeat after a certain «never received» or a passing failure carries the same key. Another provider is
    another attempt, never beside an open one.
    """

    id = models.UUIDField(primary_key=True)
    key = models.CharField(max_length=27, unique=True)
    step = models.CharField(max_length=10)  # a name in the table of steps
    provider = models.CharField(max_length=40)
    purchase = models.ForeignKey(Purchase, models.PROTECT, related_name="attempts")
    order = models.ForeignKey(Order, models.PROTECT, null=True, db_index=False, related_name="attempts")
    tender = models.ForeignKey(Tender, models.PROTECT, null=True, db_index=False, related_name="attempts")
    refund = models.ForeignKey(Refund, models.PROTECT, null=True, db_index=False, related_name="attempts")
    question = models.JSONField()
    holder = models.CharField(max_length=60)
    opened_at = models.DateTimeField()
    lease_until = models.DateTimeField()
    # null: nothing to look for; set on a closed one when an event says look again.
    look_at = models.DateTimeField(null=True)
    asks = models.IntegerField(default=1)
    looks = models.IntegerField(default=0)
    standing = models.CharField(max_length=20, blank=True)  # the provider's last word
    outcome = models.CharField(max_length=10, blank=True)  # done, refused; empty: open
    reference = models.CharField(max_length=120, blank=True)  # theirs
    # What the buyer does next: {type: redirect, url}, {type: codes, place, codes}, {type: account, bank, ...}
    # or {type: wait}, and `due`.
    next = models.JSONField(null=True)
    reason = models.CharField(max_length=60, blank=True)
    answers = models.JSONField(default=list)  # evidence: [{at, standing, raw}]
    taken_by = models.CharField(max_length=80, blank=True)  # staff who work on it
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(outcome__in=["", *Outcome]), name="attempt_outcome"),
            models.CheckConstraint(
                condition=Q(order__isnull=False, tender=None, refund=None)
                | Q(order=None, tender__isnull=False, refund=None)
                | Q(order=None, tender=None, refund__isnull=False),
                name="attempt_one_subject",
            ),
            *_once("order"),
            *_once("tender"),
            *_once("refund"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["look_at"], condition=Q(look_at__isnull=False), name="attempt_to_look"),
            models.Index(fields=["opened_at"], condition=Q(outcome="", look_at=None), name="attempt_by_hand"),
        ]


class Event(models.Model):
    """A verified event as it came. It wakes; it is not believed."""

    provider = models.CharField(max_length=40)
    event = models.CharField(max_length=120)
    key = models.CharField(max_length=27, blank=True)
    body = models.TextField()
    received_at = models.DateTimeField()
    verdict = models.CharField(max_length=20)  # woke, not_ours, unknown, other_amount

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["provider", "event"], name="event_once")]
