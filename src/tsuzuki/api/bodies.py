"""What goes in and out, as frozen Structs: they decode and encode the bodies, and the OpenAPI is generated
from them.

Unknown fields are refused. Amounts are whole minor units beside their currency; moments are RFC 3339 in UTC;
spans are half-open.
"""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from tsuzuki.core.money import LARGEST_MINOR

TEXT = r"^[^\x00]*$"  # PostgreSQL has no such letter
Name = Annotated[str, Meta(min_length=1, max_length=80, pattern=TEXT)]
Digits = Annotated[str, Meta(min_length=3, max_length=40, pattern=TEXT)]
Minor = Annotated[int, Meta(ge=1, le=LARGEST_MINOR)]
Email = Annotated[str, Meta(min_length=6, max_length=254, pattern="@")]  # core.mailbox says which
Language = Literal["en", "ja", "zh-Hans"]
Kind = Literal["plan", "addon", "credit"]
Start = Literal["now", "after_current"]
Method = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9_-]{1,40}$",
        description="account, voucher, a way to pay at a gateway (card, konbini, transfer, cash ...); credit "
        "for the operator",
    ),
]
Moment = Annotated[datetime, Meta(tz=True)]
Words = dict[str, str]


class Ask(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Comes in."""


class Shown(Struct, frozen=True, kw_only=True):
    """Goes out."""


class Amount(Shown, frozen=True, kw_only=True):
    amount_minor: int
    currency: str


# Questions in the address


class Page(Ask, frozen=True, kw_only=True):
    cursor: Annotated[
        str, Meta(max_length=80, pattern=r"^[A-Za-z0-9_-]*$", description="`next` of the page before")
    ] = ""
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class LineSearch(Ask, frozen=True, kw_only=True):
    """Exactly one of the two."""

    msisdn: Annotated[Digits, Meta(description="E.164, or as dialled in Japan")] | None = None
    iccid: Annotated[Digits, Meta(description="the full number of the SIM")] | None = None


class PlanSearch(Page, frozen=True, kw_only=True):
    line_id: UUID


class Nothing(Ask, frozen=True, kw_only=True):
    """No question is taken here."""


# Lines and plans


class CarrierShown(Shown, frozen=True, kw_only=True):
    code: str
    names: Words
    network: str


class PlanName(Shown, frozen=True, kw_only=True):
    id: UUID
    code: str
    names: Words


class SimShown(Shown, frozen=True, kw_only=True):
    kind: str
    iccid: Annotated[str, Meta(description="masked")]


class PeriodShown(Shown, frozen=True, kw_only=True):
    plan: PlanName
    starts_at: datetime
    ends_at: datetime
    awaits: Literal["install", "first_use"] | None


class LotShown(Shown, frozen=True, kw_only=True):
    good: Annotated[
        str,
        Meta(description="data (bytes), voice (seconds), sms (messages), credit (minor units of `currency`)"),
    ]
    granted: Annotated[int | None, Meta(description="null: unlimited")]
    remaining: int | None
    currency: str | None
    starts_at: datetime
    ends_at: datetime


class Deadline(Shown, frozen=True, kw_only=True):
    what: Literal["plan_ends", "allowance_ends", "credit_expires"]
    at: datetime


class LineShown(Shown, frozen=True, kw_only=True):
    id: UUID
    msisdn: str | None
    carrier: CarrierShown
    technology: str
    zone: Annotated[str, Meta(description="where the carrier counts its days")]
    state: Literal["active", "waiting", "ended", "suspended", "closed"]
    sim: SimShown | None
    plan: Annotated[PlanName | None, Meta(description="the one running now")]
    periods: list[PeriodShown]
    lots: list[LotShown]
    credit: list[Amount]
    credit_frozen: Annotated[
        list[Amount], Meta(description="cannot be spent: the payment that bought it is disputed")
    ]
    deadlines: list[Deadline]


class Lines(Shown, frozen=True, kw_only=True):
    items: list[LineShown]
    next: str | None


class Allowance(Shown, frozen=True, kw_only=True):
    good: str
    amount: Annotated[int | None, Meta(description="null: unlimited, or for credit an open amount")]


Seen = Annotated[
    datetime | None, Meta(description="null: a reseller is not told of what somebody else sold for the line")
]


class Choice(Shown, frozen=True, kw_only=True):
    start: Start
    starts_at: Seen
    new_end: Seen


class PlanShown(Shown, frozen=True, kw_only=True):
    id: UUID
    code: str
    kind: Kind
    names: Words
    technology: str
    allowances: list[Allowance]
    price: Annotated[
        Amount, Meta(description="tax included; for credit with an open amount the most it takes")
    ]
    tax_percent: int
    starts: list[Choice]


class Plans(Shown, frozen=True, kw_only=True):
    items: list[PlanShown]
    next: str | None


# Quotes and purchases


class QuoteItemAsk(Ask, frozen=True, kw_only=True):
    """A plan or add-on by `plan_id`; credit by `plan_id`, by `amount_minor`,
    or by both where the plan leaves the amount open.
    """

    line_id: UUID
    kind: Kind
    plan_id: UUID | None = None
    amount_minor: Minor | None = None
    start: Annotated[Start | None, Meta(description="null: what loses nothing")] = None


class QuoteAsk(Ask, frozen=True, kw_only=True):
    items: Annotated[list[QuoteItemAsk], Meta(min_length=1, max_length=500)]
    payment_methods: Annotated[
        list[Method],
        Meta(
            max_length=20,
            description="refuse now what could not be paid so; none: all that can be are listed",
        ),
    ] = []


class PriceLine(Shown, frozen=True, kw_only=True):
    what: str
    names: Words
    amount: Amount


class TaxLine(Shown, frozen=True, kw_only=True):
    percent: int
    amount: Amount


class QuoteItem(Shown, frozen=True, kw_only=True):
    line_id: UUID
    kind: Kind
    plan: PlanName
    price_lines: list[PriceLine]
    old_end: Seen
    starts_at: Seen
    new_end: Seen
    ends_if_started_now: Annotated[datetime, Meta(description="by the plan's rule alone, if it started now")]
    zone: str
    awaits: str | None


class QuoteShown(Shown, frozen=True, kw_only=True):
    id: UUID
    items: list[QuoteItem]
    total: Amount
    tax: list[TaxLine]
    payment_methods: list[str]
    valid_until: datetime
    pay_by: datetime


class TenderAsk(Ask, frozen=True, kw_only=True):
    """Without `amount_minor`: whatever the others leave. One at most may leave it out."""

    method: Method
    amount_minor: Minor | None = None
    voucher_code: Annotated[
        str,
        Meta(
            max_length=40,
            pattern=TEXT,
            description="credit bought with it ends at the latest a day before six months have passed since "
            "the voucher was made",
        ),
    ] = ""


class PurchaseAsk(Ask, frozen=True, kw_only=True):
    """The price is the quote's; nothing here can say another."""

    quote_id: UUID
    tenders: Annotated[list[TenderAsk], Meta(min_length=1, max_length=10)]
    email: Annotated[Email | None, Meta(description="where the buyer's receipt goes")] = None
    language: Language = "en"


class OrderBrief(Shown, frozen=True, kw_only=True):
    id: UUID
    line_id: UUID
    state: str


class DisputeShown(Shown, frozen=True, kw_only=True):
    """Money of a payment that the buyer, or the buyer's bank, asks back from the gateway."""

    amount: Amount
    state: Literal["open", "won", "lost"]
    opened_at: datetime
    closed_at: datetime | None


class TenderShown(Shown, frozen=True, kw_only=True):
    method: str
    amount: Amount
    state: str
    reason: str
    disputes: list[DisputeShown]


class PayCode(Shown, frozen=True):
    name: Annotated[str, Meta(description="what the shop's machine calls it, in its own words")]
    code: str


class BankAccount(Shown, frozen=True, kw_only=True):
    bank: str
    branch: str
    kind: Annotated[str, Meta(description="ordinary, current")]
    number: str
    holder: str
    reference: Annotated[str, Meta(description="to be written beside the buyer's name")]


class NextAction(Shown, frozen=True, kw_only=True, omit_defaults=True):
    """`redirect`: send the buyer to `url`. `show_codes`: to be paid with `codes` at `place`. `show_account`:
    to be transferred to `account`; both until `due`, and `url` is a page that shows them. `wait`: ask again
    after `Retry-After` seconds. `pay_again`: no money came of it so far.
    """

    type: Literal["redirect", "show_codes", "show_account", "wait", "pay_again"]
    url: str | None
    place: str | None = None
    codes: list[PayCode] | None = None
    account: BankAccount | None = None
    due: datetime | None = None


class PurchaseShown(Shown, frozen=True, kw_only=True):
    id: UUID
    code: Annotated[str, Meta(description="to say aloud; no key")]
    page_url: Annotated[str, Meta(description="the buyer's own page; whoever has it may look")]
    total: Amount
    orders: list[OrderBrief]
    tenders: list[TenderShown]
    made_at: datetime
    pay_by: datetime
    next_action: NextAction | None


class RefundShown(Shown, frozen=True, kw_only=True):
    amount: Amount
    method: str
    state: Annotated[
        str,
        Meta(
            description="contested: it waits for the end of a dispute; by_dispute: a lost dispute returned "
            "the money"
        ),
    ]


class OrderShown(Shown, frozen=True, kw_only=True):
    id: UUID
    purchase_id: UUID
    line_id: UUID
    kind: Kind
    plan: PlanName
    state: Literal[
        "awaiting_payment",
        "paid",
        "applied",
        "delivered",
        "refunding",
        "refund_owed",
        "refunded",
        "expired",
        "cancelled",
        "reversed",
    ]
    being_mended: Annotated[
        bool, Meta(description="people or the machine are finding something out; nothing to do")
    ]
    price: Amount
    tax: TaxLine
    old_end: Seen
    starts_at: Seen
    new_end: Seen
    zone: str
    refunds: list[RefundShown]
    made_at: datetime


class RefundAsk(Ask, frozen=True, kw_only=True):
    reason: Name


# Usage


class Problem(Shown, frozen=True, kw_only=True):
    """RFC 9457. `code` is stable; further members are the facts of the case."""

    type: str
    title: str
    status: int
    detail: str
    code: str


Facts = dict[str, Any]
