"""Payments at a gateway in a few words, for the tests of gateways."""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.sandbox_process import SECRET, Sandbox
from tsuzuki.core.money import Money
from tsuzuki.payments.port import Payer, PaymentGateway, PaymentRequest, PaymentSnapshot

RETURN_URL = "http://shop.example/s/kY3"


def fresh() -> str:
    return "t" + secrets.token_hex(10)


def ask(
    key: str | None = None, amount: Money | None = None, method: str = "card", email: str = ""
) -> PaymentRequest:
    until = datetime.now(UTC) + timedelta(minutes=20)
    payer = Payer(email) if email else None
    return PaymentRequest(
        key or fresh(),
        amount or Money(1980, "JPY"),
        method,
        "20 GB, 30 days",
        "zh-Hans",
        RETURN_URL,
        until,
        payer,
    )


def paid(toy: PaymentGateway, sandbox: Sandbox, one: PaymentRequest, how: str = "accept") -> PaymentSnapshot:
    """Begin and let the buyer press."""
    begun = toy.begin(one)
    assert begun.gateway_id
    assert sandbox.post(f"pay/{begun.gateway_id}", behaviour=how)[0] in (303, 200)
    return toy.look_up(one.key, begun.gateway_id)


def effects(sandbox: Sandbox, key: str) -> Any:
    return sandbox.json(f"gateway/effects?key={key}")["totals"]


def signed(raw: bytes) -> str:
    """A signature made here, from the scheme's description and not from the code under test."""
    at = int(datetime.now(UTC).timestamp())
    return f"t={at},v1={hmac.new(SECRET.encode(), f'{at}.'.encode() + raw, hashlib.sha256).hexdigest()}"
