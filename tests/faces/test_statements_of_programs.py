# ruff: noqa: F811 (a test names the fixture it asks for)
"""How many statements an answer to a program takes: whatever the size of a batch, of a line, of the database.

Counted, not timed.
"""

from __future__ import annotations

import pytest

from tests import cast
from tests.actions.conftest import running_sandbox, sandbox, shop  # noqa: F401 (fixtures)
from tests.cast import NOON
from tests.faces.program import program, wall  # noqa: F401 (fixtures)


def statements(work) -> list[str]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        work()
    return [one["sql"] for one in asked.captured_queries]


@pytest.mark.parametrize("kind", ["operator", "reseller"])
def test_a_line_is_read_in_one_statement_after_the_key(shop, wall, kind):
    asker = program("asker", kind)
    shop.pays()
    line = cast.line()
    for plan in ("data-20gb", "data-3gb", "addon-1gb"):
        cast.buy(line, plan)
        cast.go()
    assert asker.get(f"/lines/{line}").status == 200  # and a block of its limit is leased
    asked = statements(lambda: asker.get(f"/lines/{line}"))
    assert ["records_apikey" in one for one in asked] == [True, False], asked


def batch(lines: list, name: str, many: int) -> dict[str, object]:
    from tsuzuki.records import queries

    numbers = sorted(queries.numbers_of(lines).values())
    return {
        "records": [
            {
                "record": f"{name}-{n}",
                "msisdn": numbers[n % len(numbers)],
                "good": ("data", "voice")[n % 2],
                "amount": 7 + n,
                "at": NOON.isoformat(),
            }
            for n in range(many)
        ]
    }


def test_a_batch_of_usage_takes_as_many_statements_whatever_its_size(shop, wall):
    from tsuzuki.records.models import Incident, Lot, Usage

    network = program("network", "operator")
    shop.pays()
    lines = cast.lines(20)
    for line in lines:
        cast.buy(line, "data-3gb")
    cast.go()
    assert network.post("/usage", batch(lines, "first", 10)).status == 200

    def counted(many: int) -> int:
        Incident.objects.update(closed_at=NOON)
        asked = statements(lambda: network.post("/usage", batch(lines, f"of {many}", many)))
        return len(asked)

    few, more = counted(10), counted(500)
    assert (Usage.objects.count(), few) == (10 + 10 + 500, more)
    left = 3 * 10**9 * len(lines) - sum(Lot.objects.values_list("remaining", flat=True))
    assert left == sum(Usage.objects.filter(good="data").values_list("amount", flat=True))
