# ruff: noqa: F811 (a test names the fixture it asks for)
"""What a span of days brought and cost, from the terminal: before the cutover, across it and after; and the
example in docs/accounts.md.
"""

import json
import re
from pathlib import Path

from typer.testing import CliRunner

from tests import cast
from tests.actions.conftest import after, running_sandbox, sandbox, shop  # noqa: F401 (fixtures)
from tests.actions.test_cutover import earned_net, net  # noqa: F401 (a fixture)
from tests.actions.test_recognise import run

DOCUMENT = (Path(__file__).parents[2] / "docs" / "accounts.md").read_text(encoding="utf-8")


def said(*words: str, code: int = 0) -> str:
    from tsuzuki.cli.main import app

    done = CliRunner().invoke(app, ["income", *words])
    assert done.exit_code == code, done.output
    return done.output


def shown(*words: str) -> list[tuple[int, ...]]:
    names = ("revenue", "carriers", "commissions", "gross_profit")
    return [
        tuple(row[name]["minor"] for name in names) for row in json.loads(said(*words, "--json"))["plans"]
    ]


def test_the_example_in_the_document(shop, net):
    """Sold net on 22 November, carried across after ten days, over on 22 December.

    The document shows what the command prints.
    """
    shop.sell()
    earned_net(after(days=10))
    net.undo()
    run(after(days=10))
    for days in range(11, 40):
        run(after(days=days))
    examples = re.findall(r"```\n\$ tsuzuki income (\S+) (\S+)\n(.*?)```", DOCUMENT, re.DOTALL)
    assert len(examples) == 2
    for first, last, text in examples:
        assert said(first, last) == text
    assert shown("2026-11-22", "2026-12-31") == [(161 + 611, 272, 0, 500)]


def test_days_begin_in_tokyo_and_a_commission_is_a_cost(shop):
    from tsuzuki.actions.money import accounts
    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer, PaymentChoice
    from tsuzuki.actions.order.quote import LineRequest, quote
    from tsuzuki.core.money import Money
    from tsuzuki.core.principal import Principal

    reseller = accounts.make("shinjuku", "reseller", "test", cast.NOON)
    accounts.set_commission(reseller.id, None, 500, 0, "test", cast.NOON)
    accounts.top_up(reseller.id, Money(990, "JPY"), "bank 1", "test", cast.NOON)
    quoted = quote([LineRequest(cast.line(), "data-3gb")], cast.NOON)
    accept(quoted.id, [PaymentChoice("account")], Buyer(Principal.account(reseller.id), "key"), cast.NOON)
    cast.go()
    for hours in (24, 36, 48):
        run(after(hours=hours))
    assert shown("2026-11-22", "2026-11-22") == [(0, 0, 49, -49)]
    assert shown("2026-11-23", "2026-11-23") == [(29, 12, 0, 17)]
    assert shown("2026-11-22", "2026-11-24") == [(58, 25, 49, -16)]
    assert "net of" not in said("2026-11-22", "2026-11-24")


def test_days_the_wrong_way_round(database):
    assert "before the first" in said("2026-11-23", "2026-11-22", code=1)
    said("2026-13-01", "2026-11-22", code=2)
