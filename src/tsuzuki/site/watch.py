"""What keeps the installation alive asks here, before Django and its rules about hosts and cookies have a
say.

/healthz   this process answers; the database is not asked
/readyz    it can serve: the database speaks UTC, is at this version, and the queue can be reached; 503 and
           the reasons if not
/metrics   figures for Prometheus, to whoever brings TSUZUKI_METRICS_TOKEN (or _FILE) as a bearer token.
           Without a token to nobody, unless TSUZUKI_METRICS_LOCAL=1: then to this machine. A proxy on it is
           this machine too and need not say that it is one
"""

import hmac
import os
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from typing import Any

import structlog
from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from tsuzuki.plugins import secret
from tsuzuki.records.figures import Figures, figures

Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]
Answer = tuple[str, str, bytes]  # status, content type, body
log = structlog.get_logger()
TEXT = "text/plain; charset=utf-8"


def watched(application: Application) -> Application:
    """The application with the three addresses before it."""
    addresses = {"/healthz": _alive, "/readyz": _ready, "/metrics": _metrics}

    def answer(environ: Environ, start: Start) -> Iterable[bytes]:
        asked = addresses.get(environ.get("PATH_INFO", ""))
        if asked is None:
            return application(environ, start)
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            status, kind, body = "405 Method Not Allowed", TEXT, b"GET\n"
        else:
            status, kind, body = asked(environ)
        start(
            status,
            [("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")],
        )
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    return answer


def _alive(environ: Environ) -> Answer:
    return "200 OK", TEXT, b"alive\n"


def _ready(environ: Environ) -> Answer:
    close_old_connections()
    try:
        wrong = not_ready()
    finally:
        close_old_connections()
    if wrong:
        return "503 Service Unavailable", TEXT, "".join(f"{text}\n" for text in wrong).encode()
    return "200 OK", TEXT, b"ready\n"


def not_ready() -> list[str]:
    """Why this process should get no visitors now; empty: it should. No address, name or password is told."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW timezone")
            zone = cursor.fetchone()[0]
            if zone != "UTC":
                return [f"the database session runs in {zone}, not UTC"]
            missing = missing_migrations()
            if missing:
                return [f"the database is not at this version, {missing} steps are missing: tsuzuki migrate"]
            cursor.execute("SELECT EXISTS (SELECT 1 FROM procrastinate_jobs)")
    except DatabaseError as error:
        log.warning("not ready", why=type(error).__name__)
        return [f"the database does not answer: {type(error).__name__}"]
    return []


def missing_migrations() -> int:
    """How many steps this code knows and the database lacks.

    Zero is kept: they do not go away while a process runs.
    """
    return 0 if _complete.get("yes") else _count_missing()


_complete: dict[str, bool] = {}


def _count_missing() -> int:
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    _complete["yes"] = not missing
    return missing


def _metrics(environ: Environ) -> Answer:
    if not _may_see(environ):
        return "403 Forbidden", TEXT, b"Set TSUZUKI_METRICS_TOKEN and bring it as a bearer token.\n"
    close_old_connections()
    try:
        body = exposition(timezone.now())
    except DatabaseError as error:
        return (
            "503 Service Unavailable",
            TEXT,
            f"the database does not answer: {type(error).__name__}\n".encode(),
        )
    finally:
        close_old_connections()
    return "200 OK", CONTENT_TYPE_PLAIN_0_0_4, body


@cache
def _token() -> str:
    return secret(os.environ, "TSUZUKI_METRICS_TOKEN", default="")


def _may_see(environ: Environ) -> bool:
    if _token():
        given = environ.get("HTTP_AUTHORIZATION", "").encode()
        return hmac.compare_digest(given, b"Bearer " + _token().encode())
    if os.environ.get("TSUZUKI_METRICS_LOCAL") != "1":
        return False
    forwarded = any(
        environ.get(name) for name in ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")
    )
    return environ.get("REMOTE_ADDR") in ("127.0.0.1", "::1") and not forwarded


def exposition(now: datetime) -> bytes:
    """The figures as Prometheus reads them."""
    registry = CollectorRegistry()
    registry.register(_Now(figures(now), now))
    return generate_latest(registry)


class _Now(Collector):
    def __init__(self, found: Figures, now: datetime) -> None:
        self._found, self._now = found, now

    def _age(self, since: datetime | None) -> int:
        return 0 if since is None else max(0, int((self._now - since).total_seconds()))

    def collect(self) -> Iterable[GaugeMetricFamily]:
        result = self._found
        yield _by(
            "orders",
            "Orders under way, by state",
            ("state",),
            {(state,): count for state, count in result.orders.items()},
        )
        rested = {(state,): count for state, count in result.rested.items()}
        yield _by(
            "orders_rested_hour", "Orders made in the last hour and at rest, by state", ("state",), rested
        )
        money = {(currency,): minor for currency, minor in result.undelivered.items()}
        yield _by(
            "undelivered_minor",
            "Money of paid orders not yet delivered, in minor units",
            ("currency",),
            money,
        )
        labels, opened = (
            ("provider", "step", "outcome"),
            "Attempts opened in the last hour, by provider, step",
        )
        yield _by("attempts_hour", f"{opened} and outcome", labels, result.attempts)
        for name, help, value in (
            ("attempts_unsure", "Attempts nobody knows the outcome of", result.unsure),
            (
                "attempts_unsure_oldest_seconds",
                "Age of the oldest of them; 0: none",
                self._age(result.oldest_unsure),
            ),
            (
                "attempts_by_hand",
                "Attempts that wait for people, but for payments nobody made yet",
                result.by_hand,
            ),
            (
                "attempts_by_hand_oldest_seconds",
                "Age of the oldest of them; 0: none",
                self._age(result.oldest_by_hand),
            ),
            ("workers", "Worker processes with a heartbeat", result.workers),
            ("notices_waiting", "Letters not sent yet", result.notices),
            (
                "notices_overdue_seconds",
                "How long the oldest of them is overdue; 0: none is",
                self._age(result.oldest_notice),
            ),
            ("incidents_open", "Incidents nobody closed yet", result.incidents),
            ("orders_needing_staff", "Orders people must look at", result.needs_staff),
        ):
            yield _one(name, help, value)
        yield _by(
            "jobs",
            "Wake-ups in the queue, by status",
            ("status",),
            {(status,): count for status, count in result.jobs.items()},
        )
        yield from self._books()

    def _books(self) -> Iterable[GaugeMetricFamily]:
        """What the last proof of the books found; absent until there was one."""
        last = self._found.verified
        if last is None:
            return
        sums = {
            (family, currency): minor
            for family, amounts in last.totals.items()
            for currency, minor in amounts.items()
        }
        sums.setdefault(("held", "JPY"), 0)
        yield _by(
            "ledger_minor",
            "Accounts of the ledger at its last proof, by family, in minor units",
            ("family", "currency"),
            sums,
        )
        yield _one("verify_faults", "Faults the last proof of the books found", last.faults)
        yield _one("verify_timestamp_seconds", "When that was", int(last.at.timestamp()))


def _one(name: str, help: str, value: int) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"tsuzuki_{name}", help, value=value)


def _by(name: str, help: str, labels: tuple[str, ...], values: dict[Any, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"tsuzuki_{name}", help, labels=labels)
    for label, value in sorted(values.items()):
        family.add_metric(label, value)
    return family
