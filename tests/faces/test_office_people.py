"""Coming in by both factors, invitations, roles, leaving."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.faces import desk
from tsuzuki.actions.people import totp
from tsuzuki.core.keyring import Keyring, SecretMissing
from tsuzuki.core.staff import Role

NEW_PASSWORD = "seven lanterns by the canal"


@pytest.fixture(autouse=True)
def quick_passwords():
    from django.test import override_settings

    with override_settings(PASSWORD_HASHERS=desk.FAST):
        yield


@pytest.fixture
def now():
    from django.utils import timezone

    return timezone.now()


@pytest.fixture
def owner(client, now):
    member = desk.hire("owner", Role.OWNER, now)
    assert desk.sign_in(client, member, now)["Location"] == "/office/"
    return member


def other(client):
    from django.test import Client

    return Client(SERVER_NAME="localhost", headers={"Accept-Language": "en"}, raise_request_exception=False)


def acts() -> list[tuple[str, str]]:
    from tsuzuki.records.models import AuditEntry

    return list(AuditEntry.objects.order_by("id").values_list("actor", "act"))


def test_it_leads_on_to_where_one_wanted_to_go(client, now):
    member = desk.hire("sato", Role.CLERK, now)
    wanted = client.get("/office/work/")["Location"]
    assert wanted == "/office/sign-in/?next=/office/work/"
    first = desk.post(client, wanted, "password", username="sato", password=desk.PASSWORD)
    assert (
        desk.post(client, first["Location"], "code", code=desk.code_of(member, now))["Location"]
        == "/office/work/"
    )


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example/office/", "/find", "/office/../find"]
)
def test_it_leads_nowhere_else(client, now, wanted):
    member = desk.hire("sato", Role.CLERK, now)
    first = desk.post(
        client, "/office/sign-in/?next=" + wanted, "password", username="sato", password=desk.PASSWORD
    )
    last = desk.post(client, first["Location"], "code", code=desk.code_of(member, now))
    assert last["Location"] == "/office/"


def test_one_answer_whatever_is_wrong(client, now):
    desk.hire("sato", Role.CLERK, now)
    said = set()
    for name, password in (("sato", "wrong"), ("nobody", desk.PASSWORD), ("nobody", "wrong")):
        answer = desk.post(client, "/office/sign-in/", "password", username=name, password=password)
        assert answer.status_code == 422
        said.add(re.search(r'class="wrong" role="alert">(.*?)</div>', answer.content.decode())[1])
    assert said == {"The name or the password is not right. Please check both and try again."}


def test_a_password_alone_opens_nothing(client, now):
    desk.hire("sato", Role.CLERK, now)
    first = desk.post(client, "/office/sign-in/", "password", username="sato", password=desk.PASSWORD)
    assert client.get("/office/").status_code == 302
    answer = desk.post(client, first["Location"], "code", code="000000")
    assert "This code is not right" in desk.text(answer)
    assert client.get("/office/").status_code == 302


def test_no_code_is_good_twice(client, now):
    member = desk.hire("sato", Role.CLERK, now)
    code = desk.code_of(member, now)
    desk.sign_in(client, member, now)
    again = other(client)
    first = desk.post(again, "/office/sign-in/", "password", username="sato", password=desk.PASSWORD)
    assert "used before" in desk.text(desk.post(again, first["Location"], "code", code=code))


def test_guessing_is_slowed(client, now):
    desk.hire("sato", Role.CLERK, now)
    for _ in range(10):
        desk.post(client, "/office/sign-in/", "password", username="sato", password="guess")
    answer = desk.post(client, "/office/sign-in/", "password", username="sato", password=desk.PASSWORD)
    assert "Too many tries. Please wait 15 minutes" in desk.text(answer)


def test_codes_cannot_be_tried_for_ever(client, now):
    member = desk.hire("sato", Role.CLERK, now)
    first = desk.post(client, "/office/sign-in/", "password", username="sato", password=desk.PASSWORD)
    for _ in range(10):
        desk.post(client, first["Location"], "code", code="123456")
    assert "Too many tries" in desk.text(
        desk.post(client, first["Location"], "code", code=desk.code_of(member, now))
    )


def invite(client, **fields) -> str:
    answer = desk.post(client, "/office/staff/add/", "invite", **fields)
    assert answer.status_code == 200, desk.text(answer)
    return re.search(r'data-copy="[^"]*(/office/join/[^"]+)"', answer.content.decode())[1]


def test_invited_joined_enrolled(client, owner, now):
    """From the owner's form to the newcomer's first day, by the pages alone."""
    link = invite(client, username="mei", role="clerk", language="en")
    newcomer = other(client)
    weak = [
        "short",
        "12345678",
        "482915770334",
        "password",
        "qwertyuiop123",
        "meimeimeimei",
        "Mei12345678901",
        "mei-password",
    ]
    for password in weak:
        assert "easy to guess" in desk.text(desk.post(newcomer, link, "join", password=password)), password
    assert desk.post(newcomer, link, "join", password=NEW_PASSWORD)["Location"] == "/office/sign-in/"
    assert newcomer.get(link).status_code == 410  # used
    first = desk.post(newcomer, "/office/sign-in/", "password", username="mei", password=NEW_PASSWORD)
    page = newcomer.get(first["Location"]).content.decode()
    key = re.search(r'class="secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    assert "data:image/svg+xml" in page
    from base64 import b32decode

    secret = b32decode(key + "=" * (-len(key) % 8))
    codes = desk.post(newcomer, first["Location"], "enrol", code=totp.code(secret, totp.step_at(now)))
    recovery = re.findall(r"<li>([0-9a-f]{5}-[0-9a-f]{5})</li>", codes.content.decode())
    assert len(recovery) == 8
    assert newcomer.get("/office/").status_code == 200
    assert newcomer.get("/office/staff/").status_code == 403

    lost = other(client)  # the telephone is lost: a recovery code works, once
    first = desk.post(lost, "/office/sign-in/", "password", username="mei", password=NEW_PASSWORD)
    assert desk.post(lost, first["Location"], "code", code=recovery[3].upper())["Location"] == "/office/"
    first = desk.post(other(client), "/office/sign-in/", "password", username="mei", password=NEW_PASSWORD)
    again = other(client)
    first = desk.post(again, "/office/sign-in/", "password", username="mei", password=NEW_PASSWORD)
    assert "not right" in desk.text(desk.post(again, first["Location"], "code", code=recovery[3]))
    assert acts()[-4:] == [
        ("staff owner", "staff_invited"),
        ("staff mei", "staff_joined"),
        ("staff mei", "staff_enrolled"),
        ("staff mei", "signed_in"),
    ]


def test_an_invitation_ends(client, owner, now):
    from tsuzuki.actions.people import staff
    from tsuzuki.core.errors import Refused

    _, token = staff.invite("late", Role.CLERK, "test", now - timedelta(days=3, seconds=1))
    assert client.get(f"/office/join/{token}/").status_code == 410
    for made_up in (token[:-2], token + "x", "x", "a.b:c"):
        with pytest.raises(Refused, match="invitation_over"):
            staff.invited(made_up, now - timedelta(days=2))


def test_nothing_in_the_table_opens_the_door(client, owner, now):
    """Who steals the tables has neither key nor codes: both need the installation's secret."""
    from tsuzuki.actions.people import staff
    from tsuzuki.records.models import Staff

    row = Staff.objects.get()
    secret = totp.base32(staff.secret_of(owner))
    assert secret not in repr(row.__dict__)
    from django.test import override_settings

    with override_settings(KEYRING=Keyring("1", {"1": "another installation"})), pytest.raises(SecretMissing):
        staff.secret_of(owner)


@pytest.mark.parametrize("name", ["", "x", "Sato", "佐藤", "a b", "-x-", "x" * 41])
def test_names_that_are_refused(client, owner, name):
    answer = desk.post(client, "/office/staff/add/", "invite", username=name)
    assert answer.status_code == 422


def test_a_name_is_given_once(client, owner):
    assert "already used" in desk.text(desk.post(client, "/office/staff/add/", "invite", username="owner"))


def test_roles_and_leaving(client, owner, now):
    from tsuzuki.records.models import Staff

    clerk = desk.hire("sato", Role.CLERK, now)
    at_work = other(client)
    desk.sign_in(at_work, clerk, now)
    assert at_work.get("/office/vouchers/").status_code == 403
    page = f"/office/staff/{clerk.user_id}/"
    assert desk.post(client, page, "role", role="manager").status_code == 302
    assert at_work.get("/office/vouchers/").status_code == 200  # at once
    assert desk.post(client, page, "leave").status_code == 302
    assert at_work.get("/office/").status_code == 302  # at once
    assert Staff.objects.get(user=clerk.user_id).left_at is not None
    answer = desk.post(other(client), "/office/sign-in/", "password", username="sato", password=desk.PASSWORD)
    assert answer.status_code == 422
    assert desk.forms_of(client.get(page).content.decode()) == []


def test_who_left_stays_out_though_the_account_were_good(client, owner, now):
    """Leaving ends the password and the account too; that they left is enough without it, at each door.

    Seen to fail when `left_at=None` is missing from `staff_of` (office/permissions.py), and when it is gone
    from `knows_password` (actions/people/staff.py:141).
    """
    from tsuzuki.records.models import Staff

    clerk = desk.hire("sato", Role.CLERK, now)
    at_work = other(client)
    desk.sign_in(at_work, clerk, now)
    assert at_work.get("/office/").status_code == 200
    Staff.objects.filter(user=clerk.user_id).update(left_at=now)
    assert at_work.get("/office/").status_code == 302
    assert (
        desk.post(
            other(client), "/office/sign-in/", "password", username="sato", password=desk.PASSWORD
        ).status_code
        == 422
    )


def test_somebody_stays_owner(client, owner):
    page = f"/office/staff/{owner.user_id}/"
    for form, fields in (("role", {"role": "viewer"}), ("leave", {})):
        answer = desk.post(client, page, form, **fields)
        assert "Somebody must stay owner" in desk.text(answer)
    assert client.get("/office/staff/").status_code == 200


def test_invited_again_everything_before_is_dead(client, owner, now):
    clerk = desk.hire("sato", Role.CLERK, now)
    at_work = other(client)
    desk.sign_in(at_work, clerk, now)
    answer = desk.post(client, f"/office/staff/{clerk.user_id}/", "again")
    assert "/office/join/" in answer.content.decode()
    assert at_work.get("/office/").status_code == 302
    assert (
        desk.post(
            other(client), "/office/sign-in/", "password", username="sato", password=desk.PASSWORD
        ).status_code
        == 422
    )


def test_ones_own_account(client, owner, now):
    second = other(client)
    desk.sign_in(second, owner, now + timedelta(seconds=30))  # its clock is half a minute ahead
    assert second.get("/office/").status_code == 200
    assert "not right" in desk.text(
        desk.post(client, "/office/me/", "password", old="wrong", new=NEW_PASSWORD)
    )
    assert "easy to guess" in desk.text(
        desk.post(client, "/office/me/", "password", old=desk.PASSWORD, new="owner-password")
    )
    assert (
        desk.post(client, "/office/me/", "password", old=desk.PASSWORD, new=NEW_PASSWORD).status_code == 302
    )
    assert client.get("/office/").status_code == 200
    assert second.get("/office/").status_code == 302  # signed out elsewhere
    assert desk.post(client, "/office/me/", "speak", language="ja").status_code == 302
    assert "今日" in desk.text(client.get("/office/"))


def test_the_way_out(client, owner):
    assert client.get("/office/sign-out/").status_code == 405
    assert client.post("/office/sign-out/")["Location"] == "/office/sign-in/"
    assert client.get("/office/").status_code == 302


def test_sessions_that_are_over_are_forgotten(client, owner, now):
    from django.contrib.sessions.models import Session

    from tsuzuki.worker.jobs import books

    books(0)
    assert client.get("/office/").status_code == 200
    Session.objects.update(expire_date=now - timedelta(seconds=1))
    books(0)
    assert not Session.objects.exists()
