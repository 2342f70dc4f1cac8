"""Webhooks from providers: verified by signature, stored, answered; the work comes later.

200 for whatever is genuine, ours or not: a provider must not go on knocking. 400 for what is not signed as it
should be.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from tsuzuki.actions.engine import receive
from tsuzuki.api.usage_bodies import EventTaken
from tsuzuki.core.errors import Refused

from .router import Call, Reply

log = structlog.get_logger()


def hear_gateway(call: Call) -> Reply:
    """Answered as the gateway wants it, to the letter; where it does not care, as any call is."""
    name = call.path["provider"]
    with _told(name):
        taken = receive.receive_payment(name, call.headers, call.raw, call.now)
    if taken.reply is None:
        return Reply(EventTaken(received=taken.received.value))
    return Reply(taken.reply.body, taken.reply.status, {"Content-Type": taken.reply.content_type})


def hear_carrier(call: Call) -> Reply:
    name = call.path["carrier"]
    with _told(name):
        return Reply(
            EventTaken(received=receive.receive_from_carrier(name, call.headers, call.raw, call.now).value)
        )


@contextmanager
def _told(name: str) -> Iterator[None]:
    try:
        yield
    except Refused as refusal:
        log.warning("event refused", provider=name[:40], code=refusal.code.value)
        raise
