# ruff: noqa: F811 (a test names the fixture it asks for)
"""Schemathesis asks every operation of the OpenAPI what people would not think of: good, bad and odd, through
the real web server.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests import cast
from tests.actions.conftest import running_sandbox, sandbox, shop  # noqa: F401 (fixtures)
from tests.browser.server import serving
from tests.faces.program import program

# What a rule refuses (a number nobody has, an amount like 95.0, which is no whole number to us) is
# well-formed all the same.
LEFT_OUT = "positive_data_acceptance"
EXAMPLES = "12"


def test_nothing_it_can_think_of_breaks_the_api(shop, tmp_path: Path):
    from django.utils import timezone

    from tsuzuki.api.routes import ROUTES
    from tsuzuki.records.models import ApiKey

    now = timezone.now()
    line, ours = cast.line(now=now), program("ours", "operator", balance=10**9)
    ApiKey.objects.update(per_minute=1_000_000)
    bought = cast.buy(line, now=now)
    cast.go(now)
    order = str(bought.orders.get().id)
    known = {
        "/lines/{id}": line,
        "/purchases/{id}": bought.id,
        **dict.fromkeys(("/orders/{id}", "/orders/{id}/refund"), order),
    }
    config = tmp_path / "schemathesis.toml"
    config.write_text(
        "".join(
            f'[[operations]]\ninclude-path = "{path}"\nparameters = {{ "path.id" = {json.dumps(str(id))} }}\n'
            for path, id in known.items()
        )
        + f'[[operations]]\ninclude-path = "/plans"\nparameters = {{ "query.line_id" = "{line}" }}\n'
    )
    with serving() as web:
        asked = subprocess.run(
            [
                sys.executable,
                "-m",
                "schemathesis.cli",
                "--config-file",
                str(config),
                "run",
                web.url + "/api/v1/openapi.json",
                "--header",
                f"Authorization: Bearer {ours.secret}",
                "--max-examples",
                EXAMPLES,
                "--generation-deterministic",
                "--exclude-checks",
                LEFT_OUT,
                "--no-color",
            ],
            cwd=tmp_path,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert asked.returncode == 0, asked.stdout[-8000:] + asked.stderr[-2000:]
        assert f"Tested: {len(ROUTES)}" in asked.stdout
        assert web.errors() == []
