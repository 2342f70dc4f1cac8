"""The names of the code and the headings of the documents keep to docs/glossary.md.

Each check is seen to find what it is there for.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_tidy import ROOT, SOURCE, Trees, trees

# A word that is in no name of a class, function, module or heading -> what is said instead.
BANNED_WORDS = {
    "asker": "buyer, principal",
    "bucketful": "lot",
    "desk": "read-only admin",
    "knock": "wake",
    "knocked": "woken",
    "sight": "snapshot",
    "standing": "status",
    "verdict": "status, outcome",
}
# A whole name of a class, function or module (leading underscores aside) -> what it is called.
BANNED_NAMES = {
    "Abilities": "CarrierCapabilities, GatewayCapabilities",
    "Ask": "PaymentRequest, CarrierRequest",
    "Card": "DetailPage (but the guide's cards to show are cards)",
    "Forged": "UnverifiedEvent",
    "Good": "AllowanceKind",
    "Heard": "AnsweredCall",
    "Held": "LinkGrant",
    "Knows": "AccessLevel",
    "May": "Permission",
    "Notice": "GatewayEvent, notification",
    "NotOurs": "ForeignEvent",
    "Of": "what it is of",
    "Said": "ProviderAnswer",
    "Sheet": "ActionForm",
    "Shown": "the thing that is shown",
    "There": "ExistingSetup",
    "Want": "LineRequest",
    "Wish": "QuoteRequest",
    "Yes": "Acceptance",
    "across": "all_brands",
    "called": "actor_name",
    "door": "router, middleware",
    "elsewhere": "other_carriers",
    "hear": "apply_answers",
    "heard": "record_answer",
    "lock_homes": "lock_refund_targets",
    "look_around": "read_existing",
    "move": "transition",
    "moved": "on_transition",
    "operate": "operations",
    "own": "own_prices",
    "place": "schedule, compute_placement",
    "place_again": "reschedule_order",
    "place_order": "schedule_order",
    "present": "permissions",
    "put_brand": "save_brand",
    "reachable": "skip_broken_providers",
    "sell": "orders",
    "set_out": "transition_in_memory",
    "sheet": "action_form, csv_rows",
    "speak": "set_language",
    "tell": "notify, enqueue, report",
    "trace": "audit, tracing",
    "whom_to_count": "client_ip",
}
# Where such a name is the field's own after all.
ALLOWED = {
    "guide/topics/cards.py Card": "a card with a sentence to show at a counter",
    "web/order.py Card": "the card component of the order page",
    "ledger/book.py moved": "what moved into an account in a span: accounting's own word",
    "ui/roaming.py place": "a place people travel to",
    "api/bodies.py Ask": "the base of every body that comes in",
    "guide/rules/rule_words.py Ask": "a question of a form",
    "api/bodies.py Shown": "the base of every body that goes out",
    "web/guide/counter_sheet.py sheet": "a sheet to print for the counter",
}
# A file name that stands in several folders: every one of them is the same noun, or a convention.
CONVENTIONS = {
    "__init__.py": "Python's",
    "__main__.py": "Python's",
    "apps.py": "Django's",
    "urls.py": "Django's",
    "port.py": "what providers of a kind are asked, one for each kind",
    "registry.py": "which providers there are, one for each kind",
    "run.py": "the entry of a command or a process",
    "error_pages.py": "a face's pages for what went wrong",
}
# A noun that is written by an action, kept in records and shown by faces; the folder says which of these.
SAME_NOUN = {
    "accounts.py": "accounts of programs",
    "apns.py": "APN values",
    "audit.py": "the audit log",
    "brand.py": "the brand of the page",
    "carriers.py": "carriers",
    "disputes.py": "disputes, ours and the sandbox's",
    "gateways.py": "gateways",
    "ids.py": "identifiers: their layout, their making",
    "income.py": "revenue and costs by plan",
    "lines.py": "lines",
    "order.py": "an order",
    "orders.py": "orders",
    "pilot.py": "which lines may renew here already",
    "plans.py": "plans",
    "purchases.py": "purchases",
    "quote.py": "a quote",
    "refund.py": "a refund",
    "roaming.py": "prices abroad",
    "saved.py": "saved payment methods",
    "search.py": "the search",
    "staff.py": "staff",
    "states.py": "states, and their words",
    "tariffs.py": "roaming tariffs",
    "usage.py": "usage reports",
    "voucher.py": "a voucher",
    "vouchers.py": "vouchers",
    "work_list.py": "what waits for people",
}


NAMED = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def _words(name: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]


def _names(found: Trees) -> Iterator[tuple[str, str]]:
    """Every module, class, function and method with the file it stands in."""
    for file, tree in found.items():
        if "/migrations/" in file:
            continue
        yield file, Path(file).parent.name if file.endswith("__init__.py") else Path(file).stem
        for node in ast.walk(tree):
            if isinstance(node, NAMED):
                yield file, node.name


def banned_names(found: Trees) -> Iterator[str]:
    """A word in any name; a whole name only where it stands alone, at the top of a module or as one."""
    tops = {
        (file, node.name) for file, tree in found.items() for node in tree.body if isinstance(node, NAMED)
    }
    tops |= {(file, Path(file).stem) for file in found}
    for file, name in _names(found):
        if f"{file} {name}" in ALLOWED or file.startswith("sandbox/"):  # the toys speak a wire of their own
            continue
        for word in _words(name):
            if word in BANNED_WORDS:
                yield f"{file} {name}: {BANNED_WORDS[word]}"
        if name in BANNED_NAMES and (file, name) in tops:
            yield f"{file} {name}: {BANNED_NAMES[name]}"


def banned_headings(documents: list[Path]) -> Iterator[str]:
    for path in documents:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.startswith("#"):
                for word in _words(line):
                    if word in BANNED_WORDS:
                        yield f"{path.name}:{number} {word}: {BANNED_WORDS[word]}"


def classes_with_one_name(found: Trees) -> Iterator[str]:
    """Across core, records, the ledger and the ports: what a reader meets in one import list."""
    homes: dict[str, list[str]] = defaultdict(list)
    for file, tree in found.items():
        if "/migrations/" not in file and (
            file.startswith(("core/", "records/", "ledger/"))
            or file.endswith("/port.py")
            or file == "plugins.py"
        ):
            for node in tree.body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    homes[node.name].append(file)
    for name, files in homes.items():
        if len(files) > 1:
            yield f"{name} is a class in {' and '.join(files)}"


def file_names_with_two_meanings(files: list[str]) -> Iterator[str]:
    homes: dict[str, list[str]] = defaultdict(list)
    for file in files:
        if "/migrations/" not in file:
            homes[Path(file).name].append(file)
    for name, several in homes.items():
        if len(several) > 1 and name not in CONVENTIONS | SAME_NOUN:
            yield f"{name}: {', '.join(several)}"


def modules_called_like_their_folder(files: list[str]) -> Iterator[str]:
    for file in files:
        if Path(file).stem == Path(file).parent.name:
            yield f"{file}: says what the folder says already"


FILES = sorted(path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py"))
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_no_name_is_a_banned_word():
    assert list(banned_names(trees())) == []


def test_no_heading_has_a_banned_word():
    assert list(banned_headings([path for path in DOCUMENTS if path.name != "CHANGELOG.md"])) == []


def test_no_two_classes_share_a_name():
    assert list(classes_with_one_name(trees())) == []


def test_no_file_name_has_two_meanings():
    assert list(file_names_with_two_meanings(FILES)) == []
    assert list(modules_called_like_their_folder(FILES)) == []


def test_nothing_is_allowed_that_is_not_there():
    names = {f"{file} {name}" for file, name in _names(trees())}
    assert ALLOWED.keys() <= names
    assert (CONVENTIONS | SAME_NOUN).keys() <= {Path(file).name for file in FILES}


def test_every_banned_word_has_its_term_in_the_glossary():
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").lower()
    for replacement in BANNED_WORDS.values():
        first = replacement.split(",")[0].strip().removesuffix("s").replace("woken", "wake")
        assert first in glossary, replacement


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("class Sight: ...", "core/x.py Sight: snapshot"),
        ("def ask():\n    class RefundSight: ...", "core/x.py RefundSight: snapshot"),
        ("def _knock(): ...", "core/x.py _knock: wake"),
        ("class LineDesk: ...", "core/x.py LineDesk: read-only admin"),
        ("def tell(): ...", "core/x.py tell: notify, enqueue, report"),
    ],
)
def test_a_banned_name_is_found(source, says):
    assert list(banned_names({"core/x.py": ast.parse(source)})) == [says]


def test_a_method_may_have_a_short_name():
    assert list(banned_names({"core/x.py": ast.parse("class Mover:\n    def move(self): ...")})) == []


def test_other_offences_are_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# The desks\n\n## A desk\n\ntext about a desk\n")
    assert list(banned_headings([page])) == ["page.md:3 desk: read-only admin"]
    two = {
        "core/plan.py": ast.parse("class Plan: ..."),
        "records/models/catalogue.py": ast.parse("class Plan: ..."),
    }
    assert list(classes_with_one_name(two)) == [
        "Plan is a class in core/plan.py and records/models/catalogue.py"
    ]
    apart = {"core/plan.py": ast.parse("class Plan: ..."), "web/plan.py": ast.parse("class Plan: ...")}
    assert list(classes_with_one_name(apart)) == []
    assert list(file_names_with_two_meanings(["a/sheet.py", "b/sheet.py", "a/urls.py", "b/urls.py"])) == [
        "sheet.py: a/sheet.py, b/sheet.py"
    ]
    assert list(modules_called_like_their_folder(["lines/lines.py", "lines/links.py"])) == [
        "lines/lines.py: says what the folder says already"
    ]
