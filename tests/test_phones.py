"""Phone numbers in the ways that people write them, and the three ways to search for one."""

import re
from collections.abc import Callable
from typing import Any

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsadmin import phones
from smsadmin.phones import BadPhoneSearch, ImpossiblePhone, PhoneSearch

LONDON = "+447700900123"

SPELLINGS = (
    "+447700900123",
    "+44 7700 900123",
    "  +44 7700 900123\t",
    "+44 (0)7700 900123",
    "+44 (0) 7700-900-123",
    "+44.7700.900.123",
    "0044 7700 900123",
    "00447700900123",
    "0044 (0)7700 900123",
    "07700 900123",
    "07700-900-123",
    "07700.900.123",
    "(07700) 900123",
    "07700/900123",
    "7700900123",
    "447700900123",
    "tel:+447700900123",
    "'+447700900123",  # a spreadsheet's way to keep a number a text
    "07700 900123 ext. 5",
    "+44\u00a07700\u00a0900123",
    "\u202a+44 7700 900123\u202c",  # as telephones copy it
    "+44\u200e7700900123",
    "07700\u2011900\u2011123",  # non-breaking hyphens
    "＋４４７７００９００１２３",
    "٠٧٧٠٠ ٩٠٠١٢٣",
    "۰۷۷۰۰ ۹۰۰۱۲۳",
)


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_number_is_understood_in_every_spelling(text: str) -> None:
    assert phones.parse(text, "GB") == LONDON


@pytest.mark.parametrize(
    ("text", "region", "phone"),
    [
        ("01 23 45 67 89", "FR", "+33123456789"),
        ("06 1234 5678", "IT", "+390612345678"),  # Italy keeps its zero
        ("(212) 555-0100", "US", "+12125550100"),
        ("+1 800 FLOWERS", "US", "+18003569377"),
        ("8 (912) 345-67-89", "RU", "+79123456789"),
        ("+44 7700 900123", "", LONDON),
        ("+44 7700 900123", "FR", LONDON),
        ("00447700900123", "US", LONDON),
    ],
)
def test_numbers_of_other_countries(text: str, region: str, phone: str) -> None:
    assert phones.parse(text, region) == phone


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not written as one"),
        ("hello", "not written as one"),
        ("+", "not written as one"),
        ("4.47701E+11", "not written as one"),  # what a spreadsheet makes of one
        ("07700 900123\x00", "not written as one"),
        ("07700 900123\ufffd", "not written as one"),
        ("12:30", "not written as one"),
        ("2026-11-22", "the area code is missing"),
        ("+44 77", "too short"),
        ("+447", "too short"),
        ("+44 7700 900123 900123", "too long"),
        ("+4477009001234567890123", "too long"),
        ("07700900123/07700900124", "too long"),
        ("+999 1234 5678", "no country has this calling code"),
        ("+0447700900123", "no country has this calling code"),
        # National plans that E.164 has no room for.
        ("+49 1234", "too short"),
        ("+49" + "1" * 15, "too long"),
    ],
)
def test_what_cannot_be_a_number_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(ImpossiblePhone, match=why):
        phones.parse(text, "GB")


def test_without_a_country_a_national_number_says_what_is_missing() -> None:
    with pytest.raises(ImpossiblePhone, match="no default country"):
        phones.parse("07700 900123")


@pytest.mark.parametrize("piece", ["7", " ", "+", "(", "٣", "x", "\u200e", "+4", "00 "])
def test_two_million_characters_are_refused_unread_and_unremembered(piece: str) -> None:
    phones.parse.cache_clear()
    for text in (piece * 2_000_000, " " * 2_000_000 + LONDON):
        with pytest.raises(ImpossiblePhone, match="too long"):
            phones.parse(text, "GB")
        with pytest.raises(BadPhoneSearch):
            phones.search(text, "GB")
    assert phones.parse.cache_info().currsize == 0


def answer(read: Callable[..., Any], text: str, region: str) -> tuple[Any, str]:
    """What was understood, and the sentence where nothing was."""
    try:
        return read(text, region), ""
    except (ImpossiblePhone, BadPhoneSearch) as error:
        return None, str(error)


@given(
    st.text(alphabet=st.sampled_from("0123456789+ -()./*٣x\x00\ud800é"), max_size=30), st.sampled_from(["", "GB", "DE"])
)
def test_whatever_is_written_gives_a_number_that_the_database_takes_or_a_sentence(text: str, region: str) -> None:
    phone, why = answer(phones.parse, text, region)
    assert bool(phone) != bool(why)
    if phone:
        assert phones.E164.fullmatch(phone)
        assert phones.parse(phone, region) == phone


@given(st.text(max_size=40) | st.text(alphabet="0123456789+* ", max_size=20))
def test_every_search_gives_digits_or_a_sentence(text: str) -> None:
    found, why = answer(phones.search, text, "GB")
    assert bool(found) != bool(why)
    if found:
        assert re.fullmatch(r"\+?[0-9]+", found.value)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("07700 900123", "exact", LONDON),
        ("+33*", "prefix", "+33"),
        ("+33 61*", "prefix", "+3361"),
        ("0033 (61)*", "prefix", "+3361"),
        ("3361 *", "prefix", "+3361"),
        ("+٣٣61*", "prefix", "+3361"),
        ("*4711", "suffix", "4711"),
        ("* 47-11", "suffix", "4711"),
        ("*٤٧١١", "suffix", "4711"),
        ("*900123", "suffix", "900123"),
    ],
)
def test_a_search_is_exact_or_a_beginning_or_an_ending(text: str, kind: str, value: str) -> None:
    found = phones.search(text, "GB")
    assert (found.kind, found.value) == (kind, value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("*471", "at least four digits"),
        ("*", "at least four digits"),
        ("*4711*", "at least four digits"),
        ("*1234567890123456", "at least four digits"),
        ("07700*", "with its country code"),
        ("+*", "with its country code"),
        ("+3361+*", "with its country code"),
        ("+1234567890123456*", "with its country code"),
        ("33 abc*", "in digits"),
        ("47*11", "in digits"),
        ("*47\x0011", "not a phone number"),
        ("+44 77", r"“\+44 77” is not a whole number \(too short\)"),
        ("jane", "“jane” is not a whole number"),
    ],
)
def test_a_search_that_is_not_understood_says_what_to_write(text: str, sentence: str) -> None:
    with pytest.raises(BadPhoneSearch, match=sentence):
        phones.search(text, "GB")


@pytest.mark.parametrize(
    ("search", "chip"),
    [
        (PhoneSearch("exact", LONDON), "+44 7700 900123"),
        (PhoneSearch("prefix", "+3361"), "+3361*"),
        (PhoneSearch("suffix", "4711"), "*4711"),
    ],
)
def test_a_search_reads_well_on_its_chip(search: PhoneSearch, chip: str) -> None:
    assert str(search) == chip


@pytest.mark.parametrize(
    ("phone", "shown", "masked", "region"),
    [
        (LONDON, "+44 7700 900123", "+44 7700 900•••", "GB"),
        ("+33612345678", "+33 6 12 34 56 78", "+33 6 12 34 5• ••", "FR"),
        ("+12125550100", "+1 212-555-0100", "+1 212-555-0•••", "US"),
        ("+80012345678", "+800 1234 5678", "+800 1234 5•••", ""),  # of no country
        ("", "", "", ""),
        ("nobody", "nobody", "nobody", ""),
    ],
)
def test_a_number_is_shown_grouped_and_masked(phone: str, shown: str, masked: str, region: str) -> None:
    assert phones.show(phone) == shown
    assert phones.mask(phone) == masked
    assert phones.region(phone) == region


@given(
    code=st.sampled_from(sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)),
    rest=st.from_regex(r"[0-9]{4,13}", fullmatch=True),
)
def test_the_short_way_says_what_the_library_says(code: int, rest: str) -> None:
    text = f"+{code}{rest}"
    if phones.E164.fullmatch(text) and phones.is_whole(text):
        assert phones.possible(text, None) == text
