"""The six digits, against the vectors of RFC 4226 (appendix D) and RFC 6238 (appendix B)."""

from datetime import UTC, datetime, timedelta

import pytest

from tsuzuki.actions.people import totp

SECRET = b"12345678901234567890"
NOW = datetime(2026, 11, 22, 3, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("counter", "code"),
    list(
        enumerate(
            [
                "755224",
                "287082",
                "359152",
                "969429",
                "338314",
                "254676",
                "287922",
                "162583",
                "399871",
                "520489",
            ]
        )
    ),
)
def test_rfc_4226(counter, code):
    assert totp.code(SECRET, counter) == code


@pytest.mark.parametrize(
    ("seconds", "eight_digits"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (20000000000, "65353130"),
    ],
)
def test_rfc_6238(seconds, eight_digits):
    step = totp.step_at(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
    assert totp.code(SECRET, step) == eight_digits[2:]  # the RFC prints eight, apps show the last six


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_half_a_minute_off_is_taken(steps):
    step = totp.step_at(NOW) + steps
    assert totp.match(SECRET, totp.code(SECRET, step), NOW, 0) == step


@pytest.mark.parametrize("steps", [-2, 2, 1000])
def test_further_off_is_not(steps):
    assert totp.match(SECRET, totp.code(SECRET, totp.step_at(NOW) + steps), NOW, 0) is None


def test_what_was_used_is_dead_and_what_came_before_too():
    step = totp.step_at(NOW)
    assert totp.match(SECRET, totp.code(SECRET, step), NOW, step) is None
    assert totp.match(SECRET, totp.code(SECRET, step - 1), NOW, step) is None
    assert totp.match(SECRET, totp.code(SECRET, step + 1), NOW, step) == step + 1


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６", "755224 "])
def test_what_is_no_code(typed):
    assert totp.match(SECRET, typed, NOW, 0) is None


def test_what_the_app_reads():
    assert totp.base32(SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert totp.address(SECRET, "Sakura & SIM", "mei") == (
        "otpauth://totp/Sakura%20%26%20SIM:mei?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Sakura%20%26%20SIM"
    )
