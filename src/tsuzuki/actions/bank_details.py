"""Where a refund is to go that cannot go back the way it was paid: told by the buyer, sealed at rest, forgotten once it is there."""

import base64
from hashlib import sha256

import msgspec
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from tsuzuki.payments.port import BankDetails


def sealed(details: BankDetails) -> str:
    return _box().encrypt(msgspec.json.encode(details)).decode()


def opened(text: str) -> BankDetails | None:
    """None: there are none, or the key they were sealed with is not ours any more; the buyer is asked again."""
    try:
        return msgspec.json.decode(_box().decrypt(text.encode()), type=BankDetails) if text else None
    except (InvalidToken, msgspec.MsgspecError):
        return None


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(sha256(b"tsuzuki bank details" + settings.SECRET_KEY.encode()).digest()))
