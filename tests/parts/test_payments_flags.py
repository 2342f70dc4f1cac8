"""What a gateway says of itself is read by the engine or a page; a flag nobody reads goes."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

import tsuzuki
from tsuzuki.payments import port

ROOT = Path(tsuzuki.__file__).parent
READERS = "\n".join(
    path.read_text("utf-8") for folder in ("actions", "web", "api") for path in (ROOT / folder).rglob("*.py")
)


KINDS = (
    port.GatewayCapabilities,
    port.PaymentMethod,
    port.PaymentSnapshot,
    port.RefundSnapshot,
    port.GatewayEvent,
    port.ForeignEvent,
    port.EventReply,
)


@pytest.mark.parametrize(
    ("kind", "name"), [(kind.__name__, one.name) for kind in KINDS for one in fields(kind)]
)
def test_somebody_reads_it(kind: str, name: str) -> None:
    assert re.search(rf"\.{name}\b", READERS), f"nobody reads {kind}.{name}"
