"""Half-open doors of the office: what begins with a password goes no further than that password, and
strangers lock nobody out.
"""

from __future__ import annotations

import re
from base64 import b32decode
from datetime import timedelta

import pytest

from tests.faces import desk
from tsuzuki.actions.people import totp
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


def visitor(address: str = "127.0.0.1"):
    from django.test import Client

    return Client(
        SERVER_NAME="localhost",
        headers={"Accept-Language": "en"},
        raise_request_exception=False,
        REMOTE_ADDR=address,
    )


def half_in(name: str, password: str = desk.PASSWORD):
    """A browser that showed the password, and the address of the second step."""
    browser = visitor()
    first = desk.post(browser, "/office/sign-in/", "password", username=name, password=password)
    assert first.status_code == 302
    return browser, first["Location"]


def later(now):
    """A moment whose code was not used yet, and that the server's clock takes."""
    from django.utils import timezone

    return max(now + timedelta(seconds=30), timezone.now())


def is_outside(browser, step: str) -> bool:
    answer = browser.get(step)
    return answer.status_code == 302 and answer["Location"] == "/office/sign-in/"


def enrol(browser, step: str):
    from django.utils import timezone

    key = re.search(r'class="secret">([A-Z2-7 ]+)<', browser.get(step).content.decode())[1].replace(" ", "")
    secret = b32decode(key + "=" * (-len(key) % 8))
    return desk.post(browser, step, "enrol", code=totp.code(secret, totp.step_at(timezone.now())))


def test_invited_again_a_half_open_door_shuts(client, now):
    """Who only has the old password must not be shown the key of the new app."""
    from tsuzuki.actions.people import staff

    member = desk.hire("sato", Role.OWNER, now)
    thief, step = half_in("sato")
    token = staff.invite_again("sato", "test", now)
    assert is_outside(thief, step)
    assert thief.post(step, {"do": "enrol", "code": "123456"}).status_code == 302
    staff.join(token, NEW_PASSWORD, now)
    assert is_outside(thief, step)
    member.refresh_from_db()
    assert member.enrolled_at is None
    newcomer, step = half_in("sato", NEW_PASSWORD)
    assert enrol(newcomer, step).status_code == 200
    assert newcomer.get("/office/staff/").status_code == 200


def test_another_password_shuts_a_half_open_door(client, now):
    from tsuzuki.actions.people import staff

    member = desk.hire("sato", Role.CLERK, now)
    thief, step = half_in("sato")
    staff.change_password("sato", desk.PASSWORD, NEW_PASSWORD, now)
    assert is_outside(thief, step)
    assert thief.post(step, {"do": "code", "code": desk.code_of(member, now)}).status_code == 302
    assert thief.get("/office/").status_code == 302


def test_what_changed_between_the_look_and_the_act_is_seen(client, now):
    """The page read the account, the invitation came, the code arrived: the actions themselves refuse."""
    from tsuzuki.actions.people import staff
    from tsuzuki.core.errors import Refused
    from tsuzuki.records.models import Staff

    desk.hire("sato", Role.CLERK, now)

    def looked_at() -> Staff:
        return Staff.objects.select_related("user").get(user__username="sato")

    seen = looked_at()
    token = staff.invite_again("sato", "test", now)
    for act in (staff.has_code, staff.enrol):
        # An old look, and a new one at an account that waits for its invitation.
        for shown in (seen, looked_at()):
            with pytest.raises(Refused, match="sign_in_wrong"):
                act(shown, desk.code_of(looked_at(), now), now)
    second = staff.invite_again("sato", "test", now)
    with pytest.raises(Refused, match="invitation_over"):
        staff.join(token, NEW_PASSWORD, now)
    staff.join(second, NEW_PASSWORD, now)
    assert looked_at().enrolled_at is None


def test_the_old_password_cannot_be_tried_for_ever(client, now):
    member = desk.hire("sato", Role.CLERK, now)
    desk.sign_in(client, member, now)
    for _ in range(10):
        desk.post(client, "/office/me/", "password", old="guess", new=NEW_PASSWORD)
    answer = desk.post(client, "/office/me/", "password", old=desk.PASSWORD, new=NEW_PASSWORD)
    assert "Too many tries" in desk.text(answer)
    assert "Too many tries" in desk.text(
        desk.post(client, "/office/me/", "recovery", password=desk.PASSWORD, code="123456")
    )


def test_strangers_lock_nobody_out(client, now):
    """A hundred wrong passwords from twelve addresses: the browser the owner signed in with before still
    comes in, by both steps.
    """
    member = desk.hire("sato", Role.OWNER, now)
    desk.sign_in(client, member, now)
    client.post("/office/sign-out/")
    for place in range(12):
        stranger = visitor(f"198.51.100.{place}")
        for _ in range(9):
            stranger.post("/office/sign-in/", {"do": "password", "username": "sato", "password": "guess"})
    refused = visitor("203.0.113.9").post(
        "/office/sign-in/", {"do": "password", "username": "sato", "password": desk.PASSWORD}
    )
    assert "Too many tries" in desk.text(refused)
    assert desk.sign_in(client, member, later(now))["Location"] == "/office/"


def test_codes_of_strangers_lock_nobody_out(client, now):
    member = desk.hire("sato", Role.OWNER, now)
    desk.sign_in(client, member, now)
    client.post("/office/sign-out/")
    thief, step = half_in("sato")
    for _ in range(11):
        last = desk.post(thief, step, "code", code="123456")
    assert "Too many tries" in desk.text(last)
    assert desk.sign_in(client, member, later(now))["Location"] == "/office/"


def test_a_device_opens_nothing_and_has_a_limit(client, now):
    from tsuzuki.actions.people import staff

    member, other = desk.hire("sato", Role.OWNER, now), desk.hire("mei", Role.CLERK, now)
    desk.sign_in(client, member, now)
    cookie = client.cookies["office_device"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/office/", True, "Lax")
    thief = visitor()
    thief.cookies["office_device"] = cookie.value
    assert thief.get("/office/").status_code == 302
    for _ in range(10):
        desk.post(thief, "/office/sign-in/", "password", username="sato", password="guess")
    assert "Too many" in desk.text(
        desk.post(thief, "/office/sign-in/", "password", username="sato", password=desk.PASSWORD)
    )
    assert staff._known("sato", cookie.value)
    assert not staff._known("mei", cookie.value)
    assert not staff._known("sato", cookie.value[:-1])
    assert not staff._known("sato", staff.device_of(other))
    staff.invite_again("sato", "test", now)
    assert not staff._known("sato", cookie.value)


def test_the_answer_comes_in_the_language_just_chosen(client, now):
    desk.sign_in(client, desk.hire("sato", Role.OWNER, now), now)
    desk.post(client, "/office/me/", "speak", language="ja")
    assert "保存しました" in desk.text(client.get("/office/me/"))


def test_new_recovery_codes(client, now):
    """The first owner, made at the terminal, has none: the page says so and makes some, for both factors
    only.
    """
    member = desk.hire("sato", Role.OWNER, now)
    desk.sign_in(client, member, now)
    assert "You have no recovery codes" in desk.text(client.get("/office/me/"))
    code = desk.code_of(member, later(now))
    assert "not right" in desk.text(desk.post(client, "/office/me/", "recovery", password="wrong", code=code))
    assert "not right" in desk.text(
        desk.post(client, "/office/me/", "recovery", password=desk.PASSWORD, code="000000")
    )
    shown = desk.post(client, "/office/me/", "recovery", password=desk.PASSWORD, code=code)
    codes = re.findall(r'data-copy="([0-9a-f]{5}-[0-9a-f]{5})"', shown.content.decode())
    assert len(codes) == 8
    assert "You have no recovery codes" not in desk.text(client.get("/office/me/"))
    lost, step = half_in("sato")
    assert desk.post(lost, step, "code", code=codes[7])["Location"] == "/office/"
    lost, step = half_in("sato")
    assert desk.post(lost, step, "code", code=codes[7]).status_code == 422


def test_a_code_of_any_width(client, now):
    member = desk.hire("sato", Role.CLERK, now)
    browser = visitor()
    first = desk.post(browser, "/office/sign-in/", "password", username="ＳＡＴＯ", password=desk.PASSWORD)
    code = desk.code_of(member, now)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    assert (
        desk.post(browser, first["Location"], "code", code=f"{wide[:3]}　{wide[3:]}")["Location"]
        == "/office/"
    )
