"""A database filled by the first version of this program (commit 6b0db1a) is carried to today's tables, its
books hold, and whatever people hold of it goes on working.

`tests/data/first_wave.sql.gz` is that database as pg_dump wrote it: orders in every state, credit, vouchers,
refunds done and owed, a charge-back, a carrier's reversal, a reseller, staff, letters and audit.
`first_wave.json` is what was handed out: codes, links, keys. `tests/data/make_first_wave.py` made both.
"""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests import conftest
from tests.cast import NOON

DATA = Path(__file__).parents[1] / "data"
HELD = json.loads((DATA / "first_wave.json").read_text())
ONE = "01a201a0-1c80-7368-9cef-ae286943c3d9"
# of audit entries, as this program wrote them until they had columns: the kind and the id it stands for
OLD_SUBJECTS = {
    ("take", f"a{ONE}"): ("attempt", ONE),
    ("take_over", f"a{ONE.upper()}"): ("attempt", ONE),
    ("finish", f"r{ONE}"): ("refund", ONE),
    ("finish", "i42"): ("incident", "42"),
    ("refuse", f"a{ONE}"): ("attempt", ONE),
    ("cancel", ONE): ("purchase", ONE),
    ("line_letters", f"line {ONE}"): ("line", ONE),
    ("refund_asked", f"order {ONE}"): ("order", ONE),
    ("plan", "plan a1"): ("plan", "a1"),
    ("carrier", "carrier i42"): ("carrier", "i42"),
    ("vouchers_made", f"vouchers {ONE}"): ("vouchers", ONE),
    ("webhooks_resumed", f"account {ONE}"): ("account", ONE),
    ("roaming_table", "roaming table 2026-12-01"): ("roaming_table", "2026-12-01"),
    ("lines_let_in", "pilot"): ("pilot", ""),
    ("brand", "operator"): ("operator", ""),
    ("take", "of nobody knows what"): ("", ""),
}
# Who bought was a text; of each form that any version wrote, one purchase, and what it is now.
WERE: dict[uuid.UUID, str] = {}  # who asked for each purchase, as it was written then
LETTER = (
    "id",
    "state",
    "purchase_id",
    "order_id",
    "kind",
    "about",
    "channel",
    "language",
    "due_at",
    "tries",
    "made_at",
    "sent_at",
)
LETTERS: set[tuple[object, ...]] = set()  # as they were
BUYERS = {
    "web": ("visitor", ""),
    "cli:root": ("command_line", "root"),
    "cli:": ("command_line", ""),
    "opening": ("import", ""),
    "demo": ("system", "demo"),
    "account of nobody": ("system", "account of nobody"),
}


@pytest.fixture
def first_wave(template: str) -> Iterator[dict[str, str]]:
    """The state of each order, as it was before the migrations."""
    from django.core.management import call_command
    from django.db import connection, connections

    name = f"first_{uuid.uuid4().hex[:12]}"
    conftest._admin(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    conftest.use(name)
    conftest._run_in(name, gzip.decompress((DATA / "first_wave.sql.gz").read_bytes()).decode())
    with connection.cursor() as cursor:
        for act, subject in OLD_SUBJECTS:
            row = [NOON, "staff kim", act, subject, "{}"]
            cursor.execute(
                "INSERT INTO records_auditentry (at, actor, act, subject, facts) VALUES (%s, %s, %s, %s, %s)",
                row,
            )
        cursor.execute("SELECT id::text, state FROM records_order")
        before = dict(cursor.fetchall())
        cursor.execute("SELECT id FROM records_purchase WHERE asker = 'test' ORDER BY id")
        for (id,), asker in zip(cursor.fetchall(), BUYERS, strict=False):
            cursor.execute("UPDATE records_purchase SET asker = %s WHERE id = %s", [asker, id])
        cursor.execute(f"SELECT {', '.join(LETTER)}, recipient FROM records_notice")
        LETTERS.clear()
        LETTERS.update(cursor.fetchall())
        cursor.execute("SELECT id, asker FROM records_purchase")
        WERE.clear()
        WERE.update(cursor.fetchall())
    call_command("migrate", verbosity=0)
    yield before
    connections.close_all()
    conftest._admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def test_a_database_of_the_first_version_is_carried_over_whole(first_wave):
    from tsuzuki.actions.money.verify import verify
    from tsuzuki.records.models import Order

    assert {str(id): state for id, state in Order.objects.values_list("id", "state")} == first_wave
    assert {"delivered", "awaiting_payment", "cancelled", "refunded", "refund_owed", "reversed"} <= set(
        first_wave.values()
    )
    assert verify(NOON + timedelta(days=3)).faults == ()


def test_no_letter_is_lost_and_a_voucher_in_one_is_sealed(first_wave):
    from django.conf import settings
    from django.db import connection

    from tsuzuki.records.models import OutboundMessage

    assert set(OutboundMessage.objects.values_list(*LETTER, "address")) == LETTERS
    assert {state for _, state, *_ in LETTERS} == {"sent", "waiting"}
    waiting = OutboundMessage.objects.get(id=HELD["letter"])
    assert (settings.KEYRING.open(waiting.secret), waiting.facts) == (HELD["letter_voucher"], {})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM records_outboundmessage m WHERE m::text LIKE %s",
            [f"%{HELD['letter_voucher']}%"],
        )
        assert cursor.fetchone() == (0,)


def test_older_audit_entries_have_their_subject_in_columns(first_wave):
    from tsuzuki.core.audit import AuditSubject, SubjectKind
    from tsuzuki.records.models import AuditEntry, Order
    from tsuzuki.records.queries import audit_entries

    assert {
        (entry.act, entry.subject): (entry.subject_kind, entry.subject_id)
        for entry in AuditEntry.objects.filter(actor="staff kim")
    } == OLD_SUBJECTS
    assert list(AuditEntry.objects.filter(subject_kind="").values_list("subject", flat=True)) == [
        "of nobody knows what"
    ]
    taken_back = Order.objects.get(id=AuditEntry.objects.get(act="take_back").subject_id)
    (entry,) = audit_entries([AuditSubject(SubjectKind.ORDER, taken_back.id)])
    assert (entry.act, entry.facts) == ("take_back", {"reason": "a mistake"})


def test_an_entry_of_an_older_program_that_still_runs_is_found_by_its_text(database):
    from django.db import transaction

    from tsuzuki.actions.write import audit
    from tsuzuki.core.audit import Act, AuditSubject, SubjectKind
    from tsuzuki.records.models import AuditEntry
    from tsuzuki.records.queries import audit_entries

    about = AuditSubject(SubjectKind.PLAN, "data-3gb")
    AuditEntry.objects.create(at=NOON, actor="staff kim", act="plan", subject="plan data-3gb")
    with transaction.atomic():
        audit.write(Act.PLAN_DELETED, about, "staff kim", NOON)
        audit.write(Act.PLAN_DELETED, AuditSubject(SubjectKind.CARRIER, "data-3gb"), "staff kim", NOON)
    assert [entry.act for entry in audit_entries([about]).order_by("id")] == ["plan", "plan_deleted"]


def test_who_bought_is_carried_over_as_a_value(first_wave):
    from tsuzuki.core.principal import Principal
    from tsuzuki.records.models import Account, Purchase

    accounts = {f"account {id}": ("account", str(id)) for id in Account.objects.values_list("id", flat=True)}
    expected = {**accounts, **BUYERS, "test": ("system", "test")}
    rows = {row.id: row for row in Purchase.objects.select_related("account")}
    assert {*BUYERS, *accounts, "test"} == set(WERE.values())
    assert {id: (row.buyer_kind, row.buyer_id) for id, row in rows.items()} == {
        id: expected[was] for id, was in WERE.items()
    }
    for row in rows.values():
        assert row.buyer.account_id == row.account_id == (row.account.id if row.account else None)
    sold = next(row for row in rows.values() if row.account)
    assert sold.buyer == Principal.account(sold.account.id)
