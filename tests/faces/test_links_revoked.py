# ruff: noqa: F811 (a test names the fixture it asks for)
"""A line's links are revoked: every one of before is as unknown as one that is made up, and only of this
line.
"""

from __future__ import annotations

import json
import os

from tests import cast
from tests.faces import desk
from tests.faces.desk import text
from tests.faces.test_commands import command
from tests.faces.test_office_forms import done, now, office  # noqa: F401 (fixtures)


def test_in_the_office_and_all_of_before_open_nothing(client, office, line, now):
    from tsuzuki.records.models import AuditEntry

    other, wish = cast.line(now=now), {"plan": "data-3gb", "method": "byhand"}
    before = [f"/en/r/{cast.link(line, knows)}" for knows in "nis"]
    quoted = client.post(before[0], wish)["Location"]
    assert [client.get(address).status_code for address in (*before, quoted)] == [200] * 4
    made_up = text(client.get("/en/r/sAAAA:1:x"))
    done(desk.post(office, f"/office/lines/{line}/", "revoke"))
    for address in (*before, quoted):
        for answer in (client.get(address), client.post(address, wish)):
            assert (answer.status_code, text(answer)) == (410, made_up)
    assert AuditEntry.objects.filter(act="links_revoked", subject_id=str(line)).count() == 1
    new = f"/en/r/{cast.link(line)}"
    assert [client.get(address).status_code for address in (new, f"/en/r/{cast.link(other)}")] == [200, 200]
    quoted = client.post(new, wish)["Location"]
    assert client.get(quoted).status_code == 200
    desk.post(office, f"/office/lines/{line}/", "revoke")
    assert [client.get(address).status_code for address in (new, quoted, before[2])] == [410] * 3


def test_a_generation_cannot_be_chosen_by_who_holds_a_link(client, line):
    """It is under the signature."""
    token = cast.link(line)
    for changed in (token[:23] + "0" + token[23:], token[:23] + "1" + token[23:], token + "1"):
        assert client.get(f"/en/r/{changed}").status_code == 410


def test_at_a_terminal(client, line, number):
    old = f"/en/r/{cast.link(line)}"
    run = command(dict(os.environ), "new-link", number, "--json")
    assert run.returncode == 0, run.stderr
    new = "/en/r/" + json.loads(run.stdout)["url"].rpartition("/r/")[2]
    assert [client.get(address).status_code for address in (old, new)] == [410, 200]
