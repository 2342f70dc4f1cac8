"""A database with an operator in it, copied from a template, and emptied of everything else between two
stories.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from unittest.mock import patch

import psycopg
import structlog

from . import connection as parking
from .house import House
from .inject import Injected
from .scheduler import Scheduler
from .story import NOON, Story

ACTORS = 4
SESSION = "-c synchronous_commit=off -c deadlock_timeout=30s -c jit=off"
KEPT = (
    "django_%",
    "auth_%",
    "records_carrier",
    "records_gateway",
    "records_plan",
    "records_planprice",
    "records_searchword%",
    "records_user%",
)


class Stage:
    """Where stories are played, one after the other: a control connection, the actors,
    and what is injected.
    """

    def __init__(self, control: psycopg.Connection[Any]) -> None:
        self.scheduler = Scheduler(control, ACTORS, _forget_connection)
        self.injected = Injected(self.scheduler)
        self.kept_prices = control.execute("SELECT coalesce(max(id), 0) FROM records_planprice").fetchone()[0]  # type: ignore[index]
        like = " AND ".join(f"tablename NOT LIKE '{name}'" for name in KEPT)
        rows = control.execute(
            f"SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND {like} ORDER BY 1"
        ).fetchall()
        self.which = " UNION ALL ".join(
            f"SELECT '{row[0]}' WHERE EXISTS (SELECT 1 FROM {row[0]})" for row in rows
        )
        parking.scheduler = self.scheduler
        structlog.configure(
            processors=[self._hear],
            wrapper_class=structlog.make_filtering_bound_logger(40),
            logger_factory=structlog.ReturnLoggerFactory(),
        )
        self.heard: list[str] = []

    def _hear(self, logger: object, method: str, event: dict[str, Any]) -> str:
        """What the engine catches and only logs is a fault all the same."""
        import sys

        error = sys.exc_info()[1]
        actor = self.scheduler.current()
        if error is not None and not _taken_back(error) and not (actor and actor.dead):
            self.heard.append(
                f"{event.get('event')}: {type(error).__name__} "
                f"{str(error).splitlines()[0] if str(error) else ''}"
            )
        return ""

    def empty(self) -> None:
        """As it was before the first story: the operator, its plans and prices, and nothing else."""
        control = self.scheduler.control
        written = [row[0] for row in control.execute(self.which).fetchall()]
        control.execute("SET session_replication_role = replica")  # the ledger refuses to be emptied
        control.execute(
            "".join(f"DELETE FROM {table}; " for table in written)
            + f"DELETE FROM records_planprice WHERE id > {self.kept_prices}"
        )
        control.execute("SET session_replication_role = origin")
        # The same rows lie in the same places in every story.
        control.execute(f"VACUUM {', '.join([*written, 'records_planprice'])}")
        control.execute(
            "SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S' AND relname NOT LIKE "
            "'records_planprice%'"
        )
        control.execute("SELECT setval('records_planprice_id_seq', %s)", [self.kept_prices])
        self.heard.clear()

    def house(self, story: Story) -> House:
        from .operations import PAIRS

        self.empty()
        house = House(story, self.scheduler, PAIRS)
        self.injected.begin(house)
        _people(house)
        return house

    def end(self) -> None:
        self.scheduler.end()
        self.injected.undo()
        parking.scheduler = None
        structlog.reset_defaults()


def _forget_connection() -> None:
    """Whatever state a killed thread left it in, the next one begins anew."""
    from django.db import connections

    with suppress(Exception):
        connections["default"].close()
    del connections["default"]


def _taken_back(error: BaseException) -> bool:
    """The statement a deadlock cost: it is counted as that."""
    return isinstance(error.__cause__ or error, psycopg.errors.QueryCanceled)


def _people(house: House) -> None:
    """Fresh lines, and a reseller with some money."""
    from tests import cast
    from tsuzuki.actions.messages import webhooks
    from tsuzuki.actions.money import accounts
    from tsuzuki.core.money import Money

    from .operations import overlaps

    now = house.now
    cast._numbers = iter(range(1, 1000))  # type: ignore[assignment]
    house.lines = cast.lines(house.theme.lines, house.theme.carrier, "holder@example.com", now) + cast.lines(
        1, "sand", "", now
    )
    if "account" in house.theme.means or "top_up" in overlaps(house.aim):
        house.account = accounts.make("reseller", "reseller", "test", now, limit=1000).id
        accounts.top_up(house.account, Money(3000, "JPY"), "first", "test", now)
        accounts.set_commission(house.account, None, 500, 10, "test", now)
        webhooks.add(house.account, "https://program.example.com/hook", "test", now)


def operator() -> None:
    """One carrier with an interface, one where people do the work, and a plan of each kind of rule."""
    from datetime import timedelta

    from tsuzuki.actions.catalogue.gateways import NewGateway, put_gateways
    from tsuzuki.actions.catalogue.plans import NewCarrier, NewPlan, save_carriers, save_plans
    from tsuzuki.core.money import Money
    from tsuzuki.core.plan import Allowance, AllowanceKind, Kind, Price, Stacking, Terms, Validity
    from tsuzuki.core.tax import TaxRule

    def plan(
        code: str, kind: Kind, yen: int, terms: Terms, good: AllowanceKind, amount: int | None, cost: int = 0
    ) -> NewPlan:
        price = Price(
            Money(yen, "JPY"),
            Money(cost, "JPY"),
            TaxRule.OUT_OF_SCOPE if kind is Kind.CREDIT else TaxRule.JAPAN_STANDARD,
        )
        return NewPlan(
            code,
            kind,
            {"en": code, "ja": code, "zh-Hans": code},
            None,
            "4g",
            terms,
            (Allowance(good, amount),),
            price,
        )

    save_carriers(
        [
            NewCarrier("sand", {"en": "Sand"}, "docomo", "toy"),
            NewCarrier("hand", {"en": "Hand"}, "softbank", "byhand"),
        ]
    )
    put_gateways(
        [
            NewGateway(name, {"en": name}, name, position=place)
            for place, name in enumerate(("gate", "gate2", "byhand"))
        ]
    )
    hours, half_year = Validity.HOURS_THEN_END_OF_DAY, Terms(Validity.DAYS_FROM_CHARGE, 180)
    save_plans(
        [
            plan("thirty", Kind.PLAN, 990, Terms(hours, 30), AllowanceKind.DATA, 3 * 10**9, 400),
            plan(
                "day",
                Kind.PLAN,
                330,
                Terms(hours, 1, stacking=Stacking.REPLACE),
                AllowanceKind.DATA,
                10**9,
                100,
            ),
            plan("month", Kind.PLAN, 1650, Terms(Validity.MONTH_END, 1), AllowanceKind.DATA, 10**10, 900),
            plan(
                "beside",
                Kind.PLAN,
                330,
                Terms(hours, 1, stacking=Stacking.PARALLEL),
                AllowanceKind.DATA,
                None,
                100,
            ),
            plan(
                "restart",
                Kind.PLAN,
                1200,
                Terms(hours, 30, stacking=Stacking.RESTART),
                AllowanceKind.DATA,
                5 * 10**9,
                500,
            ),
            plan(
                "added",
                Kind.PLAN,
                600,
                Terms(hours, 10, stacking=Stacking.ADD),
                AllowanceKind.DATA,
                10**9,
                300,
            ),
            plan(
                "data",
                Kind.ADDON,
                600,
                Terms(Validity.CALENDAR_DAYS, 30, stacking=Stacking.PARALLEL),
                AllowanceKind.DATA,
                10**9,
                300,
            ),
            plan("credit-3000", Kind.CREDIT, 3000, half_year, AllowanceKind.CREDIT, 3000),
            plan("credit-open", Kind.CREDIT, 30000, half_year, AllowanceKind.CREDIT, None),
        ],
        NOON - timedelta(days=400),
    )


@contextmanager
def staged(template: str) -> Iterator[Stage]:
    """A copy of a migrated `template` with the operator in it, in use for as long as this lasts."""
    from django.db import connections

    from tests import cast
    from tests.prove import stage

    with stage.database(template), patch.object(psycopg, "connect", parking.Parking.connect):
        options = connections.settings["default"]["OPTIONS"]
        before = options.get("options")
        connections.close_all()
        options["options"] = SESSION
        # Each story counts from one; whoever comes after goes on where others had stopped.
        numbers = cast._numbers
        operator()
        try:
            with psycopg.Connection.connect(os.environ["DATABASE_URL"], autocommit=True) as control:
                here = Stage(control)
                try:
                    yield here
                finally:
                    here.end()
        finally:
            cast._numbers = numbers
            connections.close_all()
            options.pop("options")
            if before is not None:
                options["options"] = before
