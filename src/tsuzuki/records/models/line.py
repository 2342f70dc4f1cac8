"""Line, Number and Sim are three things: numbers are recycled, SIMs are swapped, the line stays.

A line's state at an instant is computed from its periods and lots, never from a sweeper having run.
"""

from typing import ClassVar

from django.db import models

from tsuzuki.core.states import HoldingState

from .catalogue import Carrier
from .person import Customer


class Line(models.Model):
    id = models.UUIDField(primary_key=True)
    carrier = models.ForeignKey(Carrier, models.PROTECT)
    technology = models.CharField(max_length=4, default="4g")
    holder = models.ForeignKey(Customer, models.PROTECT, null=True)
    language = models.CharField(max_length=16, default="en")  # the holder's
    email = models.EmailField(blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)  # the number is gone
    suspended_at = models.DateTimeField(null=True)  # cut off by the carrier
    link_generation = models.IntegerField(default=0, db_default=0)  # signed links of another one are revoked
    # Moved in, but renewed in the old system until the pilot widens.
    held_back = models.BooleanField(default=False, db_default=False)


class Number(models.Model):
    """An MSISDN on a line over a half-open span."""

    line = models.ForeignKey(Line, models.PROTECT, related_name="numbers")
    msisdn = models.CharField(max_length=16)  # E.164
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["msisdn"], condition=models.Q(until=None), name="number_on_one_line"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["msisdn", "since"], name="number_history")]


class Sim(models.Model):
    line = models.ForeignKey(Line, models.PROTECT, related_name="sims")
    kind = models.CharField(max_length=8)  # physical or esim
    iccid = models.CharField(max_length=20)
    eid = models.CharField(max_length=32, blank=True)
    imsi = models.CharField(max_length=15, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["iccid"], condition=models.Q(until=None), name="sim_on_one_line"),
            models.CheckConstraint(condition=models.Q(kind__in=["physical", "esim"]), name="sim_kind"),
        ]


STATES = models.Q(state__in=list(HoldingState))


class Period(models.Model):
    """A base period. Written as pending before the carrier is asked, confirmed or void by its answer."""

    id = models.UUIDField(primary_key=True)
    line = models.ForeignKey(Line, models.PROTECT, related_name="periods")
    sequence = models.IntegerField()
    order = models.OneToOneField("records.Order", models.PROTECT, related_name="period")
    state = models.CharField(max_length=10)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()  # half-open
    # Before a later purchase cut it, in case that one is taken back.
    was_until = models.DateTimeField(null=True)
    # What is here is the rest of a period that was cut: how long it had run before.
    served = models.DurationField(null=True)
    anchor_day = models.SmallIntegerField(null=True)
    # install or first_use: starts_at is the latest start.
    awaits = models.CharField(max_length=12, blank=True)
    # What its confirmation does to the period running then (core.period.Placement).
    cuts = models.BooleanField(default=False)
    ends_lots = models.BooleanField(default=False)
    carries = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["line", "sequence"], name="period_sequence"),
            models.CheckConstraint(condition=STATES, name="period_state"),
            models.CheckConstraint(
                condition=models.Q(ends_at__gte=models.F("starts_at")), name="period_forward"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["line", "ends_at"], name="period_of_line")]


class Lot(models.Model):
    """What one purchase gave of one good, with its own end.

    Lots never merge; the earliest to end is used first.
    """

    id = models.UUIDField(primary_key=True)
    line = models.ForeignKey(Line, models.PROTECT, related_name="lots")
    order = models.ForeignKey("records.Order", models.PROTECT, related_name="lots")
    good = models.CharField(max_length=8)
    currency = models.CharField(max_length=3, blank=True)  # credit only
    state = models.CharField(max_length=10)
    granted = models.BigIntegerField(null=True)  # null: unlimited
    remaining = models.BigIntegerField(null=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    was_until = models.DateTimeField(null=True)  # as Period's
    # Credit bought with money that is disputed: none of it can be spent, so it is not in `remaining`.
    frozen = models.BigIntegerField(default=0, db_default=0)
    forfeited = models.BigIntegerField(default=0, db_default=0)  # taken because the money is lost

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=STATES, name="lot_state"),
            models.CheckConstraint(
                condition=models.Q(remaining__gte=0) | models.Q(remaining=None), name="lot_never_negative"
            ),
            models.CheckConstraint(condition=models.Q(frozen__gte=0, forfeited__gte=0), name="lot_frozen"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["line", "good", "ends_at"], name="lot_of_line"),
            models.Index(
                fields=["ends_at"],
                condition=models.Q(good="credit", state=HoldingState.CONFIRMED, remaining__gt=0),
                name="lot_to_expire",
            ),
        ]


class Usage(models.Model):
    """One usage record of the network; its id makes a report that comes twice harmless."""

    record = models.CharField(max_length=64, unique=True)
    line = models.ForeignKey(Line, models.PROTECT)
    good = models.CharField(max_length=8)
    amount = models.BigIntegerField()
    overrun = models.BigIntegerField(default=0)  # beyond every lot: booked, never refused
    at = models.DateTimeField()
    booked_at = models.DateTimeField()
