"""A whole shop to walk into: database, sandbox, web server, plans and a brand; and what a test of the pages
asks of it.

One per test process, for starting it takes seconds; each test brings a line of its own and begins with a calm
sandbox. Time is real here, for the server's clock is; what would take time, tests do with a later `now`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from uuid import UUID

import pytest
import yaml
from django.db.models import F, Q
from django.db.models.functions import Now

from tests import cast
from tests.conftest import use
from tests.sandbox_process import Sandbox, start
from tsuzuki.core.money import Money
from tsuzuki.ui import formats

from .chromium import Tab
from .server import Web, free_port, serving

# Long enough for a busy machine. Nobody waits for them: a sandbox that says nothing drops the line at once.
TIMES = {"timeout": 20, "lease": 90, "look_every": 120}
GATEWAYS = {"sandbox": TIMES | {"methods": "card,konbini,transfer,paypay"}, "byhand": {}}
BRAND: dict[str, object] = {
    "name": "Sakura SIM",
    "colour": "#1f3f77",
    "accent": "#c13a22",
    "legal": {
        "seller": {"en": "Sakura SIM Inc.", "ja": "さくらSIM株式会社", "zh-Hans": "樱花SIM股份公司"},
        "address": {
            "en": "1-1 Rei, Sample City, Japan",
            "ja": "見本市例一丁目1番1号",
            "zh-Hans": "日本样本市例一丁目1番1号",
        },
        "representative": {"en": "Hanako Rei", "ja": "例 花子", "zh-Hans": "例 花子"},
        "payment_time": {"en": "When you order", "ja": "ご注文時", "zh-Hans": "下单时"},
        "delivery_time": {"en": "Usually within a minute", "ja": "通常1分以内", "zh-Hans": "通常1分钟内"},
        "cancellation": {
            "en": "Free before payment",
            "ja": "お支払い前は無料です",
            "zh-Hans": "付款前可免费取消",
        },
    },
    "contacts": [
        {
            "kind": "phone",
            "value": "03-0000-0000",
            "link": "tel:0300000000",
            "hours": {
                "en": "Mon to Fri, 10:00 to 18:00",
                "ja": "平日 10:00〜18:00",
                "zh-Hans": "周一至周五 10:00–18:00",
            },
        },
        {"kind": "mail", "value": "help@example.com", "link": "mailto:help@example.com"},
    ],
    "shops": [
        {
            "names": {"en": "Sample shop", "ja": "見本店", "zh-Hans": "样本店"},
            "address": {
                "en": "1-2 Rei, Sample City",
                "ja": "見本市例一丁目2番",
                "zh-Hans": "样本市例一丁目2番",
            },
            "hours": {"en": "Daily 10:00 to 20:00", "ja": "毎日 10:00〜20:00", "zh-Hans": "每天 10:00–20:00"},
        },
    ],
}


def today() -> datetime:
    from django.utils import timezone

    return timezone.now()


@dataclass
class Front:
    """The shop as it stands on the street. `web` serves it at `url`."""

    database: str
    sandbox: Sandbox
    web: Web

    @property
    def url(self) -> str:
        return self.web.url

    def line(self, *history: tuple[str, int], carrier: str = "docomo-line") -> UUID:
        """A line that bought these plans so many days ago."""
        line = cast.line(carrier, "holder@example.com", today())
        for plan, days in history:
            at = today() - timedelta(days=days)
            quote_of = cast.buy(line, plan, cast.voucher(price(plan).minor, at), now=at)
            cast.go(at, quote_of.id)
        return line

    def link(self, line: UUID) -> str:
        """The signed link in a reminder or on a sticker; it names no language."""
        return f"{self.url}/r/{cast.link(line)}"

    def number(self, line: UUID) -> str:
        """As people type it."""
        from tsuzuki.records.models import Number

        return "0" + Number.objects.get(line=line, until=None).msisdn.removeprefix("+81")

    def iccid(self, line: UUID) -> str:
        from tsuzuki.records.models import Sim

        return str(Sim.objects.get(line=line, until=None).iccid)

    def purchases(self, line: UUID) -> list:  # type: ignore[type-arg]
        """What was bought for it, oldest first."""
        from tsuzuki.records.models import Purchase

        return list(Purchase.objects.filter(orders__line=line).order_by("made_at"))

    def states(self, line: UUID) -> list[str]:
        from tsuzuki.records.models import Order

        return list(Order.objects.filter(line=line).order_by("made_at").values_list("state", flat=True))

    def calls(self, line: UUID) -> dict[str, int]:
        """What the carrier really did for a line, and the gateway for its payments."""
        from tsuzuki.records.models import Attempt

        carrier: dict[str, int] = {"deliveries": 0, "charges": 0}
        for key in Attempt.objects.filter(order__line=line).values_list("key", flat=True):
            carrier["deliveries"] += self.sandbox.json(f"carrier/effects?key={key}")["totals"]["deliveries"]
        for key in (
            Attempt.objects.filter(tender__purchase__orders__line=line)
            .values_list("key", flat=True)
            .distinct()
        ):
            carrier["charges"] += self.sandbox.json(f"gateway/effects?key={key}")["totals"]["charges"]
        return carrier

    def end(self, line: UUID, language: str) -> str:
        """When the plan bought last ends, as pages say it."""
        from tsuzuki.records.models import Order

        order = Order.objects.filter(line=line).select_related("period").latest("made_at")
        return formats.short(order.period.ends_at, "Asia/Tokyo", language, today(), closing=True)

    def headline_date(self, line: UUID, language: str) -> str:
        """The end of the plan bought last; its start where that is ahead: minutes that are played may lead
        past midnight.
        """
        from django.utils import timezone

        from tsuzuki.records.models import Order

        starts = Order.objects.filter(line=line).select_related("period").latest("made_at").period.starts_at
        ahead = starts > timezone.now()
        return formats.short(starts, "Asia/Tokyo", language, today()) if ahead else self.end(line, language)

    def press(self, side: str, *behaviours: str, **more: object) -> None:
        self.sandbox.press(side, *behaviours, **more)

    def refunds_arrive(self, line: UUID) -> None:
        """The gateway has sent back what it said was on its way; we learn of it when we look again."""
        from tsuzuki.records.models import Attempt

        for key in Attempt.objects.filter(refund__order__line=line).values_list("key", flat=True):
            assert self.sandbox.post(f"gateway/refunds/{key}", behaviour="accept")[0] == 200

    def dispute(self, line: UUID, button: str = "") -> None:
        """The buyer's bank asks for the money of a line's only purchase; «win» or «lose» decides it."""
        from tsuzuki.records.models import Attempt

        key = Attempt.objects.get(tender__purchase__orders__line=line, step="pay").key
        status, body = self.sandbox.post("gateway/dispute", key=key)
        assert status == 200, body
        if button:
            assert self.sandbox.post(f"gateway/disputes/{json.loads(body)['id']}", behaviour=button)[0] == 200
        self.told(line)
        self.work()

    def sold_by_half(self):  # type: ignore[no-untyped-def]
        """A purchase for two lines, of which the carrier refuses one."""
        from tsuzuki.records.models import Number

        lines = cast.lines(2, "docomo-line", now=today())
        self.press("carrier", "refuse", msisdn=Number.objects.get(line=lines[1]).msisdn)
        self.press("gateway", "accept", times=1)
        purchase = cast.buy(lines, "data-3gb", now=today())
        self.work()
        assert cast.states(purchase) == ["delivered", "refunded"]
        return purchase

    def close(self, line: UUID) -> None:
        from tsuzuki.actions.order.close_line import close_line

        close_line(line, today(), "tests")

    def told(self, line: UUID) -> None:
        """What the gateway has to say about a line's payments is at our door.

        It knocks by itself, soon; this is one knock more.
        """
        from tsuzuki.records.models import Attempt

        for key in (
            Attempt.objects.filter(tender__purchase__orders__line=line, step="pay")
            .values_list("key", flat=True)
            .distinct()
        ):
            for event in self.sandbox.json(f"events.json?key={key}"):
                heads = {"Content-Type": "application/json", "Sandbox-Signature": event["signature"]}
                hook = f"{self.url}/api/v1/webhooks/sandbox"
                assert self.sandbox.http.request(
                    "POST", hook, body=event["body"].encode(), headers=heads
                ).status in (200, 204)
        self.web_rests(line)

    def web_rests(self, line: UUID) -> None:
        """Returns when no page has an attempt of the line in hand: the gateway's own knock is answered while
        ours is.
        """
        from tsuzuki.records.models import Attempt

        of_line = Q(order__line=line) | Q(tender__purchase__orders__line=line)
        held = Attempt.objects.filter(of_line, outcome="", look_at=F("lease_until"), lease_until__gt=Now())
        while held.exists():  # ends with the lease at the latest
            pass

    def settle(self, tab: Tab, **later: float) -> None:
        """A worker does its work (of so much later) and the person looks again, as the page would by itself.
        Twice: what a page that looked by itself had in hand at that moment is left to it the first time.
        """
        for _ in range(2):
            self.work(**later)
            tab.reload()

    def work(self, **later: float) -> None:
        """What a worker does, so much later than now."""
        cast.go(today() + timedelta(**later))


def price(plan: str) -> Money:
    from tsuzuki.records.models import PlanPrice

    row = PlanPrice.objects.filter(plan__code=plan).latest("since")
    return Money(row.minor, row.currency)


def seller(language: str) -> str:
    legal: dict[str, dict[str, str]] = BRAND["legal"]  # type: ignore[assignment]
    return legal["seller"][language]


@contextmanager
def opened(database: str, folder: Path) -> Iterator[Front]:
    """Fills the (migrated, empty) database in use and serves it.

    Afterwards this process knows nothing of it until `entered`.
    """
    port = free_port()
    hook = f"http://127.0.0.1:{port}/api/v1/webhooks/sandbox"
    with start(folder, hang=0.02, webhook=hook) as sandbox, ExitStack() as stack:
        with pointed_at(sandbox):
            fill_in()
            web = stack.enter_context(serving(port))
        yield Front(database, sandbox, web)


@contextmanager
def pointed_at(sandbox: Sandbox) -> Iterator[None]:
    """The adapters of this process, and of those started from here, find the sandbox."""
    from tsuzuki.actions.engine import providers

    mail = {
        "TSUZUKI_SMTP_HOST": "127.0.0.1",
        "TSUZUKI_SMTP_PORT": str(sandbox.smtp_port),
        "TSUZUKI_SMTP_FROM": "shop@example.com",
    }
    with pytest.MonkeyPatch.context() as environ:
        for key, value in (sandbox.environ | mail).items():
            environ.setenv(key, value)
        providers.forget()
        yield
    providers.forget()


def fill_in() -> None:
    """The demo's plans, and our brand."""
    from tsuzuki.actions.catalogue.brand import save_brand
    from tsuzuki.actions.catalogue.import_plans import import_plans

    said = yaml.safe_load(files("tsuzuki.cli.demo").joinpath("operator.yaml").read_text("utf-8"))
    for carrier in said["carriers"]:
        carrier["settings"] = dict(TIMES)
    import_plans(yaml.safe_dump(said, allow_unicode=True), today() - timedelta(days=400))
    save_brand(BRAND, "tests", today())
    cast.gateways(GATEWAYS)


@contextmanager
def entered(front: Front) -> Iterator[Front]:
    """For one test: its database in use, a calm sandbox, nobody counted yet by any limit."""
    from tsuzuki.records.models import Limit

    use(front.database)
    with pointed_at(front.sandbox):
        front.sandbox.calm()
        Limit.objects.all().delete()
        front.web.errors()
        yield front
