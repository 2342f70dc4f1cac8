"""POST /api/v1/webhooks/{gateway} and /api/v1/webhooks/carriers/{code}: verified by signature, stored, answered; work comes after."""

from collections.abc import Callable, Mapping
from datetime import datetime

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tsuzuki.actions import receive
from tsuzuki.core.errors import Code, Refused

log = structlog.get_logger()
STATUS = {Code.EVENT_FORGED: 400, Code.PROVIDER_UNKNOWN: 404}


@csrf_exempt  # signed by the provider
@require_POST
def from_gateway(request: HttpRequest, provider: str) -> HttpResponse:
    return _answer(receive.receive_payment, provider, request)


@csrf_exempt  # signed by the provider
@require_POST
def from_carrier(request: HttpRequest, carrier: str) -> HttpResponse:
    return _answer(receive.receive_from_carrier, carrier, request)


def _answer(take: Callable[[str, Mapping[str, str], bytes, datetime], receive.Received], name: str, request: HttpRequest) -> HttpResponse:
    """200 for whatever is genuine, ours or not: a provider must not go on knocking. 400 for what is not signed as it should be."""
    try:
        received = take(name, request.headers, request.body, timezone.now())
    except Refused as refusal:
        log.warning("event refused", provider=name[:40], code=refusal.code.value)
        return JsonResponse({"code": refusal.code.value}, status=STATUS.get(refusal.code, 400))
    return JsonResponse({"received": received.value})
