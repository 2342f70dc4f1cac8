"""The guide as files: every page as good as on the web, every link between files, no server, a search that
loads only when used.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest

from tests.faces.markup import Markup
from tests.faces.search_queries import QUERIES
from tsuzuki.cli.guide_site import INDEX_MOST, SCRIPT_MOST, Exported, export_site, file_of, kept
from tsuzuki.ui.languages import SHIPPED

POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
# What the search of the web knows and this one does not: other pages of the operator, and words that only the
# table finds.
ELSEWHERE = {"find", "help", "slow", "apn", "seller", "fees", "elsewhere", ""}


MADE: dict[str, tuple[Path, Exported]] = {}  # it takes seconds, and nobody changes it


@pytest.fixture
def site(client, tmp_path_factory) -> tuple[Path, Exported]:
    if not MADE:
        folder = tmp_path_factory.mktemp("export") / "site"
        MADE["site"] = folder, export_site(folder, "2026-11-22")
    return MADE["site"]


def digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def faults(file: Path, folder: Path) -> list[str]:
    raw = file.read_text("utf-8")
    page, language = Markup(SCRIPT.sub("", raw)), file.relative_to(folder).parts[0].removesuffix(".html")
    wrong = list(page.wrong)
    wrong += page.foreign(language) if language in SHIPPED else []
    policy = POLICY.search(raw)
    if (
        policy is None
        or "default-src 'none'" not in policy[1]
        or any(digest(one) not in policy[1] for one in STYLE.findall(raw))
    ):
        wrong.append("its policy does not fit")
    if len(gzip.compress(raw.encode())) > 14_000:
        wrong.append("it is heavy")
    if "<form" in raw and file.name != "search.html":
        wrong.append("it asks a server")
    return wrong


def test_every_page_is_as_good_as_on_the_web_and_every_link_has_a_file(site):
    folder, exported = site
    files = sorted(folder.rglob("*.html"))
    assert len(files) == exported.pages > 2300
    wrong, anchors = [], {file: set(Markup(file.read_text("utf-8")).ids) for file in files}
    for file in files:
        wrong += [f"{file.relative_to(folder)}: {fault}" for fault in faults(file, folder)]
        for link in Markup(file.read_text("utf-8")).links:
            if link.startswith(("https://", "http://", "tel:", "mailto:")):
                continue
            path, _, anchor = link.partition("#")
            target = (file.parent / path).resolve() if path else file
            if target not in anchors or path.startswith("/"):
                wrong.append(f"{file.relative_to(folder)}: {link} leads nowhere")
            elif anchor and anchor not in anchors[target]:
                wrong.append(f"{file.relative_to(folder)}: {link} has no such place")
    assert not wrong, "\n".join(wrong[:30])


def test_all_can_be_reached_from_the_first_page(site):
    folder, exported = site
    seen, waiting = set(), [folder / "index.html"]
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        links = Markup(file.read_text("utf-8")).links
        waiting += [
            (file.parent / link.partition("#")[0]).resolve()
            for link in links
            if link and not re.match(r"[a-z]+:|#", link)
        ]
    assert len(seen) == exported.pages


def test_no_page_but_the_search_has_a_script_and_that_one_is_small_and_named_in_its_policy(site):
    folder, exported = site
    for file in folder.rglob("*.html"):
        raw = file.read_text("utf-8")
        assert ("<script" in raw) is (file.name == "search.html"), file
    for language in SHIPPED:
        raw = (folder / language / "search.html").read_text("utf-8")
        (script,) = SCRIPT.findall(raw)
        assert len(script.encode()) == exported.script <= SCRIPT_MOST
        policy = POLICY.search(raw)
        assert policy is not None
        assert f"script-src {digest(script)} 'strict-dynamic'" in policy[1]
        assert "search-index.js" not in raw.replace(script, ""), "the words are loaded when somebody searches"
        index = (folder / language / "search-index.js").stat().st_size
        assert index <= exported.index <= INDEX_MOST


def test_every_entry_of_the_index_has_its_file_and_place(site):
    folder, _ = site
    for language in SHIPPED:
        raw = (folder / language / "search-index.js").read_text("utf-8")
        index = json.loads(raw.removeprefix("found(").removesuffix(")"))
        paths = [path for path, *_ in index["p"]] + [f"guide/{id}" for id, *_ in index["b"]]
        paths += [f"guide/{id}/{path}" for id, *_ in index["b"] for path, *_ in index["c"]]
        paths += [f"guide/{index['b'][b][0]}/{path}" for b, path, _ in index["s"]]
        missing = [path for path in paths if not (folder / language / f"{path}.html").exists()]
        assert missing == []
        for b, k, _ in index["f"]:
            chapter, key, _ = index["k"][k]
            page = folder / language / "guide" / index["b"][b][0] / f"{index['h'][chapter]}.html"
            assert f'id="{key}"' in page.read_text("utf-8")


HARNESS = """
const fs = require("fs"), [, , search, index, ...queries] = process.argv
const node = () => ({
  dataset: {}, children: [], replaceChildren(...c) { this.children = c }, append(c) { this.link = c },
})
const out = node(), form = { q: { value: "" } }
globalThis.location = { search: "" }
const head = { append: () => eval(fs.readFileSync(index, "utf8")) }
globalThis.document = { forms: [form], getElementById: () => out, createElement: node, head }
globalThis.window = globalThis
eval(fs.readFileSync(search, "utf8"))
console.log(JSON.stringify(queries.map(q => {
  form.q.value = q
  out.children = []
  form.onsubmit({ preventDefault() {} })
  return out.children.map(c => c.link.href)
})))
"""


@pytest.mark.skipif(
    shutil.which("node") is None, reason="runs the page's script, which needs something to run it"
)
@pytest.mark.parametrize("language", SHIPPED)
def test_the_queries_people_type_find_their_page_here_too(site, tmp_path, language):
    folder, _ = site
    (script,) = SCRIPT.findall((folder / language / "search.html").read_text("utf-8"))
    (tmp_path / "search.js").write_text(script, "utf-8")
    (tmp_path / "run.js").write_text(HARNESS, "utf-8")
    here = [(query, wanted, place) for query, wanted, place in QUERIES if wanted not in ELSEWHERE]
    asked = [
        "node",
        tmp_path / "run.js",
        tmp_path / "search.js",
        folder / language / "search-index.js",
        *(query for query, *_ in here),
    ]
    answers = json.loads(
        subprocess.run(asked, capture_output=True, check=True, text=True, timeout=120).stdout
    )
    wrong = []
    for (query, wanted, place), found in zip(here, answers, strict=True):
        path, _, anchor = wanted.partition("#")
        target = f"{path}.html" + (f"#{anchor}" if anchor else "")
        if target not in found[: place + 2]:
            wrong.append(f"{query}: {target} not among {found[: place + 2]}")
    assert not wrong, "\n".join(wrong)


def test_what_needs_a_server_is_said_where_it_stood(site):
    folder, _ = site
    cost = (folder / "en/guide/docomo/cost.html").read_text("utf-8")
    assert "This part reckons with what you type" in cost
    assert "Together" in cost, "the sum of a usual month is there all the same"
    assert not list(folder.rglob("dates.html"))
    assert not list(folder.rglob("paste.html"))
    docomo = Markup((folder / "en/guide/docomo.html").read_text("utf-8"))
    assert "../left-out.html" in docomo.links, "the dates it cannot reckon"
    assert "needs the guide on the web" in (folder / "en/left-out.html").read_text("utf-8")
    assert "2026-11-22" in docomo.said()
    assert "Practice shop" not in docomo.said()


@pytest.mark.parametrize(
    ("path", "is_kept"),
    [
        ("/en/guide", True),
        ("/en/guide/docomo", True),
        ("/en/guide/docomo/dates", False),
        ("/en/guide/paste", False),
        ("/ja/guide", False),
        ("/en/guide/docomo/dates.ics", False),
        ("/en/guide/cost?gb=3", False),
        ("/en/fees", False),
        ("/en/guidebook", False),
    ],
)
def test_what_is_among_the_files(path, is_kept):
    assert kept(path, "en") is is_kept
    assert file_of("/en/guide/docomo") == "en/guide/docomo.html"


def test_the_command_refuses_a_folder_that_is_not_empty(tmp_path):
    from typer.testing import CliRunner

    from tsuzuki.cli.main import app

    (tmp_path / "mine.txt").write_text("keep me")
    answer = CliRunner().invoke(app, ["guide", "export", str(tmp_path)])
    assert answer.exit_code == 1
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_the_command_needs_no_setting_no_secret_and_no_database(tmp_path):
    here, folder = tmp_path / "empty", tmp_path / "site"
    here.mkdir()
    command = Path(sys.executable).with_name("tsuzuki")
    done = subprocess.run(
        [command, "guide", "export", folder, "--json"],
        cwd=here,
        env={"PATH": os.environ["PATH"]},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout)["pages"] == len(list(folder.rglob("*.html")))
    assert list(here.iterdir()) == [], "no database was made for it"
    wrong = [
        fault
        for path in (
            "en/guide.html",
            "ja/guide/docomo.html",
            "zh-Hans/guide/roaming/cn/tariffs.html",
            "en/search.html",
        )
        for fault in faults(folder / path, folder)
    ]
    assert wrong == []
