"""Quote, Purchase, Order, Tender, Refund, Dispute: one acceptance by one buyer and all that follows from it.

Links to the catalogue and to lines that would make every order lock one popular row carry no database
constraint.
"""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Cast

from tsuzuki.core.order import DisputeState, State, TenderState
from tsuzuki.core.principal import Principal, PrincipalKind
from tsuzuki.core.states import RefundState

from .account import Account
from .catalogue import Carrier, Plan
from .line import Line, Lot
from .person import Customer
from .saved_method import SavedMethod
from .sealed import SealedField


class Quote(models.Model):
    id = models.UUIDField(primary_key=True)
    content = models.JSONField()  # core.quote.Quote
    # Whose it is; without one, whoever holds its id.
    account = models.ForeignKey(Account, models.PROTECT, null=True, db_index=False, related_name="+")
    made_at = models.DateTimeField()
    valid_until = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["valid_until"], name="quote_ended")]


class Purchase(models.Model):
    """One yes, one total. The buyer and `key` make a repeated yes the same purchase."""

    id = models.UUIDField(primary_key=True)
    quote = models.OneToOneField(Quote, models.PROTECT)
    buyer_kind = models.CharField(max_length=16)
    buyer_id = models.CharField(max_length=80, blank=True)
    # Where that is the buyer.
    account = models.ForeignKey(Account, models.PROTECT, null=True, db_index=False, related_name="purchases")
    key = models.CharField(max_length=80)
    asked = models.JSONField()  # what came with the key, so that the same key with another wish is refused
    code = models.CharField(max_length=8, db_index=True)  # spoken, no key
    token = models.CharField(max_length=43, unique=True)  # the status page lives here
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    email = models.EmailField(blank=True)  # the payer's, for the receipt
    language = models.CharField(max_length=16, default="en")
    made_at = models.DateTimeField()
    pay_by = models.DateTimeField()
    waiting = models.BooleanField(default=True)  # for money

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["buyer_kind", "buyer_id", "key"], name="purchase_asked_once"),
            models.CheckConstraint(
                condition=models.Q(buyer_kind__in=list(PrincipalKind)), name="purchase_buyer_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    buyer_kind=PrincipalKind.ACCOUNT,
                    account__isnull=False,
                    buyer_id=Cast("account_id", models.CharField()),
                )
                | ~models.Q(buyer_kind=PrincipalKind.ACCOUNT) & models.Q(account=None),
                name="purchase_buyer_account",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["pay_by"], condition=models.Q(waiting=True), name="purchase_to_expire"),
            models.Index(
                fields=["account"], condition=models.Q(account__isnull=False), name="purchase_of_account"
            ),
        ]

    @property
    def buyer(self) -> Principal:
        return Principal(PrincipalKind(self.buyer_kind), self.buyer_id)


# What an earlier version delivered net of the carrier's share and is not all earned:
# waits for the cutover (actions.money.cutover).
NET = models.Q(
    earn_next__isnull=False,
    expensed_minor__isnull=True,
    cost_minor__gt=0,
    earn_minor__gt=0,
    earn_minor=models.F("minor") - models.F("tax_minor") - models.F("cost_minor"),
)


class Order(models.Model):
    """One line, one kind, one delivery, its own state. core.order holds the moves."""

    id = models.UUIDField(primary_key=True)
    purchase = models.ForeignKey(Purchase, models.PROTECT, related_name="orders")
    position = models.SmallIntegerField()  # of its item in the quote
    line = models.ForeignKey(Line, models.PROTECT, db_constraint=False)
    plan = models.ForeignKey(Plan, models.PROTECT, db_constraint=False)
    carrier = models.ForeignKey(Carrier, models.PROTECT, db_constraint=False)
    kind = models.CharField(max_length=16)
    state = models.CharField(max_length=20, default=State.AWAITING_PAYMENT)
    minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    tax_percent = models.SmallIntegerField(default=0)
    cost_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    needs_staff = models.CharField(max_length=40, blank=True)  # why, as a stable word; empty: no
    due_at = models.DateTimeField(null=True)  # PAID: when it may be taken up
    refund_by = models.DateTimeField(null=True)  # deliver, or the refund begins
    made_at = models.DateTimeField()
    rest_at = models.DateTimeField(null=True)
    # Delivered: what becomes revenue, over which span, and how much of it has.
    earn_minor = models.BigIntegerField(default=0)
    earned_minor = models.BigIntegerField(default=0)
    earn_from = models.DateTimeField(null=True)
    earn_until = models.DateTimeField(null=True)
    earn_next = models.DateTimeField(null=True)  # when the next part of it is earned; null: all is
    # How much of cost_minor has become cost of sales; null: it was not deferred (credit, and what was earned
    # before the cutover to gross).
    expensed_minor = models.BigIntegerField(null=True)
    # So much of both had been netted at the cutover; null: delivered after it.
    netted_minor = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["purchase", "position"], name="order_position"),
            models.CheckConstraint(condition=models.Q(state__in=list(State)), name="order_state"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=models.Q(state=State.PAID), name="order_to_apply"),
            models.Index(
                fields=["refund_by"],
                condition=models.Q(state__in=[State.PAID, State.APPLIED]),
                name="order_clock",
            ),
            models.Index(fields=["line", "made_at"], name="order_of_line"),
            models.Index(fields=["line"], condition=models.Q(state=State.APPLIED), name="order_in_flight"),
            models.Index(fields=["made_at"], condition=~models.Q(needs_staff=""), name="order_needs_staff"),
            models.Index(
                fields=["earn_next"], condition=models.Q(earn_next__isnull=False), name="order_earning"
            ),
            models.Index(
                fields=["made_at"],
                condition=models.Q(state__in=[State.REFUNDING, State.REFUND_OWED]),
                name="order_going_back",
            ),
            models.Index(fields=["id"], condition=NET, name="order_net"),
        ]


class Tender(models.Model):
    """One means of payment of a purchase: its own amount, state and refunds."""

    id = models.UUIDField(primary_key=True)
    purchase = models.ForeignKey(Purchase, models.PROTECT, related_name="tenders")
    position = models.SmallIntegerField()
    method = models.CharField(max_length=40)
    # Whose method that is: empty, a means of our own (credit, voucher, account); else a gateway's.
    gateway = models.CharField(max_length=40, blank=True)
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, default=TenderState.WAITING)
    due_at = models.DateTimeField(null=True)  # WAITING, CLOSING: when it may be taken up
    reason = models.CharField(max_length=60, blank=True)  # of a refusal, stable word
    paid_at = models.DateTimeField(null=True)
    # The payer agreed: once it is paid, the way to pay is kept for this customer.
    keep_for = models.ForeignKey(Customer, models.PROTECT, null=True, db_index=False, related_name="+")
    agreed_at = models.DateTimeField(null=True)
    # Charged to this one, with nobody there.
    saved = models.ForeignKey(SavedMethod, models.PROTECT, null=True, db_index=False, related_name="tenders")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["purchase", "position"], name="tender_position"),
            models.CheckConstraint(condition=models.Q(minor__gt=0), name="tender_positive"),
            models.CheckConstraint(condition=models.Q(state__in=list(TenderState)), name="tender_state"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state__in=[TenderState.WAITING, TenderState.CLOSING]),
                name="tender_to_ask",
            ),
        ]


class Spending(models.Model):
    """What a credit tender took of one lot."""

    tender = models.ForeignKey(Tender, models.PROTECT, related_name="spendings")
    lot = models.ForeignKey(Lot, models.PROTECT)
    minor = models.BigIntegerField()
    returned = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(minor__gt=0, returned__gte=0, returned__lte=models.F("minor")),
                name="spending_sane",
            ),
        ]


class Refund(models.Model):
    """Money of one order on its way back through one tender.

    Without an order, money that was paid too much.
    """

    id = models.UUIDField(primary_key=True)
    purchase = models.ForeignKey(Purchase, models.PROTECT, related_name="refunds")
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="refunds")
    tender = models.ForeignKey(Tender, models.PROTECT, related_name="refunds")
    # Above 0: what a dispute split off, or put in the place of another.
    part = models.SmallIntegerField(default=0, db_default=0)
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10)
    due_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=40)
    begun_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=120, blank=True)
    bank_details = SealedField(null=True)  # where the buyer wants it; kept no longer than it is needed

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "tender", "part"], name="refund_once"),
            models.CheckConstraint(condition=models.Q(minor__gt=0), name="refund_positive"),
            models.CheckConstraint(condition=models.Q(state__in=list(RefundState)), name="refund_state"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"], condition=models.Q(state=RefundState.WAITING), name="refund_to_ask"
            ),
            models.Index(fields=["begun_at"], condition=models.Q(state=RefundState.OWED), name="refund_owed"),
        ]


class Dispute(models.Model):
    """Money of one tender that is asked back from its gateway, as the gateway last told it.

    What it means for orders, refunds and credit is computed from all disputes of the purchase
    (actions.order.disputes).
    """

    id = models.UUIDField(primary_key=True)
    purchase = models.ForeignKey(Purchase, models.PROTECT, related_name="disputes")
    tender = models.ForeignKey(Tender, models.PROTECT, related_name="disputes")
    reference = models.CharField(max_length=120)  # theirs
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=8)
    changes = models.IntegerField(default=0)  # times the gateway told it otherwise
    opened_at = models.DateTimeField()  # when we heard of it
    closed_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)  # something of the purchase moved: to be brought in line again

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tender", "reference"], name="dispute_once"),
            models.CheckConstraint(condition=models.Q(minor__gt=0), name="dispute_positive"),
            models.CheckConstraint(condition=models.Q(state__in=list(DisputeState)), name="dispute_state"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="dispute_due")
        ]
