"""States are members of enums, events of the ledger are values: checks over the syntax trees, and proof that
the checks find what they are there for. A check yields its findings, «file:line what»; none is well.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.test_tidy import Trees, seen, source  # noqa: F401 (a fixture)
from tests.test_tidy import _each as each
from tsuzuki.core import order, states

# ruff: noqa: F811 (a test names the fixture it asks for)
STATES = {"state", "outcome", "standing"}
STATES_OF_THEIR_OWN = {"core", "guide", "sandbox", "carriers", "payments", "channels"}
STATE_WORDS = {
    word.value
    for enum in (
        order.State,
        order.TenderState,
        order.DisputeState,
        order.Outcome,
        states.HoldingState,
        states.RefundState,
        states.MessageState,
        states.DeliveryState,
        states.LineState,
        states.ProviderStatus,
    )
    for word in enum
} | {states.OTHER_AMOUNT}
STATE_IN_SQL = re.compile(
    r"\b(?:state|outcome|standing)\s*(?:=|<>|\b(?:NOT\s+)?IN\b)\s*\(?\s*'[^']*'(?:\s*,\s*'[^']*')*"
)
LEDGER_TEXT = re.compile(
    r"(tender|order|refund|lot|account) \{\} "
    r"(paid|released|unclaimed|sent back|delivered|undone|commission|begun|owed|done|sent|disputed|"
    r"expired|topped up)\b"
    r"|dispute \{\} \{\}|recognised \{\} \{\}"
)
INCIDENT_KIND_AT = {"report": 0, "call_staff": 1, "settle": 3}  # of the arguments
TAKES_APART = {
    "split",
    "rsplit",
    "partition",
    "rpartition",
    "removeprefix",
    "removesuffix",
    "startswith",
    "endswith",
}


def state_literals(found: Trees) -> Iterator[str]:
    """A state that is misspelt finds nothing and says nothing: the words are members of enums in the core.
    Providers, the sandbox and the guide have words of their own, a migration keeps those of its day; where
    JSON is made, a key may be called «state» whatever it holds.
    """
    ours = {
        file: tree
        for file, tree in found.items()
        if file.split("/")[0] not in STATES_OF_THEIR_OWN and "/migrations/" not in file
    }
    for file, node in each(ours, ast.keyword, ast.Compare, ast.Assign, ast.Dict, ast.BinOp, ast.Call):
        for word in _state_words(node):
            yield f"{file}:{node.lineno} {word!r}"


def _state_words(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.keyword) and node.arg and _field(node.arg) in STATES:
        yield from _strings(node.value)
    elif isinstance(node, ast.Compare) and any(_is_state(side) for side in (node.left, *node.comparators)):
        for side in (node.left, *node.comparators):
            yield from _strings(side)
    elif (
        isinstance(node, ast.BinOp)
        and not isinstance(node.op, ast.Add)
        and (_is_state(node.left) or _is_state(node.right))
    ):
        yield from (*_strings(node.left), *_strings(node.right))
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            pairs = (
                zip(target.elts, node.value.elts, strict=False)
                if _is_tuple(target, node.value)
                else [(target, node.value)]
            )
            for left, right in pairs:
                if isinstance(left, ast.Attribute) and _is_state(left):
                    yield from _strings(right)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value in STATES:
                yield from (word for word in _strings(value) if word in STATE_WORDS)
    elif (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and _name_of(node.func.value) == "incidents"
    ):
        position = INCIDENT_KIND_AT.get(node.func.attr, len(node.args))
        yield from (word for given in node.args[position : position + 1] for word in _strings(given))


def _field(name: str) -> str:
    """Of a look-up: «tender__state__in» is about a state."""
    parts = [part for part in name.split("__") if part not in ("in", "iexact", "exact", "startswith")]
    return parts[-1] if parts else name


def _is_state(node: ast.AST) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr in STATES) or (
        isinstance(node, ast.Name) and node.id in {*STATES, "states"}
    )


def _name_of(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _is_tuple(*nodes: ast.AST) -> bool:
    return all(isinstance(node, ast.Tuple) for node in nodes)


def _strings(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
    elif isinstance(node, ast.Tuple | ast.List | ast.Set):
        for part in node.elts:
            yield from _strings(part)
    elif isinstance(node, ast.IfExp):
        yield from (*_strings(node.body), *_strings(node.orelse))


def states_in_sql(found: Trees) -> Iterator[str]:
    """SQL has the words themselves; each is one that exists."""
    for file, node in each(found, ast.Constant):
        if isinstance(node.value, str) and not file.startswith("guide/"):
            for match in STATE_IN_SQL.finditer(node.value):
                for word in re.findall(r"'([^']*)'", match[0]):
                    if word and word not in STATE_WORDS:
                        yield f"{file}:{node.lineno} {word!r}"


def ledger_events_as_text(found: Trees) -> Iterator[str]:
    """What the ledger is told is a LedgerEvent: nobody else puts its text together or takes it apart."""
    for file, node in each(
        {file: tree for file, tree in found.items() if file != "core/ledger_event.py"},
        ast.Call,
        ast.JoinedStr,
    ):
        if isinstance(node, ast.JoinedStr):
            text = "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
            if LEDGER_TEXT.match(text):
                yield f"{file}:{node.lineno} {text}"
        elif isinstance(node.func, ast.Attribute) and node.func.attr in TAKES_APART:
            of = node.func.value
            if (isinstance(of, ast.Attribute) and of.attr == "event") or (
                isinstance(of, ast.Name) and of.id == "event"
            ):
                yield f"{file}:{node.lineno} event.{node.func.attr}("


CHECKS = [state_literals, states_in_sql, ledger_events_as_text]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_code(source, check):
    assert list(check(source)) == []


@pytest.mark.parametrize(
    ("check", "file", "code"),
    [
        (state_literals, "actions/x.py", "rows.filter(state='confirmed')"),
        (state_literals, "web/x.py", "rows.exclude(tender__state__in=['open', State.PAID])"),
        (state_literals, "records/x.py", "Q(outcome='done')"),
        (state_literals, "office/x.py", "if refund.state == 'owd': pass"),
        (state_literals, "api/x.py", "attempt.standing in ('unsure', 'cannot_tell')"),
        (state_literals, "actions/x.py", "if 'waiting' in states: pass"),
        (state_literals, "actions/x.py", "states & {'waiting'}"),
        (state_literals, "actions/x.py", "refund.state = 'done'"),
        (state_literals, "actions/x.py", "refund.state, refund.due_at = 'done', now"),
        (state_literals, "actions/x.py", "refund.state = 'done' if x else RefundState.OWED"),
        (state_literals, "actions/x.py", "changes = {'state': 'contested'}"),
        (state_literals, "actions/x.py", "incidents.report('refund_owed', id, now)"),
        (state_literals, "actions/x.py", "incidents.call_staff(orders, 'overdue', now)"),
        (state_literals, "actions/x.py", "incidents.settle(orders, now, 'paid', ['payment_unsure'])"),
        (states_in_sql, "actions/x.py", "SQL = \"SELECT 1 FROM t WHERE state = 'confirmd'\""),
        (
            states_in_sql,
            "actions/x.py",
            "SQL = \"SELECT 1 FROM t WHERE t.state NOT IN ('delivered', 'revrsed')\"",
        ),
        (states_in_sql, "records/x.py", "SQL = \"UPDATE t SET standing = 'unsur'\""),
        (ledger_events_as_text, "actions/x.py", "book.post({f'order {order.id} delivered': moves}, now)"),
        (ledger_events_as_text, "actions/x.py", "event = f'account {id} topped up {reference}'"),
        (ledger_events_as_text, "actions/x.py", "event = f'dispute {row.id} {row.changes}'"),
        (ledger_events_as_text, "api/x.py", "row.event.split(' ')"),
        (ledger_events_as_text, "office/x.py", "what, _, end = event.partition(' ')"),
    ],
)
def test_it_is_found(check, file, code):
    assert seen(check, code, file)


@pytest.mark.parametrize(
    ("check", "file", "code"),
    [
        (state_literals, "core/x.py", "x.state == 'open'"),
        (state_literals, "sandbox/x.py", "chosen.outcome == 'refuse'"),
        (
            state_literals,
            "actions/x.py",
            "rows.filter(outcome='', state=State.PAID).update(state=RefundState.OWED)",
        ),
        (state_literals, "web/x.py", "facts = {'state': 'announced', 'kind': 'open'}"),
        (state_literals, "actions/x.py", "incidents.settle(orders, now, 'paid', incidents.PAYMENT)"),
        (
            states_in_sql,
            "actions/x.py",
            "SQL = \"SELECT 1 FROM t WHERE state IN ('paid', 'applied') AND outcome = '' AND kind = 'x'\"",
        ),
        (ledger_events_as_text, "core/ledger_event.py", "f'order {id} delivered'"),
        (ledger_events_as_text, "actions/x.py", "subject = f'order {id}'"),
        (ledger_events_as_text, "actions/x.py", "text.split(' '); f'account {id}'"),
        (state_literals, "cli/x.py", "print(order.state + ' (asked)')"),
    ],
)
def test_it_is_let_be(check, file, code):
    assert not seen(check, code, file)


def test_staff_have_a_word_for_every_state_incident_and_event(template):
    from tsuzuki.core.ledger_event import LedgerEventKind
    from tsuzuki.core.principal import PrincipalKind
    from tsuzuki.office import words

    for table, known in (
        (words.ORDER, order.State),
        (words.TENDER, order.TenderState),
        (words.DISPUTE, order.DisputeState),
        (words.REFUND, states.RefundState),
        (words.PERIOD, states.HoldingState),
        (words.MESSAGE, states.MessageState),
        (words.LINE, states.LineState),
        (words.LEDGER_EVENT, LedgerEventKind),
        (words.BUYER, PrincipalKind),
    ):
        assert set(table) == set(known), known
    assert set(words.STANDING) == {"", states.OTHER_AMOUNT, *states.ProviderStatus}
    assert set(words.INCIDENT) == set(states.IncidentKind)
