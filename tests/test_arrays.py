"""Arrays arrive in the database as they were written."""

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from smsadmin.arrays import array, texts

NO_NUL = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)))


class Arrays(TestCase):
    @given(st.lists(NO_NUL))
    def test_any_texts(self, values: list[str]) -> None:
        assert asked("text[]", texts(values)) == values

    @given(st.lists(st.integers(-(2**63), 2**63 - 1)))
    def test_numbers(self, values: list[int]) -> None:
        assert asked("bigint[]", array(map(str, values))) == values


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["NULL", "", " a ", "{}", "a,b", '"', "\\", "\\n", "'"])
def test_what_has_a_meaning_in_an_array_is_text(value: str) -> None:
    assert asked("text[]", texts([value, value])) == [value, value]


def asked(kind: str, value: str) -> list[object]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT %s::{kind}", [value])
        return cursor.fetchone()[0]
