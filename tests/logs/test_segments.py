"""How many SMS a text takes: the limits of each encoding, and what never stands on two sides of a cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.segments import GSM_BASIC, GSM_EXTENSION, Encoding, measure

GSM, UCS = Encoding.GSM_7, Encoding.UCS_2

TEXTS = [
    ("", GSM, 0, 0),
    ("a" * 160, GSM, 160, 1),
    ("a" * 161, GSM, 161, 2),
    ("a" * 306, GSM, 306, 2),
    ("a" * 307, GSM, 307, 3),
    ("é" * 160, GSM, 160, 1),
    ("€" * 80, GSM, 160, 1),
    ("€" * 81, GSM, 162, 2),
    # 153 is odd: a pair does not fit in the last place of a part, so each part holds 76.
    ("€" * 152, GSM, 304, 2),
    ("€" * 153, GSM, 306, 3),
    ("a" * 152 + "€" + "a" * 152, GSM, 306, 3),
    ("ç" * 70, UCS, 70, 1),
    ("ç" * 71, UCS, 71, 2),
    ("ç" * 134, UCS, 134, 2),
    ("ç" * 135, UCS, 135, 3),
    ("😀" * 35, UCS, 70, 1),
    ("😀" * 36, UCS, 72, 2),
    # 67 is odd too: each part holds 33 pairs.
    ("😀" * 66, UCS, 132, 2),
    ("😀" * 67, UCS, 134, 3),
    # In UCS-2 the extension table costs nothing extra.
    ("ç" + "€" * 69, UCS, 70, 1),
]


@pytest.mark.parametrize(("text", "encoding", "units", "segments"), TEXTS)
def test_a_text_is_measured_as_the_network_does(text: str, encoding: Encoding, units: int, segments: int) -> None:
    found = measure(text)
    assert (found.encoding, found.characters, found.units, found.segments) == (encoding, len(text), units, segments)


def test_the_characters_that_force_ucs_2_are_named_once_and_in_order() -> None:
    assert measure("Café ☕ and more ☕, çа va").culprits == ("☕", "ç", "а")
    assert measure("Café: 5 € [sale]").culprits == ()


def test_the_alphabet_has_its_127_characters_and_ten_more_by_escape() -> None:
    assert len(GSM_BASIC) == 127
    assert len(GSM_EXTENSION) == 10
    assert not GSM_BASIC & GSM_EXTENSION
    assert "ç" not in GSM_BASIC
    assert "Ç" in GSM_BASIC


def test_the_encodings_are_named_for_people() -> None:
    assert [str(encoding) for encoding in Encoding] == ["GSM-7", "UCS-2"]


@given(st.text(alphabet="aé€^ç😀☕", max_size=400))
def test_the_parts_hold_the_text_and_none_could_be_spared(text: str) -> None:
    found = measure(text)
    if found.units <= found.encoding.single:
        assert found.segments == (1 if text else 0)
        return
    # A cut before a pair wastes at most one unit in each part but the last.
    least = -(-found.units // found.encoding.joined)
    most = -(-found.units // (found.encoding.joined - 1))
    assert max(2, least) <= found.segments <= most
