"""What providers tell us: verified by signature, stored, answered; work comes after.

200 for whatever is genuine, ours or not: a provider must not go on knocking. 400 for what is not signed as it should be.
"""

import structlog

from tsuzuki.actions import receive
from tsuzuki.core.errors import Refused

from .bodies import EventTaken
from .door import Call, Reply

log = structlog.get_logger()


def hear_gateway(call: Call) -> Reply:
    return _hear(call, call.path["provider"], carrier=False)


def hear_carrier(call: Call) -> Reply:
    return _hear(call, call.path["carrier"], carrier=True)


def _hear(call: Call, name: str, carrier: bool) -> Reply:
    take = receive.receive_from_carrier if carrier else receive.receive_payment
    try:
        return Reply(EventTaken(received=take(name, call.headers, call.raw, call.now).value))
    except Refused as refusal:
        log.warning("event refused", provider=name[:40], code=refusal.code.value)
        raise
