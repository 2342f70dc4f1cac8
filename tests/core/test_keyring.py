"""Several secrets by id: what one made another reads, and none of them is ever shown."""

import hmac
from hashlib import sha256

import pytest

from tsuzuki.core.keyring import Keyring, Sealed, SecretMissing, listed, read

OLD, NEW = "old secret", "a-new-secret"
BOTH = Keyring("2", {"2": NEW, "1": OLD})


def test_one_secret_alone_is_the_first():
    ring = read("", OLD)
    assert (ring.current, dict(ring.secrets), ring.others) == ("1", {"1": OLD}, [])


def test_the_first_of_the_list_is_the_current_one():
    ring = read(" 2:a-new-secret\n1:old:with:colons ", "")
    assert (ring.current, dict(ring.secrets), ring.others) == (
        "2",
        {"2": NEW, "1": "old:with:colons"},
        ["old:with:colons"],
    )
    assert read("2:a-new-secret", OLD).secrets == BOTH.secrets
    assert read(listed(ring.secrets.items()), "") == ring


def test_nothing_said_is_no_keyring():
    assert read(" ", "") is None


@pytest.mark.parametrize(
    "words",
    ["hunter2", "2:hunter2 2:hunter3", "TOO:hunter2", "123456789:hunter2", ":hunter2", "2:", "1:hunter2"],
)
def test_what_cannot_be_meant_is_refused_without_saying_it(words):
    with pytest.raises(ValueError, match=r"entry|twice|TSUZUKI_SECRET") as refused:
        read(words, OLD)
    assert "hunter" not in str(refused.value)


def test_digests_of_before_there_were_ids_are_still_the_same():
    assert read("", OLD).digest("voucher:1234") == hmac.new(OLD.encode(), b"voucher:1234", sha256).digest()
    assert BOTH.digests("x") == {id: BOTH.digest("x", id).hex() for id in "21"}
    assert BOTH.digest("x") == BOTH.digest("x", "2") != BOTH.digest("x", "1")
    with pytest.raises(SecretMissing):
        BOTH.digest("x", "3")


def test_what_an_older_secret_sealed_is_read_and_what_is_sealed_says_by_which():
    before = Keyring("1", {"1": OLD}).seal("LPA:1$smdp.example$ACTIVATE")
    after = BOTH.seal("LPA:1$smdp.example$ACTIVATE")
    assert (before.secret_id, after.secret_id) == ("1", "2")
    assert {BOTH.open(one) for one in (before, after)} == {"LPA:1$smdp.example$ACTIVATE"}
    assert BOTH.seal("x") != BOTH.seal("x")


@pytest.mark.parametrize("ring", [Keyring("2", {"2": NEW}), Keyring("1", {"1": "another under the same id"})])
def test_without_its_secret_it_stays_shut(ring):
    with pytest.raises(SecretMissing) as missing:
        ring.open(Keyring("1", {"1": OLD}).seal("hunter2"))
    assert not any(secret in str(missing.value) for secret in (OLD, "hunter2", *ring.secrets.values()))


def test_what_was_altered_stays_shut():
    sealed = BOTH.seal("x")
    for stored in (sealed.stored[:-2] + "AA", "1" + sealed.stored[1:], "2:", "", "2:no token"):
        with pytest.raises(SecretMissing):
            BOTH.open(Sealed(stored))


def test_nothing_is_shown_by_itself():
    sealed = BOTH.seal("hunter2")
    for said in (repr(sealed), str(sealed), f"{sealed}", repr([sealed]), repr(BOTH), f"{BOTH}"):
        assert not any(word in said for word in ("hunter2", sealed.stored, OLD, NEW))
