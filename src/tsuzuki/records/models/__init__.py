"""All tables, so that Django finds them; import them from here."""

from .account import Account, Answer, ApiKey, Commission
from .attempt import Attempt, Event
from .audit import AuditEntry, Incident
from .catalogue import Carrier, Gateway, Plan, PlanPrice
from .limit import Limit
from .line import Line, Lot, Number, Period, Sim, Usage
from .message import OutboundMessage
from .operator import InstallationSecret, Operator
from .person import Customer, User
from .roaming import RoamingRate, RoamingTable
from .sale import Dispute, Order, Purchase, Quote, Refund, Spending, Tender
from .saved_method import SavedMethod
from .search import SearchEntry
from .staff import Staff
from .sweep import Sweep
from .verification import Verification
from .voucher import Voucher, VoucherBatch
from .webhook import WebhookDelivery, WebhookEndpoint

__all__ = [
    "Account",
    "Answer",
    "ApiKey",
    "Attempt",
    "AuditEntry",
    "Carrier",
    "Commission",
    "Customer",
    "Dispute",
    "Event",
    "Gateway",
    "Incident",
    "InstallationSecret",
    "Limit",
    "Line",
    "Lot",
    "Number",
    "Operator",
    "Order",
    "OutboundMessage",
    "Period",
    "Plan",
    "PlanPrice",
    "Purchase",
    "Quote",
    "Refund",
    "RoamingRate",
    "RoamingTable",
    "SavedMethod",
    "SearchEntry",
    "Sim",
    "Spending",
    "Staff",
    "Sweep",
    "Tender",
    "Usage",
    "User",
    "Verification",
    "Voucher",
    "VoucherBatch",
    "WebhookDelivery",
    "WebhookEndpoint",
]
