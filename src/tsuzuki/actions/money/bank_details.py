"""Where a refund is to go that cannot go back the way it was paid: told by the buyer, sealed at rest,
forgotten once it is there.
"""

import msgspec
from django.conf import settings

from tsuzuki import decode
from tsuzuki.core.keyring import Sealed, SecretMissing
from tsuzuki.payments.port import BankDetails


def sealed(details: BankDetails) -> Sealed:
    return settings.KEYRING.seal(msgspec.json.encode(details).decode())


def opened(kept: Sealed | None) -> BankDetails | None:
    """None: there are none, or the secret they were sealed with is not here any more;
    the buyer is asked again.
    """
    try:
        return decode.from_json(settings.KEYRING.open(kept).encode(), BankDetails) if kept else None
    except SecretMissing:
        return None
