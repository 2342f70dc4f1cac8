# ruff: noqa: F811 (a test names the fixture it asks for)
"""What is written about the API is true: its OpenAPI, the page that shows it, and the examples, run as they
stand.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import cast
from tests.actions.conftest import running_sandbox, sandbox, shop  # noqa: F401 (fixtures)
from tests.browser.server import serving
from tests.faces.program import Program, program, wall  # noqa: F401 (fixtures)

ROOT = Path(__file__).parent.parent.parent


def everything(shape):
    """Every schema inside a schema."""
    yield shape
    for part in shape.values() if isinstance(shape, dict) else shape if isinstance(shape, list) else ():
        if isinstance(part, dict | list):
            yield from everything(part)


def test_the_openapi_is_of_the_routes_and_whole(shop, wall):
    from tsuzuki.api.routes import ROUTES

    said = Program().get("/openapi.json")
    assert (said.status, said.headers["Content-Type"]) == (200, "application/json")
    document = said.body
    assert document["openapi"].startswith("3.1")
    drawn = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert drawn == {(route.method, route.path) for route in ROUTES}
    ids = [
        operation["operationId"] for methods in document["paths"].values() for operation in methods.values()
    ]
    assert len(ids) == len(set(ids))
    refs = {part["$ref"] for part in everything(document) if isinstance(part, dict) and "$ref" in part}
    assert refs <= {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            named = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
            assert named == set(re.findall(r"\{(\w+)\}", path)), (method, path)


def test_the_page_shows_all_of_it_without_script_or_strangers(shop, wall):
    from tsuzuki.api.routes import ROUTES

    page = Program().get("/docs").raw.decode()
    for route in ROUTES:
        assert f"<code>{route.path}</code>" in page
    assert "<script" not in page
    links = set(re.findall(r'(?:href|src)="([^"#]+)"', page))
    assert "problems/balance_short" in links
    assert all(Program().get("/" + link).status == 200 for link in links)
    assert "`" not in page
    for name in re.findall(r'href="#(\w+)"', page):
        assert f'id="{name}"' in page, name


def test_every_scope_is_in_the_documents():
    from tsuzuki.actions.people.keys import SCOPES

    words = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert all(f"`{scope}`" in words for scope in SCOPES)


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="the examples use curl and jq")
def test_the_examples_run_as_they_stand(shop):
    from django.utils import timezone

    from tsuzuki.records import queries

    line, seller = cast.line(now=timezone.now()), program(balance=5000)
    words = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    *steps, last = re.findall(r"^```sh\n(.*?)^```", words, re.DOTALL | re.MULTILINE)
    assert len(steps) == 3
    with serving() as web:
        known = {
            "PATH": os.environ["PATH"],
            "API": web.url + "/api/v1",
            "KEY": seller.secret,
            "NUMBER": queries.numbers_of([line])[line],
        }
        order = run("\n".join([*steps, 'echo "$ORDER"']), known).splitlines()[-1]
        cast.go(timezone.now())
        said = run(last, {**known, "ORDER": order})
        assert '"state": "delivered"' in said
        assert '"amount_minor": 4010' in said
        assert web.errors() == []


def run(script: str, environ: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout
