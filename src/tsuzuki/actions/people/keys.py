"""API keys: made, rotated, revoked, recognised.

The secret is returned once and kept nowhere; only its keyed hash is.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from tsuzuki import decode
from tsuzuki.actions.write import audit
from tsuzuki.actions.write.ids import mint_anywhere
from tsuzuki.core.audit import Act, AuditSubject, SubjectKind
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.typed import visible
from tsuzuki.records import models

SCOPES = (
    "account:read",
    "lines:read",
    "sales:read",
    "sales:write",
    "refunds:write",
    "usage:write",
    "webhooks:write",
)
OPERATOR_ONLY = ("usage:write",)  # the network's word about every line
BEGINS = "tsk_"
OVERLAP = timedelta(days=1)


def _digest(secret: str) -> str:
    """Without the installation's secret a stolen table opens nothing."""
    return settings.KEYRING.digest(f"api-key:{secret}").hex()


@transaction.atomic
def make(
    account: models.Account,
    name: str,
    scopes: Collection[str],
    actor: str,
    now: datetime,
    expires_at: datetime | None = None,
    per_minute: int = 600,
) -> tuple[models.ApiKey, str]:
    """The key and its secret, which cannot be read back.

    Refused(scope_unknown) for a scope this account may not have.
    """
    allowed = scopes_for(account)
    for scope in scopes:
        if scope not in allowed:
            raise Refused(Code.SCOPE_UNKNOWN, scope=scope[:40], known=", ".join(allowed))
    secret = _secret()
    key = models.ApiKey.objects.create(
        id=mint_anywhere(now),
        account=account,
        name=visible(name[:80]),
        prefix=_prefix(secret),
        digest=_digest(secret),
        secret_id=settings.KEYRING.current,
        scopes=sorted(set(scopes)),
        made_at=now,
        expires_at=expires_at,
        per_minute=per_minute,
    )
    _record(Act.KEY_MADE, key, actor, now, scopes=key.scopes)
    return key, secret


def scopes_for(account: models.Account) -> tuple[str, ...]:
    return tuple(scope for scope in SCOPES if account.kind == "operator" or scope not in OPERATOR_ONLY)


@transaction.atomic
def rotate(prefix: str, actor: str, now: datetime, overlap: timedelta = OVERLAP) -> tuple[models.ApiKey, str]:
    """A new secret for the same key; the one before is good for `overlap` more.

    What was older still ends at once.
    """
    key = _locked(prefix, now)
    secret = _secret()
    key.old_digest, key.old_secret_id, key.old_until = key.digest, key.secret_id, now + overlap
    key.digest, key.secret_id, key.prefix, key.rotated_at = (
        _digest(secret),
        settings.KEYRING.current,
        _prefix(secret),
        now,
    )
    key.save(
        update_fields=[
            "old_digest",
            "old_secret_id",
            "old_until",
            "digest",
            "secret_id",
            "prefix",
            "rotated_at",
        ]
    )
    _record(Act.KEY_ROTATED, key, actor, now, was=prefix)
    return key, secret


@transaction.atomic
def revoke(prefix: str, actor: str, now: datetime) -> None:
    """From now on nobody comes in with it, the rotated secret included."""
    key = _locked(prefix, now)
    models.ApiKey.objects.filter(id=key.id).update(revoked_at=now)
    _record(Act.KEY_REVOKED, key, actor, now)


@dataclass(frozen=True, slots=True)
class Found:
    id: UUID
    scopes: Collection[str]
    per_minute: int
    account: models.Account


# Plain SQL: every request of a program asks it.
_FIND = """
SELECT k.id, k.scopes, k.per_minute, k.digest, k.secret_id, k.old_digest, k.old_secret_id,
  a.id, a.name, a.kind, a.currency, a.balance_minor, a.limit_minor, a.made_at, a.closed_at
FROM records_apikey k JOIN records_account a ON a.id = k.account_id
WHERE (k.digest = ANY(%(known)s) OR k.old_digest = ANY(%(known)s) AND k.old_until > %(now)s)
  AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > %(now)s) AND a.closed_at IS NULL
"""


def find(secret: str, now: datetime) -> Found:
    """The key this secret opens, with its account.

    Refused(unauthorized) whatever is wrong with it: a guesser learns nothing.
    """
    known = list(settings.KEYRING.digests(f"api-key:{secret}").values())
    with connection.cursor() as cursor:
        cursor.execute(_FIND, {"known": known, "now": now})
        row = cursor.fetchone()
    if row is None:
        raise Refused(Code.UNAUTHORIZED)
    id, scopes, per_minute, digest, secret_id, old_digest, old_secret_id, *account = row
    _digest_anew(id, secret, (("digest", digest, secret_id), ("old_digest", old_digest, old_secret_id)))
    return Found(id, decode.from_json(scopes, list[str]), per_minute, models.Account(*account))


def _digest_anew(key: UUID, secret: str, stored: Sequence[tuple[str, str, str]]) -> None:
    """Seen with an older secret of ours: from now on known by the current one,
    so that the older can be dropped.
    """
    ring = settings.KEYRING
    for name, digest, id in stored:
        if id != ring.current and id in ring.secrets and digest == ring.digest(f"api-key:{secret}", id).hex():
            same = models.ApiKey.objects.filter(id=key, **{name: digest})  # not rotated meanwhile
            same.update(**{name: _digest(secret), name.replace("digest", "secret_id"): ring.current})


def _locked(prefix: str, now: datetime) -> models.ApiKey:
    key = models.ApiKey.objects.select_for_update(no_key=True).filter(prefix=prefix, revoked_at=None).first()
    if key is None:
        raise Refused(Code.KEY_UNKNOWN)
    return key


def _secret() -> str:
    return BEGINS + secrets.token_hex(32)


def _prefix(secret: str) -> str:
    """32 of its 256 bits: enough to tell keys apart, far too few to guess the rest."""
    return secret[: len(BEGINS) + 8]


def _record(act: Act, key: models.ApiKey, actor: str, now: datetime, **facts: object) -> None:
    audit.write(act, AuditSubject(SubjectKind.KEY, key.id), actor, now, prefix=key.prefix, **facts)
