"""Time-ordered ids: their moment, their order, their bounds, and that they can be made again."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import RFC_4122

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsadmin import uuid7

moments = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))
entropy = st.binary(min_size=10, max_size=32)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def to_the_millisecond(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


@given(moments, entropy)
def test_an_id_is_a_valid_version_7_that_tells_its_moment(at: datetime, noise: bytes) -> None:
    made = uuid7.make(at, noise)
    assert (made.version, made.variant) == (7, RFC_4122)
    assert uuid7.moment(made) == to_the_millisecond(at)


@given(moments, moments, entropy, entropy)
def test_ids_stand_in_the_order_of_their_milliseconds(a: datetime, b: datetime, noise_a: bytes, noise_b: bytes) -> None:
    first, second = uuid7.make(a, noise_a), uuid7.make(b, noise_b)
    if to_the_millisecond(a) < to_the_millisecond(b):
        assert first < second
        assert str(first) < str(second)


@given(moments, entropy, moments, moments)
def test_a_period_holds_exactly_the_ids_of_its_moments(
    at: datetime, noise: bytes, start: datetime, end: datetime
) -> None:
    inside = uuid7.floor(start) <= uuid7.make(at, noise) < uuid7.floor(end)
    assert inside == (to_the_millisecond(start) <= to_the_millisecond(at) < to_the_millisecond(end))


def test_a_moment_before_1970_is_before_every_id() -> None:
    lowest = uuid7.floor(datetime(1, 1, 1, tzinfo=UTC))
    assert lowest <= uuid7.make(uuid7.EPOCH, bytes(10))
    assert lowest.int == 0


@given(moments, st.lists(st.text(), max_size=4))
def test_a_derived_id_is_the_same_every_time(at: datetime, parts: list[str]) -> None:
    assert uuid7.derive(at, *parts) == uuid7.derive(at, *parts)
    assert uuid7.moment(uuid7.derive(at, *parts)) == to_the_millisecond(at)


def test_a_derived_id_never_changes_between_releases() -> None:
    """Imports recognise rows of years ago by it."""
    assert str(uuid7.derive(NOON, "7", "twilio", "SM1")) == "019cd79e-4600-75b3-951d-eb0e7c3e20aa"


def test_other_parts_or_another_moment_make_another_id() -> None:
    made = {
        uuid7.derive(NOON, "a", "b"),
        uuid7.derive(NOON, "ab"),
        uuid7.derive(NOON, "a", "b", ""),
        uuid7.derive(NOON, "b", "a"),
        uuid7.derive(NOON + timedelta(milliseconds=1), "a", "b"),
    }
    assert len(made) == 5


def test_ids_of_one_millisecond_differ() -> None:
    assert len({uuid7.make(NOON) for _ in range(1000)}) == 1000


def test_the_zone_of_a_moment_does_not_matter() -> None:
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    assert uuid7.make(tokyo, bytes(10)) == uuid7.make(NOON, bytes(10))


def test_a_moment_before_1970_has_no_id() -> None:
    with pytest.raises(ValueError, match="outside of what a version 7 id can hold"):
        uuid7.make(datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC))
