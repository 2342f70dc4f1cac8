"""What a reader may count on in this code, as checks over its syntax trees; and proof that the checks find
what they are there for.

A check yields its findings, «file:line what»; none is well.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.language import one_language
from tsuzuki.core.errors import Code
from tsuzuki.ui.languages import SHIPPED
from tsuzuki.ui.refusals import sentence

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "tsuzuki"
LONGEST_FILE, LONGEST_FUNCTION, DEEPEST = 400, 60, 3
LONGEST_TEST_FILE = 450  # a subject and all that may go wrong with it
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "services", "managers", "signals", "misc"}
FACES = ("api", "cli", "worker", "web", "counter", "office", "network")  # the sandbox has no Django at all
CLOCKS = set(
    "now today utcnow uuid1 uuid4 uuid7 monotonic perf_counter time_ns getrandbits token_bytes".split()
)
WRITES = {"save", "create", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
WRITES |= {"asave", "acreate", "adelete", "aupdate"}
QUERIES = {"objects", "filter", "exclude", "all", "select_for_update", "order_by", "values", "annotate"}
RAW_WRITE = re.compile(
    r"\A\s*(INSERT\s+INTO|UPDATE\s+\w+\s+(\w+\s+)?SET|DELETE\s+FROM|TRUNCATE|MERGE\s+INTO)\b", re.IGNORECASE
)
LOCK_KEYS = {
    # a plan or a carrier is deleted: whoever is about to refer to it is waited for
    "actions/catalogue/plans.py",
    # a line is closed: `accept` holds its lines FOR KEY SHARE, so every yes that saw it open is waited for
    "actions/lines/line_records.py",
}
AUDIT = "actions/write/audit.py"
LOCKS_KEY = re.compile(r"\bFOR\s+UPDATE\b")
NOT_OURS = {"__pycache__", "LC_MESSAGES"}  # the second is where gettext looks
SECONDS = {"core/lease.py"}  # numbers of settings: how long to wait, never money
# Hosts packages come from; written apart, so that this file names none.
REGISTRIES = re.compile(
    "|".join(
        [
            "pypi" + r"\.org",
            "python" + r"hosted\.org",
            "npm" + r"js\.org",
            "crates" + r"\.io",
            "ruby" + r"gems\.org",
        ]
    )
)
NEIGHBOUR = re.compile(r"(?:\.\./|/work/)" + "shared" + r"\b")

Trees = dict[str, ast.Module]


def trees(source: Path = SOURCE) -> Trees:
    return {
        path.relative_to(source).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(source.rglob("*.py"))
    }


def long_files(source: Path = SOURCE, longest: int = LONGEST_FILE) -> Iterator[str]:
    for path in sorted(source.rglob("*")):
        if path.suffix in (".py", ".sql", ".html", ".css", ".js"):
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if lines > longest and "migrations" not in path.parts:
                yield f"{path.relative_to(source).as_posix()} has {lines} lines"


def names_that_say_nothing(source: Path = SOURCE) -> Iterator[str]:
    for path in sorted(source.rglob("*")):
        if path.stem in SAYS_NOTHING:
            yield f"{path.relative_to(source).as_posix()} is called {path.stem}"


def too_deep(source: Path = SOURCE) -> Iterator[str]:
    for path in sorted(source.rglob("*")):
        if path.is_dir() and path.name not in NOT_OURS and len(path.relative_to(source).parts) > DEEPEST:
            yield (
                f"{path.relative_to(source).as_posix()} lies {len(path.relative_to(source).parts)} "
                "folders deep"
            )


def long_functions(found: Trees) -> Iterator[str]:
    for file, node in _each(found, ast.FunctionDef, ast.AsyncFunctionDef):
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length >= LONGEST_FUNCTION:
            yield f"{file}:{node.lineno} {node.name} has {length} lines"


def clocks_and_floats(found: Trees) -> Iterator[str]:
    """The core is told the time and brings no entropy; its money and time are whole numbers."""
    core = {file: tree for file, tree in found.items() if file.startswith("core/")}
    for file, node in _each(core, ast.Call, ast.Constant, ast.ImportFrom):
        if isinstance(node, ast.Call) and _name(node.func) in CLOCKS:
            yield f"{file}:{node.lineno} {_name(node.func)}()"
        elif isinstance(node, ast.Call) and _name(node.func) == "float" and file not in SECONDS:
            yield f"{file}:{node.lineno} float()"
        elif (
            isinstance(node, ast.Constant) and isinstance(node.value, float | complex) and file not in SECONDS
        ):
            yield f"{file}:{node.lineno} {node.value}"
        elif isinstance(node, ast.ImportFrom) and node.module in ("random", "secrets"):
            yield f"{file}:{node.lineno} from {node.module}"


def faces_that_write(found: Trees) -> Iterator[str]:
    faces = {file: tree for file, tree in found.items() if file.split("/")[0] in FACES}
    for file, node in _each(faces, ast.Call, ast.Constant):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            word = node.func.attr
            if word in WRITES or (word == "update" and QUERIES & set(_chain(node.func.value))):
                yield f"{file}:{node.lineno} .{word}("
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and RAW_WRITE.match(node.value):
            yield f"{file}:{node.lineno} SQL that writes"


def hidden_calls(found: Trees) -> Iterator[str]:
    """Django's signals run code nobody sees at the place that sets it off."""
    for file, node in _each(found, ast.ImportFrom, ast.Import):
        modules = (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        )
        if any(
            re.match(r"django\.(dispatch|db\.models\.signals|core\.signals)\b", module) for module in modules
        ):
            yield f"{file}:{node.lineno} {modules[0]}"
        elif modules[0] in ("django", "django.db.models") and {"dispatch", "signals"} & {
            alias.name for alias in node.names
        }:
            yield f"{file}:{node.lineno} {node.module}"


def prints(found: Trees) -> Iterator[str]:
    for file, node in _each(found, ast.Call):
        if (
            isinstance(node.func, ast.Name)
            and node.func.id == "print"
            and file.split("/")[0] not in ("cli", "sandbox")
        ):
            yield f"{file}:{node.lineno} print("


def bare_excepts(found: Trees) -> Iterator[str]:
    for file, node in _each(found, ast.ExceptHandler):
        if node.type is None:
            yield f"{file}:{node.lineno} except:"


def tracked(root: Path = ROOT) -> list[Path]:
    """What git has or would take; without git (an unpacked release) everything beside what is made."""
    git = shutil.which("git")
    if git and (root / ".git").exists():
        said = subprocess.run(
            [git, "ls-files", "-co", "--exclude-standard", "-z"], cwd=root, capture_output=True, check=True
        )
        return [path for name in said.stdout.decode().split("\0") if name and (path := root / name).is_file()]
    made = {".venv", "var", "dist", "__pycache__", ".git", ".hypothesis", ".mypy_cache", ".ruff_cache"}
    return [
        path for path in root.rglob("*") if path.is_file() and not made & set(path.relative_to(root).parts)
    ]


def words_in(paths: list[Path], word: re.Pattern[str]) -> Iterator[str]:
    for path in paths:
        for number, line in enumerate(path.read_bytes().decode("utf-8", "replace").splitlines(), 1):
            if match := word.search(line):
                yield f"{path.name}:{number} {match[0]}"


def locks_of_keys(found: Trees) -> Iterator[str]:
    """A row locked with its key holds up whoever only refers to it: a foreign key checked at COMMIT waits
    then, and that is a deadlock once the other waits for something of ours. LOCK_KEYS says who may, and why.
    """
    for file, node in _each(
        {file: tree for file, tree in found.items() if file not in LOCK_KEYS}, ast.Call, ast.Constant
    ):
        if isinstance(node, ast.Call) and _name(node.func) == "select_for_update":
            if not any(given.arg == "no_key" for given in node.keywords):
                yield f"{file}:{node.lineno} select_for_update without no_key"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and LOCKS_KEY.search(node.value):
            yield f"{file}:{node.lineno} FOR UPDATE"


def decoding(found: Trees) -> Iterator[str]:
    """Where two threads may meet a type at once: decode.py learns it first."""
    for file, node in _each(found, ast.Attribute):
        assert isinstance(node, ast.Attribute)
        if file != "decode.py" and re.fullmatch(
            r"msgspec\.(convert|(json|msgpack|yaml|toml)\.(decode|Decoder))", ast.unparse(node)
        ):
            yield f"{file}:{node.lineno} {ast.unparse(node)}: tsuzuki.decode"


def audit_entries_elsewhere(found: Trees) -> Iterator[str]:
    """Only `actions/write/audit.py` writes one: it knows that an act and its entry are one transaction.

    None is ever changed.
    """
    others = {
        file: tree
        for file, tree in found.items()
        if file != AUDIT and not file.startswith("records/migrations/")
    }
    for file, node in _each(others, ast.Call, ast.Constant):
        if isinstance(node, ast.Call):
            chain = (
                set(_chain(node.func))
                | {_name(node.func)}
                | {name.id for name in ast.walk(node.func) if isinstance(name, ast.Name)}
            )
            word = _name(node.func)
            if "AuditEntry" in chain and (word == "AuditEntry" or word in WRITES or word == "update"):
                yield f"{file}:{node.lineno} {word}("
        elif (
            isinstance(node.value, str) and RAW_WRITE.match(node.value) and "records_auditentry" in node.value
        ):
            yield f"{file}:{node.lineno} SQL that writes an audit entry"


def _each(found: Trees, *kinds: type[ast.AST]):
    for file, tree in found.items():
        for node in ast.walk(tree):
            if isinstance(node, kinds):
                yield file, node


def _name(function: ast.expr) -> str:
    return (
        function.attr
        if isinstance(function, ast.Attribute)
        else function.id
        if isinstance(function, ast.Name)
        else ""
    )


def _chain(node: ast.expr) -> Iterator[str]:
    """The names along a.b(c).d, outermost first."""
    while True:
        if isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Attribute):
            yield node.attr
            node = node.value
        else:
            return


CHECKS = [
    long_functions,
    clocks_and_floats,
    faces_that_write,
    hidden_calls,
    prints,
    bare_excepts,
    locks_of_keys,
    decoding,
    audit_entries_elsewhere,
]
FOLDERS = [long_files, names_that_say_nothing, too_deep]


@pytest.fixture(scope="module")
def source():
    found = trees()
    assert len(found) > 60
    return found


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_code(source, check):
    assert list(check(source)) == []


@pytest.mark.parametrize("check", FOLDERS, ids=lambda check: check.__name__)
def test_the_folders(check):
    assert list(check()) == []


def test_no_file_of_tests_is_long():
    assert list(long_files(ROOT / "tests", LONGEST_TEST_FILE)) == []


@pytest.mark.parametrize("word", [REGISTRIES, NEIGHBOUR], ids=["registry", "neighbour"])
def test_no_file_names(word):
    paths = tracked()
    assert len(paths) > 100
    assert list(words_in(paths, word)) == []


@pytest.mark.parametrize("language", SHIPPED)
@pytest.mark.parametrize("code", Code)
def test_every_refusal_has_a_sentence_in_every_language(code, language):
    said = sentence(code, {}, language)
    assert said.endswith((".", "。")), said
    one_language(said, language)


def seen(check, code: str, file: str = "actions/x.py") -> bool:
    return bool(list(check({file: ast.parse(code)})))


@pytest.mark.parametrize(
    ("check", "file", "code"),
    [
        (clocks_and_floats, "core/x.py", "datetime.now(UTC)"),
        (clocks_and_floats, "core/x.py", "now()"),
        (clocks_and_floats, "core/x.py", "date.today()"),
        (clocks_and_floats, "core/x.py", "uuid.uuid4()"),
        (clocks_and_floats, "core/x.py", "x = float(y)"),
        (clocks_and_floats, "core/x.py", "x = 1.1 * y"),
        (clocks_and_floats, "core/x.py", "x = 1e3"),
        (clocks_and_floats, "core/lease.py", "now()"),
        (clocks_and_floats, "core/deep/x.py", "from secrets import token_hex"),
        (faces_that_write, "cli/x.py", "line.save()"),
        (faces_that_write, "api/x.py", "Line.objects.create(id=1)"),
        (faces_that_write, "worker/x.py", "Line.objects.bulk_create(rows)"),
        (faces_that_write, "cli/demo/x.py", "models.Line.objects.filter(id=1).update(x=1)"),
        (faces_that_write, "cli/x.py", "row.delete()"),
        (faces_that_write, "cli/x.py", "cursor.execute('  insert into x values (1)')"),
        (faces_that_write, "cli/x.py", "cursor.execute('UPDATE records_line SET x = 1')"),
        (faces_that_write, "cli/x.py", "QUERY = 'DELETE FROM x'"),
        (hidden_calls, "actions/x.py", "from django.dispatch import receiver"),
        (hidden_calls, "actions/x.py", "import django.dispatch"),
        (hidden_calls, "actions/x.py", "from django.db.models.signals import post_save"),
        (hidden_calls, "actions/x.py", "from django.db.models import F, signals"),
        (prints, "actions/x.py", "def f():\n    print('x')"),
        (locks_of_keys, "actions/x.py", "rows.select_for_update(skip_locked=True)"),
        (locks_of_keys, "actions/x.py", "SQL = 'SELECT 1 FROM t FOR UPDATE SKIP LOCKED'"),
        (audit_entries_elsewhere, "actions/x.py", "models.AuditEntry.objects.create(act='x')"),
        (audit_entries_elsewhere, "actions/order/x.py", "AuditEntry.objects.bulk_create(rows)"),
        (audit_entries_elsewhere, "cli/x.py", "models.AuditEntry(act='x').save()"),
        (audit_entries_elsewhere, "actions/x.py", "rows = [AuditEntry(act='x')]"),
        (audit_entries_elsewhere, "records/x.py", "models.AuditEntry.objects.filter(id=1).update(actor='x')"),
        (audit_entries_elsewhere, "actions/x.py", "SQL = 'INSERT INTO records_auditentry (act) VALUES (%s)'"),
        (bare_excepts, "actions/x.py", "try:\n    f()\nexcept:\n    pass"),
        (decoding, "api/x.py", "x = msgspec.convert(y, T)"),
        (decoding, "api/x.py", "x = msgspec.json.Decoder(T)"),
        (long_functions, "actions/x.py", "def f():\n" + "    x = 1\n" * 59),
        (long_functions, "actions/x.py", "class C:\n    async def f(self):\n" + "        x = 1\n" * 60),
    ],
)
def test_it_is_found(check, file, code):
    assert seen(check, code, file)


@pytest.mark.parametrize(
    ("check", "file", "code"),
    [
        (clocks_and_floats, "actions/x.py", "now(); x = 1.5"),
        (clocks_and_floats, "core/x.py", "x: float = y\nnow = 1\nz = 10 // 3"),
        (clocks_and_floats, "core/lease.py", "float(x)"),
        (faces_that_write, "actions/x.py", "line.save()"),
        (
            faces_that_write,
            "cli/x.py",
            "progress.update(task, total=1)\nfacts.update({})\ndigest.update(b'')",
        ),
        (faces_that_write, "sandbox/x.py", "db.execute('DELETE FROM x')"),
        (
            faces_that_write,
            "cli/x.py",
            "print('Update the file and send it again. Delete from the list what is wrong.')",
        ),
        (hidden_calls, "actions/x.py", "from signal import SIGTERM"),
        (prints, "cli/x.py", "print('x')"),
        (locks_of_keys, "actions/x.py", "rows.select_for_update(no_key=True, skip_locked=True)"),
        (locks_of_keys, "actions/x.py", "SQL = 'SELECT 1 FROM t FOR NO KEY UPDATE'"),
        (audit_entries_elsewhere, AUDIT, "models.AuditEntry.objects.create(act='x')"),
        (audit_entries_elsewhere, "office/x.py", "models.AuditEntry.objects.filter(act='x').order_by('id')"),
        (audit_entries_elsewhere, "actions/x.py", "audit.write(act, subject, actor, now)"),
        (prints, "actions/x.py", "out.print('x')"),
        (bare_excepts, "actions/x.py", "try:\n    f()\nexcept ValueError:\n    pass"),
        (decoding, "api/x.py", "x = msgspec.json.encode(y)"),
        (decoding, "decode.py", "x = msgspec.convert(y, T)"),
        (long_functions, "actions/x.py", "def f():\n" + "    x = 1\n" * 58),
    ],
)
def test_it_is_let_be(check, file, code):
    assert not seen(check, code, file)


def test_folders_are_found(tmp_path):
    (tmp_path / "a" / "b" / "c" / "d").mkdir(parents=True)
    (tmp_path / "a" / "helpers.py").write_text("x = 1\n")
    (tmp_path / "a" / "common").mkdir()
    (tmp_path / "a" / "long.py").write_text("x = 1\n" * 401)
    (tmp_path / "a" / "just.py").write_text("x = 1\n" * 400)
    assert list(too_deep(tmp_path)) == ["a/b/c/d lies 4 folders deep"]
    assert list(names_that_say_nothing(tmp_path)) == [
        "a/common is called common",
        "a/helpers.py is called helpers",
    ]
    assert list(long_files(tmp_path)) == ["a/long.py has 401 lines"]


def test_words_are_found(tmp_path):
    host, folder = "https://pypi" + ".org/simple", "../" + "shared/design.md"
    (tmp_path / "a.txt").write_text(
        f"x\nindex = {host}\nsee {folder}\nsee /work/{'shared'}\n a shared folder, pypi and org\n"
    )
    assert list(words_in([tmp_path / "a.txt"], REGISTRIES)) == ["a.txt:2 pypi" + ".org"]
    assert len(list(words_in([tmp_path / "a.txt"], NEIGHBOUR))) == 2


def test_an_unpacked_release_is_read_without_git(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / ".venv").mkdir()
    for name in ("src/a.py", ".venv/b.py", "c.md"):
        (tmp_path / name).write_text("")
    assert {path.name for path in tracked(tmp_path)} == {"a.py", "c.md"}


def test_the_pattern_of_sql_that_writes():
    assert RAW_WRITE.match("UPDATE records_attempt a SET standing = 1")
    assert not re.match(RAW_WRITE, "SELECT 1 FROM x FOR UPDATE")
