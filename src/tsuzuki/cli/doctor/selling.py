"""What an order needs on its way: carriers, gateways, legal texts, the address customers know."""

import os
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from ..output import why_not_offered
from .finding import Finding, Findings, Level


def providers(now: datetime) -> Findings:
    from tsuzuki.actions.engine import providers
    from tsuzuki.actions.order.offers import without_word
    from tsuzuki.records.models import Carrier, Plan

    carriers = list(Carrier.objects.order_by("code"))
    for carrier in carriers:
        why = providers.broken(partial(providers.carrier_of, carrier))
        if why:
            todo = "mend its settings, or hand it to provider «byhand» until it works"
            yield Finding(
                Level.BAD, "carrier", f"{carrier.code} ({carrier.provider}) cannot be asked: {why}", todo
            )
        elif why := providers.visit(carrier):
            todo = "docs/runbook.md has what to do about its folder or server"
            yield Finding(
                Level.BAD, "carrier", f"{carrier.code} ({carrier.provider}) cannot be reached: {why}", todo
            )
        else:
            yield Finding(Level.OK, "carrier", f"{carrier.code} by {carrier.provider}")
        if lacking := without_word(carrier, now):
            text = f"{carrier.code} has no word for {', '.join(lacking)}: not sold on its lines"
            yield Finding(
                Level.WARN, "carrier", text, "add them to the values of its template, or retire them there"
            )
    if not carriers or not Plan.objects.filter(retired_at=None).exists():
        yield Finding(
            Level.WARN,
            "plans",
            "there is nothing to sell yet",
            "tsuzuki import-plans FILE.yaml, or the office",
        )
    yield from _gateways()


def _gateways() -> Findings:
    from tsuzuki.actions.engine import health, providers
    from tsuzuki.records.models import Incident

    providers.read_anew()
    gateways = providers.gateways()
    for name, row in gateways.items():
        why = why_not_offered(row)
        if why:
            yield Finding(
                Level.BAD,
                "payment",
                f"{name} ({row.provider}): {why}",
                "mend its settings in the office, or the secret they name",
            )
        else:
            yield Finding(
                Level.OK, "payment", f"{name} by {row.provider}" + ("" if row.active else ", switched off")
            )
    if os.environ.get("TSUZUKI_GATEWAYS"):
        yield Finding(
            Level.WARN,
            "payment",
            "TSUZUKI_GATEWAYS is read no more",
            "take it out of the environment: gateways are in the office",
        )
    for silent in Incident.objects.filter(kind=health.SILENT, closed_at=None).order_by("opened_at"):
        kind, _, name = silent.subject.partition(" ")
        about = "carrier" if kind == "carrier" else "payment"
        yield Finding(
            Level.WARN,
            about,
            f"{name} does not answer since {silent.opened_at:%F %H:%M} UTC",
            "call them if it lasts",
        )
    if not any(row.active for row in gateways.values()):
        todo = "add a gateway in the office, at least «byhand» for cash and transfers"
        yield Finding(Level.WARN, "payment", "only vouchers and credit can pay", todo)


def texts(now: datetime) -> Findings:
    from django.conf import settings

    from tsuzuki.records import queries
    from tsuzuki.ui.languages import SHIPPED

    gaps = queries.brand().missing(SHIPPED)
    if gaps:
        level = Level.WARN if settings.SANDBOX else Level.BAD
        yield Finding(
            level,
            "texts",
            f"not written yet: {', '.join(gaps)}",
            "tsuzuki init --answers FILE, or the office: brand",
        )
    else:
        yield Finding(Level.OK, "texts", "everything the law wants said is written")


def address(now: datetime) -> Findings:
    from django.conf import settings

    from tsuzuki.records import queries

    parts = urlsplit(settings.PUBLIC_URL)
    local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if parts.scheme != "https":
        level = Level.OK if settings.SANDBOX or local else Level.BAD
        todo = (
            ""
            if level is Level.OK
            else "put a proxy with TLS in front and set TSUZUKI_URL to the https address"
        )
        yield Finding(level, "address", f"{settings.PUBLIC_URL} is not encrypted", todo)
    else:
        yield Finding(Level.OK, "address", settings.PUBLIC_URL)
    host = (parts.hostname or "").lower()
    if not any(
        allowed in ("*", host) or (allowed.startswith(".") and host.endswith(allowed))
        for allowed in settings.ALLOWED_HOSTS
    ):
        yield Finding(
            Level.BAD,
            "address",
            f"{host} is not among TSUZUKI_HOSTS: every page would answer 400",
            "add it to TSUZUKI_HOSTS",
        )
    domain = queries.brand().domain.lower()
    if domain and host != domain and not host.endswith("." + domain):
        todo = "set TSUZUKI_URL, or change the domain (office: brand)"
        yield Finding(
            Level.WARN, "address", f"customers know the pages under {domain}, but links lead to {host}", todo
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield Finding(Level.BAD, "address", "TSUZUKI_HOSTS allows any name", "name your own")
    if parts.scheme == "https" and not settings.PROXIES and not settings.SANDBOX:
        todo = (
            "set TSUZUKI_PROXIES to how many of your own stand in front; limits would count all "
            "visitors as one"
        )
        yield Finding(Level.WARN, "address", "TSUZUKI_PROXIES is 0 although the address is encrypted", todo)
