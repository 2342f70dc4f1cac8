"""post, balance, statement, verify: all there is to the ledger."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from tsuzuki.core.ledger_event import LedgerEvent, LedgerEventKind
from tsuzuki.core.money import Money
from tsuzuki.core.postings import Posting

from .models import Entry as Row
from .models import Transfer


class EventReused(Exception):
    """The same event came with other postings: a bug in the caller; the transaction must not go on."""


@dataclass(frozen=True, slots=True)
class Entry:
    event: LedgerEvent | None  # None: no event of ours
    at: datetime
    other: str  # the account on the other side
    amount: Money  # positive: flowed in


@dataclass(frozen=True, slots=True)
class Findings:
    transfers: int
    accounts: int
    faults: tuple[str, ...] = field(default=())


_INSERT = """
INSERT INTO ledger_transfer (event, kind, subject_type, subject_id, detail, position, source, destination, minor, currency, at)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::uuid[], %s::text[], %s::smallint[], %s::text[], %s::text[], %s::bigint[],
  %s::text[], %s::timestamptz[])
ON CONFLICT (event, position) DO NOTHING RETURNING event
"""


def post(events: Mapping[LedgerEvent, Sequence[Posting]], at: datetime) -> int:
    """Write the postings of each event, once; returns how many rows are new. Runs inside the caller's transaction.

    An event already written with the very same postings is left as it is; with others it raises EventReused.
    """
    rows = [
        (
            event.key, event.kind, event.subject_type, event.subject_id, event.detail, position,
            posting.source, posting.destination, posting.amount.minor, posting.amount.currency, at,
        )
        for event, postings in events.items()
        for position, posting in enumerate(postings)
    ]  # fmt: skip
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [list(column) for column in zip(*rows, strict=True)])
        new = Counter(row[0] for row in cursor.fetchall())
    if new.total() != len(rows):
        _require_same(events, new)
    return new.total()


def _require_same(events: Mapping[LedgerEvent, Sequence[Posting]], new: Mapping[str, int]) -> None:
    """An event is new as a whole, or it was there as it is."""
    for event, postings in events.items():
        written = new.get(event.key, 0)
        if written != len(postings) and (written or list(postings) != postings_of(event)):
            raise EventReused(event.key)


def postings_of(event: LedgerEvent) -> list[Posting]:
    rows = Transfer.objects.filter(event=event.key).order_by("position")
    return [Posting(row.source, row.destination, Money(row.minor, row.currency)) for row in rows]


_BALANCE = """
SELECT coalesce(sum(minor) FILTER (WHERE destination = %(account)s), 0) - coalesce(sum(minor) FILTER (WHERE source = %(account)s), 0)
FROM ledger_transfer WHERE currency = %(currency)s AND (destination = %(account)s OR source = %(account)s)
"""


def balance(account: str, currency: str) -> Money:
    """What flowed in less what flowed out."""
    with connection.cursor() as cursor:
        cursor.execute(_BALANCE, {"account": account, "currency": currency})
        return Money(int(cursor.fetchone()[0]), currency)


_BALANCES = """
SELECT account, currency, sum(minor)::bigint FROM (
  SELECT destination AS account, currency, minor FROM ledger_transfer WHERE destination LIKE %(like)s
  UNION ALL
  SELECT source, currency, -minor FROM ledger_transfer WHERE source LIKE %(like)s
) sides GROUP BY account, currency HAVING sum(minor) <> 0 ORDER BY account, currency
"""


def balances(prefix: str = "") -> dict[str, dict[str, int]]:
    """Every account under a prefix that is not zero: {account: {currency: minor}}."""
    with connection.cursor() as cursor:
        cursor.execute(_BALANCES, {"like": prefix.replace("%", r"\%").replace("_", r"\_") + "%"})
        found: dict[str, dict[str, int]] = {}
        for account, currency, minor in cursor.fetchall():
            found.setdefault(account, {})[currency] = minor
        return found


def event_of(row: Row) -> LedgerEvent | None:
    if row.kind is None or row.subject_id is None:
        return None
    return LedgerEvent(LedgerEventKind(row.kind), row.subject_id, row.detail or "")


def statement(account: str, currency: str) -> Iterator[Entry]:
    """Everything that moved an account, oldest first."""
    rows = Row.objects.filter(currency=currency).order_by("id")
    for row in (rows.filter(source=account) | rows.filter(destination=account)).iterator(chunk_size=2000):
        inward = row.destination == account
        amount = Money(row.minor if inward else -row.minor, currency)
        yield Entry(event_of(row), row.at, row.source if inward else row.destination, amount)


def total_moved(sources: str, destinations: str, currency: str) -> int:
    """Minor units that ever went from accounts under one prefix to accounts under another."""
    moved = Transfer.objects.filter(currency=currency, source__startswith=sources, destination__startswith=destinations)
    return sum(moved.values_list("minor", flat=True).iterator(chunk_size=10_000))


def currencies() -> list[str]:
    return sorted(Transfer.objects.values_list("currency", flat=True).distinct())


_FAULTS: Iterable[tuple[str, str]] = (
    ("an event whose positions have a gap", "SELECT event FROM ledger_transfer GROUP BY event HAVING max(position) <> count(*) - 1"),
    ("an amount that is not positive", "SELECT event FROM ledger_transfer WHERE minor <= 0"),
    ("an entry with one side", "SELECT event FROM ledger_transfer WHERE source = destination"),
    (
        "an event whose columns are not what its text says",
        """SELECT event FROM ledger_transfer WHERE kind IS NOT NULL AND (kind, subject_id, detail) IS DISTINCT FROM
           (ledger_kind_of(event), ledger_subject_of(event), ledger_detail_of(event))""",
    ),
    ("an event that is none of ours", "SELECT event FROM ledger_entry WHERE kind IS NULL"),
)
_GUARDS = """
SELECT count(*) FROM pg_trigger
WHERE tgrelid = 'ledger_transfer'::regclass AND tgname LIKE 'ledger_only_%' AND tgenabled IN ('O', 'A')
"""


def verify() -> Findings:
    """What the ledger alone can prove: entries whole and positive, sums zero, the guards against change in place."""
    faults = []
    with connection.cursor() as cursor:
        for what, query in _FAULTS:
            cursor.execute(query + " LIMIT 5")
            faults += [f"{what}: {row[0]}" for row in cursor.fetchall()]
        cursor.execute(_GUARDS)
        if cursor.fetchone()[0] != 2:
            faults.append("the triggers that refuse UPDATE, DELETE and TRUNCATE are missing or switched off")
        cursor.execute("SELECT count(*) FROM ledger_transfer")
        transfers = cursor.fetchone()[0]
    found = balances()
    for currency in currencies():
        if off := sum(amounts.get(currency, 0) for amounts in found.values()):
            faults.append(f"accounts in {currency} do not sum to zero: {off}")
    return Findings(transfers, len(found), tuple(faults))
