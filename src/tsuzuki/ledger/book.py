"""The ledger's interface: post, balance, moved, statement, verify."""

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
class StatementEntry:
    event: LedgerEvent | None  # None: no event of ours
    at: datetime
    other: str  # the account on the other side
    amount: Money  # positive: flowed in


@dataclass(frozen=True, slots=True)
class LedgerReport:
    transfers: int
    accounts: int
    faults: tuple[str, ...] = field(default=())


_INSERT = """
INSERT INTO ledger_transfer
  (event, kind, subject_type, subject_id, detail, position, source, destination, minor, currency, at)
SELECT * FROM unnest(
  %s::text[], %s::text[], %s::text[], %s::uuid[], %s::text[], %s::smallint[], %s::text[], %s::text[],
  %s::bigint[], %s::text[], %s::timestamptz[])
ON CONFLICT (event, position) DO NOTHING RETURNING event
"""


def post(events: Mapping[LedgerEvent, Sequence[Posting]], at: datetime) -> int:
    """Write the postings of each event, once; returns how many rows are new.

    Runs inside the caller's transaction.

    An event already written with the very same postings is left as it is; with others it raises EventReused.
    """
    rows = [
        (
            event.key,
            event.kind,
            event.subject_type,
            event.subject_id,
            event.detail,
            position,
            posting.source,
            posting.destination,
            posting.amount.minor,
            posting.amount.currency,
            at,
        )
        for event, postings in events.items()
        for position, posting in enumerate(postings)
    ]
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


# Of an account and a currency: what was brought forward last, and what came after it.
BALANCE = """
SELECT coalesce(last.minor, 0)
  + (SELECT coalesce(sum(t.minor), 0) FROM ledger_transfer t
     WHERE t.destination = {account} AND t.currency = {currency}
       AND t.id > coalesce(last.until, 0) AND t.id <= {until})
  - (SELECT coalesce(sum(t.minor), 0) FROM ledger_transfer t
     WHERE t.source = {account} AND t.currency = {currency}
       AND t.id > coalesce(last.until, 0) AND t.id <= {until})
FROM (SELECT) one LEFT JOIN LATERAL (
  SELECT b.minor, b.until FROM ledger_balance b
  WHERE b.account = {account} AND b.currency = {currency} AND b.until <= {until} ORDER BY b.until DESC LIMIT 1
) last ON true
"""
_BALANCE_NOW = BALANCE.format(account="%(account)s", currency="%(currency)s", until="9223372036854775807")


def balance(account: str, currency: str) -> Money:
    """What flowed in less what flowed out."""
    with connection.cursor() as cursor:
        cursor.execute(_BALANCE_NOW, {"account": account, "currency": currency})
        return Money(int(cursor.fetchone()[0]), currency)


_BALANCE_OF_EACH = """
SELECT currency, sum(minor)::bigint FROM (
  SELECT currency, minor FROM ledger_transfer WHERE destination = %(account)s
  UNION ALL SELECT currency, -minor FROM ledger_transfer WHERE source = %(account)s
) sides GROUP BY currency HAVING sum(minor) <> 0 ORDER BY currency
"""


def balance_of_each_currency(account: str) -> list[Money]:
    """Of an account of one record, what it holds in each currency. It reads all that ever moved it."""
    with connection.cursor() as cursor:
        cursor.execute(_BALANCE_OF_EACH, {"account": account})
        return [Money(minor, currency) for currency, minor in cursor.fetchall()]


_BALANCES = """
SELECT account, currency, sum(minor)::bigint FROM (
  SELECT destination AS account, currency, minor FROM ledger_transfer WHERE destination LIKE %(like)s
  UNION ALL
  SELECT source, currency, -minor FROM ledger_transfer WHERE source LIKE %(like)s
) sides GROUP BY account, currency HAVING sum(minor) <> 0 ORDER BY account, currency
"""


def balances(prefix: str = "") -> dict[str, dict[str, int]]:
    """Every account under a prefix that is not zero: {account: {currency: minor}}.

    It reads the whole ledger: for proofs.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BALANCES, {"like": prefix.replace("%", r"\%").replace("_", r"\_") + "%"})
        result: dict[str, dict[str, int]] = {}
        for account, currency, minor in cursor.fetchall():
            result.setdefault(account, {})[currency] = minor
        return result


def event_of(row: Row) -> LedgerEvent | None:
    if row.kind is None or row.subject_id is None:
        return None
    return LedgerEvent(LedgerEventKind(row.kind), row.subject_id, row.detail or "")


def statement(account: str, currency: str) -> Iterator[StatementEntry]:
    """Everything that moved an account, oldest first."""
    rows = Row.objects.filter(currency=currency).order_by("id")
    for row in (rows.filter(source=account) | rows.filter(destination=account)).iterator(chunk_size=2000):
        inward = row.destination == account
        amount = Money(row.minor if inward else -row.minor, currency)
        yield StatementEntry(event_of(row), row.at, row.source if inward else row.destination, amount)


_MOVED = """
SELECT account, currency, sum(minor)::bigint FROM (
  SELECT destination AS account, currency, minor, at FROM ledger_transfer
  UNION ALL SELECT source, currency, -minor, at FROM ledger_transfer
) sides WHERE at >= %(since)s AND at < %(until)s AND split_part(account, ':', 1) = ANY(%(families)s)
GROUP BY account, currency ORDER BY account, currency
"""


def moved(families: Sequence[str], since: datetime, until: datetime) -> list[tuple[str, Money]]:
    """What flowed in less what flowed out of each account of some families, in a span of time."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, {"families": list(families), "since": since, "until": until})
        return [(account, Money(minor, currency)) for account, currency, minor in cursor.fetchall()]


def currencies() -> list[str]:
    return sorted(Transfer.objects.values_list("currency", flat=True).distinct())


_FAULTS: Iterable[tuple[str, str]] = (
    (
        "an event whose positions have a gap",
        "SELECT event FROM ledger_transfer GROUP BY event HAVING max(position) <> count(*) - 1",
    ),
    ("an amount that is not positive", "SELECT event FROM ledger_transfer WHERE minor <= 0"),
    ("an entry with one side", "SELECT event FROM ledger_transfer WHERE source = destination"),
    (
        "an event whose columns are not what its text says",
        """SELECT event FROM ledger_transfer
           WHERE kind IS NOT NULL AND (kind, subject_id, detail) IS DISTINCT FROM
           (ledger_kind_of(event), ledger_subject_of(event), ledger_detail_of(event))""",
    ),
    ("an event that is none of ours", "SELECT event FROM ledger_entry WHERE kind IS NULL"),
    # Each entry counts from the first `until` that is not before it; by those the entries are summed, and the
    # sums added up.
    (
        "a balance brought forward that is not what its entries say",
        """WITH kept AS (
             SELECT array_agg(DISTINCT until ORDER BY until) AS marks FROM ledger_balance
           ), sides AS (
             SELECT destination AS account, currency, id, minor FROM ledger_transfer
             UNION ALL SELECT source, currency, id, -minor FROM ledger_transfer
           ), sums AS (
             SELECT account, currency, width_bucket(id - 1, marks) + 1 AS place,
               sum(minor) AS moved, NULL::bigint AS kept
             FROM sides, kept WHERE (account, currency) IN (SELECT account, currency FROM ledger_balance)
             GROUP BY 1, 2, 3
             UNION ALL SELECT account, currency, width_bucket(until, marks), 0, minor
             FROM ledger_balance, kept
           ), added AS (
             SELECT account, kept, sum(moved) OVER (PARTITION BY account, currency ORDER BY place) AS minor
             FROM sums
           )
           SELECT account FROM added WHERE kept <> minor""",
    ),
)
_GUARDS = """
SELECT count(*) FROM pg_trigger
WHERE tgrelid = 'ledger_transfer'::regclass AND tgname LIKE 'ledger_only_%' AND tgenabled IN ('O', 'A')
"""


def verify() -> LedgerReport:
    """What the ledger alone can prove: entries whole and positive, sums zero,
    the guards against change in place.
    """
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
    result = balances()
    for currency in currencies():
        if off := sum(amounts.get(currency, 0) for amounts in result.values()):
            faults.append(f"accounts in {currency} do not sum to zero: {off}")
    return LedgerReport(transfers, len(result), tuple(faults))
