"""API keys: made, rotated, revoked, recognised.

The secret is returned once and kept nowhere; only its keyed hash is.
"""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from tsuzuki.actions.write import audit
from tsuzuki.actions.write.ids import mint_anywhere
from tsuzuki.core.audit import Act, Subject, SubjectKind
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


def find(secret: str, now: datetime) -> models.ApiKey:
    """The key this secret opens, with its account.

    Refused(unauthorized) whatever is wrong with it: a guesser learns nothing.
    """
    known = settings.KEYRING.digests(f"api-key:{secret}").values()
    rows = models.ApiKey.objects.select_related("account")
    key = rows.filter(Q(digest__in=known) | Q(old_digest__in=known, old_until__gt=now)).first()
    if key is None or key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        raise Refused(Code.UNAUTHORIZED)
    if key.account.closed_at is not None:
        raise Refused(Code.UNAUTHORIZED)
    _digest_anew(key, secret)
    return key


def _digest_anew(key: models.ApiKey, secret: str) -> None:
    """Seen with an older secret of ours: from now on known by the current one,
    so that the older can be dropped.
    """
    ring = settings.KEYRING
    for digest, made_with in (("digest", "secret_id"), ("old_digest", "old_secret_id")):
        id, stored = getattr(key, made_with), getattr(key, digest)
        if id != ring.current and id in ring.secrets and stored == ring.digest(f"api-key:{secret}", id).hex():
            same = models.ApiKey.objects.filter(id=key.id, **{digest: stored})  # not rotated meanwhile
            same.update(**{digest: _digest(secret), made_with: ring.current})


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
    audit.write(act, Subject(SubjectKind.KEY, key.id), actor, now, prefix=key.prefix, **facts)
