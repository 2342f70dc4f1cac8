"""Every query on the road goes by an index: beside 20,000 rows a table, none of them reads a table from end
to end.
"""

import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from tests import cast
from tests.actions.conftest import after
from tests.cast import NOON
from tsuzuki.core.principal import Principal

ROWS = 20_000
# A catalogue: read whole, and rightly so.
SMALL = {"records_carrier", "records_gateway", "records_plan", "records_planprice", "records_voucherbatch"}
READS_ALL = re.compile(r"Seq Scan on (records_\w+|ledger_\w+)")
# Copies of rows that a real order left behind: which of their columns are told apart by the number of the
# copy.
COPIES: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("records_line", "true", {"id": "line"}),
    ("records_number", "true", {"id": "+serial", "line_id": "line", "msisdn": "+8180"}),
    ("records_sim", "true", {"id": "+serial", "line_id": "line", "iccid": "8982"}),
    ("records_quote", "true", {"id": "quote"}),
    ("records_purchase", "NOT waiting", {"id": "purchase", "quote_id": "quote", "key": "k", "token": "t"}),
    ("records_order", "state = 'delivered'", {"id": "order", "purchase_id": "purchase", "line_id": "line"}),
    ("records_tender", "state = 'paid'", {"id": "tender", "purchase_id": "purchase"}),
    (
        "records_refund",
        "state = 'done'",
        {"id": "refund", "purchase_id": "purchase", "order_id": "order", "tender_id": "tender"},
    ),
    ("records_dispute", "true", {"id": "dispute", "purchase_id": "purchase", "tender_id": "tender"}),
    ("records_spending", "true", {"id": "+serial", "tender_id": "tender", "lot_id": "lot"}),
    (
        "records_attempt",
        "step = 'provision' AND outcome = 'done'",
        {"id": "attempt", "key": "a", "purchase_id": "purchase", "order_id": "order"},
    ),
    ("records_period", "state = 'confirmed'", {"id": "period", "line_id": "line", "order_id": "order"}),
    (
        "records_lot",
        "good = 'data' AND state = 'confirmed'",
        {"id": "lot", "line_id": "line", "order_id": "order"},
    ),
    ("records_outboundmessage", "true", {"id": "notice", "purchase_id": "purchase", "order_id": "order"}),
    ("records_incident", "true", {"id": "+serial", "order_id": "order", "subject": "s"}),
    ("records_event", "true", {"id": "+serial", "event": "e", "key": "a"}),
    ("records_voucher", "tender_id IS NULL", {"id": "+serial", "digest": "d"}),
    ("records_usage", "true", {"id": "+serial", "record": "r", "line_id": "line"}),
    (
        "ledger_transfer",
        "event LIKE 'order %% delivered'",
        {
            "id": "+serial",
            "event": "x",
            "subject_id": "order",
            "source": "held:",
            "destination": "y",
            "at": "hour",
        },
    ),
)
# Where the copied row waits for something, its copies do not: what is due are a few among many.
AT_REST: dict[str, dict[str, object]] = {
    "records_outboundmessage": {"state": "sent"},
    "records_order": {"earn_next": None},
    "records_incident": {"closed_at": NOON.isoformat()},
    "records_attempt": {"answers": []},
}
IDS = {
    word: number
    for number, word in enumerate(
        (
            "line",
            "quote",
            "purchase",
            "order",
            "tender",
            "refund",
            "attempt",
            "period",
            "lot",
            "notice",
            "dispute",
        )
    )
}


def value_of(word: str) -> str:
    """What stands in a column of copy number g; ids are ordered by time, as ours are."""
    if word == "+serial":
        return "1000000 + g"
    if word == "hour":
        return "timestamptz '2026-01-01' + g * interval '1 hour'"
    return (
        f"('01900000-0000-7000-800{IDS[word]:x}-' || lpad(g::text, 12, '0'))"
        if word in IDS
        else f"'{word}' || lpad(g::text, 8, '0')"
    )


def copy(cursor, table: str, which: str, columns: dict[str, str]) -> None:
    changed = ", ".join(f"'{column}', {value_of(word)}" for column, word in columns.items())
    cursor.execute(
        f"INSERT INTO {table} SELECT copy.* "
        f"FROM (SELECT to_jsonb(t) || %s::jsonb AS row FROM {table} t WHERE {which} ORDER BY id "
        "LIMIT 1) one, "
        f"generate_series(1, {ROWS}) g, LATERAL jsonb_populate_record(NULL::{table}, one.row || "
        f"jsonb_build_object({changed})) copy",
        [json.dumps(AT_REST.get(table, {}))],
    )
    assert cursor.rowcount == ROWS, f"there is no {table} to copy"


class Town:
    """A database of the size of a town, and what was asked of it, by name."""

    def __init__(self) -> None:
        self.asked: dict[str, list[str]] = {}

    @contextmanager
    def asking(self, name: str) -> Iterator[None]:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as queries:
            yield
        reads = [
            query["sql"]
            for query in queries
            if re.match(r"\s*(SELECT|UPDATE|DELETE|WITH)\b", query["sql"]) and "nextval" not in query["sql"]
        ]
        self.asked.setdefault(name, []).extend(reads)

    def plans(self, name: str) -> list[tuple[str, str]]:
        """(query, its plan as PostgreSQL chooses it)."""
        from django.db import connection

        found = []
        with connection.cursor() as cursor:
            for sql in dict.fromkeys(self.asked[name]):
                cursor.execute("EXPLAIN " + sql)
                found.append((sql, "\n".join(line for (line,) in cursor.fetchall())))
        return found


def seed() -> None:
    """One of everything, left behind by real orders."""
    from tsuzuki.actions.order import usage
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.actions.work import work_items
    from tsuzuki.actions.write import incidents
    from tsuzuki.core.money import Money
    from tsuzuki.core.plan import AllowanceKind
    from tsuzuki.records.models import Dispute, Event, Number, Tender

    cast.operator()
    line = cast.line("hand", "a@example.com")
    cast.give_credit(line, 3000)
    for finish in (True, False):
        cast.buy(line, "data-3gb", PaymentChoice("credit", Money(90, "JPY")), PaymentChoice("byhand"))
        cast.go()
        by_hand("pay")
        cast.go()
        by_hand("provision", finish)
        cast.go()
        if not finish:
            by_hand("owed")
    usage.report(
        [usage.UsageRecord("r", Number.objects.get(line=line).msisdn, AllowanceKind.DATA, 5, NOON)], NOON
    )
    cast.voucher(990)
    incidents.report("test", "s", NOON)
    Event.objects.create(provider="byhand", event="e", body="{}", received_at=NOON, verdict="woke")
    tender = Tender.objects.filter(state="paid").first()
    Dispute.objects.create(
        id=tender.id,
        purchase_id=tender.purchase_id,
        tender=tender,
        reference="d",
        minor=1,
        currency="JPY",
        state="won",
        opened_at=NOON,
        closed_at=NOON,
    )
    assert next(work_items.waiting()).kind == "incident"


def waiting(kind: str, code: str = "") -> str:
    """The item of a kind on the work list, of one purchase by its spoken code."""
    from tsuzuki.actions.work import work_items

    return next(item.id for item in work_items.waiting() if item.kind == kind and code in ("", item.purchase))


def by_hand(kind: str, finish: bool = True) -> None:
    from tsuzuki.actions.work import work_items

    act = work_items.finish if finish else work_items.refuse
    act(waiting(kind), "R1", "sato", NOON)


def walk(town: Town) -> None:
    """The road once more, among all these rows, with every step's queries written down."""
    from tsuzuki.actions.engine import receive
    from tsuzuki.actions.messages import notifications
    from tsuzuki.actions.money import credit, recognise
    from tsuzuki.actions.order import usage
    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer, PaymentChoice
    from tsuzuki.actions.order.choose_again import choose_again
    from tsuzuki.actions.order.expire import cancel
    from tsuzuki.actions.order.quote import LineRequest, quote
    from tsuzuki.actions.work import work_items
    from tsuzuki.core.money import Money
    from tsuzuki.core.plan import AllowanceKind
    from tsuzuki.ledger import statement_pages
    from tsuzuki.ledger.models import Transfer
    from tsuzuki.records import queries
    from tsuzuki.records.models import Attempt, Number, Order, Purchase

    lines = cast.lines(4, "hand", "b@example.com")
    cast.give_credit(lines[0], 990)
    slip = cast.voucher(490)
    number = Number.objects.get(line=lines[0]).msisdn
    with town.asking("line_by_number"):
        queries.line_by_number(number, NOON)
    with town.asking("quote"):
        row = quote([LineRequest(lines[0], "data-3gb")], NOON)
    with town.asking("accept, with credit and voucher"):
        pays = [
            PaymentChoice("credit", Money(500, "JPY")),
            PaymentChoice("voucher", Money(490, "JPY"), slip.secret),
        ]
        first = accept(row.id, pays, Buyer(Principal.system("mei"), "k"), NOON)
    others = [cast.buy(line, "data-3gb", PaymentChoice("byhand")) for line in lines[1:]]
    with town.asking("advance: collect and apply, everybody"):
        cast.go()
    item = waiting("pay", others[0].code)
    with town.asking("money taken by people"):
        work_items.finish(item, "R1", "sato", NOON)
    with town.asking("advance: one purchase"):
        cast.go(NOON, others[0].id)
    item = waiting("provision", first.code)
    with town.asking("done by hand: delivered"):
        work_items.finish(item, "R1", "sato", NOON)
    item = waiting("provision", others[0].code)
    with town.asking("refused by hand: refund begun"):
        work_items.refuse(item, "no", "sato", NOON)
    with town.asking("advance: refund"):
        cast.go()
    with town.asking("choose again"):
        choose_again(others[1].id, "byhand", NOON)
    with town.asking("cancel"):
        cancel(others[2].id, "buyer", NOON)
    Attempt.objects.filter(outcome="").update(look_at=NOON)
    with town.asking("advance: repair"):
        cast.go(after(seconds=30))
    with town.asking("advance: expire"):
        cast.go(after(hours=25))
    with town.asking("notices"):
        notifications._claim(NOON, 20)
    with town.asking("chains_of"):
        queries.chains_of(lines, NOON)
    with town.asking("lots_usable"):
        list(queries.lots_usable(lines[0], "data", NOON))
    with town.asking("usage"):
        usage.report([usage.UsageRecord("new", number, AllowanceKind.DATA, 5, NOON)], NOON)
    key = Attempt.objects.filter(step="pay").latest("id").key
    with town.asking("event by key"):
        receive._take("byhand", "evt_9", key, None, b"{}", NOON)
    with town.asking("voucher by digest"):
        cast.buy(lines[3], "data-3gb", cast.voucher(990))
    with town.asking("recognition"):
        recognise.run(after(days=3))
    with town.asking("status by token"):
        queries.purchase_by_id_or_code(first.token)
    with town.asking("status by purchase or order"):
        queries.purchase_by_id_or_code(str(first.id))
    with town.asking("credit that ends"):
        credit.expire(NOON + timedelta(days=181))
    with town.asking("work list"):
        waiting("incident")
    with town.asking("what was booked about some records"):
        statement_pages.written([first.id, *others[0].orders.values_list("id", flat=True)])
    with town.asking("what an account bought"):
        list(Purchase.objects.filter(account=first.id).order_by("-id")[:21])
        list(Order.objects.filter(purchase__account=first.id).order_by("-id")[:21])
    with town.asking("a month of the ledger"):
        list(Transfer.objects.filter(at__gte=after(days=100), at__lt=after(days=130)))


STEPS = (
    "line_by_number",
    "quote",
    "accept, with credit and voucher",
    "advance: collect and apply, everybody",
    "money taken by people",
    "advance: one purchase",
    "done by hand: delivered",
    "refused by hand: refund begun",
    "advance: refund",
    "choose again",
    "cancel",
    "advance: repair",
    "advance: expire",
    "notices",
    "chains_of",
    "lots_usable",
    "usage",
    "event by key",
    "voucher by digest",
    "recognition",
    "status by token",
    "status by purchase or order",
    "credit that ends",
    "work list",
    "what was booked about some records",
    "a month of the ledger",
    "what an account bought",
)


@pytest.fixture(scope="module")
def town(template):
    from django.db import connection, connections

    from tests.conftest import _admin, use
    from tsuzuki.actions.engine import providers

    name = f"town_{uuid.uuid4().hex[:12]}"
    _admin(f"CREATE DATABASE {name} TEMPLATE {template}")
    use(name)
    change = pytest.MonkeyPatch()
    providers.forget()
    seed()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # the copies hang together by themselves
        for table, which, columns in COPIES:
            copy(cursor, table, which, columns)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("ANALYZE")
    found = Town()
    walk(found)
    change.undo()
    providers.forget()
    yield found
    connections.close_all()
    _admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.mark.parametrize("step", STEPS)
def test_no_table_is_read_from_end_to_end(town, step):
    plans = town.plans(step)
    assert any("Index" in plan for _, plan in plans), "nothing was asked"
    for sql, plan in plans:
        whole = set(READS_ALL.findall(plan)) - SMALL
        assert not whole, f"{whole}\n{sql[:600]}\n{plan}"


def test_every_step_of_the_walk_is_looked_at(town):
    assert set(town.asked) == set(STEPS)


def test_a_plan_that_reads_all_would_be_found(town):
    from tsuzuki.records.models import Attempt

    with town.asking("looked for by its reference"):
        list(Attempt.objects.filter(reference="x"))
    ((_, plan),) = town.plans("looked for by its reference")
    assert READS_ALL.findall(plan) == ["records_attempt"]
    del town.asked["looked for by its reference"]
