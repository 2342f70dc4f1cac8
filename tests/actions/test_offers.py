"""What a carrier has no word for is not sold on its lines; and what it once took is not handed over again by
itself.
"""

import shutil

import pytest

from tests import cast
from tests.cast import NOON

WORDS = {"out": {"columns": [{"from": "key"}, {"from": "plan", "values": {"data-3gb": "A003"}}]}}


@pytest.fixture
def files(database, tmp_path):
    from tsuzuki.actions.catalogue.plans import NewCarrier, save_carriers
    from tsuzuki.actions.engine import providers

    cast.operator()
    settings = {
        "folder": str(tmp_path / "files"),
        "template": WORDS,
        "look_every": 1.0,
        "fetch_every": 0,
        "timeout": 0.5,
        "lease": 2.0,
    }
    save_carriers(
        [
            NewCarrier(
                "files", {"en": "Files"}, "au", "csvbatch", settings=settings, refund_after_seconds=86400
            )
        ]
    )
    yield tmp_path / "files"
    providers.forget()


def test_a_plan_without_a_word_is_neither_offered_nor_sold(files):
    from tsuzuki.actions.order.offers import plans_for
    from tsuzuki.core.errors import Code, Refused
    from tsuzuki.records import models

    line = models.Line.objects.select_related("carrier").get(id=cast.line("files"))
    other = models.Line.objects.select_related("carrier").get(id=cast.line("hand"))
    offered, elsewhere = ({plan.code for plan, _ in plans_for(one, "JPY", NOON)} for one in (line, other))
    assert "data-3gb" in offered
    assert "data-20gb" in elsewhere - offered
    assert "credit-open" in offered  # no carrier is asked for it
    with pytest.raises(Refused) as refused:
        cast.buy(line.id, "data-20gb", cast.voucher(2700))
    assert refused.value.code is Code.PLAN_NOT_FOR_LINE
    cast.buy(other.id, "data-20gb", cast.voucher(2700))


def test_the_doctor_and_the_office_say_so(files):
    from datetime import UTC, datetime

    from django.test import Client
    from django.utils import timezone

    from tests.faces import desk
    from tsuzuki.cli.doctor.run import findings
    from tsuzuki.core.staff import Role

    said = [one for one in findings(datetime.now(UTC)) if one.about == "carrier" and "no word" in one.said]
    assert [(one.level, "data-20gb" in one.said, "data-3gb" in one.said) for one in said] == [
        ("warn", True, False)
    ]
    client, now = Client(SERVER_NAME="localhost", headers={"Accept-Language": "en"}), timezone.now()
    desk.sign_in(client, desk.hire("sato", Role.OWNER, now), now)
    assert "its template has no word for them: " in desk.text(client.get("/office/carriers/files/"))
    assert "no word" not in desk.text(client.get("/office/carriers/hand/"))


def test_what_was_taken_and_is_not_known_any_more_is_for_people(files):
    """Their folder is gone, with all that says what was handed over: it is not handed over again."""
    from datetime import timedelta

    from tsuzuki.records.models import Attempt

    purchase = cast.buy(cast.line("files"), "data-3gb", cast.voucher(990))
    cast.go()
    assert Attempt.objects.get(step="provision").standing == "waiting"
    shutil.rmtree(files)
    for minutes in (2, 4, 6):
        cast.go(NOON + timedelta(minutes=minutes))
    attempt = Attempt.objects.get(step="provision")
    assert (attempt.standing, attempt.asks, attempt.look_at) == ("cannot_tell", 1, None)
    assert not files.exists()
    assert cast.states(purchase) == ["applied"]
