"""Times with which a provider would never be asked, or twice, or without end, are refused wherever they come
from.
"""

import pytest

GOOD = {"timeout": 4.0, "lease": 15.0, "look_every": 60.0, "at_once": 8}
BAD = [
    {"timeout": 0},
    {"timeout": -1},
    {"timeout": "inf"},
    {"timeout": "nan"},
    {"timeout": 301, "lease": 80000},
    {"timeout": 20.0},
    {"lease": 10.0},
    {"lease": "inf"},
    {"lease": 86401},
    {"look_every": 0},
    {"look_every": "nan"},
    {"at_once": 0},
    {"at_once": -3},
    {"at_once": "inf"},
    {"at_once": "nan"},
    {"at_once": 1001},
]


@pytest.mark.parametrize("wrong", BAD, ids=str)
@pytest.mark.parametrize("kind", ["carrier", "gateway"])
def test_a_provider_with_such_times_is_not_built(kind, wrong):
    from tsuzuki.carriers import registry as carriers
    from tsuzuki.core.lease import UnsafeLease
    from tsuzuki.payments import registry as payments

    environ = {
        "TSUZUKI_SANDBOX": "1",
        "TSUZUKI_SANDBOX_URL": "http://127.0.0.1:1",
        "TSUZUKI_SANDBOX_SECRET": "s",
    }
    load = (carriers if kind == "carrier" else payments).load
    assert load("sandbox", environ, GOOD).describe().lease == 15.0
    with pytest.raises(UnsafeLease):
        load("sandbox", environ, GOOD | wrong)
