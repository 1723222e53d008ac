"""The member's log in the loyalty CRM's phrases (C3): which event gets which, and what stands below."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest
from django.utils import timezone

from logs import timeline
from logs.statuses import Outcome, Reason, Stage, State

T0 = datetime(2026, 3, 9, 14, 0, tzinfo=UTC)
EARLY = (Stage.QUEUED, Stage.SUBMITTING)


@dataclass
class Said:
    state: State
    occurred_at: datetime | None
    received_at: datetime = T0
    attempt: int = 1
    part: int = 1
    parts: int = 1


def said(*states: State, attempt: int = 1, start: int = 0) -> list[Said]:
    return [Said(state, T0 + timedelta(seconds=start + 2 * n), attempt=attempt) for n, state in enumerate(states)]


def subject(state: State, **fields: object) -> timeline.Subject:
    return timeline.Subject(
        **{
            "id": UUID(int=1),
            "requested_at": T0,
            "sent_at": None,
            "state": state,
            "source": "Filter Members",
            "text": "Spring beans are in.",
            **fields,
        }
    )


QUEUED = State.of(Stage.QUEUED, Outcome.PENDING)
ACCEPTED = State.of(Stage.PROVIDER_ACCEPTED, Outcome.PENDING)
SENDING = State.of(Stage.SENDING, Outcome.PENDING)
WITH_CARRIER = State.of(Stage.CARRIER_ACCEPTED, Outcome.PENDING, Reason.AWAITING_HANDSET)
DELIVERED = State.of(Stage.HANDSET, Outcome.DELIVERED)
UNDELIVERED = State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.POWER_OFF)
OPTED_OUT = State.of(Stage.QUEUED, Outcome.BLOCKED, Reason.OPTED_OUT)

SENT_WORDS = "SMS sent to member (from Filter Members)"
NOT_SENT_WORDS = "SMS failed to be sent to member (from Filter Members)"


def whats(entries: list[timeline.Entry]) -> list[str]:
    return [str(entry.what) for entry in entries]


def expected(state: State) -> str:
    """C3, written down a second time and in another way than in the code."""
    if state.outcome is Outcome.DELIVERED:
        return "SMS status: delivery success"
    if state.outcome in (Outcome.SENT_UNCONFIRMED, Outcome.UNKNOWN, Outcome.PARTIAL):
        return "SMS status: pending delivery"
    if state.outcome is Outcome.PENDING:
        if state.stage in EARLY:
            return "SMS waits to be sent to member (from Filter Members)"
        return SENT_WORDS if state.stage is Stage.PROVIDER_ACCEPTED else "SMS status: pending delivery"
    return NOT_SENT_WORDS if state.stage in EARLY else "SMS status: delivery failure"


@pytest.mark.parametrize(("stage", "outcome"), list(product(Stage, Outcome)))
def test_every_stage_and_outcome_has_its_phrase(stage: Stage, outcome: Outcome) -> None:
    for reason in Reason:
        state = State.of(stage, outcome, reason)
        assert str(timeline.words_of(timeline.phrase_of(state), "Filter Members")) == expected(state)


@pytest.mark.parametrize(("stage", "outcome"), list(product(Stage, Outcome)))
def test_a_message_of_any_state_is_told_with_and_without_events(stage: Stage, outcome: Outcome) -> None:
    state = State.of(stage, outcome, Reason.OTHER)
    for events in ([], said(state), said(QUEUED, ACCEPTED, state)):
        entries = timeline.tell(subject(state), events)
        assert [entry.shows_text for entry in entries].count(True) == 1
        assert [entry.at for entry in entries] == sorted((entry.at for entry in entries), reverse=True)
        assert str(entries[0].what) == expected(state)


def test_a_delivered_message_reads_sent_pending_success_newest_first() -> None:
    entries = timeline.tell(subject(DELIVERED, sent_at=T0), said(QUEUED, ACCEPTED, WITH_CARRIER, DELIVERED))

    assert whats(entries) == ["SMS status: delivery success", "SMS status: pending delivery", SENT_WORDS]
    assert entries[0].why == "6 s after sending"
    assert entries[-1].shows_text


def test_a_blocked_message_failed_to_be_sent_with_the_rule_below() -> None:
    entries = timeline.tell(subject(OPTED_OUT), said(QUEUED, OPTED_OUT))

    assert whats(entries) == [NOT_SENT_WORDS]
    assert "opted out" in str(entries[0].why)


def test_what_waits_is_told_while_it_waits() -> None:
    assert whats(timeline.tell(subject(QUEUED), said(QUEUED))) == [
        "SMS waits to be sent to member (from Filter Members)"
    ]


def test_neighbours_that_say_the_same_are_told_once() -> None:
    entries = timeline.tell(subject(DELIVERED), said(ACCEPTED, SENDING, WITH_CARRIER, DELIVERED))
    assert whats(entries).count("SMS status: pending delivery") == 1


def test_a_second_attempt_is_told_as_such() -> None:
    events = [*said(ACCEPTED, UNDELIVERED), *said(ACCEPTED, DELIVERED, attempt=2, start=900)]
    entries = timeline.tell(subject(DELIVERED, sent_at=T0), events)

    assert whats(entries) == [
        "SMS status: delivery success",
        SENT_WORDS,
        "SMS status: delivery failure",
        SENT_WORDS,
    ]
    assert [entry.note for entry in entries] == ["Attempt 2", "Attempt 2", "", ""]


def test_whatever_has_a_status_was_sent_even_if_no_event_says_so() -> None:
    known = timeline.tell(subject(DELIVERED, sent_at=T0 - timedelta(seconds=3)), said(DELIVERED))
    unknown = timeline.tell(subject(DELIVERED), said(DELIVERED))

    assert whats(known) == whats(unknown) == ["SMS status: delivery success", SENT_WORDS]
    assert known[-1].note == ""
    assert "not recorded" in unknown[-1].note


def test_an_imported_message_of_unknown_state_is_not_said_to_be_sent() -> None:
    unknown = State.of(Stage.QUEUED, Outcome.UNKNOWN)
    assert whats(timeline.tell(subject(unknown), said(unknown))) == ["SMS status: pending delivery"]


def test_a_pending_answer_does_not_say_that_the_receipt_is_out_once_it_is_there() -> None:
    pending = State.of(Stage.CARRIER_ACCEPTED, Outcome.PENDING)
    waits = timeline.tell(subject(pending), said(ACCEPTED, pending))
    arrived = timeline.tell(subject(DELIVERED), said(ACCEPTED, pending, DELIVERED))

    assert "still out" in str(waits[0].why)
    assert str(arrived[1].why) == "The carrier had it."


def test_a_source_that_is_not_known_is_said_to_be_unknown() -> None:
    entries = timeline.tell(subject(ACCEPTED, source=""), said(ACCEPTED))
    assert whats(entries) == ["SMS sent to member (from a source that was not recorded)"]


def test_an_event_without_its_own_time_says_so() -> None:
    entries = timeline.tell(subject(ACCEPTED), [replace(said(ACCEPTED)[0], occurred_at=None)])
    assert entries[0].note == "time of arrival here"


def test_days_are_those_of_the_active_zone() -> None:
    late = timeline.tell(subject(ACCEPTED), [Said(ACCEPTED, datetime(2026, 3, 9, 23, 30, tzinfo=UTC))])
    with timezone.override("Europe/Paris"):
        assert [str(day.day) for day in timeline.days(late)] == ["2026-03-10"]
    with timezone.override("America/New_York"):
        assert [str(day.day) for day in timeline.days(late)] == ["2026-03-09"]


def test_a_consent_request_says_where_it_was_asked_for_and_a_code_that_it_was_not_sent() -> None:
    """C7; the rest of their logs speaks as all others do."""
    for place in ("POS", "Hub"):
        asked = timeline.tell(subject(DELIVERED, asks_consent=place), said(QUEUED, ACCEPTED, DELIVERED))
        assert whats(asked) == [
            "SMS status: delivery success",
            f"Request for T&C consent sent to member by SMS (from {place})",
        ]
    refused = timeline.tell(subject(OPTED_OUT, asks_consent="POS"), said(OPTED_OUT))
    assert whats(refused) == [NOT_SENT_WORDS]
    code = timeline.tell(subject(OPTED_OUT, is_code=True), said(OPTED_OUT))
    assert whats(code) == ["Failed to send member identification code by SMS"]
    sent = timeline.tell(subject(UNDELIVERED, is_code=True), said(ACCEPTED, UNDELIVERED))
    assert whats(sent) == ["SMS status: delivery failure", SENT_WORDS]


def test_what_was_sent_without_an_event_of_it_is_a_consent_request_too() -> None:
    told = timeline.tell(subject(DELIVERED, asks_consent="POS", sent_at=T0), said(DELIVERED, start=5))
    assert whats(told)[-1] == "Request for T&C consent sent to member by SMS (from POS)"


def test_replies_stand_among_the_entries_by_their_time() -> None:
    entries = timeline.tell(subject(DELIVERED), said(ACCEPTED, DELIVERED))
    reply = timeline.Incoming(at=T0 + timedelta(seconds=1), text="Thanks")
    (day,) = timeline.days([*entries, reply])
    assert [entry.is_reply for entry in day.entries] == [False, True, False]


def test_a_provider_that_tells_no_fractions_is_told_after_what_it_answers() -> None:
    sent = Said(ACCEPTED, T0 + timedelta(microseconds=900_000))
    pending = Said(WITH_CARRIER, T0)
    entries = timeline.tell(subject(WITH_CARRIER), [pending, sent])
    assert [entry.at for entry in entries] == [T0, T0 + timedelta(microseconds=900_000)]
    assert [entry for day in timeline.days(entries) for entry in day.entries] == entries
