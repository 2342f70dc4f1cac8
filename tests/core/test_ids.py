"""Our ids: UUID version 7 with the bucket of the line inside."""

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsuzuki.core.ids import ALPHABET, BUCKETS, ENTROPY, bucket_of, least, make, spoken_code, spoken_code_from

moments = st.datetimes(datetime(2020, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
entropy = st.binary(min_size=ENTROPY, max_size=ENTROPY)
buckets = st.integers(0, BUCKETS - 1)


@given(moments, buckets, entropy)
def test_version_variant_bucket_and_time(now: datetime, bucket: int, random: bytes) -> None:
    id = make(now, bucket, random)
    assert (id.version, id.variant) == (7, RFC_4122)
    assert bucket_of(id) == bucket == bucket_of(UUID(str(id)))
    assert abs((id.int >> 80) - (now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)) <= 1


@given(moments, st.integers(2, 10**9), buckets, buckets, entropy, entropy)
def test_ordered_by_time_whatever_the_bucket(
    now: datetime, later: int, one: int, other: int, first: bytes, second: bytes
) -> None:
    earlier, after = make(now, one, first), make(now + timedelta(milliseconds=later), other, second)
    assert earlier < after
    assert str(earlier) < str(after)
    assert earlier.bytes < after.bytes  # as PostgreSQL orders them


@given(moments, buckets, entropy)
def test_all_the_room_for_chance_is_used(now: datetime, bucket: int, random: bytes) -> None:
    """2 + 62 bits: turning any of the last 64 bits gives another id, and nothing else moves."""
    id = make(now, bucket, random)
    value = int.from_bytes(random, "big")
    others = {make(now, bucket, (value ^ 1 << bit).to_bytes(ENTROPY, "big")) for bit in range(64)}
    assert len(others | {id}) == 65
    assert {(other.int >> 66, other.version, other.variant) for other in others} == {
        (id.int >> 66, 7, RFC_4122)
    }


def test_a_bucket_beyond_the_last_wraps() -> None:
    assert bucket_of(make(datetime(2026, 11, 22, tzinfo=UTC), BUCKETS + 5, bytes(ENTROPY))) == 5


@given(entropy)
def test_a_code_to_say(random: bytes) -> None:
    code = spoken_code(random)
    assert code.startswith("R-")
    assert len(code) == 7
    assert set(code[2:]) <= set(ALPHABET) - set("ILOU")


def test_every_letter_of_the_code_depends_on_chance() -> None:
    assert len(ALPHABET) == len(set(ALPHABET)) == 32
    assert spoken_code(bytes(4)) == "R-00000"
    codes = [spoken_code((1 << shift).to_bytes(4, "big")) for shift in (20, 15, 10, 5, 0)]
    assert codes == ["R-10000", "R-01000", "R-00100", "R-00010", "R-00001"]


def test_a_span_of_time_is_a_range_of_ids():
    noon = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
    before = make(noon - timedelta(milliseconds=1), BUCKETS - 1, b"\xff" * ENTROPY)
    assert before < least(noon) <= make(noon, 0, b"\x00" * ENTROPY)


@pytest.mark.parametrize(
    "typed",
    [
        "R-0RN1J",
        "r0rn1j",
        "R-ORN1J",
        "R-0RNIJ",
        "r-orNlj",
        "Ｒ－０ＲＮ１Ｊ",
        "R−0RN1J",
        "Rー0RN1J",
        " R – 0RN1J ",
        "0rn1j",
        "R-0RN\u200b1J",
    ],
)
def test_a_spoken_code_as_people_type_it(typed: str) -> None:
    assert spoken_code_from(typed) == "R-0RN1J"


@pytest.mark.parametrize("typed", ["", "R-", "R-0RN1JX", "Q-0RN1J", "R-0RN1U", "R-0RN1é", "x\0"])
def test_what_is_no_spoken_code(typed: str) -> None:
    assert spoken_code_from(typed) == ""


@given(st.binary(min_size=4, max_size=4))
def test_every_spoken_code_is_read_back(entropy: bytes) -> None:
    code = spoken_code(entropy)
    assert spoken_code_from(code) == spoken_code_from(code.lower().replace("-", "")) == code
