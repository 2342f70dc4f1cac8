"""Every operation there is: the door finds its way by this table, and the OpenAPI is drawn from it."""

from tsuzuki.core.errors import Code

from . import account_bodies as own
from . import bodies as b
from . import usage_bodies as reports
from .accounts import (
    add_endpoint,
    get_account,
    list_deliveries,
    list_endpoints,
    list_statement,
    remove_endpoint,
    replay_delivery,
)
from .lines import find_lines, get_line, list_plans
from .orders import cancel_order, get_order, refund_order
from .provider_events import hear_carrier, hear_gateway
from .router import Route, pattern
from .sales import buy, get_purchase, make_quote
from .usage import report_usage

_UNKNOWN = (Code.NOT_FOUND,)
_QUOTE = (
    Code.NUMBER_UNKNOWN,
    Code.PLAN_UNKNOWN,
    Code.PLAN_RETIRED,
    Code.PLAN_NOT_FOR_LINE,
    Code.PLAN_NOT_PRICED,
    Code.LINE_CLOSED,
    Code.START_NOT_OFFERED,
    Code.START_WOULD_SHORTEN,
    Code.VALIDITY_CAP_REACHED,
    Code.ADDON_NEEDS_PLAN,
    Code.AMOUNT_TOO_LARGE,
    Code.TENDERS_DO_NOT_COVER,
    Code.METHOD_UNKNOWN,
    Code.CURRENCY_MISMATCH,
)
_BUY = (
    Code.IDEMPOTENCY_KEY_MISSING,
    Code.KEY_REUSED,
    Code.QUOTE_UNKNOWN,
    Code.QUOTE_EXPIRED,
    Code.QUOTE_USED,
    Code.METHOD_UNKNOWN,
    Code.TENDERS_DO_NOT_COVER,
    Code.AMOUNT_TOO_LARGE,
    Code.CURRENCY_MISMATCH,
    Code.CREDIT_SHORT,
    Code.BALANCE_SHORT,
    Code.EMAIL_MALFORMED,
    Code.TOO_MANY_UNPAID,
    Code.ACCOUNT_CLOSED,
    Code.VOUCHER_MALFORMED,
    Code.VOUCHER_UNKNOWN,
    Code.VOUCHER_USED,
    Code.VOUCHER_EXPIRED,
)
_NUMBER = (Code.NUMBER_MALFORMED, Code.NUMBER_UNKNOWN, Code.ICCID_MALFORMED)

ROUTES = (
    Route(
        "GET",
        "/lines",
        "lines:read",
        "The line that has a number or a SIM",
        find_lines,
        b.Lines,
        asks=b.LineSearch,
        refuses=_NUMBER,
    ),
    Route(
        "GET",
        "/lines/{id}",
        "lines:read",
        "Plan, periods, lots, credit, dates of a line",
        get_line,
        b.LineShown,
        refuses=_UNKNOWN,
    ),
    Route(
        "GET",
        "/plans",
        "lines:read",
        "What a line can buy now",
        list_plans,
        b.Plans,
        asks=b.PlanSearch,
        refuses=_UNKNOWN,
    ),
    Route(
        "POST",
        "/quotes",
        "sales:write",
        "Freeze price, tax, rules and dates",
        make_quote,
        b.QuoteShown,
        201,
        takes=b.QuoteAsk,
        refuses=_QUOTE,
    ),
    Route(
        "POST",
        "/purchases",
        "sales:write",
        "Say yes to a quote",
        buy,
        b.PurchaseShown,
        201,
        takes=b.PurchaseAsk,
        keyed=True,
        refuses=_BUY,
    ),
    Route(
        "GET",
        "/purchases/{id}",
        "sales:read",
        "A purchase and what comes next",
        get_purchase,
        b.PurchaseShown,
        refuses=_UNKNOWN,
    ),
    Route("GET", "/orders/{id}", "sales:read", "One order", get_order, b.OrderShown, refuses=_UNKNOWN),
    Route(
        "POST",
        "/orders/{id}/cancel",
        "sales:write",
        "Cancel the purchase of an order before it is paid",
        cancel_order,
        b.OrderShown,
        refuses=(*_UNKNOWN, Code.ORDER_NOT_CANCELLABLE),
    ),
    Route(
        "POST",
        "/orders/{id}/refund",
        "refunds:write",
        "Take a delivered order back; a reseller asks for it (202)",
        refund_order,
        b.OrderShown,
        takes=b.RefundAsk,
        refuses=(*_UNKNOWN, Code.ORDER_NOT_REFUNDABLE),
    ),
    Route(
        "POST",
        "/usage",
        "usage:write",
        "Usage records of the network; all of a batch or none",
        report_usage,
        reports.UsageBooked,
        takes=reports.UsageAsk,
        refuses=(Code.USAGE_MALFORMED, Code.NUMBER_MALFORMED),
    ),
    Route("GET", "/account", "account:read", "Your account and its balance", get_account, own.AccountShown),
    Route(
        "GET",
        "/statement",
        "account:read",
        "What moved the balance",
        list_statement,
        own.Statement,
        asks=b.Page,
    ),
    Route(
        "GET",
        "/webhook-endpoints",
        "webhooks:write",
        "Where you are told of your orders",
        list_endpoints,
        own.Endpoints,
    ),
    Route(
        "POST",
        "/webhook-endpoints",
        "webhooks:write",
        "Be told of every move of your orders",
        add_endpoint,
        own.EndpointMade,
        201,
        takes=own.EndpointAsk,
        refuses=(Code.WEBHOOK_URL_REFUSED, Code.WEBHOOKS_FULL),
    ),
    Route(
        "DELETE",
        "/webhook-endpoints/{id}",
        "webhooks:write",
        "Send nothing more there",
        remove_endpoint,
        status=204,
        refuses=_UNKNOWN,
    ),
    Route(
        "GET",
        "/webhook-deliveries",
        "webhooks:write",
        "What was told or will be",
        list_deliveries,
        own.Deliveries,
        asks=own.DeliverySearch,
    ),
    Route(
        "POST",
        "/webhook-deliveries/{id}/replay",
        "webhooks:write",
        "Tell it once more",
        replay_delivery,
        own.DeliveryShown,
        202,
        refuses=_UNKNOWN,
    ),
    Route(
        "POST",
        "/webhooks/carriers/{carrier}",
        None,
        "Events of a carrier, signed by it",
        hear_carrier,
        reports.EventTaken,
        signed=True,
        refuses=(Code.EVENT_FORGED, Code.PROVIDER_UNKNOWN),
    ),
    Route(
        "POST",
        "/webhooks/{provider}",
        None,
        "Events of a payment gateway, signed by it",
        hear_gateway,
        reports.EventTaken,
        signed=True,
        refuses=(Code.EVENT_FORGED, Code.PROVIDER_UNKNOWN),
    ),
)

BY_PATH = {
    pattern(path): {route.method: route for route in ROUTES if route.path == path}
    for path in dict.fromkeys(route.path for route in ROUTES)
}
