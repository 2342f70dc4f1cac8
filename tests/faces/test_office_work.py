"""The work list, lines and purchases: what staff do with an order, through the pages, with a real carrier and
gateway beside it.
"""

from __future__ import annotations

import pytest

from tests import cast
from tests.actions.conftest import running_sandbox, sandbox, set_clock  # noqa: F401 (fixtures)
from tests.faces import desk
from tsuzuki.core.staff import Role


@pytest.fixture
def now():
    from django.utils import timezone

    return timezone.now()


@pytest.fixture
def shop(database, sandbox, monkeypatch, now):  # noqa: F811
    """Open now, by the real clock: pages have no other."""
    from django.test import override_settings

    from tsuzuki.actions.money.verify import verify

    set_clock(sandbox, now)
    cast.operator(now, timeout=10, lease=30)
    cast.gateways({"byhand": {}, "sandbox": {"timeout": 10, "lease": 30, "look_every": 60}})
    with override_settings(PASSWORD_HASHERS=desk.FAST):
        yield sandbox
    from django.utils import timezone

    assert verify(timezone.now()).faults == ()


def browser():
    from django.test import Client

    return Client(SERVER_NAME="localhost", headers={"Accept-Language": "en"}, raise_request_exception=False)


def at_work(name: str, role: Role, now):
    client = browser()
    desk.sign_in(client, desk.hire(name, role, now), now)
    return client


def lease_over() -> None:
    """What staff do by hand may be answered once nobody holds it; nobody waits for that here."""
    from datetime import timedelta

    from tsuzuki.records.models import Attempt

    for attempt in Attempt.objects.filter(outcome=""):
        Attempt.objects.filter(id=attempt.id).update(lease_until=attempt.opened_at - timedelta(seconds=1))


def sold(now, carrier: str = "hand", method: str = "voucher"):
    from tsuzuki.actions.order.acceptance import PaymentChoice

    line = cast.line(carrier, "a@example.com", now)
    purchase = cast.buy(
        line,
        "data-3gb",
        cast.voucher(990, now) if method == "voucher" else PaymentChoice(method),
        now=now,
        email="a@example.com",
    )
    go(purchase)
    return purchase


def go(purchase) -> None:
    from django.utils import timezone

    cast.go(timezone.now(), purchase.id)
    lease_over()


def task_of(client, words: str) -> str:
    import re

    pages = (client.get("/office/work/", {"list": one}).content.decode() for one in ("", "unpaid"))
    return next(found[1] for page in pages if (found := re.search(rf'<a href="([^"]+)"[^>]*>{words}', page)))


def test_by_hand_from_list_to_delivered(shop, now):
    from tsuzuki.actions.catalogue.plans import NewCarrier, save_carriers
    from tsuzuki.records.models import Attempt, AuditEntry

    save_carriers(
        [
            NewCarrier(
                "hand",
                {"en": "Hand"},
                "softbank",
                "byhand",
                settings={"portal": "https://portal.example.com/"},
            )
        ]
    )
    purchase, clerk = sold(now), at_work("sato", Role.CLERK, now)
    task = task_of(clerk, "Activate at the carrier")
    page = clerk.get(task).content.decode()
    number = purchase.orders.first().line.numbers.get().msisdn
    assert f'data-copy="0{number.removeprefix("+81")}"' in page
    assert 'href="https://portal.example.com/"' in page
    assert 'rel="noopener noreferrer"' in page
    assert desk.post(clerk, task, "take").status_code == 302
    assert desk.post(clerk, task, "done", reference=" ").status_code == 422
    assert desk.post(clerk, task, "done", reference="PORTAL-7")["Location"] == "/office/work/"
    assert cast.states(purchase) == ["delivered"]
    assert Attempt.objects.get(step="provision").reference == "PORTAL-7"
    assert list(AuditEntry.objects.order_by("id").values_list("actor", "act"))[-2:] == [
        ("staff sato", "take"),
        ("staff sato", "finish"),
    ]
    assert "Nothing waits to be done by hand." in desk.text(clerk.get("/office/work/"))
    assert desk.forms_of(clerk.get(task).content.decode()) == []


def test_two_on_one_task(shop, now):
    purchase = sold(now)
    sato, suzuki = at_work("sato", Role.CLERK, now), at_work("suzuki", Role.CLERK, now)
    task = task_of(sato, "Activate at the carrier")
    opened = desk.form_of(suzuki.get(task).content.decode(), "done") | {"reference": "MINE"}
    stale = desk.form_of(suzuki.get(task).content.decode(), "take")
    desk.post(sato, task, "take")
    assert "sato is working on this." in desk.text(suzuki.get(task))
    assert desk.forms_of(suzuki.get(task).content.decode()) == ["take_over"]
    for sent in (opened, stale):  # from before: the forms are gone, nothing is done
        assert suzuki.post(task, sent).status_code == 200
    assert cast.states(purchase) == ["applied"]
    assert desk.post(suzuki, task, "take_over").status_code == 302
    assert "suzuki is working on this." in desk.text(sato.get(task))
    desk.post(suzuki, task, "done", reference="S-1")
    assert cast.states(purchase) == ["delivered"]


def test_the_second_answer_gets_a_sentence(shop, now):
    """Both had the page open, neither had begun."""
    from tsuzuki.actions.work import work_items

    sold(now)
    sato, suzuki = at_work("sato", Role.CLERK, now), at_work("suzuki", Role.CLERK, now)
    task = task_of(sato, "Activate at the carrier")
    desk.post(sato, task, "done", reference="S-1")
    from tsuzuki.core.errors import Refused

    with pytest.raises(Refused, match="work_done_already"):
        work_items.finish(task.split("/")[-2], "S-2", "staff suzuki", now)
    assert desk.forms_of(suzuki.get(task).content.decode()) == []


def test_not_done_is_refunded(shop, now):
    purchase, clerk = sold(now), at_work("sato", Role.CLERK, now)
    task = task_of(clerk, "Activate at the carrier")
    assert desk.post(clerk, task, "refuse", why="number barred")["Location"] == "/office/work/"
    go(purchase)
    assert cast.states(purchase) == ["refunded"]


def test_cash_is_taken(shop, now):
    purchase, clerk = sold(now, "hand", "byhand"), at_work("sato", Role.CLERK, now)
    task = task_of(clerk, "Take the payment")
    assert "take" not in desk.forms_of(clerk.get(task).content.decode())
    assert desk.post(clerk, task, "done", reference="R-1").status_code == 302
    go(purchase)
    assert cast.states(purchase) == ["applied"]


def test_a_viewer_sees_no_number_and_no_button(shop, now):
    purchase, viewer = sold(now), at_work("aoki", Role.VIEWER, now)
    number = purchase.orders.first().line.numbers.get().msisdn
    task = task_of(viewer, "Activate at the carrier")
    for path in (
        "/office/work/",
        task,
        f"/office/lines/{purchase.orders.first().line_id}/",
        f"/office/purchases/{purchase.id}/",
    ):
        page = viewer.get(path).content.decode()
        assert number not in page.replace("-", "")
        assert number.removeprefix("+81") not in page.replace("-", ""), path
        assert "a@example.com" not in page, path
        assert set(desk.forms_of(page)) == set(), path


def test_a_refund_that_is_owed_is_paid_out(shop, now):
    """Cash cannot go back by itself."""
    purchase, clerk = sold(now, "hand", "byhand"), at_work("sato", Role.CLERK, now)
    desk.post(clerk, task_of(clerk, "Take the payment"), "done", reference="R-1")
    go(purchase)
    desk.post(clerk, task_of(clerk, "Activate at the carrier"), "refuse", why="barred")
    go(purchase)
    while "Send the refund" in clerk.get("/office/work/").content.decode():
        desk.post(clerk, task_of(clerk, "Send the refund"), "refuse", why="cash")
        go(purchase)
    assert cast.states(purchase) == ["refund_owed"]
    page = desk.text(browser().get(f"/en/p/{purchase.token}"))
    assert "We cannot send JPY 990 back the way you paid." in page
    assert f"call or write to us with the code {purchase.code} and say where to send it" in page
    owed = task_of(clerk, "Pay out a refund")
    wrong = desk.post(
        clerk, owed, "account", bank="A Bank", branch="Main", kind="ordinary", number="12", holder="ミン メイ"
    )
    assert "Please check this against your bank book" in desk.text(wrong)
    desk.post(
        clerk,
        owed,
        "account",
        bank="A Bank",
        branch="Main",
        kind="ordinary",
        number="1234567",
        holder="ミン メイ",
    )
    shown = desk.text(clerk.get(owed))
    assert all(said in shown for said in ("A Bank", "Main", "1234567", "ミン メイ"))
    assert "1234567" not in desk.text(at_work("kim", Role.VIEWER, now).get(owed))
    assert desk.post(clerk, owed, "done", reference="TILL-9").status_code == 302
    assert "1234567" not in clerk.get(owed).content.decode()
    assert cast.states(purchase) == ["refunded"]
    assert "No refund is owed." in desk.text(clerk.get("/office/work/"))


def test_taking_back_needs_two(shop, now):
    purchase = sold(now, "sand")
    assert cast.states(purchase) == ["delivered"]
    manager, owner = at_work("mori", Role.MANAGER, now), at_work("owner", Role.OWNER, now)
    page = f"/office/purchases/{purchase.id}/"
    assert desk.post(manager, page, "ask_back", reason="sold to the wrong line").status_code == 302
    task = task_of(manager, "Somebody asks to take an order back")
    answer = desk.post(manager, task, "approve")
    assert answer.status_code == 422
    assert "You asked for this yourself." in desk.text(answer)
    assert cast.states(purchase) == ["delivered"]
    clerk = at_work("sato", Role.CLERK, now)
    assert "approve" not in desk.forms_of(clerk.get(task).content.decode())
    assert desk.post(owner, task, "approve").status_code == 302
    go(purchase)
    assert cast.states(purchase) == ["refunded"]
    assert desk.forms_of(owner.get(task).content.decode()) == []
    assert "Take the plan off the line" in desk.text(owner.get(task_of(owner, "An order was taken back")))


def test_who_asked_in_vain_is_told_why(shop, now):
    from tsuzuki.actions.messages import letters
    from tsuzuki.records.models import OutboundMessage

    purchase = sold(now, "sand")
    manager, why = at_work("mori", Role.MANAGER, now), "The plan was used for a week."
    assert (
        desk.post(
            manager, f"/office/purchases/{purchase.id}/", "ask_back", reason="she changed her mind"
        ).status_code
        == 302
    )
    task = task_of(manager, "Somebody asks to take an order back")
    assert desk.post(manager, task, "decline", why=" ").status_code == 422
    assert desk.post(manager, task, "decline", why=why).status_code == 302
    assert cast.states(purchase) == ["delivered"]
    letter = letters.compose_for(OutboundMessage.objects.get(kind="refund_declined", address="a@example.com"))
    assert f"Why: {why}" in letter.words.text
    assert why in letter.html
    assert desk.forms_of(manager.get(task).content.decode()) == []
    assert (
        desk.post(
            manager, f"/office/purchases/{purchase.id}/", "ask_back", reason="she asks again"
        ).status_code
        == 302
    )


def test_an_incident_is_closed_with_what_was_found(shop, now):
    from tsuzuki.actions.write import incidents
    from tsuzuki.records.models import Incident

    incidents.report("event_of_unknown_order", "sandbox x", now)
    clerk = at_work("sato", Role.CLERK, now)
    task = task_of(clerk, "A provider spoke of an order we do not know")
    assert desk.post(clerk, task, "done", reference="").status_code == 422
    assert desk.post(clerk, task, "done", reference="a test of theirs").status_code == 302
    assert Incident.objects.get().answer == "a test of theirs"
    assert "a test of theirs" in desk.text(clerk.get(task))


def test_what_nobody_knows_is_before_people(shop, now):
    """The carrier is asked, says nothing and cannot be looked up: the order is on the list until somebody
    answers.
    """
    from tsuzuki.actions.write import incidents
    from tsuzuki.records.models import Attempt, Order

    shop.press("carrier", "silent")
    purchase = sold(now, "sand")
    incidents.call_staff(list(Order.objects.filter(purchase=purchase.id)), "overdue", now)
    assert Attempt.objects.filter(step="provision", outcome="", look_at__isnull=False).exists()
    clerk = at_work("sato", Role.CLERK, now)
    said = desk.text(clerk.get("/office/work/"))
    assert "Every answer is known." not in said
    assert said.count(purchase.code) == 1  # once: not as an incident too
    shop.press("carrier", "accept")
    assert (
        desk.post(clerk, task_of(clerk, "Activate at the carrier"), "done", reference="SEEN").status_code
        == 302
    )
    assert cast.states(purchase) == ["delivered"]
    assert "Every answer is known." in desk.text(clerk.get("/office/work/"))


def test_a_purchase_shows_everything(shop, now):
    purchase = sold(now, "sand")
    said = desk.text(at_work("sato", Role.CLERK, now).get(f"/office/purchases/{purchase.id}/"))
    for words in (
        "Delivered",
        "JPY 990",
        "Voucher",
        "Activate at the carrier",
        "clearing:voucher",
        "tax:10",
        "carrier:sand",
        "a@example.com",
    ):
        assert words in said, words


def test_a_purchase_is_cancelled(shop, now):
    purchase = sold(now, "hand", "byhand")
    clerk = at_work("sato", Role.CLERK, now)
    page = f"/office/purchases/{purchase.id}/"
    assert desk.post(clerk, page, "cancel").status_code == 302
    assert cast.states(purchase) == ["cancelled"]
    assert "cancel" not in desk.forms_of(clerk.get(page).content.decode())


def test_found_by_number_sim_and_code(shop, now):
    purchase, clerk = sold(now, "sand"), at_work("sato", Role.CLERK, now)
    line = purchase.orders.first().line
    number, sim = line.numbers.get().msisdn, line.sims.get().iccid
    sold(now, "sand")
    for term in ("0" + number.removeprefix("+81"), number, f"{number[:3]} {number[3:]}", sim):
        page = clerk.get("/office/lines/", {"q": term}).content.decode()
        assert page.count('class="field-number') == 1, term
        assert str(line.id) in page
    assert clerk.get("/office/lines/", {"q": "%'; DROP TABLE"}).content.decode().count("field-number") == 0
    for term in (purchase.code, purchase.code.lower(), str(purchase.orders.first().id)):
        page = clerk.get("/office/purchases/", {"q": term}).content.decode()
        assert str(purchase.id) in page, term
        assert page.count('class="field-code_') == 1, term
    delivered = clerk.get("/office/purchases/", {"state": "delivered"}).content.decode()
    assert delivered.count('class="field-code_') == 2
    assert (
        clerk.get("/office/purchases/", {"state": "cancelled"}).content.decode().count('class="field-code_')
        == 0
    )


def test_a_line_tells_its_story(shop, now):
    purchase, clerk = sold(now, "sand"), at_work("sato", Role.CLERK, now)
    line = purchase.orders.first().line_id
    page = f"/office/lines/{line}/"
    assert desk.post(clerk, page, "suspend").status_code == 302
    assert "Cut off" in desk.text(clerk.get(page))
    assert desk.post(clerk, page, "resume").status_code == 302
    assert desk.post(clerk, page, "letters", email="new@example.com").status_code == 302
    assert desk.post(clerk, page, "letters", email="nonsense").status_code == 422
    said = desk.text(clerk.get(page))
    for words in (
        f"“data-3gb” was ordered for JPY 990 ({purchase.code}).",
        f"Order {purchase.code}: Delivered.",
        "3 GB can be used until",
        "“data-3gb” runs from here until",
        "The line was opened.",
        "sato marked a line as cut off.",
        "sato changed where letters go.",
    ):
        assert words in said, words
    assert "/r/" in clerk.get(page).content.decode()  # the customer's page, to renew for them


def test_what_moved_in_is_no_taking_of_today(shop, now):
    """It was sold and paid in the old system: of it there is a purchase and a tender, and no money came
    today.
    """
    from tsuzuki.core.means import OPENING
    from tsuzuki.records.models import Purchase, Tender

    purchase = sold(now, "sand")
    buyer = purchase.buyer
    Purchase.objects.filter(id=purchase.id).update(buyer_kind="import", buyer_id="")
    Tender.objects.filter(purchase=purchase.id).update(method=OPENING)
    said = desk.text(at_work("sato", Role.VIEWER, now).get("/office/"))
    assert "Paid in JPY 0" in said
    assert "Delivered 0" in said
    assert "None yet." in said
    Purchase.objects.filter(id=purchase.id).update(buyer_kind=buyer.kind, buyer_id=buyer.id)
    Tender.objects.filter(purchase=purchase.id).update(method="voucher")


def test_today_counts_what_is_so(shop, now):
    sold(now)
    sold(now, "sand")
    sold(now, "hand", "byhand")
    said = desk.text(at_work("sato", Role.VIEWER, now).get("/office/"))
    assert "To do by hand 1" in said
    assert "Not paid yet 1" in said
    assert "Paid in JPY 1,980" in said
    assert "Delivered 1" in said
    assert "With the carrier 1" in said
    assert "Waiting for payment 1" in said
    assert "Workers 0 Nobody carries orders on. Start: tsuzuki worker" in said
