# ruff: noqa: F811 (a test names the fixture it asks for)
"""Text of strangers gives no orders: not to the terminal that lists it, not to the page it stands on, not to
the program that reads it.
"""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests import cast
from tests.actions.conftest import running_sandbox, sandbox, shop  # noqa: F401 (fixtures)
from tests.faces import desk
from tests.faces.program import program, wall  # noqa: F401 (fixture)
from tsuzuki.core.staff import Role
from tsuzuki.core.typed import CONTROLS, visible

CLI = Path(__file__).resolve().parents[2] / "src" / "tsuzuki" / "cli"
REASON = "x\nincident   R-7KWWW  i999\r\x1b]0;owned\x07\x9b31m\u202egnihtemos\u2066 "


def asked_back(wall) -> None:
    """A reseller asks for its money back, in words of its own."""
    seller = program(balance=5000)
    bought = seller.buy(seller.quote(cast.line(now=wall.at))["id"], "key")
    cast.go(wall.at)
    order = bought.body["orders"][0]["id"]
    assert seller.post(f"/orders/{order}/refund", {"reason": REASON}).status == 202


def test_a_reason_adds_no_line_to_the_terminal(shop, wall):
    from tsuzuki.cli.main import app

    asked_back(wall)
    said = CliRunner().invoke(app, ["work"])
    assert said.exit_code == 0, said.output
    lines = said.stdout.splitlines()
    assert len(lines) == 2
    assert "incident   R-7KWWW  i999" in lines[1]  # inside its own entry
    assert not CONTROLS.search(said.stdout.replace("\n", ""))
    raw = CliRunner().invoke(app, ["work", "--json"]).stdout
    assert not CONTROLS.search(raw.rstrip("\n"))
    assert len(json.loads(raw)) == 1


def test_a_reason_turns_no_page(shop, wall):
    from tsuzuki.records.models import Account, AuditEntry, Incident

    asked_back(wall)
    incident = Incident.objects.get()
    assert incident.facts["reason"] == visible(REASON)[:80]
    for entry in AuditEntry.objects.all():
        assert not CONTROLS.search("".join(map(str, entry.facts.values())))
    Incident.objects.update(facts={"reason": REASON})  # as one from before could stand there
    Account.objects.update(name=REASON)
    account = Account.objects.get()
    from django.test import Client, override_settings

    with override_settings(PASSWORD_HASHERS=desk.FAST):
        browser = Client(SERVER_NAME="localhost", headers={"Accept-Language": "en"})
        desk.sign_in(browser, desk.hire("sato", Role.OWNER, wall.at), wall.at)
        for path in (
            f"/office/work/i{incident.id}/",
            "/office/accounts/",
            f"/office/accounts/{account.id}/",
            "/office/audit/",
        ):
            page = browser.get(path).content.decode()
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page), path
            assert ("gnihtemos" in page) is (path != "/office/audit/"), path


def test_what_a_carrier_says_is_shown_harmless(client, line):
    """Each kind of cell of an office page."""
    from tsuzuki.office import detail_page

    for cell in (
        REASON,
        detail_page.Link(REASON, "/"),
        detail_page.Copy(REASON),
        detail_page.StateBadge(REASON),
        detail_page.Verbatim(REASON),
    ):
        said = detail_page.DetailPage(
            "x", facts=[("a", cell)], tables=[detail_page.Table("b", ("c",), [[cell]])]
        )
        for _, shown, *_ in (*said.kinds(), *said.tables[0].cells()[0]):
            text = shown if isinstance(shown, str) else shown.text
            assert text == visible(REASON, keep="\n\t")


@pytest.mark.parametrize("record", ["a\x01", "\u202ea", "a\nb", "a\x9b", "a\0"])
def test_a_record_of_usage_holds_no_control(record):
    from tsuzuki.actions.order.usage import UsageRecord, check
    from tsuzuki.core.errors import Refused
    from tsuzuki.core.plan import AllowanceKind

    with pytest.raises(Refused, match="usage_malformed") as refused:
        check(UsageRecord(record, "+819012345678", AllowanceKind.DATA, 1, cast.NOON), cast.NOON)
    assert not CONTROLS.search(refused.value.facts["record"])


def test_names_and_answers_are_kept_harmless(client, line):
    from tsuzuki.actions.money import accounts
    from tsuzuki.actions.people import keys

    account = accounts.make("shop\x1b[2J\u202e", "reseller", "test", cast.NOON)
    key, _ = keys.make(account, "till\n\x07", ("lines:read",), "test", cast.NOON)
    assert (account.name, key.name) == ("shop�[2J�", "till��")


# Every command at once: what it prints goes through one door, a line an argument.


def ways_to_print():
    """(file:line, call) of everything in the commands that writes to a terminal."""
    for file in sorted(CLI.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if called == "print" or called.endswith(
                    (".print", "stdout.write", "stderr.write", "typer.echo", "typer.secho")
                ):
                    yield f"{file.relative_to(CLI)}:{node.lineno}", called, node


def breaks(node: ast.Call) -> bool:
    """A line break inside an argument: it would be shown as a sign."""
    return any(
        isinstance(inner, ast.Constant) and isinstance(inner.value, str) and "\n" in inner.value
        for argument in node.args
        for inner in ast.walk(argument)
    )


def test_every_command_prints_through_the_terminal():
    found = list(ways_to_print())
    assert len(found) > 50
    plain = {"out.print", "err.print", "console.print", "self.console.print"}
    ours = {*plain, "(out if step.ok else err).print"}
    others = {(place.partition(":")[0], called) for place, called, _node in found if called not in ours}
    # Our own fixed words, and the one place that writes JSON.
    assert others <= {
        ("output.py", "super().print"),
        ("output.py", "sys.stdout.write"),
        ("main.py", "typer.echo"),
        ("init/prompts.py", "typer.echo"),
    }
    assert [place for place, called, node in found if called in ours and breaks(node)] == []
    assert breaks(ast.parse('out.print(f"{x}\\n    y")').body[0].value)


def test_the_terminal_shows_what_it_does_not_obey(capsys):
    from tsuzuki.cli import output

    output.out.print(REASON, "second", sep="\n")
    said = capsys.readouterr().out
    assert said.splitlines() == [visible(REASON), "second"]
    output.as_json({"reason": REASON})
    said = capsys.readouterr().out
    assert not CONTROLS.search(said.rstrip("\n"))
    assert json.loads(said) == {"reason": REASON}
