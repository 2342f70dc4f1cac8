"""docs/limits.md says what the code does: every limit stands there, with the code's own numbers."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENT = (ROOT / "docs" / "limits.md").read_text()
SOURCE = ROOT / "src" / "tsuzuki"
ROWS = dict(re.findall(r"^\| `([^`]+)` (\|.*)\|$", DOCUMENT, re.MULTILINE))

# name: where the numbers are
NUMBERS = {
    "number": ("web.home", "TRIES", "PER"),
    "quote": ("web.choose", "QUOTES", "PER"),
    "order": ("web.confirm", "ORDERS", "HOUR"),
    "letters to": ("web.confirm", "LETTERS", "HOUR"),
    "voucher": ("web.confirm", "VOUCHERS", "PER"),
    "pay again": ("web.order", "AGAIN", "PER"),
    "bank details": ("web.refund", "TRIES", "PER"),
    "look": ("actions.engine.receive", "LOOKS", "PER"),
    "code": ("actions.order.find", "TRIES", "PER"),
    "wrong pairs": ("actions.order.find", "WRONG", "HOUR"),
    "wrong pairs by": ("actions.order.find", "EACH", "HOUR"),
    "search": ("web.search", "SEARCHES", "PER"),
    "paste": ("web.guide.paste", "PASTES", "PER"),
    "api key": ("api.router", "WRONG_KEYS", "WRONG_KEYS_PER"),
    "api miss": ("api.lines", "MISSES", "MISSES_PER"),
    "api voucher": ("api.sales", "GUESSES", "GUESSES_PER"),
    "api letters to": ("api.sales", "LETTERS", "LETTERS_PER"),
    "office address": ("actions.people.staff", "TRIES", "WINDOW"),
    "office device": ("actions.people.staff", "TRIES", "WINDOW"),
    "office name": ("actions.people.staff", "TRIES_OF_NAME", "WINDOW"),
    "office code": ("actions.people.staff", "TRIES", "WINDOW"),
    "office own password": ("actions.people.staff", "TRIES", "WINDOW"),
    "office search": ("office.lines", "SEARCHES", "PER"),
}
NOT_SHOWN = {"wrong pair"}  # only tells whether a pair is a new one


def names() -> set[str]:
    """The first words of every call that counts."""
    found = set()
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                call = ast.unparse(node.func)
                if call in ("limits.take", "limits.take_from", "limits.take_leased", "_limit", "_brake"):
                    found.add(node.args[0].value)
    return found


def window(seconds: int) -> str:
    return "1 h" if seconds == 3600 else f"{seconds // 60} min"


def test_every_limit_of_the_code_is_in_the_document_and_no_other():
    assert names() - NOT_SHOWN == set(ROWS) == {*NUMBERS, "api"}


@pytest.mark.parametrize("name", NUMBERS)
def test_it_says_the_numbers_of_the_code(template, name):
    where, most, per = NUMBERS[name]
    module = import_module(f"tsuzuki.{where}")
    told = [cell.strip() for cell in ROWS[name].split("|")]
    assert told[-2:] == [str(getattr(module, most)), window(getattr(module, per))]


def test_it_says_what_else_is_bounded(template):
    from inspect import signature

    from tsuzuki.actions.order import forget, unpaid
    from tsuzuki.actions.people import keys, limits
    from tsuzuki.api import router
    from tsuzuki.guide.messages import message_reader
    from tsuzuki.records import search
    from tsuzuki.site import admission
    from tsuzuki.web import search as page

    said = dict(re.findall(r"^\| ([^|`]+) \| ([^|]+) \|$", DOCUMENT, re.MULTILINE))
    assert list(said.values())[1:] == [
        f"{unpaid.BY_NUMBER}",
        f"{unpaid.BY_HOLDER}",
        f"{admission.LARGEST:,}",
        f"{router.LARGEST:,}",
        f"{page.LONGEST}; {search.CORRECTED}",
        f"{message_reader.LONGEST:,}",
        "three of four",
        f"{forget.KEPT.days}",
        "32",
    ]
    assert admission.KEPT_FREE == 4
    assert limits.SITE == 8
    assert f"{signature(keys.make).parameters['per_minute'].default}, or the key's own | 1 min" in ROWS["api"]
    assert "limit_conn visitors 32;" in (ROOT / "deploy" / "nginx.conf").read_text()
