"""Blocked words: whole words, in any case and with or without accents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.eligibility.words import Blocked


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        (["casino"], "Visit our CASINO tonight", ("casino",)),
        (["casino"], "Visit our casinos", ()),
        (["casino"], "pre-casino", ("casino",)),
        (["café"], "The CAFE is open", ("café",)),
        (["cafe"], "Le café est ouvert", ("cafe",)),
        (["straße"], "STRASSE", ("straße",)),
        (["free money"], "Get free\n money now", ("free money",)),
        (["free money"], "free the money", ()),
        (["c++"], "learn C++ now", ("c++",)),
        (["b", "a"], "a b a", ("a", "b")),
        (["win", "win big"], "win big", ("win big",)),
        ([" "], "anything at all", ()),
        ([], "casino", ()),
    ],
)
def test_words_are_found_whole(words: list[str], text: str, found: tuple[str, ...]) -> None:
    assert Blocked(words).found_in(text) == found


@given(st.text(min_size=1))
def test_a_word_is_found_in_itself(word: str) -> None:
    blocked = Blocked([word])
    assert len(blocked.found_in(f"before {word} after")) in (0, 1)
    if word.strip().isalnum() and word.isascii():
        assert blocked.found_in(word.upper()) == (word,)
