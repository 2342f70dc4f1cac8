"""A text sealed at rest, such as a gateway's token of a saved way to pay."""

from django.conf import settings

from tsuzuki.core.keyring import Sealed, SecretMissing


def sealed(text: str) -> Sealed:
    return settings.KEYRING.seal(text)


def opened(kept: Sealed | None) -> str | None:
    """None: there is none, or the secret it was sealed with is not here any more."""
    try:
        return settings.KEYRING.open(kept) if kept else None
    except SecretMissing:
        return None
