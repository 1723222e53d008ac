"""How messages are told to people: words, durations, stamps, hidden codes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from logs import telling
from logs.statuses import Outcome, Reason, Stage, State
from logs.vocabularies import VOCABULARIES

NOON = datetime(2026, 3, 10, 12, 0, 30, tzinfo=UTC)
DELIVERED = State.of(Stage.HANDSET, Outcome.DELIVERED)
PHONE_OFF = State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.POWER_OFF)


@pytest.fixture
def paris() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False), timezone.override("Europe/Paris"):
        yield


@pytest.mark.parametrize(
    ("span", "text"),
    [
        ({"seconds": -5}, "0 s"),
        ({"seconds": 0}, "0 s"),
        ({"milliseconds": 499}, "0 s"),
        ({"milliseconds": 500}, "1 s"),
        ({"seconds": 59}, "59 s"),
        ({"seconds": 59.5}, "1 min"),
        ({"minutes": 18, "seconds": 59}, "18 min"),
        ({"minutes": 59, "seconds": 59}, "59 min"),
        ({"hours": 1}, "1 h"),
        ({"hours": 1, "minutes": 1}, "1 h 01 min"),
        ({"hours": 23, "minutes": 59, "seconds": 59}, "23 h 59 min"),
        ({"days": 1}, "1 d"),
        ({"days": 3, "hours": 4, "minutes": 50}, "3 d 4 h"),
        ({"days": 400}, "400 d"),
    ],
)
def test_a_duration_has_two_units_at_most(span: dict[str, float], text: str) -> None:
    assert telling.duration(timedelta(**span)) == text
    assert telling.after(NOON, NOON + timedelta(**span)) == text


def test_a_duration_needs_both_ends() -> None:
    assert telling.after(None, NOON) is telling.after(NOON, None) is None


@pytest.mark.usefixtures("paris")
@pytest.mark.parametrize(
    ("moment", "text"),
    [
        ("2026-03-10T12:00:30Z", "13:00:30"),
        ("2026-03-09T23:00:00Z", "00:00:00"),  # today, in Paris
        ("2026-03-09T22:59:59Z", "9 Mar 23:59"),
        ("2026-03-10T23:00:00Z", "11 Mar 00:00"),
        ("2025-12-31T23:00:00Z", "1 Jan 00:00"),  # this year, in Paris
        ("2025-12-31T22:59:59Z", "31 Dec 2025 23:59"),
        ("2026-07-01T10:00:00Z", "1 Jul 12:00"),  # summer time
    ],
)
def test_a_stamp_says_as_much_as_is_needed_in_the_active_zone(moment: str, text: str) -> None:
    assert telling.stamp(datetime.fromisoformat(moment)) == text


@pytest.mark.usefixtures("paris")
def test_a_stamp_can_do_without_seconds_and_with_another_now() -> None:
    assert telling.stamp(NOON, seconds=False) == "13:00"
    assert telling.stamp(NOON, now=NOON + timedelta(days=1)) == "10 Mar 13:00"


@pytest.mark.usefixtures("paris")
def test_the_exact_instant_is_told_in_utc() -> None:
    assert telling.utc(NOON.astimezone(timezone.get_current_timezone())) == "10 Mar 2026 12:00:30 UTC"


def test_our_own_word_is_left_to_the_badge() -> None:
    assert telling.word(DELIVERED, "smsadmin") == ""
    assert telling.word(DELIVERED, "como") == "Delivery success"
    assert all(telling.word(PHONE_OFF, key) for key in VOCABULARIES if key != "smsadmin")


def test_the_short_reason_fits_under_the_word() -> None:
    assert telling.short(DELIVERED) == ""
    assert 0 < len(telling.short(PHONE_OFF)) <= 20


D = telling.DOTS
HIDDEN = [
    ("482913 is your code", f"{D} is your code"),
    ("Your code is 4829.", f"Your code is {D}."),
    ("Code: 482 913!", f"Code: {D}!"),
    ("Code: 482-913", f"Code: {D}"),
    ("Code 48 29 13 now", f"Code {D} now"),
    ("G-482913 is your code", f"G-{D} is your code"),
    ("#482913", f"#{D}"),
    ("code:A1B2C3", f"code:{D}"),
    ("code a1b2c3", f"code {D}"),
    ("code_482913", f"code_{D}"),
    ("您的验证码是482913，请勿泄露", f"您的验证码是{D}，请勿泄露"),
    ("رمزك ٤٨٢٩١٣", f"رمزك {D}"),
    ("４８２９１３", D),
    ("https://x.example/t/ab12cd", f"https://x.example/t/{D}"),
    ("482913\n551204", f"{D}\n{D}"),
    ("12345678901234567890", D),
]
KEPT = [
    "valid for 10 minutes",
    "at 19:30",
    "pay £1200",
    "1,50 €",
    "HARBOUR",
    "call +447700900123",
    "24/7",
    "3 of 4",
    "",
]


@pytest.mark.parametrize(("text", "shown"), HIDDEN)
def test_a_one_time_code_is_shown_as_dots(text: str, shown: str) -> None:
    assert telling.hide_codes(text) == shown


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_code_stays(text: str) -> None:
    assert telling.hide_codes(text) == text


@given(
    st.integers(1000, 99_999_999),
    st.text(alphabet=" .,:;!?-#()\n您é_", max_size=8),
    st.text(alphabet=" .,:;!?-#()\n您é_", max_size=8),
)
def test_no_number_of_four_to_eight_digits_shines_through(code: int, before: str, after: str) -> None:
    assert str(code) not in telling.hide_codes(f"{before}{code}{after}")


@pytest.mark.parametrize("piece", ["1", "1 ", "a1", "12-", "x", "1a "])
def test_a_very_long_text_is_read_in_no_time(piece: str) -> None:
    """Ten times a text that a slow expression would not get through within the time limit of the tests."""
    assert len(telling.hide_codes(piece * 200_000)) > 0


def test_the_codes_of_a_text_are_hidden_in_its_evidence_too() -> None:
    body = "482 913 or A1B2C3, valid 10 minutes"
    evidence = '{"Body": "482 913 or A1B2C3", "form": "482+913 482%20913 482913", "id": "SM10", "n": 10}'
    hidden = telling.hide_those(evidence, body)
    assert hidden == f'{{"Body": "{D} or {D}", "form": "{D} {D} {D}", "id": "SM10", "n": 10}}'
    assert telling.hide_those(evidence, "no code here") == evidence
