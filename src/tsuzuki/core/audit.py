"""The acts of people that the audit log records, and what each is about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID


class Act(StrEnum):
    """Stored: a value is never changed."""

    SIGNED_IN = "signed_in"
    STAFF_INVITED = "staff_invited"
    STAFF_JOINED = "staff_joined"
    STAFF_ENROLLED = "staff_enrolled"
    STAFF_ROLE = "staff_role"
    STAFF_LEFT = "staff_left"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 (a word, no password)
    RECOVERY_RENEWED = "recovery_renewed"
    TAKE = "take"
    TAKE_OVER = "take_over"
    FINISH = "finish"
    REFUSE = "refuse"
    TAKE_BACK = "take_back"
    REFUND_ASKED = "refund_asked"
    BANK_DETAILS = "bank_details"
    CANCEL = "cancel"
    BRAND = "brand"
    SECRET_ACCEPTED = "secret_accepted"  # noqa: S105 (a word, no secret)
    SECRET_DROPPED = "secret_dropped"  # noqa: S105 (a word, no secret)
    RESEALED = "resealed"
    CARRIER = "carrier"
    CARRIER_DELETED = "carrier_deleted"
    GATEWAY = "gateway"
    GATEWAY_DELETED = "gateway_deleted"
    GATEWAY_TRIED = "gateway_tried"
    PLAN = "plan"
    PLAN_DELETED = "plan_deleted"
    PRICE_SET = "price_set"
    PRICE_DROPPED = "price_dropped"
    ROAMING_TABLE = "roaming_table"
    ROAMING_TABLE_DROPPED = "roaming_table_dropped"
    VOUCHERS_MADE = "vouchers_made"
    VOUCHERS_DISABLED = "vouchers_disabled"
    ACCOUNT_MADE = "account_made"
    ACCOUNT_LIMIT = "account_limit"
    ACCOUNT_TOPPED_UP = "account_topped_up"
    ACCOUNT_CLOSED = "account_closed"
    COMMISSION = "commission"
    KEY_MADE = "key_made"
    KEY_ROTATED = "key_rotated"
    KEY_REVOKED = "key_revoked"
    WEBHOOK_ADDED = "webhook_added"
    WEBHOOK_REMOVED = "webhook_removed"
    WEBHOOKS_RESUMED = "webhooks_resumed"
    CUSTOMER_MADE = "customer_made"
    PHONE_VERIFIED = "phone_verified"
    PHONE_RELEASED = "phone_released"
    SAVING_AGREED = "saving_agreed"
    SAVED_REVOKED = "saved_revoked"
    LINE_ADDED = "line_added"
    LINES_IMPORTED = "lines_imported"
    LINE_SUSPENDED = "line_suspended"
    LINE_RESUMED = "line_resumed"
    LINE_CLOSED = "line_closed"
    LINE_LETTERS = "line_letters"
    LINKS_REVOKED = "links_revoked"
    LINES_HELD_BACK = "lines_held_back"
    LINES_LET_IN = "lines_let_in"
    GROSS_CUTOVER = "gross_cutover"
    EXPORTED = "exported"
    BACKED_UP = "backed_up"
    USAGE_BOOKED = "usage_booked"
    WEBHOOK_REPLAYED = "webhook_replayed"


class SubjectKind(StrEnum):
    """Stored: a value is never changed."""

    LINE = "line"
    LINES = "lines"  # many of them
    PURCHASE = "purchase"
    ORDER = "order"
    ATTEMPT = "attempt"
    REFUND = "refund"
    INCIDENT = "incident"
    CARRIER = "carrier"
    GATEWAY = "gateway"
    PLAN = "plan"
    ROAMING_TABLE = "roaming_table"
    VOUCHERS = "vouchers"  # a batch of them
    ACCOUNT = "account"
    KEY = "key"
    ENDPOINT = "endpoint"
    CUSTOMER = "customer"
    STAFF = "staff"
    OPERATOR = "operator"
    PILOT = "pilot"


@dataclass(frozen=True, slots=True)
class AuditSubject:
    """What an act is about. There is one operator and one pilot: they have no id."""

    kind: SubjectKind
    id: UUID | str | int | date = ""

    def __str__(self) -> str:
        """As people read it and search for it."""
        return f"{self.kind.replace('_', ' ')} {self.id}".rstrip()


@dataclass(frozen=True, slots=True)
class AuditDraft:
    """What is to be written of an act together with it, by whoever carries it out."""

    act: Act
    actor: str
    facts: Mapping[str, object] = field(default_factory=dict)
