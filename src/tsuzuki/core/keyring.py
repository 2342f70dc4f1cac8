"""The installation's secrets, by id: the current one makes every new digest and sealed value, older ones
only read what they made.

A digest is an HMAC-SHA-256; the row that holds it says beside it which secret made it. What is sealed
(Fernet: AES-128-CBC and HMAC) says so itself: `ID:token`. A secret of one id never changes; it is replaced by
one of another id, and dropped when nothing hangs on it.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FIRST = "1"  # the id of the secret that stands alone in TSUZUKI_SECRET
_LISTED = re.compile(r"([a-z0-9]{1,8}):(\S+)")


class SecretMissing(LookupError):
    """Something was made with a secret that this process was not given."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A text at rest that only the secret opens; printed, it says nothing."""

    stored: str = field(repr=False)

    def __str__(self) -> str:
        return repr(self)

    @property
    def secret_id(self) -> str:
        return self.stored.partition(":")[0]


@dataclass(frozen=True)
class Keyring:
    current: str
    secrets: Mapping[str, str] = field(repr=False)  # by id

    @property
    def others(self) -> list[str]:
        """The secrets that only read, as Django wants them."""
        return [secret for id, secret in self.secrets.items() if id != self.current]

    def digest(self, text: str, id: str = "") -> bytes:
        """Without an id by the current secret. SecretMissing."""
        return hmac.new(self._secret(id or self.current).encode(), text.encode(), sha256).digest()

    def digests(self, text: str) -> dict[str, str]:
        """By every secret there is, in hex: what is looked for may have been made with any of them."""
        return {secret: self.digest(text, secret).hex() for secret in self.secrets}

    def mark(self, id: str) -> str:
        """Tells two secrets apart and gives neither away."""
        return self.digest("tsuzuki backup", id).hex()[:16]

    def seal(self, text: str) -> Sealed:
        return Sealed(f"{self.current}:{_fernet(self._secret(self.current)).encrypt(text.encode()).decode()}")

    def open(self, sealed: Sealed) -> str:
        """SecretMissing: also for a secret of that id that is another than it was."""
        id, _, token = sealed.stored.partition(":")
        try:
            return _fernet(self._secret(id)).decrypt(token).decode()
        except InvalidToken:
            raise SecretMissing(f"secret {id} is another than the one this was sealed with") from None

    def _secret(self, id: str) -> str:
        if id not in self.secrets:
            raise SecretMissing(f"secret {id} is not there")
        return self.secrets[id]


def read(listed: str, alone: str) -> Keyring | None:
    """Of TSUZUKI_SECRETS (`ID:SECRET ID:SECRET`, the current one first) and TSUZUKI_SECRET; None where
    neither says anything. ValueError, without a secret in it, for what cannot be meant.
    """
    secrets: dict[str, str] = {}
    for place, word in enumerate(listed.split(), 1):
        match = _LISTED.fullmatch(word)
        if match is None:
            raise ValueError(f"entry {place} is not ID:SECRET with an id of at most 8 letters a-z and digits")
        if match[1] in secrets:
            raise ValueError(f"the id {match[1]} stands there twice")
        secrets[match[1]] = match[2]
    if alone and secrets.setdefault(FIRST, alone) != alone:
        raise ValueError(f"{FIRST} is the id of TSUZUKI_SECRET, which says something else")
    return Keyring(next(iter(secrets)), secrets) if secrets else None


def listed(secrets: Iterable[tuple[str, str]]) -> str:
    """As `read` reads it."""
    return " ".join(f"{id}:{secret}" for id, secret in secrets)


@lru_cache(maxsize=32)
def _fernet(secret: str) -> Fernet:
    """A key of its own, so that no digest made with the secret tells anything about what is sealed."""
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"tsuzuki sealed").derive(secret.encode())
    return Fernet(urlsafe_b64encode(derived))
