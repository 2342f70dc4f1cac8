"""Whether the secrets can be guessed, are the ones the database knows, and what hangs on older ones."""

from datetime import datetime

from .. import settings_file
from ..secret import words
from ..settings_file import data_folder
from .finding import Finding, Findings, Level

LEAST_SECRET, LEAST_LETTERS = 32, 12


def secret(now: datetime) -> Findings:
    from django.conf import settings

    from tsuzuki.actions.installation import secret_mark

    if settings.SANDBOX:
        yield Finding(Level.WARN, "mode", "sandbox: nothing here is real", _how_to_open())
    weak = [
        id
        for id, secret in settings.KEYRING.secrets.items()
        if len(secret) < LEAST_SECRET or len(set(secret)) < LEAST_LETTERS
    ]
    if settings.KEYRING.current in weak:
        todo = (
            "use 50 random characters (python3 -c 'import secrets; print(secrets.token_urlsafe(40))'); "
            "vouchers printed so far are lost"
        )
        yield Finding(
            Level.WARN if settings.SANDBOX else Level.BAD, "secret", "TSUZUKI_SECRET can be guessed", todo
        )
    else:
        yield Finding(Level.OK, "secret", f"{len(settings.SECRET_KEY)} characters")
    if secret_mark.others():
        todo = (
            "set it as it was (a copy of settings.env); or, if you changed it on purpose: tsuzuki "
            "accept-secret"
        )
        yield Finding(
            Level.BAD, "secret", "TSUZUKI_SECRET is another than this database was filled with", todo
        )
    yield from _older_secrets(now)


def _older_secrets(now: datetime) -> Findings:
    """Those that only read, and those the database knows and nobody has any more."""
    from django.conf import settings

    from tsuzuki.actions.installation import secret_mark
    from tsuzuki.actions.installation.secret_rotation import needs

    for secret in secret_mark.missing():
        if result := needs(secret, now):
            todo = (
                "put it into TSUZUKI_SECRETS again (a copy of settings.env); or, if it leaked: "
                "tsuzuki secret drop"
            )
            yield Finding(
                Level.BAD, "secret", f"secret {secret} is missing, and needed: {words(result)}", todo
            )
        else:
            yield Finding(
                Level.WARN,
                "secret",
                f"secret {secret} is missing, and nothing hangs on it",
                f"tsuzuki secret drop {secret}",
            )
    for secret in settings.KEYRING.secrets:
        if secret == settings.KEYRING.current:
            continue
        result = needs(secret, now)
        if result.sealed:
            yield Finding(
                Level.WARN,
                "secret",
                f"{result.sealed} values are sealed by an older secret, {secret}",
                "tsuzuki secret reseal",
            )
        elif result:
            yield Finding(Level.OK, "secret", f"secret {secret} still reads: {words(result)}")
        else:
            yield Finding(
                Level.WARN,
                "secret",
                f"nothing hangs on secret {secret} any more",
                f"tsuzuki secret drop {secret}",
            )


def _how_to_open() -> str:
    """What the environment says wins over settings.env."""
    kept = settings_file.read(data_folder()).get("TSUZUKI_SANDBOX")
    if kept in (None, "0"):
        return "unset TSUZUKI_SANDBOX, or set it to 0, when you open for business"
    return (
        "to open for business: tsuzuki init, with «sandbox: false» and every legal text; it writes "
        f"so into {settings_file.NAME}"
    )
