"""An act and its audit entry are one transaction: a process that is killed leaves both or neither, whichever
act it is.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests import cast
from tests.actions.acts_of_money import EVERY, WHO
from tests.actions.conftest import after
from tests.cast import NOON
from tests.faces import desk
from tsuzuki.core.audit import Act

ENTRY = 'INSERT INTO "records_auditentry"'
ENTRIES = "records_auditentry"
CHANGES_NOTHING = {Act.EXPORTED, Act.BACKED_UP, Act.GATEWAY_TRIED}
TRIES = "records_limit"  # that somebody tried is counted whatever comes of it


class Killed(BaseException):
    """The process is gone: nothing of ours catches this."""


def everything() -> dict[str, list[str]]:
    """Every row of every table."""
    from django.db import connection

    with connection.cursor() as cursor:
        tables = sorted(set(connection.introspection.table_names(cursor)) - {TRIES})
        found = {}
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t ORDER BY 1')
            found[table] = [row for (row,) in cursor.fetchall()]
    return found


def killed(work: Callable, moment: str) -> None:
    """Do it, and be killed at the entry, or just before or after the transaction that
    wrote it is committed.
    """
    from django.db import connections

    connection = connections["default"]
    commit, written = connection.commit, []

    def statement(execute, sql, params, many, context):
        if str(sql).startswith(ENTRY):
            if moment == "at the entry":
                raise Killed
            written.append(sql)
        return execute(sql, params, many, context)

    def committing() -> None:
        if written and moment == "before the commit":
            connection.rollback()
            raise Killed
        commit()
        if written:
            raise Killed

    connection.commit = committing
    try:
        with connection.execute_wrapper(statement), pytest.raises(Killed):
            work()
    finally:
        del connection.commit


@pytest.fixture(autouse=True)
def quick_passwords():
    from django.test import override_settings

    with override_settings(PASSWORD_HASHERS=desk.FAST):
        yield


@pytest.mark.parametrize(
    ("which", "prepare"), EVERY, ids=[f"{which}-{prepare.__name__}" for which, prepare in EVERY]
)
def test_an_act_and_its_entry_stand_or_fall_together(shop, which, prepare):
    from tsuzuki.records.models import AuditEntry

    work = prepare(shop)
    before, entries = everything(), AuditEntry.objects.filter(act=which).count()
    for moment in ("at the entry", "before the commit"):
        killed(work, moment)
        assert everything() == before, moment
    killed(work, "after the commit")
    assert AuditEntry.objects.filter(act=which).count() == entries + 1
    now = everything()
    if which in CHANGES_NOTHING:
        return
    assert {table for table in now if now[table] != before[table]} - {ENTRIES}, (
        "an entry, and nothing was done"
    )
    cast.go(after(minutes=2))


def test_every_act_is_tried():
    assert {which for which, _ in EVERY} == set(Act)


def test_every_act_has_words():
    from tsuzuki.office.words import ACT

    assert set(ACT) == set(Act)


@pytest.mark.usefixtures("database")
def test_no_entry_is_written_outside_a_transaction():
    from django.db.transaction import TransactionManagementError

    from tsuzuki.actions.write import audit
    from tsuzuki.core.audit import AuditSubject, SubjectKind
    from tsuzuki.records.models import AuditEntry

    with pytest.raises(TransactionManagementError):
        audit.write(Act.TAKE, AuditSubject(SubjectKind.PILOT), WHO, NOON)
    assert not AuditEntry.objects.exists()
