"""Carrying answers out. Doing it twice is doing it once: what is there is brought to what the answers say, staff and secrets stay."""

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
import yaml

from tsuzuki.cli import settings_file
from tsuzuki.cli.sell import Json, actor
from tsuzuki.cli.show import as_json, err, out, refusals
from tsuzuki.cli.start import boot
from tsuzuki.core.errors import Refused
from tsuzuki.ui.languages import SHIPPED

from . import answers as given
from .answers import Answers
from .ask import ask


@dataclass(frozen=True, slots=True)
class Said:
    """One step: what became of it. `secret` is shown once and kept nowhere."""

    step: str
    said: str
    ok: bool = True
    secret: str = ""


def init(
    answers: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="a YAML file; without it, questions are asked")] = None,
    json: Json = False,
) -> None:
    """Set everything up: settings, database, brand, legal texts, carriers, plans, payment, mail, the first of the staff."""
    with refusals(json):
        found = given.read(answers) if answers else ask(SHIPPED)
        folder = answers.parent if answers else Path()
        done = []
        for one in carry_out(found, folder):
            done.append(one)
            if not json:
                (out if one.ok else err).print(f"{'ok ' if one.ok else 'BAD'}  {one.step:9} {one.said}")
                _show_secret(one)
        if json:
            as_json({"ok": all(one.ok for one in done), "steps": [
                {"step": one.step, "said": one.said, "ok": one.ok, **({"secret": one.secret} if one.secret else {})} for one in done
            ]})  # fmt: skip
        if not all(one.ok for one in done):
            raise typer.Exit(1)


def _show_secret(one: Said) -> None:
    if one.secret.startswith("otpauth:"):
        import segno

        segno.make(one.secret, error="l").terminal(compact=True)
        out.print(f"  Scan it with an authenticator app, or type it in: {one.secret.partition('secret=')[2].partition('&')[0]}")
    elif one.secret:
        out.print(f"  {one.secret}")


def carry_out(found: Answers, folder: Path) -> Iterator[Said]:
    """Each step as it is done. Refused where an answer cannot be; what was done before it stays, and a second run goes on."""
    from tsuzuki.core.brand import check

    brand = check(found.as_brand(folder))  # before anything is written
    plans = _plans(found, folder)
    gaps = brand.missing(SHIPPED)
    file = settings_file.write(settings_file.data_folder(), _settings(found, sandbox=found.sandbox or bool(gaps)))
    for name, value in settings_file.read(file.parent).items():
        os.environ[name] = value  # what was just answered counts, also for the rest of this command
    boot()
    from django.core.management import call_command

    from tsuzuki.actions.search import index

    call_command("migrate", verbosity=0)
    index()
    yield Said("settings", str(file))
    now = datetime.now(UTC)
    yield from _words(brand, gaps, now)
    yield from _sell(found, plans, now)
    yield from _letters(found)
    yield from _owner(found, now)


def _plans(found: Answers, folder: Path) -> str:
    if not found.plans:
        return ""
    try:
        return (folder / found.plans).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as why:
        raise given.wrong(f"plans: {found.plans} cannot be read: {type(why).__name__}") from None


def _settings(found: Answers, sandbox: bool) -> dict[str, str]:
    """The environment every process gets. A secret that exists is kept: vouchers and links hang on it."""
    old = settings_file.read(settings_file.data_folder())
    host = urlsplit(found.url).hostname or ""
    values = {
        **old, **found.secrets,
        "TSUZUKI_SECRET": old.get("TSUZUKI_SECRET") or os.environ.get("TSUZUKI_SECRET") or secrets.token_urlsafe(40),
        "TSUZUKI_SANDBOX": "1" if sandbox else "0", "TSUZUKI_URL": found.url.rstrip("/"), "TSUZUKI_PROXIES": str(found.proxies),
        "TSUZUKI_HOSTS": ",".join(dict.fromkeys([host, *found.hosts, "localhost", "127.0.0.1"])), "TSUZUKI_BRAND": found.name,
        "TSUZUKI_GATEWAYS": json.dumps(found.gateways),
    }  # fmt: skip
    if found.contacts:
        values["TSUZUKI_CONTACT"] = found.contacts[0].value
    if found.database_url:
        values["DATABASE_URL"] = found.database_url
    if found.mail:
        told: dict[str, Any] = {"HOST": found.mail.host, "FROM": found.mail.sender, "PORT": found.mail.port or "", "USER": found.mail.user,
                                "PASSWORD": found.mail.password, "SECURITY": found.mail.security}  # fmt: skip
        values |= {f"TSUZUKI_SMTP_{name}": str(value) for name, value in told.items() if value}
    return {name: value for name, value in values.items() if value}


def _words(brand: Any, gaps: list[str], now: datetime) -> Iterator[Said]:
    import msgspec

    from tsuzuki.actions.brand import put_brand

    put_brand(msgspec.to_builtins(brand), actor(), now)
    yield Said("brand", brand.name)
    if gaps:
        yield Said("texts", f"still missing, so this stays in sandbox mode: {', '.join(gaps)}")
    else:
        yield Said("texts", "everything the law wants said is written")


def _sell(found: Answers, plans: str, now: datetime) -> Iterator[Said]:
    from tsuzuki.actions import providers
    from tsuzuki.actions.import_plans import import_plans

    providers.forget()
    if found.carriers:
        carriers = [{"zone": found.zone, **one} for one in found.carriers]
        put = import_plans(yaml.safe_dump({"carriers": carriers}, allow_unicode=True, sort_keys=False), now)
        yield Said("carriers", f"{put.carriers} written")
    if plans:
        put = import_plans(plans, now)
        yield Said("plans", f"{put.plans} plans, {put.new_prices} new prices")
    for name in found.gateways:
        why = providers.broken(partial(providers.gateway, name))
        yield Said("payment", f"{name}: {why or 'ready'}", ok=not why)


def _letters(found: Answers) -> Iterator[Said]:
    from tsuzuki.actions.mail_check import reached, send_test

    if found.mail is None:
        yield Said("mail", "left for later: no letter can be sent")
    elif found.mail.test:
        why = send_test(found.mail.test, found.name, found.owner.language if found.owner else "ja")
        yield Said("mail", f"a test letter to {found.mail.test}: {why or 'taken by the mail server'}", ok=not why)
    else:
        why = reached()
        yield Said("mail", why or "the mail server listens", ok=not why)


def _owner(found: Answers, now: datetime) -> Iterator[Said]:
    from tsuzuki.actions import staff
    from tsuzuki.core import totp
    from tsuzuki.core.staff import Role
    from tsuzuki.records.models import Staff

    if found.owner is None:
        return
    if Staff.objects.filter(user__username=found.owner.name, left_at=None).exists():
        yield Said("staff", f"{found.owner.name} is there already; password and app stay as they are")
        return
    password = found.owner.password or "-".join(secrets.token_hex(3) for _ in range(4))
    try:
        made = staff.make(found.owner.name, Role.OWNER, password, actor(), now, found.owner.language)
    except Refused as why:
        from tsuzuki.ui.refusals import sentence

        yield Said("staff", sentence(why.code, why.facts, "en"), ok=False)
        return
    if not found.owner.password:
        yield Said("staff", f"{found.owner.name}: a password, shown this once", secret=password)
    app = totp.address(staff.secret_of(made), found.name, found.owner.name)
    yield Said("staff", f"{found.owner.name} is owner; the second factor, shown this once:", secret=app)
