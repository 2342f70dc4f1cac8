"""Carrying answers out.

Doing it twice is doing it once: what the answers name is brought to what they say, all else stays as it is.
"""

import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
import typer
from msgspec import UNSET

from tsuzuki.cli import settings_file
from tsuzuki.cli.orders import Json, actor
from tsuzuki.cli.output import as_json, err, out, refusals, why_not_offered
from tsuzuki.cli.start import boot
from tsuzuki.core.brand import Brand, check
from tsuzuki.core.errors import Refused
from tsuzuki.ui.languages import SHIPPED

from . import answers as given
from . import carriers
from .answers import Answers
from .existing import ExistingSetup, read_existing
from .prompts import ask, ask_database

GATEWAYS = "TSUZUKI_GATEWAYS"  # of an earlier version
HIDDEN = ("SECRET", "PASSWORD", "KEY", "TOKEN", "DATABASE_URL")


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step: what became of it. `secret` is shown once and kept nowhere."""

    step: str
    said: str
    ok: bool = True
    secret: str = ""


def init(
    answers: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="a YAML file; without it, questions are asked"),
    ] = None,
    overwrite_plans: Annotated[
        bool,
        typer.Option(
            "--overwrite-plans",
            help="bring plans that are there already to the file; their prices change at once",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Set everything up: settings, database, brand, legal texts, carriers, plans, payment, mail, the first of
    the staff.

    Run again, it changes what the answers name, and nothing else.
    """
    with refusals(json):
        result = given.read(answers) if answers else None
        database = _reach(result)
        there = read_existing()
        steps = carry_out(result or ask(SHIPPED, there), there, database, answers, overwrite_plans)
        done = []
        for step in steps:
            done.append(step)
            if not json:
                (out if step.ok else err).print(f"{'ok ' if step.ok else 'BAD'}  {step.step:9} {step.said}")
                _show_secret(step)
        if json:
            as_json(
                {
                    "ok": all(result.ok for result in done),
                    "steps": [
                        {
                            "step": result.step,
                            "said": result.said,
                            "ok": result.ok,
                            **({"secret": result.secret} if result.secret else {}),
                        }
                        for result in done
                    ],
                }
            )
        if not all(result.ok for result in done):
            raise typer.Exit(1)


def _show_secret(one: StepResult) -> None:
    if one.secret.startswith("otpauth:"):
        import segno

        segno.make(one.secret, error="l").terminal(compact=True)
        out.print(
            "  Scan it with an authenticator app, or type it in: "
            f"{one.secret.partition('secret=')[2].partition('&')[0]}"
        )
    elif one.secret:
        out.print(f"  {one.secret}")


def _reach(found: Answers | None) -> str:
    """Connect to the database the answers, the environment or settings.env name; returns how it is named.

    Nothing is written.
    """
    old = settings_file.read(settings_file.data_folder())
    named = (
        (found.database_url if found else "")
        or os.environ.get("DATABASE_URL", "").strip()
        or old.get("DATABASE_URL", "")
    )
    if not named and found is None:
        named = ask_database()
    os.environ["DATABASE_URL"] = named
    texts = [name + end for name in ("TSUZUKI_SECRET", "TSUZUKI_SECRETS") for end in ("", "_FILE")]
    if not any(os.environ.get(name) or old.get(name) for name in texts):
        os.environ["TSUZUKI_SECRET"] = secrets.token_urlsafe(40)
    boot()
    return named


def carry_out(
    found: Answers, there: ExistingSetup, database: str, file: Path | None, overwrite: bool
) -> Iterator[StepResult]:
    """Each step as it is done.

    Refused where an answer cannot be; what was done before it stays, and a second run goes on.
    """
    from tsuzuki.actions.catalogue.import_plans import parse

    if there.brand is None:
        given.require_first(found)
    if there.is_real and found.sandbox is True:
        raise given.wrong(
            "sandbox: this is a real business and stays one; to try things out, set up another "
            "with its own TSUZUKI_DATA"
        )
    folder, text = (file.parent, given.text_of(file)) if file else (Path(), "")
    brand = check(found.as_brand(folder, there.brand))  # before anything is written
    plans = given.text_of(folder / found.plans) if found.plans else ""
    if plans:
        parse(plans)
    now, gaps = datetime.now(UTC), brand.missing(SHIPPED)
    zone = "Asia/Tokyo" if found.zone is UNSET else found.zone
    rows = (
        carriers.merged(found, zone)
        if there.brand
        else [{"zone": zone, **carrier} for carrier in found.carriers]
    )
    carriers.put(rows, text, now, write=False)
    values = _settings(found, there, database, gaps)
    kept = settings_file.write(settings_file.data_folder(), values)
    # Counts for the rest of this command.
    os.environ.update({name: value for name, value in values.items() if name != "DATABASE_URL"})
    _migrate()
    if values.pop(GATEWAYS, None):  # the database has taken it over
        os.environ.pop(GATEWAYS, None)
        kept = settings_file.write(settings_file.data_folder(), values)
    yield StepResult("settings", str(kept))
    yield from (StepResult("settings", change) for change in _changes(there.settings, values))
    yield from _words(found, brand, there, gaps, now)
    yield from _sell(found, zone, plans, text, overwrite, now)
    yield from _letters(found, brand)
    yield from _owner(found, brand, now)


def _migrate() -> None:
    from django.core.management import call_command

    from tsuzuki.actions.catalogue.search import index

    call_command("migrate", verbosity=0)
    index()


def _settings(found: Answers, there: ExistingSetup, database: str, gaps: list[str]) -> dict[str, str]:
    """The environment every process gets: what is there, and over it what was answered.

    Secrets stay: vouchers and links hang on them.
    """
    old = there.settings
    values = {
        "TSUZUKI_PROXIES": "1",
        "DATABASE_URL": database,
        **{name: os.environ[name] for name in ("TSUZUKI_SECRET", "TSUZUKI_SECRETS") if os.environ.get(name)},
        **old,
        **found.secrets,
    }
    values["TSUZUKI_SANDBOX"] = _mode(found, there, gaps)
    if found.database_url:
        values["DATABASE_URL"] = found.database_url
    if found.url is not UNSET:
        values["TSUZUKI_URL"] = found.url.rstrip("/")
    if found.url is not UNSET or found.hosts is not UNSET:
        host = urlsplit(values.get("TSUZUKI_URL", "")).hostname or ""
        more = old.get("TSUZUKI_HOSTS", "").split(",") if found.hosts is UNSET else found.hosts
        values["TSUZUKI_HOSTS"] = ",".join(
            dict.fromkeys(name for name in (host, *more, "localhost", "127.0.0.1") if name)
        )
    if found.proxies is not UNSET:
        values["TSUZUKI_PROXIES"] = str(found.proxies)
    if found.name is not UNSET:
        values["TSUZUKI_BRAND"] = found.name
    if found.mail:
        told: dict[str, Any] = {
            "HOST": found.mail.host,
            "FROM": found.mail.sender,
            "PORT": found.mail.port or "",
            "USER": found.mail.user,
            "PASSWORD": found.mail.password,
            "SECURITY": found.mail.security,
        }
        values |= {f"TSUZUKI_SMTP_{name}": str(value) for name, value in told.items() if value}
    return {name: value for name, value in values.items() if value}


def _mode(found: Answers, there: ExistingSetup, gaps: list[str]) -> str:
    """Real business only with everything said that the law wants said; and once real, it stays so."""
    if there.is_real:
        return "0"
    wanted = found.sandbox is False or (found.sandbox is UNSET and there.brand is None)
    return "0" if wanted and not gaps else "1"


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for name, value in sorted(after.items()) if before else ():
        if before.get(name, "") != value:
            hidden = any(word in name for word in HIDDEN)
            yield f"{name} is changed" if hidden else f"{name}: {before.get(name, 'nothing')} → {value}"


def _words(
    found: Answers, brand: Brand, there: ExistingSetup, gaps: list[str], now: datetime
) -> Iterator[StepResult]:
    from tsuzuki.actions.catalogue.brand import save_brand
    from tsuzuki.actions.installation import secret_mark

    old, new = (msgspec.to_builtins(brand) if brand else {} for brand in (there.brand, brand))
    if old != new:
        save_brand(new, actor(), now)
    secret_mark.keep(actor(), now)
    yield StepResult("brand", brand.name)
    for name in new:
        if there.brand is not None and old.get(name) != new[name]:
            topics = (
                [topic for topic in new[name] if old[name].get(topic) != new[name][topic]]
                if name == "legal"
                else []
            )
            yield StepResult(
                "brand",
                f"{name}: {', '.join(topics)} changed"
                if topics
                else f"{name}: {old.get(name)} → {new[name]}",
            )
    if not gaps:
        yield StepResult("texts", "everything the law wants said is written")
    else:
        so = "web and worker do not start without them" if there.is_real else "so this stays in sandbox mode"
        yield StepResult(
            "texts",
            f"still missing, {so}: {', '.join(gaps)}",
            ok=found.sandbox is not False and not there.is_real,
        )


def _sell(
    found: Answers, zone: str, plans: str, text: str, overwrite: bool, now: datetime
) -> Iterator[StepResult]:
    from tsuzuki.actions.catalogue.import_plans import import_plans
    from tsuzuki.actions.engine import providers
    from tsuzuki.records import models

    providers.forget()
    if found.carriers:
        rows = carriers.merged(found, zone)
        before = carriers.seen()
        carriers.put(rows, text, now, actor())
        yield StepResult("carriers", f"{len(rows)} written")
        yield from (StepResult("carriers", change) for change in carriers.changes(before))
        for row in models.Carrier.objects.filter(code__in=[row["code"] for row in rows]).order_by("code"):
            if why := providers.broken(partial(providers.carrier_of, row)):
                yield StepResult("carriers", f"{row.code} ({row.provider}) cannot be asked: {why}", ok=False)
    if plans:
        put = import_plans(plans, now, actor(), overwrite)
        yield StepResult("plans", f"{put.plans} plans written, {put.new_prices} new prices")
        if put.left:
            yield StepResult(
                "plans",
                f"left as they are, otherwise than the file: {', '.join(put.left)} "
                "(--overwrite-plans changes them)",
            )
    if found.gateways is not UNSET:
        yield from _gateways(found.gateways, now)


def _gateways(answered: Mapping[str, dict[str, Any]], now: datetime) -> Iterator[StepResult]:
    """Those of the answers in their order, each by the provider of its name; the others are switched off."""
    from tsuzuki.actions.catalogue.gateways import NewGateway, put_gateways
    from tsuzuki.actions.engine import providers

    there = providers.gateways()
    named = [
        NewGateway(
            name,
            there[name].names if name in there else {"en": name},
            there[name].provider if name in there else name,
            settings,
            methods=tuple(there[name].methods) if name in there else (),
            position=place,
        )
        for place, (name, settings) in enumerate(answered.items(), start=1)
    ]
    others = [
        NewGateway(
            row.code, row.names, row.provider, row.settings, False, tuple(row.methods), len(named) + place
        )
        for place, row in enumerate((row for row in there.values() if row.code not in answered), start=1)
    ]
    put_gateways([*named, *others], actor(), now)
    for name in answered:
        why = why_not_offered(providers.gateways()[name])
        yield StepResult("payment", f"{name}: {why or 'ready'}", ok=not why)
    for other in others:
        if there[other.code].active:
            yield StepResult("payment", f"{other.code}: takes no more payments")


def _letters(found: Answers, brand: Brand) -> Iterator[StepResult]:
    from tsuzuki.actions.messages.mail_check import reached, send_test

    if found.mail is None:
        if not os.environ.get("TSUZUKI_SMTP_HOST"):
            yield StepResult("mail", "left for later: no letter can be sent")
    elif found.mail.test:
        why = send_test(found.mail.test, brand.name, found.owner.language if found.owner else "ja")
        yield StepResult(
            "mail", f"a test letter to {found.mail.test}: {why or 'taken by the mail server'}", ok=not why
        )
    else:
        why = reached()
        yield StepResult("mail", why or "the mail server listens", ok=not why)


def _owner(found: Answers, brand: Brand, now: datetime) -> Iterator[StepResult]:
    from tsuzuki.actions.people import staff, totp
    from tsuzuki.core.staff import Role
    from tsuzuki.records.models import Staff
    from tsuzuki.ui.refusals import sentence

    if found.owner is None:
        return
    if Staff.objects.filter(user__username=found.owner.name, left_at=None).exists():
        yield StepResult("staff", f"{found.owner.name} is there already; password and app stay as they are")
        return
    password = found.owner.password or "-".join(secrets.token_hex(3) for _ in range(4))
    try:
        made = staff.make(found.owner.name, Role.OWNER, password, actor(), now, found.owner.language)
    except Refused as why:
        yield StepResult("staff", sentence(why.code, why.facts, "en"), ok=False)
        return
    if not found.owner.password:
        yield StepResult("staff", f"{found.owner.name}: a password, shown this once", secret=password)
    app = totp.address(staff.secret_of(made), brand.name, found.owner.name)
    yield StepResult("staff", f"{found.owner.name} is owner; the second factor, shown this once:", secret=app)
