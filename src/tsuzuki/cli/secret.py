"""secret: the installation's secrets.

A new one takes over, what can be sealed anew is, and an old one is dropped when nothing needs it.
"""

import os
import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from tsuzuki import plugins as registry
from tsuzuki.core import keyring

from . import settings_file
from .orders import Json, actor
from .output import REFUSED, as_json, err, out, refusals
from .settings_file import data_folder
from .start import boot

if TYPE_CHECKING:  # importable only after boot
    from tsuzuki.actions.installation.secret_rotation import Needs

SECRET = typer.Typer(
    no_args_is_help=True, help="The installation's secrets: which there are, a new one, dropping an old one."
)
LISTED, ALONE = "TSUZUKI_SECRETS", "TSUZUKI_SECRET"


@SECRET.command("list")
def list_secrets(json: Json = False) -> None:
    """Each by its id, and what hangs on it."""
    boot()
    from django.conf import settings
    from django.utils import timezone

    from tsuzuki.actions.installation import secret_mark
    from tsuzuki.actions.installation.secret_rotation import needs

    now, missing, others = timezone.now(), secret_mark.missing(), secret_mark.others()
    rows = []
    for secret in [*settings.KEYRING.secrets, *missing]:
        state = (
            "current"
            if secret == settings.KEYRING.current
            else "missing"
            if secret in missing
            else "another"
            if secret in others
            else "reads"
        )
        rows.append((secret, state, needs(secret, now)))
    if json:
        as_json([{"id": id, "state": state, "needed_by": _facts(needs)} for id, state, needs in rows])
        return
    for secret, state, result in rows:
        out.print(f"{secret:8} {state:8} {words(result)}")


@SECRET.command("rotate")
def rotate(json: Json = False) -> None:
    """Make a new secret the current one.

    Afterwards restart web and worker, then seal anew: tsuzuki secret reseal.
    """
    boot()
    from django.conf import settings
    from django.utils import timezone

    from tsuzuki.actions.installation import secret_mark

    if wrong := [*secret_mark.others(), *secret_mark.missing()]:
        err.print(
            f"Secret {', '.join(wrong)} is not here as this database knows it; tsuzuki doctor says more."
        )
        raise typer.Exit(REFUSED)
    ring, folder = settings.KEYRING, data_folder()
    # Or nobody would know later until when the old one signed links.
    secret_mark.keep(actor(), timezone.now())
    new = str(max((int(secret) for secret in ring.secrets if secret.isdecimal()), default=0) + 1)
    told = keyring.listed([(new, secrets.token_urlsafe(40)), *_listed().items()])
    kept = _in_the_file()
    if kept:
        # In sandbox mode nobody need have said it.
        first = {} if _listed() else {ALONE: ring.secrets[keyring.FIRST]}
        settings_file.write(folder, {**settings_file.read(folder), **first, LISTED: told})
    if json:
        as_json(
            {
                "id": new,
                "file": str(folder / settings_file.NAME) if kept else None,
                **({} if kept else {LISTED: told}),
            }
        )
    elif kept:
        out.print(
            f"Secret {new} is the current one in {folder / settings_file.NAME}: keep a copy of "
            "it, apart from the backups."
        )
    else:
        out.print(
            f"{settings_file.NAME} does not say the secret of this installation. Set beside "
            f"{ALONE}, where that is set:"
        )
        out.print(f"{LISTED}={told}")
    if not json:
        out.print("Then restart web and worker on every machine, and after that: tsuzuki secret reseal")


@SECRET.command("reseal")
def reseal(json: Json = False) -> None:
    """Seal anew, by the current secret, what older ones sealed; say what still hangs on those."""
    boot()
    from django.conf import settings
    from django.utils import timezone

    from tsuzuki.actions.installation import secret_rotation

    sealed = secret_rotation.reseal(actor(), timezone.now())
    left = {
        secret: secret_rotation.needs(secret, timezone.now())
        for secret in settings.KEYRING.secrets
        if secret != settings.KEYRING.current
    }
    if json:
        needed = {id: _facts(needs) for id, needs in left.items()}
        as_json({"sealed_anew": sealed.done, "unreadable": sealed.unreadable, "needed_by": needed})
    else:
        out.print(f"{sealed.done} values sealed anew by secret {settings.KEYRING.current}.")
        for id, needs in left.items():
            out.print(f"Secret {id}: {words(needs)}")
    if sealed.unreadable:
        err.print(
            f"{sealed.unreadable} values cannot be read: their secret is not here, or another "
            "than it was. They stay as they are."
        )
        raise typer.Exit(REFUSED)


@SECRET.command("drop")
def drop(
    id: Annotated[str, typer.Argument(help="as tsuzuki secret list says it")],
    force: Annotated[
        bool, typer.Option("--force", help="it leaked: what hangs on it is to be worth nothing")
    ] = False,
    json: Json = False,
) -> None:
    """Use a secret no more. Refused while vouchers, keys, codes or links hang on it."""
    boot()
    with refusals(json):
        from django.utils import timezone

        from tsuzuki.actions.installation import secret_mark, secret_rotation

        secret_mark.keep(actor(), timezone.now())
        secret_rotation.drop(id, actor(), timezone.now(), force)
        kept = _forget(id)
        if json:
            as_json({"ok": id})
        else:
            where = (
                f"{data_folder() / settings_file.NAME} has it no more"
                if kept
                else f"take it out of {LISTED}, or {ALONE} away"
            )
            out.print(f"Secret {id} is dropped; {where}. Restart web and worker.")


def words(found: "Needs") -> str:
    """What still hangs on a secret."""
    counts = {
        "sealed values": found.sealed,
        "vouchers": found.vouchers,
        "API keys": found.api_keys,
        "recovery codes of staff": found.staff,
    }
    texts = [f"{count:,} {name}" for name, count in counts.items() if count]
    texts += [f"links given out, until {found.links_until:%F}"] if found.links_until else []
    return ", ".join(texts) or "nothing hangs on it"


def _facts(found: "Needs") -> dict[str, int | datetime | None]:
    return {
        "sealed": found.sealed, "vouchers": found.vouchers, "api_keys": found.api_keys, "staff": found.staff,
        "links_until": found.links_until,
    }  # fmt: skip


def _listed() -> dict[str, str]:
    """What TSUZUKI_SECRETS says, in this process."""
    ring = keyring.read(registry.secret(os.environ, LISTED, ""), "")
    return dict(ring.secrets) if ring else {}


def _in_the_file() -> bool:
    """Whether settings.env is where the secrets of this process come from: the real
    environment wins over it.
    """
    kept = settings_file.read(data_folder())
    given = {
        name: value
        for name in (LISTED, ALONE, f"{LISTED}_FILE", f"{ALONE}_FILE")
        if (value := os.environ.get(name))
    }
    return all(kept.get(name) == value and not name.endswith("_FILE") for name, value in given.items())


def _forget(id: str) -> bool:
    """Out of settings.env, if it is there."""
    folder = data_folder()
    values = settings_file.read(folder)
    ring = keyring.read(values.get(LISTED, ""), "")
    listed = dict(ring.secrets) if ring else {}
    if not _in_the_file() or not (id in listed or (id == keyring.FIRST and values.get(ALONE))):
        return False
    if id == keyring.FIRST:
        values.pop(ALONE, None)
    listed.pop(id, None)
    settings_file.write(folder, {**values, LISTED: keyring.listed(listed.items())})
    return True
